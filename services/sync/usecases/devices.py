"""Devices that keep copies: registered, revoked, wiped."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.kit.actor import Actor
from services.kit.database import Database
from services.kit.errors import Forbidden, NotFound
from services.kit.permissions import Access

#: Where none of the user's roles has a lease of its own.
LEASE_DAYS: Final = 14
#: Whoever may change users may end their devices too.
_ADMINISTRATION: Final = ("identity", "write")

ACTIVE: Final = "active"
REVOKED: Final = "revoked"
WIPED: Final = "wiped"

#: Days of the user's lease, as identity expanded the roles.
OWN_LEASE: Final = """
    coalesce(
        nullif((select (body::jsonb ->> 'lease_days')::int from access_copy where user_id = %(user)s), 0),
        %(days)s)
"""
_REGISTER = f"""
    with lease as (select {OWN_LEASE} as days)
    insert into device (id, user_id, name, platform, app_version, schema_version, lease_days, lease_until)
    select %(id)s, %(user)s, %(name)s, %(platform)s, %(app)s, %(schema)s,
           days, now() + make_interval(days => days) from lease
    on conflict (id) do update set name = excluded.name, platform = excluded.platform,
        app_version = excluded.app_version, schema_version = excluded.schema_version,
        lease_days = excluded.lease_days, lease_until = excluded.lease_until,
        state = case device.state when 'wiped' then 'active' else device.state end
    where device.user_id = excluded.user_id
    returning state, lease_days, lease_until
"""  # noqa: S608
_END = "update device set state = %(state)s, held = null, seq = 0 where id = %(id)s and state <> 'revoked'"
_ACCESS = "select body from access_copy where user_id = %(user)s"


def register_device(
    database: Database, actor: Actor, *, device_id: UUID, name: str, platform: str, app: str, schema: str
) -> tuple[int, datetime]:
    """Make a device of the actor known; return the days of its lease, and until when that lasts.

    Raises:
        Forbidden: DEVICE_OF_ANOTHER_USER, DEVICE_REVOKED, DEVICE_DIFFERS.
    """
    require_own_session(actor, device_id)
    parameters = {
        "id": device_id,
        "user": actor.user_id,
        "name": name,
        "platform": platform,
        "app": app,
        "schema": schema,
        "days": LEASE_DAYS,
    }
    with database.read() as connection:
        row = connection.exec_driver_sql(_REGISTER, parameters).first()
        # One that was wiped begins anew: gateways still know it as ended.
        connection.exec_driver_sql("notify sync_head")
    if row is None:
        raise Forbidden("DEVICE_OF_ANOTHER_USER", params={"device": str(device_id)})
    if row.state == REVOKED:
        raise Forbidden("DEVICE_REVOKED", params={"device": str(device_id)})
    return row.lease_days, row.lease_until


def lease_days(database: Database, user_id: UUID) -> int:
    """Return how long copies of the user may be opened without the server."""
    with database.read() as connection:
        days = connection.exec_driver_sql(f"select {OWN_LEASE}", {"user": user_id, "days": LEASE_DAYS})
        return int(days.scalar_one())


def end_device(database: Database, actor: Actor, *, device_id: UUID, wipe: bool) -> None:
    """Revoke a device for good, or have its copy removed; it receives nothing from this moment on.

    Its user may do so, and whoever may change users.

    Raises:
        NotFound: DEVICE_UNKNOWN, also for those who may not end it.
    """
    with database.read() as connection:
        owner = connection.exec_driver_sql("select user_id from device where id = %(id)s", {"id": device_id})
        user_id = owner.scalar()
        if user_id is None or (user_id != actor.user_id and not administers(connection, actor)):
            raise NotFound("DEVICE_UNKNOWN", params={"device": str(device_id)})
        connection.exec_driver_sql(_END, {"id": device_id, "state": WIPED if wipe else REVOKED})
        connection.exec_driver_sql("notify sync_head")


def require_own_session(actor: Actor, device_id: UUID) -> None:
    """Refuse a session of another device.

    Raises:
        Forbidden: DEVICE_DIFFERS.
    """
    if actor.device_id is not None and actor.device_id != device_id:
        raise Forbidden("DEVICE_DIFFERS", params={"device": str(device_id)})


def administers(connection: sa.Connection, actor: Actor) -> bool:
    """Whether the actor may change users, and so end and open their devices."""
    body: Any = connection.exec_driver_sql(_ACCESS, {"user": actor.user_id}).scalar()
    if body is None:
        return False
    access = Access.from_json(body)
    return not access.inactive and access.allows(*_ADMINISTRATION)
