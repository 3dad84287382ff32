"""Addresses of parties, for the head of a print: kit keeps the copies, we keep whose they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

import sqlalchemy as sa

from services.kit.database import UnitOfWork
from services.kit.database.derived import derive
from services.kit.records.copies import Copy
from services.kit.schema import root_scope
from services.offers.storage.tables import party_address

ADDRESS = "crm.address"
#: An offer goes to the seat; failing that, to where invoices or goods go.
_PREFERENCE = ("legal", "billing", "delivery")


def keep_owners_of_addresses(uow: UnitOfWork, copies: Iterable[Copy]) -> None:
    """Keep to which parties these addresses belong."""
    rows = [{"id": copy.id, "party_id": copy.body["party_id"]} for copy in copies if copy.entity == ADDRESS]
    derive(uow.connection, party_address, rows)


def printed_address(uow: UnitOfWork, party_id: str, *, home: str) -> str:
    """Return the lines of a party's address, "" if we know none; the country only if it is not `home`."""
    query = (
        sa.select(root_scope.c.body)
        .join(party_address, sa.and_(root_scope.c.entity == ADDRESS, root_scope.c.id == party_address.c.id))
        .where(party_address.c.party_id == UUID(party_id), root_scope.c.deleted.is_(False))
        .order_by(root_scope.c.id)
    )
    found = list(uow.connection.execute(query).scalars())
    if not found:
        return ""
    found.sort(key=lambda body: _PREFERENCE.index(body["kind"]) if body["kind"] in _PREFERENCE else 9)
    return address_text(found[0], home=home)


def address_text(body: Mapping[str, str], *, home: str) -> str:
    """An address as it is written on a letter."""
    province = f"({body['province']})" if body["province"] else ""
    place = " ".join(part for part in (body["postal_code"], body["city"], province) if part)
    country = body["country"] if body["country"] not in ("", home) else ""
    return "\n".join(part for part in (body["street"], place, country) if part)
