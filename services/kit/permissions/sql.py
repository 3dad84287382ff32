"""Many records: the condition for a query (PostgreSQL 15).

A root's condition reads only its own columns, so its indexes serve. A child's condition adds one EXISTS for
each ancestor that may decide, so that the planner can begin at the user's values; with a single EXISTS over
all ancestors it read every record of the service first (measured). Only an AND, whose terms may hold at
different levels, is asked of all ancestors together.

Values are bound as arrays: users with grants of the same shape share one compiled statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.entities import all_entities
from services.kit.permissions.ancestors import Ancestor, Bool, Catalogue, Lineage, PlacedEntity
from services.kit.permissions.model import Access, Kind, Scope, Term

_COLUMNS = {
    Kind.OWNER: "owner_id",
    Kind.TEAM: "team_id",
    Kind.TERRITORY: "territory_id",
    Kind.PRODUCT_LINE: "product_line",
    Kind.SHARED_WITH: "shared_with",
}


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
    return _within_grants(access, Lineage(entity, catalogue, entities or all_entities()), action)


def facet_conditions(
    access: Access,
    entity: PlacedEntity,
    action: str,
    catalogue: Catalogue,
    entities: Mapping[str, PlacedEntity] | None = None,
) -> dict[str, Bool]:
    """For each facet that some row may show to the user: the rows that show it. No entry: none does."""
    facets = sorted({f for group in _groups(access, entity) for f in access.facets(group, action)})
    if access.is_system:
        return {facet: sa.true() for facet in facets}
    lineage = Lineage(entity, catalogue, entities or all_entities())
    compiled = {facet: _within_grants(access, lineage, action, facet) for facet in facets}
    return {facet: each for facet, each in compiled.items() if not isinstance(each, sa.False_)}


def _groups(access: Access, entity: PlacedEntity) -> list[str]:
    """Groups that the entity's rows may belong to, as far as the user has grants for them."""
    return sorted({grant.group for grant in access.grants}) if entity.group_field else [entity.grant_group]


def _within_grants(access: Access, lineage: Lineage, action: str, facet: str = "") -> Bool:
    group_field = lineage.entity.group_field
    if not group_field:
        return _compile(access.scopes(lineage.entity.grant_group, action, facet), lineage)
    held = [
        sa.and_(lineage.own.c[group_field] == group, _compile(access.scopes(group, action, facet), lineage))
        for group in _groups(access, lineage.entity)
        if any(access.scopes(group, action, facet))
    ]
    return sa.or_(*held) if held else sa.false()


def _compile(scopes: Iterable[Scope], lineage: Lineage) -> Bool:
    merged = _merge(scopes)
    if any(scope.is_all for scope in merged):
        return sa.true()
    singles = [scope for scope in merged if len(scope.terms) == 1]
    ands = [scope for scope in merged if len(scope.terms) > 1]
    alternatives = [_within(scope, [lineage.own]) for scope in merged]
    if singles:
        alternatives += [_through_one(singles, lineage.own, each) for each in lineage.one_by_one()]
    if ands:
        alternatives.append(_through_all(ands, lineage.own, lineage.together()))
    compiled = _any(alternatives)
    return sa.false() if compiled is None else compiled


def _through_one(scopes: Iterable[Scope], own: sa.FromClause, ancestor: Ancestor) -> Bool | None:
    """One of the scopes holds for this ancestor of the row."""
    held = _any(_within(scope, [ancestor.table]) for scope in scopes)
    if held is None:
        return None
    return sa.exists().select_from(ancestor.joined).where(ancestor.link, held).correlate(own)


def _through_all(scopes: Iterable[Scope], own: sa.FromClause, above: Sequence[Ancestor]) -> Bool | None:
    """One of the scopes holds for the row and its ancestors together, each of its terms somewhere."""
    asked = {_COLUMNS[term.kind] for scope in scopes for term in scope.limiting}
    useful = [number for number, ancestor in enumerate(above) if asked & set(ancestor.table.c.keys())]
    if not useful:
        return None
    reached = above[: useful[-1] + 1]
    held = _any(_within(scope, [own, *(each.table for each in reached)]) for scope in scopes)
    if held is None:
        return None
    return sa.exists().select_from(reached[-1].joined).where(reached[-1].link, held).correlate(own)


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
