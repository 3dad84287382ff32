"""The expanded accesses follow every change of a user, role, team or territory, in its transaction.

Only a user whose rights really changed gets a new version of `identity.access`: that version is the grant
epoch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from gateway.identity.domain import sessions as causes
from gateway.identity.domain.expansion import (
    DEFINED,
    OWN_REPORTS,
    PERSONAL,
    PRINTED,
    SHARED_REPORTS,
    Person,
    expand,
    lease_days,
)
from gateway.identity.domain.trees import Tree
from gateway.identity.storage.tables import access, role, user
from gateway.identity.usecases.accounts import end_sessions_of
from services.kit.database import Row, UnitOfWork
from services.kit.errors import NotAllowedNow

#: Entities from which rights are made; for trees the field that names the node above.
_PARENTS: Final = {"identity.team": "parent_team_id", "identity.territory": "parent_territory_id"}
_SOURCES: Final = frozenset({"identity.user", "identity.role", *_PARENTS})
#: Any number: whoever changes rights holds it to the end of the transaction.
_LOCK: Final = 7_301_002
_ADMINISTRATORS: Final = sa.select(access.c.id).where(
    access.c.inactive.is_(False),
    *(
        access.c.grants.contains([{"group": group, "actions": ["write"]}])
        for group in ("directory", "identity")
    ),
)


def take_turns(uow: UnitOfWork, _row: Row | None = None) -> None:
    """Let changes of rights happen one after the other: each reads what the others left."""
    uow.connection.exec_driver_sql("select pg_advisory_xact_lock(%s)", (_LOCK,))


def update_accesses(uow: UnitOfWork, _row: Row | None = None) -> None:
    """Expand anew the rights of all users whom the changes of this transaction concern.

    The first call of a transaction's end does it for all its changes; later ones find nothing to do.

    Raises:
        NotAllowedNow: TEAM_ABOVE_ITSELF, TERRITORY_ABOVE_ITSELF, LAST_ADMINISTRATOR.
    """
    changed = [row for row in uow.rows() if row.entity.name in _SOURCES and row.is_changed]
    if not changed:
        return
    had_administrator = has_administrator(uow.connection)
    leaving = [row.id for row in changed if row.entity.name == "identity.user" and _leaves(row)]
    users = uow.find("identity.user", _concerned(changed))
    trees = {name: _tree(uow, name) for name in _PARENTS}
    roles = _roles(uow, {each for row in users for each in row.values["role_ids"]})
    accesses = {each.id: each for each in uow.find("identity.access", access.c.id.in_(_ids(users)))}
    for row in users:
        _expand(uow, row.values, accesses.get(row.id), roles, trees)
    uow.flush()
    if had_administrator and not has_administrator(uow.connection):
        raise NotAllowedNow("LAST_ADMINISTRATOR", "nobody would be left to administer users")
    for user_id in leaving:
        end_sessions_of(uow.connection, UUID(user_id), cause=causes.USER_INACTIVE, now=uow.now)


def expand_everybody(uow: UnitOfWork) -> None:
    """Expand the rights of all users anew: a release may have added what everybody may do."""
    take_turns(uow)
    users = uow.find("identity.user", sa.true())
    trees = {name: _tree(uow, name) for name in _PARENTS}
    roles = _roles(uow, {each for row in users for each in row.values["role_ids"]})
    accesses = {each.id: each for each in uow.find("identity.access", sa.true())}
    for row in users:
        _expand(uow, row.values, accesses.get(row.id), roles, trees)


def has_administrator(connection: sa.Connection) -> bool:
    """True if an active user may change users and roles."""
    return bool(connection.scalar(sa.select(_ADMINISTRATORS.exists())))


def may_give_rights(connection: sa.Connection, user_id: UUID) -> bool:
    """True if the user administers rights, and not only the directory of names."""
    return bool(connection.scalar(sa.select(_ADMINISTRATORS.where(access.c.id == user_id).exists())))


def _concerned(changed: Iterable[Row]) -> sa.ColumnElement[bool]:
    """The users whose rights may depend on these records."""
    ids: dict[str, list[UUID]] = {name: [] for name in _SOURCES}
    for row in changed:
        parent = _PARENTS.get(row.entity.name)
        if parent is None or row.is_new or row.values[parent] != row.stored[parent]:
            ids[row.entity.name].append(UUID(row.id))
    conditions: list[sa.ColumnElement[bool]] = [user.c.id.in_(ids["identity.user"])]
    if ids["identity.role"]:
        conditions.append(user.c.role_ids.overlap(ids["identity.role"]))
    if ids["identity.team"]:
        conditions.append(user.c.team_id.is_not(None))
    if ids["identity.territory"]:
        conditions.append(sa.func.cardinality(user.c.territory_ids) > 0)
    return sa.or_(*conditions)


def _tree(uow: UnitOfWork, entity_name: str) -> Tree:
    parent = _PARENTS[entity_name]
    tree = Tree({row.id: row.values[parent] for row in uow.find(entity_name, sa.true())})
    circular = tree.circle()
    if circular:
        kind = entity_name.partition(".")[2].upper()
        raise NotAllowedNow(f"{kind}_ABOVE_ITSELF", params={"id": circular})
    return tree


def _roles(uow: UnitOfWork, role_ids: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
    found = uow.find("identity.role", role.c.id.in_([UUID(each) for each in role_ids]))
    return {row.id: row.values for row in found}


def _expand(
    uow: UnitOfWork,
    values: Mapping[str, Any],
    known: Row | None,
    roles: Mapping[str, Mapping[str, Any]],
    trees: Mapping[str, Tree],
) -> None:
    person = Person(
        id=values["id"],
        role_ids=tuple(values["role_ids"]),
        team_id=values["team_id"],
        territory_ids=tuple(values["territory_ids"]),
        product_lines=tuple(values["product_lines"]),
    )
    held = [roles[role_id] for role_id in sorted(values["role_ids"]) if role_id in roles]
    grants = [grant for each in held for grant in each["grants"]]
    if grants:
        # Whoever may do anything at all keeps reminders, visits and the like of their own.
        grants += [PERSONAL, DEFINED, PRINTED, OWN_REPORTS, SHARED_REPORTS]
    expanded = {
        "owner_id": person.id,
        "user_name": values["user_name"],
        "inactive": values["inactive"],
        "grants": expand(
            person, grants, teams=trees["identity.team"], territories=trees["identity.territory"]
        ),
        "lease_days": lease_days(each["lease_days"] for each in held),
    }
    if known is None:
        uow.create("identity.access", expanded | {"id": person.id})
    else:
        known.values.update(expanded)


def _leaves(row: Row) -> bool:
    return bool(row.values["inactive"]) and not row.stored.get("inactive", False)


def _ids(rows: Iterable[Row]) -> list[UUID]:
    return [UUID(row.id) for row in rows]
