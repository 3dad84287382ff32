"""What a user's roles come to: grants with team and territory trees expanded to ids.

Equal rights give equal values, whatever the order in which roles name them: only a difference here raises a
user's grant epoch, which makes every service fetch and every device recompute what it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from gateway.identity.domain.trees import Tree

#: In the order in which terms are written.
KINDS = ("owner", "team", "territory", "product_line", "shared_with", "all")

#: How long a copy may be opened without the server, of roles that do not say it.
USUAL_LEASE_DAYS: Final = 14

Json: TypeAlias = dict[str, Any]

#: What belongs to one user alone; no role names it.
PERSONAL: Final[Mapping[str, Any]] = {
    "group": "personal",
    "actions": ["read", "replicate", "write"],
    "scopes": [{"kinds": ["owner"]}],
    "facets": [],
}

#: What administrators define (fields, forms, record types) is read by whoever may do anything at all, and
#: carried away: devices check by it.
DEFINED: Final[Mapping[str, Any]] = {
    "group": "forms",
    "actions": ["read", "replicate"],
    "scopes": [{"kinds": ["all"]}],
    "facets": [],
}

#: Who may do anything at all may choose among the templates of prints; devices print nothing.
PRINTED: Final[Mapping[str, Any]] = {
    "group": "prints",
    "actions": ["read"],
    "scopes": [{"kinds": ["all"]}],
    "facets": [],
}


#: Reports and dashboards: everybody makes their own, and reads those that are shared with them.
REPORTS: Final = "reports"
OWN_REPORTS: Final[Mapping[str, Any]] = {
    "group": REPORTS,
    "actions": ["read", "replicate", "write"],
    "scopes": [{"kinds": ["owner"]}],
    "facets": [],
}
SHARED_REPORTS: Final[Mapping[str, Any]] = {
    "group": REPORTS,
    "actions": ["read", "replicate"],
    "scopes": [{"kinds": ["shared_with"]}],
    "facets": [],
}
#: Stands for every user among those that a report is shared with.
EVERYBODY: Final = "00000000-0000-5000-8000-000000000001"


@dataclass(frozen=True, slots=True)
class Person:
    """The user, as far as rights go."""

    id: str
    role_ids: tuple[str, ...] = ()
    team_id: str = ""
    territory_ids: tuple[str, ...] = ()
    product_lines: tuple[str, ...] = ()


def expand(
    person: Person, grants: Iterable[Mapping[str, Any]], *, teams: Tree, territories: Tree
) -> list[Json]:
    """Return the grants of `identity.access` for the grants of the person's roles.

    Scopes that hold nowhere (a territory for somebody without one) are left out, and grants without a scope.
    """
    values: Mapping[str, Callable[[], Iterable[str]]] = {
        "owner": lambda: [person.id],
        "team": lambda: teams.below([person.team_id]),
        "territory": lambda: territories.below(person.territory_ids),
        "product_line": lambda: person.product_lines,
        "shared_with": lambda: [person.id],
    }
    own = {kind: sorted(each()) for kind, each in values.items()}
    # Reports are also shared with roles, and with everybody.
    with_roles = {**own, "shared_with": sorted({person.id, EVERYBODY, *person.role_ids})}
    expanded = [_grant(grant, with_roles if grant["group"] == REPORTS else own) for grant in grants]
    return _distinct(grant for grant in expanded if grant["actions"] and grant["scopes"])


def lease_days(own: Iterable[int]) -> int:
    """Return the longest lease that one of the roles allows; 0, as in a role, stands for the usual one."""
    longest = max((each or USUAL_LEASE_DAYS for each in own), default=USUAL_LEASE_DAYS)
    return 0 if longest == USUAL_LEASE_DAYS else longest


def _grant(grant: Mapping[str, Any], own: Mapping[str, list[str]]) -> Json:
    scopes = [_scope(scope["kinds"], own) for scope in grant["scopes"]]
    return {
        "group": grant["group"],
        "actions": sorted(set(grant["actions"])),
        "scopes": _distinct({"terms": terms} for terms in scopes if terms),
        "facets": sorted(set(grant["facets"])),
    }


def _scope(kinds: Iterable[str], own: Mapping[str, list[str]]) -> list[Json]:
    """Terms that must all hold; none if one of them never does."""
    named = set(kinds)
    if named == {"all"}:
        return [{"kind": "all", "values": []}]
    terms = [{"kind": kind, "values": own[kind]} for kind in KINDS if kind in named - {"all"}]
    return terms if all(term["values"] for term in terms) else []


def _distinct(values: Iterable[Json]) -> list[Json]:
    """Each value once, in an order that depends on the values alone."""
    return [value for _, value in sorted({repr(value): value for value in values}.items())]
