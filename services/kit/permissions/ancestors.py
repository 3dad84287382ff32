"""The ancestors of an entity's rows, as joins: local tables along the parent fields, then `root_scope`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import sqlalchemy as sa

from services.kit.schema import root_scope

Bool: TypeAlias = sa.ColumnElement[bool]
Catalogue: TypeAlias = Mapping[str, sa.FromClause]
"""Entity name -> table, of the entities that this service owns."""


class PlacedEntity(Protocol):
    """What the compiler reads of an entity (`services.kit.entities.Entity`)."""

    @property
    def name(self) -> str: ...
    @property
    def grant_group(self) -> str: ...
    @property
    def group_field(self) -> str: ...
    @property
    def parent_field(self) -> str: ...
    @property
    def parent(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Ancestor:
    """One ancestor of a row."""

    #: Has the ancestor's scope fields.
    table: sa.FromClause
    #: The nearest ancestor, joined with the others up to this one.
    joined: sa.FromClause
    #: Ties the nearest ancestor to the row.
    link: Bool


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where the ancestors of an entity's rows are found."""

    entity: PlacedEntity
    catalogue: Catalogue
    entities: Mapping[str, PlacedEntity]

    @property
    def own(self) -> sa.FromClause:
        """The table of the rows themselves."""
        return self.catalogue[self.entity.name]

    def one_by_one(self) -> list[Ancestor]:
        """Return the ancestors, nearest first, each to be asked alone.

        A root of another service comes twice: as it is named, unless it was merged, and as the survivor into
        which it was merged. Joined by `coalesce(alias_of, id)` instead, every root would be read twice.
        """
        found: list[Ancestor] = []
        for pointer, name in self._steps(found):
            below = found[-1] if found else None
            if name in self.catalogue:
                table = self.catalogue[name].alias()
                found.append(_joined(below, table, table.c.id == pointer))
                continue
            named, merged, survivor = (root_scope.alias() for _ in range(3))
            found.append(
                _joined(below, named, sa.and_(_is(named, name, pointer), named.c.alias_of.is_(None)))
            )
            source = _joined(below, merged, _is(merged, name, pointer))
            found.append(_joined(source, survivor, _is(survivor, name, merged.c.alias_of)))
        return found

    def together(self) -> list[Ancestor]:
        """Return the ancestors, nearest first, each joined so that those above the nearest may be missing."""
        found: list[Ancestor] = []
        for pointer, name in self._steps(found):
            below = found[-1] if found else None
            if name in self.catalogue:
                table = self.catalogue[name].alias()
                found.append(_joined(below, table, table.c.id == pointer, outer=True))
                continue
            named, survivor = root_scope.alias(), root_scope.alias()
            source = _joined(below, named, _is(named, name, pointer), outer=True)
            last = sa.func.coalesce(named.c.alias_of, named.c.id)
            found.append(_joined(source, survivor, _is(survivor, name, last), outer=True))
        return found

    def _steps(self, found: list[Ancestor]) -> Iterator[tuple[sa.ColumnElement[Any], str]]:
        """Yield the id and the entity of each ancestor; the caller puts its table into `found` meanwhile.

        Raises:
            ValueError: the contracts name an entity as its own ancestor.
        """
        child, seen = self.entity, {self.entity.name}
        while child.parent_field:
            if child.parent in seen:
                raise ValueError(f"{child.parent} is among its own ancestors")
            seen.add(child.parent)
            table = found[-1].table if found else self.own
            yield table.c[child.parent_field], child.parent
            if child.parent not in self.catalogue:
                return
            child = self.entities[child.parent]


def _joined(below: Ancestor | None, table: sa.FromClause, tie: Bool, *, outer: bool = False) -> Ancestor:
    if below is None:
        return Ancestor(table, table, tie)
    return Ancestor(table, below.joined.join(table, tie, isouter=outer), below.link)


def _is(root: sa.FromClause, entity_name: str, record_id: sa.ColumnElement[Any]) -> Bool:
    return sa.and_(root.c.entity == entity_name, root.c.id == record_id)
