"""Secret addresses of calendar feeds."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from services.crm.storage.tables import calendar_token


def digest(token: str) -> bytes:
    """Return what a token is looked up by."""
    return hashlib.sha256(token.encode()).digest()


def put(connection: sa.Connection, *, feed_id: str, owner_id: str, token: str) -> None:
    """Give a feed this token, instead of the one that it had."""
    remove(connection, feed_id)
    values = {"feed_id": feed_id, "owner_id": owner_id, "token": token, "sha256": digest(token)}
    connection.execute(calendar_token.insert().values(**values))


def remove(connection: sa.Connection, feed_id: str) -> None:
    """Take a feed's token away, if it has one."""
    connection.execute(calendar_token.delete().where(calendar_token.c.feed_id == feed_id))


def token_of(connection: sa.Connection, feed_id: str, owner_id: str) -> str | None:
    """Return the token of a user's own feed."""
    table = calendar_token
    query = sa.select(table.c.token).where(table.c.feed_id == feed_id, table.c.owner_id == owner_id)
    token: str | None = connection.execute(query).scalar()
    return token


def owner_of(connection: sa.Connection, token: str) -> str | None:
    """Return whose calendar a token opens."""
    query = sa.select(calendar_token.c.owner_id).where(calendar_token.c.sha256 == digest(token))
    found = connection.execute(query).scalar()
    return str(found) if found is not None else None
