"""What the timeline knows of other records, beside the entries made from it: versions seen, newest facts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from services.crm.domain.timeline import Run


class Key(NamedTuple):
    """What names a record of any service."""

    entity: str
    id: str


@dataclass(slots=True)
class Known:
    """A record, as far as the timeline knows it."""

    key: Key
    version: int = 0
    deleted: bool = False
    #: The record that gives it its place, and mostly its party.
    above: Key | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    #: Life of the owner's database in which it was told, "" if that is not known.
    life: str = ""


_KEYS = "unnest(cast(:entities as text[]), cast(:ids as uuid[])) as k (entity, id)"
_ADD = sa.text(
    f"insert into timeline_source (entity, id) select entity, id from {_KEYS} "  # noqa: S608 (no input in it)
    "order by entity, id on conflict do nothing"
)
_SELECT = (
    "select s.entity, s.id::text, s.version, s.deleted, s.above_entity, "
    "coalesce(s.above_id::text, '') as above_id, s.facts, s.runs, "
    "coalesce(s.life::text, '') as life from timeline_source s "
)
_LOCK = sa.text(f"{_SELECT} join {_KEYS} using (entity, id) order by s.entity, s.id for update of s")
_LOCK_BELOW = sa.text(
    f"{_SELECT} join {_KEYS} on s.above_entity = k.entity and s.above_id = k.id "
    "order by s.entity, s.id for update of s"
)
_STORE = sa.text(
    """
    update timeline_source s set version = r.version, deleted = r.deleted, above_entity = r.above_entity,
        above_id = r.above_id, facts = r.facts, runs = r.runs, life = r.life
    from jsonb_to_recordset(cast(:rows as jsonb)) as r (entity text, id uuid, version bigint, deleted boolean,
        above_entity text, above_id uuid, facts jsonb, runs jsonb, life uuid)
    where s.entity = r.entity and s.id = r.id
    """
)


def lock(connection: sa.Connection, keys: Collection[Key]) -> dict[Key, Known]:
    """Return what is known of these records, their rows locked to the end; unknown ones are added."""
    connection.execute(_ADD, _columns(keys))
    return _known(connection.execute(_LOCK, _columns(keys)))


def lock_below(connection: sa.Connection, keys: Collection[Key]) -> dict[Key, Known]:
    """Return the records that are placed by these, their rows locked to the end."""
    return _known(connection.execute(_LOCK_BELOW, _columns(keys))) if keys else {}


def keys_of_party(connection: sa.Connection, party_id: str) -> set[Key]:
    """Return the records that name this party themselves, under its own id."""
    query = sa.text("select entity, id::text from timeline_source where facts ->> 'party' = :party")
    return {Key(*row) for row in connection.execute(query, {"party": party_id})}


def store(connection: sa.Connection, known: Iterable[Known]) -> None:
    """Write what is known now."""
    rows = [
        {
            "entity": each.key.entity,
            "id": each.key.id,
            "version": each.version,
            "deleted": each.deleted,
            "above_entity": each.above.entity if each.above else "",
            "above_id": each.above.id if each.above else None,
            "facts": each.facts,
            "runs": [[getattr(run, name) for name in Run.__slots__] for run in each.runs],
            "life": each.life or None,
        }
        for each in known
    ]
    if rows:
        connection.execute(_STORE, {"rows": orjson.dumps(rows).decode()})


def _columns(keys: Collection[Key]) -> dict[str, list[str]]:
    return {"entities": [key.entity for key in keys], "ids": [key.id for key in keys]}


def _known(rows: Iterable[Any]) -> dict[Key, Known]:
    return {
        Key(row.entity, row.id): Known(
            key=Key(row.entity, row.id),
            version=row.version,
            deleted=row.deleted,
            above=Key(row.above_entity, row.above_id) if row.above_id else None,
            facts=row.facts,
            runs=[Run(*run) for run in row.runs],
            life=row.life,
        )
        for row in rows
    }
