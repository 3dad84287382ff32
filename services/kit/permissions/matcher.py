"""One record and its ancestors, in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.kit.permissions.model import Access, Kind, Term, Value


@dataclass(frozen=True, slots=True)
class Place:
    """The scope fields of one record, its own only. What is not set holds no term."""

    owner_id: UUID | None = None
    team_id: UUID | None = None
    territory_id: UUID | None = None
    product_line: str = ""
    shared_with: Collection[UUID] = ()

    def values(self, kind: Kind) -> Collection[Value]:
        """What the record has for terms of this kind."""
        match kind:
            case Kind.OWNER:
                return _set(self.owner_id)
            case Kind.TEAM:
                return _set(self.team_id)
            case Kind.TERRITORY:
                return _set(self.territory_id)
            case Kind.PRODUCT_LINE:
                return _set(self.product_line)
            case Kind.SHARED_WITH:
                return self.shared_with
            case Kind.ALL:
                return ()


def matches(access: Access, group: str, action: str, chain: Sequence[Place]) -> bool:
    """True if the user may do `action` with the record.

    `chain` is the record and its ancestors, nearest first, the root last; an ancestor that was merged into
    another record is represented by the survivor.
    """
    return access.is_system or _holds(access.limits(group, action), chain)


def visible_facets(access: Access, group: str, action: str, chain: Sequence[Place]) -> frozenset[str]:
    """Facets of the record that the user's grants for `action` show, `base` not named."""
    facets = access.facets(group, action)
    if access.is_system or not facets:
        return facets
    return frozenset(facet for facet in facets if _holds(access.limits(group, action, facet), chain))


def _holds(limits: Sequence[Sequence[Term]], chain: Sequence[Place]) -> bool:
    """True if all terms hold of any of the scopes."""
    return any(all(_term_holds(term, chain) for term in terms) for terms in limits)


def _term_holds(term: Term, chain: Sequence[Place]) -> bool:
    return any(value in term.values for place in chain for value in place.values(term.kind))


def _set(value: Value | None) -> tuple[Value, ...]:
    return (value,) if value else ()
