"""Merges as they were done: what each touched, to be taken back while nothing else has."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.crm.storage.tables import party_merge
from services.kit.schema import record_alias


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge. Records are named as entity/id."""

    id: int
    #: Values of the two parties before.
    survivor: dict[str, Any]
    other: dict[str, Any]
    #: Records that moved from the other party to this one, and those of which this one has the same.
    moved: list[str]
    dropped: list[str]
    #: Older merged parties whose id stood for the other one.
    aliases: list[str]
    #: Record -> its version after the merge.
    versions: dict[str, int]
    #: Relationships of third parties that name this one now, and records that are no longer the primary one.
    pointed: list[str] = field(default_factory=list)
    demoted: list[str] = field(default_factory=list)


def store(
    connection: sa.Connection, *, survivor_id: str, other_id: str, by: UUID | None, now: datetime, what: Merge
) -> None:
    """Keep a merge; its id is given here."""
    details = {name: getattr(what, name) for name in _DETAILS}
    connection.execute(
        sa.insert(party_merge).values(
            survivor_id=UUID(survivor_id), other_id=UUID(other_id), by_id=by, merged_at=now, details=details
        )
    )


_POINT = sa.text(
    """
    insert into record_alias (id, survivor_id) select unnest(cast(:ids as uuid[])), cast(:to as uuid)
    on conflict (id) do update set survivor_id = excluded.survivor_id
    """
)
_DETAILS = ("survivor", "other", "moved", "dropped", "aliases", "versions", "pointed", "demoted")


def last(connection: sa.Connection, *, survivor_id: str, other_id: str) -> Merge | None:
    """Return the merge of the two that stands, None if there is none."""
    query = (
        sa.select(party_merge.c.id, party_merge.c.details)
        .where(
            party_merge.c.survivor_id == UUID(survivor_id),
            party_merge.c.other_id == UUID(other_id),
            party_merge.c.undone_at.is_(None),
        )
        .order_by(party_merge.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return Merge(id=row.id, **row.details) if row else None


def mark_undone(connection: sa.Connection, merge_id: int, *, now: datetime) -> None:
    """Note that a merge was taken back."""
    connection.execute(sa.update(party_merge).where(party_merge.c.id == merge_id).values(undone_at=now))


def aliases_of(connection: sa.Connection, survivor_id: str) -> list[str]:
    """Return the ids that stand for this record."""
    query = sa.select(record_alias.c.id).where(record_alias.c.survivor_id == UUID(survivor_id))
    return sorted(str(each) for each in connection.execute(query).scalars())


def point(connection: sa.Connection, ids: list[str], survivor_id: str) -> None:
    """Let these ids stand for a record."""
    if ids:
        connection.execute(_POINT, {"ids": ids, "to": survivor_id})


def unpoint(connection: sa.Connection, record_id: str) -> None:
    """Let an id stand for itself again."""
    connection.execute(sa.delete(record_alias).where(record_alias.c.id == UUID(record_id)))
