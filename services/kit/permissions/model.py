"""The grants of one user, as identity expanded them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

Value: TypeAlias = UUID | str
"""A product line is text, every other value an id."""


class Kind(StrEnum):
    """What a term compares. The order of declaration is the order of terms in a bucket's key."""

    OWNER = "owner"
    TEAM = "team"
    TERRITORY = "territory"
    PRODUCT_LINE = "product_line"
    SHARED_WITH = "shared_with"
    ALL = "all"


_KINDS = frozenset(kind.value for kind in Kind)


@dataclass(frozen=True, slots=True)
class Term:
    """Holds for a record that has one of `values` in the field of `kind`; `all` has none and always holds."""

    kind: Kind
    values: frozenset[Value] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """Terms that must all hold."""

    terms: tuple[Term, ...]

    @property
    def is_all(self) -> bool:
        return bool(self.terms) and all(term.kind is Kind.ALL for term in self.terms)

    @property
    def limiting(self) -> tuple[Term, ...]:
        """The terms that exclude something."""
        return tuple(term for term in self.terms if term.kind is not Kind.ALL)

    @property
    def is_empty(self) -> bool:
        """No record is within it: it has no terms, or one of them has no values."""
        return not self.terms or any(not term.values for term in self.limiting)


@dataclass(frozen=True, slots=True)
class Grant:
    """Actions on one grant group, within any of the scopes, with the facets that it shows beside `base`."""

    group: str
    actions: frozenset[str]
    scopes: tuple[Scope, ...]
    facets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Access:
    """What one user may do, as of `epoch`. Without grants: nothing."""

    user_id: UUID | None
    epoch: int = 0
    grants: tuple[Grant, ...] = ()
    inactive: bool = False
    #: No grant limits the system itself; it sees `system_facets`.
    is_system: bool = False
    system_facets: frozenset[str] = frozenset()
    #: What `limits` and `facets` have found: every record of a write asks several times.
    _limits: dict[tuple[str, str, str], tuple[tuple[Term, ...], ...]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    _facets: dict[tuple[str, str], frozenset[str]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    @classmethod
    def from_json(cls, body: str | bytes) -> Access:
        """Read the canonical JSON of an `identity.access` record.

        A kind that this release does not know makes its scope hold nowhere.
        """
        record = json.loads(body)
        return cls(
            user_id=UUID(record["id"]),
            epoch=int(record["version"]),
            grants=tuple(_grant(grant) for grant in record.get("grants", ())),
            inactive=bool(record.get("inactive")) or bool(record.get("deleted")),
        )

    def allows(self, group: str, action: str) -> bool:
        """True if there may be a record of the group that the user may do this with."""
        return self.is_system or any(True for _ in self.scopes(group, action))

    def scopes(self, group: str, action: str, facet: str = "") -> Iterator[Scope]:
        """Scopes of the grants for this action, with `facet` only of those that show it; no empty ones."""
        for grant in self._grants(group, action):
            if not facet or facet in grant.facets:
                yield from (scope for scope in grant.scopes if not scope.is_empty)

    def limits(self, group: str, action: str, facet: str = "") -> tuple[tuple[Term, ...], ...]:
        """The limiting terms of each of `scopes`; where one of them has none, every record is within."""
        key = (group, action, facet)
        found = self._limits.get(key)
        if found is None:
            found = tuple(scope.limiting for scope in self.scopes(group, action, facet))
            self._limits[key] = found = ((),) if () in found else found
        return found

    def facets(self, group: str, action: str) -> frozenset[str]:
        """Facets that some record may show to the user; which ones, depends on the record."""
        if self.is_system:
            return self.system_facets
        found = self._facets.get((group, action))
        if found is None:
            found = frozenset[str]().union(*(grant.facets for grant in self._grants(group, action)))
            self._facets[group, action] = found
        return found

    def _grants(self, group: str, action: str) -> Iterator[Grant]:
        if not self.inactive:
            yield from (each for each in self.grants if each.group == group and action in each.actions)


def system_access(facets: frozenset[str]) -> Access:
    """Access of events and timers: everything, `facets` included."""
    return Access(user_id=None, is_system=True, system_facets=facets)


def _grant(grant: Mapping[str, Any]) -> Grant:
    return Grant(
        group=grant["group"],
        actions=frozenset(grant.get("actions", ())),
        scopes=tuple(_scope(scope) for scope in grant.get("scopes", ())),
        facets=frozenset(grant.get("facets", ())),
    )


def _scope(scope: Mapping[str, Any]) -> Scope:
    terms = scope.get("terms", ())
    if any(term["kind"] not in _KINDS for term in terms):
        return Scope(())
    return Scope(tuple(_term(term) for term in terms))


def _term(term: Mapping[str, Any]) -> Term:
    kind = Kind(term["kind"])
    values: Iterator[str] = (value for value in term.get("values", ()) if value)
    if kind is Kind.PRODUCT_LINE:
        return Term(kind, frozenset(values))
    return Term(kind, frozenset(UUID(value) for value in values))
