"""A small company over two services, and an oracle that reads grants without any of the code under test.

`near` owns offers, revisions and lines below a party of the service `far`, and articles, which are roots.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.permissions import Place
from services.kit.schema import root_scope

SCOPE_FIELDS = ("owner_id", "team_id", "territory_id", "product_line", "shared_with")


@dataclass(frozen=True, slots=True)
class Shape:
    """What the compiler reads of an entity."""

    name: str
    grant_group: str
    parent_field: str = ""
    parent: str = ""
    group_field: str = ""


ENTITIES: Mapping[str, Shape] = MappingProxyType(
    {
        "far.party": Shape("far.party", "crm"),
        "near.article": Shape("near.article", "catalogue"),
        "near.offer": Shape("near.offer", "offers", "party_id", "far.party"),
        "near.revision": Shape("near.revision", "offers", "offer_id", "near.offer"),
        "near.line": Shape("near.line", "offers", "revision_id", "near.revision"),
        # Tells of records of several groups, and is seen by who may see those.
        "near.entry": Shape("near.entry", "crm", "offer_id", "near.offer", "told_group"),
    }
)
#: Scope fields that each message declares.
DECLARED = {
    "far.party": SCOPE_FIELDS,
    "near.article": ("owner_id", "product_line"),
    "near.offer": ("owner_id", "team_id", "product_line", "shared_with"),
    "near.revision": ("owner_id",),
    "near.line": ("owner_id", "territory_id"),
    "near.entry": ("owner_id", "team_id"),
}

metadata = sa.MetaData()


def _table(name: str) -> sa.Table:
    types: dict[str, Any] = {"product_line": sa.Text(), "shared_with": pg.ARRAY(sa.Uuid)}
    parent = ENTITIES[name].parent_field
    return sa.Table(
        name.partition(".")[2],
        metadata,
        sa.Column("id", sa.Uuid, primary_key=True),
        *([sa.Column(parent, sa.Uuid)] if parent else []),
        *(sa.Column(field, types.get(field, sa.Uuid())) for field in DECLARED[name]),
        *([sa.Column(group, sa.Text)] if (group := ENTITIES[name].group_field) else []),
    )


CATALOGUE = {name: _table(name) for name in ENTITIES if name.startswith("near.")}


@dataclass(frozen=True, slots=True)
class Record:
    """A record of any entity; `alias_of` only for parties."""

    id: UUID
    entity: str
    parent_id: UUID | None
    fields: Mapping[str, Any]
    alias_of: UUID | None = None
    #: Of entities whose records belong to groups of their own.
    told_group: str = ""

    @property
    def group(self) -> str:
        return self.told_group or ENTITIES[self.entity].grant_group


@dataclass(frozen=True, slots=True)
class World:
    records: tuple[Record, ...]

    def near(self) -> list[Record]:
        return [record for record in self.records if record.entity.startswith("near.")]

    def store(self, connection: sa.Connection) -> None:
        for record in self.records:
            if record.entity == "far.party":
                row = {"id": record.id, "entity": record.entity, "version": 1, "alias_of": record.alias_of}
                connection.execute(sa.insert(root_scope), row | dict(record.fields))
            else:
                row = {"id": record.id} | dict(record.fields)
                if ENTITIES[record.entity].group_field:
                    row["told_group"] = record.told_group
                if record.parent_id:
                    row[ENTITIES[record.entity].parent_field] = record.parent_id
                connection.execute(sa.insert(CATALOGUE[record.entity]), row)

    def lineage(self, record: Record) -> list[Record]:
        """The record and its ancestors; a merged party is represented by its survivor."""
        by_id = {each.id: each for each in self.records}
        lineage = []
        current: Record | None = record
        while current:
            if current.alias_of:
                current = by_id.get(current.alias_of)
                continue
            lineage.append(current)
            current = by_id.get(current.parent_id) if current.parent_id else None
        return lineage

    def chain(self, record: Record) -> list[Place]:
        return [Place(**each.fields) for each in self.lineage(record)]


def sees(world: World, body: Mapping[str, Any], action: str, record: Record, facet: str = "") -> bool:
    """The definition: read straight from the JSON of identity.access."""
    if body["inactive"]:
        return False
    lineage = world.lineage(record)
    for grant in body["grants"]:
        if grant["group"] != record.group or action not in grant["actions"]:
            continue
        if facet and facet not in grant["facets"]:
            continue
        for scope in grant["scopes"]:
            if scope["terms"] and all(_holds_somewhere(term, lineage) for term in scope["terms"]):
                return True
    return False


def _holds_somewhere(term: Mapping[str, Any], lineage: list[Record]) -> bool:
    if term["kind"] == "all":
        return True
    for record in lineage:
        for value in term["values"]:
            if term["kind"] == "shared_with":
                if value in {str(user) for user in record.fields.get("shared_with", ())}:
                    return True
            elif term["kind"] == "product_line":
                if value and value == record.fields.get("product_line"):
                    return True
            elif value == str(record.fields.get(f"{term['kind']}_id")):
                return True
    return False
