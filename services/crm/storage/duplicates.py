"""What parties are recognised by, and those that have something of it in common with what is being typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from services.crm.storage.tables import party, party_key
from services.kit.lives import present

#: A key without a value is kept: it says which version took it away.
_STORE = sa.text(
    """
    insert into party_key as known (record_id, kind, value, party_id, version, life)
    select record_id, kind, value, party_id, version, cast(:life as uuid)
    from jsonb_to_recordset(cast(:rows as jsonb))
        as r (record_id uuid, kind text, value text, party_id uuid, version bigint)
    on conflict (record_id, kind) do update
        set value = excluded.value, party_id = excluded.party_id, version = excluded.version,
            life = coalesce(excluded.life, known.life)
    where known.version < excluded.version or known.life <> excluded.life
    """
)
#: More candidates would be proposed to nobody.
_HITS = sa.text(
    """
    (select party_id, 'name' as kind from party_key
     where kind = 'name' and value % :name order by similarity(value, :name) desc, party_id limit 30)
    union all
    (select party_id, kind from party_key
     where value = any(cast(:values as text[])) and value <> ''
     and (kind, value) in (select * from unnest(cast(:kinds as text[]), cast(:values as text[]))) limit 100)
    """
).columns(party_id=sa.Uuid, kind=sa.Text)
#: Below this two names differ in more than people mistype. Of trigrams: short names fall fast.
_LIKE = sa.text("set local pg_trgm.similarity_threshold = 0.55")


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that a party is recognised by."""

    record_id: str
    party_id: str
    version: int
    kind: str
    value: str


@dataclass(slots=True)
class Candidate:
    """A party with something in common."""

    party_id: str
    name: str
    vat_number: str
    cities: frozenset[str]
    kinds: set[str]


def store_keys(connection: sa.Connection, keys: Iterable[Key]) -> None:
    """Keep keys of records, where they are newer than what is known, or that is of an earlier life of the
    database.
    """
    rows = [{name: getattr(key, name) for name in Key.__slots__} for key in keys]
    if rows:
        connection.execute(
            _STORE, {"rows": orjson.dumps(rows).decode(), "life": present(connection).get("crm")}
        )


def candidates(
    connection: sa.Connection, name: str, values: Mapping[str, str], visible: sa.ColumnElement[bool]
) -> list[Candidate]:
    """Return visible parties whose name is like `name`, or that have one of the values (by kind)."""
    connection.execute(_LIKE)
    found = _HITS.cte("found")
    city = party_key.alias()
    cities = (
        sa.select(sa.func.array_agg(city.c.value))
        .where(city.c.party_id == party.c.id, city.c.kind == "city", city.c.value != "")
        .scalar_subquery()
    )
    query = (
        sa.select(party.c.id, party.c.name, party.c.vat_number, cities, sa.func.array_agg(found.c.kind))
        .join(found, found.c.party_id == party.c.id)
        .where(party.c.deleted.is_(False), visible)
        .group_by(party.c.id)
    )
    asked = {kind: value for kind, value in values.items() if value}
    parameters = {"name": name, "kinds": list(asked), "values": list(asked.values())}
    return [_candidate(row) for row in connection.execute(query, parameters)]


def _candidate(row: Any) -> Candidate:
    party_id, name, vat_number, cities, kinds = row
    return Candidate(str(party_id), name, vat_number, frozenset(cities or ()), set(kinds))
