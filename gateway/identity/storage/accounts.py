"""Users as sign-in sees them, and their credentials."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from gateway.identity.storage.tables import access, credential, user


@dataclass(frozen=True, slots=True)
class Account:
    """A user with what signing in needs; `password_hash` None: no password was ever set."""

    user_id: UUID
    user_name: str
    display_name: str
    language: str
    inactive: bool
    epoch: int
    password_hash: str | None


_ACCOUNT = (
    sa.select(
        user.c.id,
        user.c.user_name,
        user.c.display_name,
        user.c.language,
        user.c.inactive,
        sa.func.coalesce(access.c.version, 0).label("epoch"),
        credential.c.password_hash,
    )
    .select_from(
        user.outerjoin(access, access.c.id == user.c.id).outerjoin(
            credential, credential.c.user_id == user.c.id
        )
    )
    .where(user.c.deleted.is_(False))
)


def by_user_name(connection: sa.Connection, folded_name: str) -> Account | None:
    """Return the account of that user name, in the form of `folded_user_name`."""
    return _account(connection, user.c.user_name == folded_name)


def by_id(connection: sa.Connection, user_id: UUID) -> Account | None:
    """Return the account of a user."""
    return _account(connection, user.c.id == user_id)


def hold_password(connection: sa.Connection, account: Account) -> bool:
    """Keep the password from being changed until the transaction ends; False if it was changed already."""
    query = sa.select(credential.c.password_hash).where(credential.c.user_id == account.user_id)
    return connection.scalar(query.with_for_update(read=True)) == account.password_hash


def store_password(connection: sa.Connection, user_id: UUID, password_hash: str, *, now: datetime) -> None:
    """Set the user's password hash."""
    insert = pg.insert(credential).values(user_id=user_id, password_hash=password_hash, changed_at=now)
    changed = {"password_hash": insert.excluded.password_hash, "changed_at": insert.excluded.changed_at}
    connection.execute(insert.on_conflict_do_update(index_elements=[credential.c.user_id], set_=changed))


def _account(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> Account | None:
    row = connection.execute(_ACCOUNT.where(condition)).first()
    if row is None:
        return None
    return Account(
        user_id=row.id,
        user_name=row.user_name,
        display_name=row.display_name or row.user_name,
        language=row.language,
        inactive=row.inactive,
        epoch=row.epoch,
        password_hash=row.password_hash,
    )
