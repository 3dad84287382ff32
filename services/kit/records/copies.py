"""Copies of other owners' records, kept fresh by their events: accesses, and roots that place our records."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from services.kit import access
from services.kit.database import UnitOfWork
from services.kit.records.places import foreign_root
from services.kit.records.references import store_foreign_many

#: Records of identity that ours refer to.
_REFERRED = ("identity.user", "identity.team", "identity.territory")


def copy_identity(uow: UnitOfWork, changed: Mapping[str, Any]) -> None:
    """Keep accesses, users, teams and territories from a records_changed of identity."""
    for record in changed["records"]:
        if record["entity"] == "identity.access":
            access.store(uow.connection, record["fragments"]["base"])
    copy_records(uow, changed, _REFERRED)


def copy_records(uow: UnitOfWork, changed: Mapping[str, Any], entities: Collection[str]) -> list[str]:
    """Keep the records of these entities from a records_changed; return the ids of those that were newer."""
    uow.foreign.clear()
    wanted = [record for record in changed["records"] if record["entity"] in entities]
    newer = store_foreign_many(uow.connection, wanted)
    return [record["id"] for record in wanted if record["id"] in newer]


def user_of(uow: UnitOfWork, user_id: UUID | None) -> Mapping[str, Any]:
    """Return the copy of a user's record, {} while it has not arrived."""
    copy = foreign_root(uow, "identity.user", str(user_id)) if user_id is not None else None
    return copy["body"] if copy is not None else {}
