"""The users of the demonstration company, its territories, teams and roles.

Ids are uuid5(NAMESPACE, "<entity>/<key>") of `administration`, so that seeding twice changes nothing and the
demonstration data of other services may name them: the territory NORD is
uuid5(NAMESPACE, "identity.territory/NORD").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gateway.identity.domain import administration
from gateway.identity.domain.administration import fixed_id

#: Code -> (name, code of the territory above).
_TERRITORIES: Final[Mapping[str, tuple[str, str]]] = {
    "ITALIA": ("Italia", ""),
    "NORD": ("Nord", "ITALIA"),
    "NORD-PIEMONTE": ("Piemonte e Liguria", "NORD"),
    "NORD-LOMBARDIA": ("Lombardia", "NORD"),
    "NORD-VENETO": ("Veneto e Friuli", "NORD"),
    "NORD-EMILIA": ("Emilia-Romagna", "NORD"),
    "SUD": ("Sud", "ITALIA"),
    "SUD-LAZIO": ("Lazio e Campania", "SUD"),
    "SUD-PUGLIA": ("Puglia e Basilicata", "SUD"),
    "SUD-SICILIA": ("Sicilia e Calabria", "SUD"),
}
_TEAMS: Final[Mapping[str, tuple[str, str]]] = {
    "VENDITE": ("Vendite", ""),
    "VENDITE-NORD": ("Vendite Nord", "VENDITE"),
    "VENDITE-SUD": ("Vendite Sud", "VENDITE"),
    "ASSISTENZA": ("Assistenza", ""),
}
_READ = ("read", "replicate")
_WRITE = ("read", "replicate", "write")
_APPROVE = ("approve", *_WRITE)
#: Key -> (name, grants as (groups, actions, kinds of scope of which one must hold, facets)).
_ROLES: Final[Mapping[str, tuple[str, Sequence[tuple[Sequence[str], Sequence[str], str, Sequence[str]]]]]] = {
    "sales": (
        "Sales",
        (
            # Also what a colleague elsewhere asks one to take part in.
            (("crm",), _WRITE, "territory shared_with", ()),
            (("offers",), _WRITE, "territory", ()),
            (("mail",), _WRITE, "owner", ()),
            (("catalogue", "directory", "crm_setup", "offers_setup", "service_setup"), _READ, "all", ()),
            (("service",), _READ, "territory", ("price",)),
        ),
    ),
    "sales-manager": (
        "Sales manager",
        (
            (("crm", "offers", "mail"), _APPROVE, "all", ("cost",)),
            (("catalogue",), _READ, "all", ("cost",)),
            # Enters the machines that were sold before, and says how sales and service work.
            (("service",), _WRITE, "all", ("cost", "price")),
            (("offers_setup", "service_setup"), _WRITE, "all", ()),
            (("crm_setup",), _WRITE, "all", ("cost",)),
            (("directory",), _READ, "all", ()),
        ),
    ),
    "technician": (
        "Technician",
        (
            (("service",), _WRITE, "territory", ()),
            (("crm",), _READ, "territory", ()),
            (("catalogue", "directory", "service_setup"), _READ, "all", ()),
        ),
    ),
}
#: User name -> (display name, role, team, territory).
_USERS: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "sales.north": ("Nora Settentrione", "sales", "VENDITE-NORD", "NORD"),
    "sales.south": ("Silvio Meridione", "sales", "VENDITE-SUD", "SUD"),
    "sales.manager": ("Marta Direzione", "sales-manager", "VENDITE", "ITALIA"),
    "service.tech": ("Tommaso Officina", "technician", "ASSISTENZA", "NORD"),
    "admin": ("Ada Sistemi", "administrator", "", ""),
}

USER_NAMES: Final = tuple(_USERS)

Seed = tuple[str, dict[str, Any]]
"""(entity, values of a record)."""


def seeds() -> Iterator[Seed]:
    """Return every record of the demonstration, those that others refer to first."""
    for code, (name, above) in _TERRITORIES.items():
        parent = fixed_id("identity.territory", above) if above else ""
        yield _seed("identity.territory", code, code=code, name=name, parent_territory_id=parent)
    for code, (name, above) in _TEAMS.items():
        parent = fixed_id("identity.team", above) if above else ""
        yield _seed("identity.team", code, name=name, parent_team_id=parent)
    for key, (name, grants) in _ROLES.items():
        yield _seed("identity.role", key, name=name, grants=list(_grants(grants)))
    yield _seed("identity.role", "administrator", name=administration.ROLE_NAME, grants=administration.GRANTS)
    for user_name, (display_name, role, team, territory) in _USERS.items():
        yield _seed(
            "identity.user",
            user_name,
            user_name=user_name,
            display_name=display_name,
            language="it",
            team_id=fixed_id("identity.team", team) if team else "",
            territory_ids=[fixed_id("identity.territory", territory)] if territory else [],
            role_ids=[fixed_id("identity.role", role)],
        )


def _seed(entity: str, key: str, **values: Any) -> Seed:
    return entity, {"id": fixed_id(entity, key), **values}


def _grants(
    grants: Sequence[tuple[Sequence[str], Sequence[str], str, Sequence[str]]],
) -> Iterator[dict[str, Any]]:
    for groups, actions, kinds, facets in grants:
        for group in groups:
            yield {
                "group": group,
                "actions": list(actions),
                "scopes": [{"kinds": [kind]} for kind in kinds.split()],
                "facets": list(facets),
            }
