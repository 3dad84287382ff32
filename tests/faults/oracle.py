"""What each user's copy must hold, read from the owners' databases and from identity's accesses alone.

It knows neither the store of sync nor buckets, checkpoints or events: a record is on a device if its user may
`replicate` it, which its own scope fields and those of the records above it decide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.kit.database.engine import Database
from services.kit.entities import Entity, all_entities, default_values

Rows = list[tuple[Any, ...]]
Key = tuple[str, str]
Content = dict[tuple[str, str, str], bytes]
"""(entity, id, facet) -> the JSON of that part, with its version inside the base part."""

_FIELDS = {
    "owner": "owner_id",
    "team": "team_id",
    "territory": "territory_id",
    "product_line": "product_line",
    "shared_with": "shared_with",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as its owner has it."""

    entity: Entity
    values: Mapping[str, Any]
    parts: Mapping[str, bytes]


class Oracle:
    """The owners' records of one moment."""

    def __init__(self, services: list[str], query: Callable[..., Rows]) -> None:
        self._records: dict[Key, Stored] = {}
        self._survivors: dict[str, str] = {}
        for service in services:
            self._records.update(_records(service, query))
            rows = query(service, "select id::text, survivor_id::text from record_alias")
            self._survivors.update(dict(rows))
        self._accesses = {
            str(values["id"]): values
            for values in (
                stored.values for (name, _), stored in self._records.items() if name == "identity.access"
            )
        }

    def content(self, user_id: str) -> Content:
        """Return what a copy of everything of this user holds."""
        access = self._accesses[user_id]
        grants = [] if access.get("inactive") else access.get("grants", [])
        found: Content = {}
        for (name, record_id), stored in self._records.items():
            if stored.values.get("deleted"):
                continue
            lineage = list(self._lineage(stored))
            for facet in stored.parts:
                if any(_shows(grant, stored.entity, facet, lineage) for grant in grants):
                    found[name, record_id, facet] = stored.parts[facet]
        return found

    def _lineage(self, stored: Stored | None) -> Iterator[Mapping[str, Any]]:
        """The record, then those above it; one that was merged is represented by its survivor."""
        while stored is not None:
            yield stored.values
            entity = stored.entity
            above = stored.values.get(entity.parent_field) if entity.parent_field else None
            while above in self._survivors:
                above = self._survivors[above]
            stored = self._records.get((entity.parent, above)) if above else None


def _records(service: str, query: Callable[..., Rows]) -> Iterator[tuple[Key, Stored]]:
    tables = Database(service, "postgresql://nobody@127.0.0.1:1/none", pool_size=1).tables
    for name, table in tables.items():
        entity = all_entities()[name]
        for base, facets in query(service, f'select base_json, facets_json from "{table.name}"'):
            values = {**default_values(entity), **json.loads(base)}
            parts = {"base": base.encode(), **{facet: text.encode() for facet, text in facets.items()}}
            yield (name, str(values["id"])), Stored(entity, values, parts)


def _shows(grant: Mapping[str, Any], entity: Entity, facet: str, lineage: list[Mapping[str, Any]]) -> bool:
    if grant["group"] != entity.grant_group or "replicate" not in grant.get("actions", ()):
        return False
    if facet != "base" and facet not in grant.get("facets", ()):
        return False
    return any(_covers(scope, lineage) for scope in grant.get("scopes", ()))


def _covers(scope: Mapping[str, Any], lineage: list[Mapping[str, Any]]) -> bool:
    """Every term holds for the record or one above it; a scope without terms holds nowhere."""
    terms = scope.get("terms", ())
    return bool(terms) and all(_holds(term, lineage) for term in terms)


def _holds(term: Mapping[str, Any], lineage: list[Mapping[str, Any]]) -> bool:
    if term["kind"] == "all":
        return True
    field = _FIELDS[term["kind"]]
    wanted = {value for value in term.get("values", ()) if value}
    return any(wanted & set(_values(record.get(field))) for record in lineage)


def _values(value: Any) -> list[str]:
    if isinstance(value, list):
        return value
    return [value] if value else []
