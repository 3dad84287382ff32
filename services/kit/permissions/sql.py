"""Many records: the condition for a query (PostgreSQL 15).

A root's condition reads only its own columns, so its indexes serve. A child's condition adds one EXISTS over
its ancestors: local tables along the parent fields, then `root_scope` for a root that another service owns.
Values are bound as arrays: users with grants of the same shape share one compiled statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.entities import all_entities
from services.kit.permissions.model import Access, Kind, Scope, Term
from services.kit.schema import root_scope

Bool: TypeAlias = sa.ColumnElement[bool]
Catalogue: TypeAlias = Mapping[str, sa.FromClause]
"""Entity name -> table, of the entities that this service owns."""

_COLUMNS = {
    Kind.OWNER: "owner_id",
    Kind.TEAM: "team_id",
    Kind.TERRITORY: "territory_id",
    Kind.PRODUCT_LINE: "product_line",
    Kind.SHARED_WITH: "shared_with",
}


class PlacedEntity(Protocol):
    """What the compiler reads of an entity (`services.kit.entities.Entity`)."""

    @property
    def name(self) -> str: ...
    @property
    def grant_group(self) -> str: ...
    @property
    def parent_field(self) -> str: ...
    @property
    def parent(self) -> str: ...


def condition(
    access: Access,
    entity: PlacedEntity,
    action: str,
    catalogue: Catalogue,
    entities: Mapping[str, PlacedEntity] | None = None,
) -> Bool:
    """Rows of the entity's table that the user may do `action` with; `true()`, `false()` where that is all.

    For WHERE: an unset field makes it NULL, so it must not be negated. Deleted rows are not left out. A root
    of another service that this database does not know yet places nothing. `root_scope.alias_of` is followed
    once: it must name the last survivor. `entities` (default: those of the contracts) holds the ancestors.
    """
    if access.is_system:
        return sa.true()
    chain = _Chain(entity, catalogue, entities or all_entities())
    return _compile(access.scopes(entity.grant_group, action), chain)


def facet_conditions(
    access: Access,
    entity: PlacedEntity,
    action: str,
    catalogue: Catalogue,
    entities: Mapping[str, PlacedEntity] | None = None,
) -> dict[str, Bool]:
    """For each facet that some row may show to the user: the rows that show it. No entry: none does."""
    group = entity.grant_group
    facets = sorted(access.facets(group, action))
    if access.is_system:
        return {facet: sa.true() for facet in facets}
    chain = _Chain(entity, catalogue, entities or all_entities())
    compiled = {facet: _compile(access.scopes(group, action, facet), chain) for facet in facets}
    return {facet: each for facet, each in compiled.items() if not isinstance(each, sa.False_)}


@dataclass(frozen=True, slots=True)
class _Chain:
    """Where the ancestors of an entity are found."""

    entity: PlacedEntity
    catalogue: Catalogue
    entities: Mapping[str, PlacedEntity]


@dataclass(frozen=True, slots=True)
class _Ancestors:
    """The joined ancestors of a table's row, and the condition that ties them to it."""

    joined: sa.FromClause
    link: Bool
    levels: tuple[sa.FromClause, ...]


def _compile(scopes: Iterable[Scope], chain: _Chain) -> Bool:
    merged = _merge(scopes)
    if any(scope.is_all for scope in merged):
        return sa.true()
    own = chain.catalogue[chain.entity.name]
    alternatives = [_within(scope, [own]) for scope in merged]
    kinds = {term.kind for scope in merged for term in scope.limiting}
    above = _ancestors(chain, kinds)
    if above:
        # A row without known ancestors still has its own fields, so the first alternatives stand alone.
        through = _any(_within(scope, _levels(scope, own, above)) for scope in merged)
        if through is not None:
            found = sa.exists().select_from(above.joined).where(above.link, through)
            alternatives.append(found.correlate(own))
    compiled = _any(alternatives)
    return sa.false() if compiled is None else compiled


