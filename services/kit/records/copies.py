"""Copies of other owners' records, kept fresh by their events: accesses, and roots that place our records.

    @follow("crm.party", "crm.address")
    def copy_parties(context: Context, records: Records) -> None:
        newer = copy_records(context.uow, records)      # kit's part: root_scope
        keep_owners_of_addresses(context.uow, newer)    # what the service derives from it

However many versions came, a record is written once, and each table by one statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import orjson

from services.kit import access
from services.kit.database import UnitOfWork
from services.kit.records.places import foreign_root
from services.kit.records.references import newest_of, store_foreign_many

_ACCESS: Final = "identity.access"
#: What every service follows of identity: what users may do, and the records that ours refer to.
IDENTITY: Final = (_ACCESS, "identity.user", "identity.team", "identity.territory")


@dataclass(frozen=True)
class Copy:
    """The newest version of a record of another owner; `record` is in the form of records_changed."""

    record: Mapping[str, Any]

    @property
    def entity(self) -> str:
        """Which entity it is of."""
        return str(self.record["entity"])

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.record["id"])

    @property
    def is_deleted(self) -> bool:
        """True if its owner has deleted it."""
        return bool(self.record["deleted"])

    @cached_property
    def body(self) -> Mapping[str, Any]:
        """Its fields, those of facets left out."""
        found: Mapping[str, Any] = orjson.loads(self.record["fragments"]["base"])
        return found


def copy_identity(uow: UnitOfWork, records: Iterable[Mapping[str, Any]]) -> None:
    """Keep accesses, users, teams and territories."""
    newest = newest_of(records)
    for record in newest:
        if record["entity"] == _ACCESS:
            access.store(uow.connection, record["fragments"]["base"])
    copy_records(uow, [record for record in newest if record["entity"] != _ACCESS])


def copy_records(uow: UnitOfWork, records: Iterable[Mapping[str, Any]]) -> list[Copy]:
    """Keep records; return those that were newer than what we had, each once."""
    uow.foreign.clear()
    newest = newest_of(records)
    stored = store_foreign_many(uow.connection, newest)
    return [Copy(record) for record in newest if (record["entity"], record["id"]) in stored]


def user_of(uow: UnitOfWork, user_id: UUID | None) -> Mapping[str, Any]:
    """Return the copy of a user's record, {} while it has not arrived."""
    copy = foreign_root(uow, "identity.user", str(user_id)) if user_id is not None else None
    return copy["body"] if copy is not None else {}
