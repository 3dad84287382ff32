"""The buckets of synchronisation: where a record is, and which ones a user holds.

    crm/owner:<user>       offers/territory:<territory>     offers/territory:<territory>&line:press
    crm/shared:<user>      offers/team:<team>               offers/territory:<territory>#cost
    catalogue/all

A record is in the bucket of every value that it or an ancestor has, and, for each combination of kinds that
some role uses as an AND, in the bucket of every combination of such values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import product
from typing import TypeAlias
from urllib.parse import quote

from services.kit.permissions.matcher import Place
from services.kit.permissions.model import Access, Kind, Scope, Value

AndTerms: TypeAlias = tuple[Kind, ...]
"""The kinds of one AND, in the order of `Kind`."""

_ORDER = {kind: position for position, kind in enumerate(Kind)}
_NAMES = {Kind.PRODUCT_LINE: "line", Kind.SHARED_WITH: "shared"}
_Part: TypeAlias = tuple[Kind, Value]


def buckets_for(access: Access, group: str, action: str = "replicate") -> set[str]:
    """Keys of the buckets of the group that the user's grants name, those of facets (`…#cost`) included."""
    held = {bucket for scope in access.scopes(group, action) for bucket in _buckets_of_scope(group, scope)}
    for facet in access.facets(group, action):
        for scope in access.scopes(group, action, facet):
            held |= {facet_bucket(bucket, facet) for bucket in _buckets_of_scope(group, scope)}
    return held


def buckets_of(group: str, chain: Sequence[Place], and_terms: Collection[AndTerms]) -> set[str]:
    """Keys of the buckets that the record is in; its facets are in the `facet_bucket` of each.

    `chain` is the record and its ancestors. `and_terms` names the ANDs that any role uses (`and_terms_of`).
    """
    values = {kind: {value for place in chain for value in place.values(kind)} for kind in Kind}
    shapes = {(kind,) for kind in Kind if kind is not Kind.ALL} | set(and_terms)
    keys = {_key(group, parts) for shape in shapes for parts in _combinations((k, values[k]) for k in shape)}
    return keys | {f"{group}/{Kind.ALL}"}


def and_terms_of(access: Access, group: str, action: str = "replicate") -> set[AndTerms]:
    """The ANDs that the user's grants use; records are placed in their buckets before the user holds them."""
    shapes = (tuple(term.kind for term in scope.limiting) for scope in access.scopes(group, action))
    return {tuple(sorted(shape, key=_ORDER.__getitem__)) for shape in shapes if len(shape) > 1}


def facet_bucket(bucket: str, facet: str) -> str:
    """Key of the bucket that carries one facet of the bucket's records."""
    return f"{bucket}#{facet}"


def _buckets_of_scope(group: str, scope: Scope) -> set[str]:
    if scope.is_all:
        return {f"{group}/{Kind.ALL}"}
    return {
        _key(group, parts) for parts in _combinations((term.kind, term.values) for term in scope.limiting)
    }


def _combinations(terms: Iterable[tuple[Kind, Collection[Value]]]) -> Iterator[tuple[_Part, ...]]:
    return product(*([(kind, value) for value in values] for kind, values in terms))


def _key(group: str, parts: Iterable[_Part]) -> str:
    ordered = sorted(
        (_ORDER[kind], f"{_NAMES.get(kind, kind)}:{quote(str(value), safe='')}") for kind, value in parts
    )
    return f"{group}/{'&'.join(text for _, text in ordered)}"
