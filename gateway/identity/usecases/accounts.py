"""What administrators do to users' sign-ins: passwords, sessions, devices."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from gateway.identity.adapters.passwords import Passwords
from gateway.identity.domain import sessions as rules
from gateway.identity.domain.users import check_new_password, folded_user_name
from gateway.identity.storage import accounts, sessions
from gateway.identity.storage.accounts import Account
from gateway.identity.storage.tables import session
from gateway.identity.usecases.telling import tell_gateways
from services.kit.access import AccessBook
from services.kit.actor import SYSTEM, Actor
from services.kit.database import Database
from services.kit.errors import Forbidden, NotFound


def set_password(
    database: Database, passwords: Passwords, *, user_name: str, password: str, now: datetime
) -> None:
    """Give a user a new password; all open sessions of the user end.

    Raises:
        NotFound: USER_NOT_FOUND.
        Invalid: PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG, PASSWORD_TOO_SIMPLE.
    """
    check_new_password(password, user_name=folded_user_name(user_name))
    password_hash = passwords.hash(password)
    with database.unit_of_work(SYSTEM, now=now) as uow:
        account = _require(uow.connection, user_name)
        accounts.store_password(uow.connection, account.user_id, password_hash, now=now)
        end_sessions_of(uow.connection, account.user_id, cause=rules.PASSWORD_CHANGED, now=now)
    tell_gateways(database)


def end_sessions(database: Database, *, user_name: str, now: datetime) -> int:
    """End all open sessions of a user; return how many there were.

    Raises:
        NotFound: USER_NOT_FOUND.
    """
    with database.unit_of_work(SYSTEM, now=now) as uow:
        account = _require(uow.connection, user_name)
        ended = end_sessions_of(uow.connection, account.user_id, cause=rules.ENDED_BY_ADMINISTRATOR, now=now)
    tell_gateways(database)
    return ended


def revoke_device(database: Database, *, device_id: UUID, now: datetime) -> bool:
    """Revoke a device for good: its sessions end, it may not sign in again. False: nothing was to be done."""
    with database.unit_of_work(SYSTEM, now=now) as uow:
        revoked = sessions.revoke_device(uow.connection, device_id, now=now)
        same = session.c.device_id == device_id
        sessions.end(uow.connection, same, cause=rules.DEVICE_REVOKED, now=now)
    tell_gateways(database)
    return revoked


def revoke_device_for(
    database: Database, book: AccessBook, actor: Actor, *, device_id: UUID, now: datetime
) -> None:
    """Revoke a device because its user asks for it, or somebody who may change users.

    A device that never signed in has nothing to lose here.

    Raises:
        Forbidden: NOT_GRANTED, it is another user's; USER_UNKNOWN, USER_INACTIVE.
        Unavailable: ACCESS_UNKNOWN.
    """
    with database.read() as connection:
        user_id = sessions.user_of_device(connection, device_id)
    if user_id is None:
        return
    if user_id != actor.user_id and not book.get(actor).allows("identity", "write"):
        raise Forbidden("NOT_GRANTED", params={"entity": "identity.user", "action": "write"})
    revoke_device(database, device_id=device_id, now=now)


def end_sessions_of(connection: sa.Connection, user_id: UUID, *, cause: str, now: datetime) -> int:
    """End all open sessions of a user within a transaction; return how many there were."""
    return sessions.end(connection, session.c.user_id == user_id, cause=cause, now=now)


def _require(connection: sa.Connection, user_name: str) -> Account:
    account = accounts.by_user_name(connection, folded_user_name(user_name))
    if account is None:
        raise NotFound("USER_NOT_FOUND", params={"user_name": user_name})
    return account