def _merge(scopes: Iterable[Scope]) -> list[Scope]:
    """The same alternatives with one array per kind, in a fixed order so that equal shapes give equal SQL."""
    single: dict[Kind, Term] = {}
    several: dict[tuple[Term, ...], Scope] = {}
    for scope in scopes:
        terms = tuple(sorted(scope.limiting or scope.terms[:1], key=lambda term: term.kind))
        if len(terms) == 1:
            kind = terms[0].kind
            known = single[kind].values if kind in single else frozenset()
            single[kind] = Term(kind, known | terms[0].values)
        else:
            several[terms] = Scope(terms)
    ands = sorted(several.values(), key=lambda scope: [term.kind for term in scope.terms])
    return [*(Scope((single[kind],)) for kind in Kind if kind in single), *ands]


def _levels(scope: Scope, own: sa.FromClause, above: _Ancestors) -> Sequence[sa.FromClause]:
    """Where the terms of a scope may hold, seen from the ancestors; a single own term was asked already."""
    return above.levels if len(scope.terms) == 1 else (own, *above.levels)


def _within(scope: Scope, levels: Sequence[sa.FromClause]) -> Bool | None:
    terms = [_any(_holds(term, level) for level in levels) for term in scope.limiting]
    held = [term for term in terms if term is not None]
    return sa.and_(*held) if len(held) == len(terms) else None


def _holds(term: Term, level: sa.FromClause) -> Bool | None:
    column: sa.ColumnElement[Any] | None = level.c.get(_COLUMNS[term.kind])
    if column is None:
        return None
    element = sa.Text() if term.kind is Kind.PRODUCT_LINE else sa.Uuid()
    values = sa.literal(sorted(term.values, key=str), pg.ARRAY(element))
    if term.kind is Kind.SHARED_WITH:
        return column.bool_op("&&")(values)
    return column == sa.any_(values)


def _any(alternatives: Iterable[Bool | None]) -> Bool | None:
    possible = [each for each in alternatives if each is not None]
    return sa.or_(*possible) if possible else None


def _ancestors(chain: _Chain, kinds: Iterable[Kind]) -> _Ancestors | None:
    """Join the ancestors up to the last one that has a column for one of `kinds`; None if no one has."""
    columns = {_COLUMNS[kind] for kind in kinds}
    child, child_table = chain.entity, chain.catalogue[chain.entity.name]
    above: _Ancestors | None = None
    useful: _Ancestors | None = None
    seen = {chain.entity.name}
    while child.parent_field:
        pointer = child_table.c[child.parent_field]
        if child.parent in seen:
            raise ValueError(f"{child.parent} is among its own ancestors")
        seen.add(child.parent)
        table = chain.catalogue.get(child.parent)
        above = _join_root(above, pointer, child.parent) if table is None else _join(above, table.alias(), pointer)
        if columns & set(above.levels[-1].c.keys()):
            useful = above
        if table is None:
            break
        child, child_table = chain.entities[child.parent], above.levels[-1]
    return useful


def _join(above: _Ancestors | None, table: sa.FromClause, pointer: sa.ColumnElement[Any]) -> _Ancestors:
    tie = table.c.id == pointer
    if above is None:
        return _Ancestors(table, tie, (table,))
    return _Ancestors(above.joined.outerjoin(table, tie), above.link, (*above.levels, table))


def _join_root(above: _Ancestors | None, pointer: sa.ColumnElement[Any], entity_name: str) -> _Ancestors:
    """Join the root that another service owns: the row that is named, then its survivor if it was merged."""
    named, survivor = root_scope.alias(), root_scope.alias()
    tie = sa.and_(named.c.entity == entity_name, named.c.id == pointer)
    survives = sa.and_(
        survivor.c.entity == named.c.entity, survivor.c.id == sa.func.coalesce(named.c.alias_of, named.c.id)
    )
    if above is None:
        return _Ancestors(named.join(survivor, survives), tie, (survivor,))
    joined = above.joined.outerjoin(named, tie).outerjoin(survivor, survives)
    return _Ancestors(joined, above.link, (*above.levels, survivor))
