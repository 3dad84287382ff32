"""Sessions, devices and refresh tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from gateway.identity.domain.sessions import IDLE_LIFETIME
from gateway.identity.storage.tables import device, refresh_token, session

#: Gateways listen here, through the api processes, for what ended. Changes of grants come on the outbox's.
CHANNEL = "identity_sessions"


@dataclass(frozen=True, slots=True)
class TokenState:
    """A refresh token and the session that it belongs to."""

    expires_at: datetime
    used_at: datetime | None
    session_id: UUID
    user_id: UUID
    device_id: UUID | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeviceState:
    """Whose a device is, and whether it was revoked."""

    user_id: UUID
    revoked_at: datetime | None


def start(
    connection: sa.Connection,
    *,
    session_id: UUID,
    user_id: UUID,
    device_id: UUID | None,
    client: str,
    now: datetime,
) -> None:
    """Store a new session."""
    connection.execute(
        sa.insert(session).values(
            id=session_id, user_id=user_id, device_id=device_id, client=client, started_at=now, used_at=now
        )
    )


def add_token(connection: sa.Connection, sha256: bytes, *, session_id: UUID, now: datetime) -> None:
    """Store the hash of a refresh token that is good for one use within the idle time."""
    connection.execute(
        sa.insert(refresh_token).values(
            sha256=sha256, session_id=session_id, issued_at=now, expires_at=now + IDLE_LIFETIME
        )
    )


def lock_token(connection: sa.Connection, sha256: bytes) -> TokenState | None:
    """Return a refresh token with its session, both locked: a second use waits and then sees the first."""
    query = (
        sa.select(
            refresh_token.c.expires_at,
            refresh_token.c.used_at,
            session.c.id.label("session_id"),
            session.c.user_id,
            session.c.device_id,
            session.c.ended_at,
        )
        .join_from(refresh_token, session)
        .where(refresh_token.c.sha256 == sha256)
        .with_for_update()
    )
    row = connection.execute(query).mappings().first()
    return TokenState(**row) if row else None


def mark_used(connection: sa.Connection, sha256: bytes, *, session_id: UUID, now: datetime) -> None:
    """Spend a refresh token."""
    connection.execute(sa.update(refresh_token).where(refresh_token.c.sha256 == sha256).values(used_at=now))
    connection.execute(sa.update(session).where(session.c.id == session_id).values(used_at=now))


def end(connection: sa.Connection, which: sa.ColumnElement[bool], *, cause: str, now: datetime) -> int:
    """End the open sessions that meet a condition; return how many there were."""
    open_ones = sa.update(session).where(which, session.c.ended_at.is_(None))
    return connection.execute(open_ones.values(ended_at=now, end_cause=cause)).rowcount


def register_device(
    connection: sa.Connection, device_id: UUID, *, user_id: UUID, name: str, now: datetime
) -> DeviceState:
    """Store a device or its latest sign-in; return how it stands.

    The row of another user's device, or of a revoked one, is left as it was.
    """
    insert = pg.insert(device).values(
        id=device_id, user_id=user_id, name=name, registered_at=now, signed_in_at=now
    )
    mine = sa.and_(device.c.user_id == insert.excluded.user_id, device.c.revoked_at.is_(None))
    new_name = sa.func.coalesce(sa.func.nullif(insert.excluded.name, ""), device.c.name)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[device.c.id],
            set_={"signed_in_at": insert.excluded.signed_in_at, "name": new_name},
            where=mine,
        )
    )
    query = sa.select(device.c.user_id, device.c.revoked_at).where(device.c.id == device_id)
    return DeviceState(**connection.execute(query).mappings().one())


def user_of_device(connection: sa.Connection, device_id: UUID) -> UUID | None:
    """Return whose a device is, None if it never signed in."""
    found: UUID | None = connection.scalar(sa.select(device.c.user_id).where(device.c.id == device_id))
    return found


def is_revoked(connection: sa.Connection, device_id: UUID) -> bool:
    """True if the device was locked out."""
    found = sa.select(device.c.id).where(device.c.id == device_id, device.c.revoked_at.is_not(None))
    return connection.execute(found).first() is not None


def revoke_device(connection: sa.Connection, device_id: UUID, *, now: datetime) -> bool:
    """Mark a device as revoked; False if there is none, or it was before."""
    good = sa.update(device).where(device.c.id == device_id, device.c.revoked_at.is_(None))
    return connection.execute(good.values(revoked_at=now)).rowcount == 1


def forget(connection: sa.Connection, *, ended_before: datetime, now: datetime) -> int:
    """Delete tokens that are over and sessions that ended long ago; return how many rows went."""
    over = connection.execute(sa.delete(refresh_token).where(refresh_token.c.expires_at < now)).rowcount
    idle_since = now - IDLE_LIFETIME
    old = sa.or_(session.c.ended_at < ended_before, session.c.used_at < min(ended_before, idle_since))
    return over + connection.execute(sa.delete(session).where(old)).rowcount
