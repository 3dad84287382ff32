"""What filing asks about earlier messages, parties and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.kit.schema import root_scope
from services.mail.domain.filing import Target
from services.mail.storage.tables import known_address, known_number, link, mailbox, message, reply_token

#: More candidates than that help nobody to choose.
_MOST = 20


class StoredArchive:
    """The database of mail as `domain.filing.Archive`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def of_token(self, token: str) -> Sequence[Target]:
        """Return what the message of this reply address is filed under."""
        named = sa.select(reply_token.c.message_id).where(reply_token.c.token == token)
        return self._links(link.c.message_id.in_(named))

    def of_message(self, rfc_message_id: str) -> Sequence[Target]:
        """Return what the messages with this Message-ID are filed under."""
        named = sa.select(message.c.id).where(message.c.rfc_message_id == rfc_message_id)
        return self._links(link.c.message_id.in_(named))

    def of_number(self, number: str) -> Sequence[Target]:
        """Return the offers and requests of this number."""
        survivor, where = _living_party(known_number.c.party_id)
        query = (
            sa.select(known_number.c.entity, known_number.c.record_id, survivor)
            .select_from(known_number.outerjoin(root_scope, where))
            .where(known_number.c.number == number)
            .order_by(known_number.c.entity, known_number.c.record_id)
            .limit(_MOST)
        )
        return [Target(entity, str(i), str(party)) for entity, i, party in self._connection.execute(query)]

    def of_address(self, address: str) -> Sequence[Target]:
        """Return the parties that have this (folded) address."""
        return self._parties(known_address.c.address == address)

    def of_domain(self, domain: str) -> Sequence[Target]:
        """Return the parties that have an address in this domain."""
        return self._parties(known_address.c.domain == domain)

    def our_addresses(self) -> set[str]:
        """Return the addresses of our own mailboxes."""
        query = sa.select(sa.func.lower(mailbox.c.address)).where(mailbox.c.deleted.is_(False))
        return set(self._connection.execute(query).scalars())

    def _parties(self, condition: sa.ColumnElement[bool]) -> list[Target]:
        survivor, where = _living_party(known_address.c.party_id)
        query = (
            sa.select(survivor)
            .select_from(known_address.outerjoin(root_scope, where))
            .where(condition, sa.func.coalesce(root_scope.c.deleted, sa.false()).is_(False))
            .distinct()
            .order_by(survivor)
            .limit(_MOST)
        )
        found = [str(party) for (party,) in self._connection.execute(query)]
        return [Target("crm.party", party, party) for party in found]

    def _links(self, condition: sa.ColumnElement[bool]) -> list[Target]:
        survivor, where = _living_party(link.c.party_id)
        query = (
            sa.select(link.c.entity, link.c.record_id, survivor)
            .select_from(link.outerjoin(root_scope, where))
            .where(condition, link.c.deleted.is_(False))
            .order_by(link.c.id)
            .limit(_MOST)
        )
        found = []
        for entity, record_id, party in self._connection.execute(query):
            party_id = str(party) if party else ""
            found.append(Target(entity, party_id if entity == "crm.party" else str(record_id), party_id))
        return list(dict.fromkeys(found))


def _living_party(
    party_id: sa.ColumnElement[Any],
) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[bool]]:
    """The party, or into which it was merged; with the copy of the party joined."""
    where = sa.and_(root_scope.c.entity == "crm.party", root_scope.c.id == party_id)
    return sa.func.coalesce(root_scope.c.alias_of, party_id), where
