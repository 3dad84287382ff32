"""Which mailboxes are read, how far, and the claims by which each is read by one process only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa

from services.mail.storage.tables import folder_position, mailbox, mailbox_secret


@dataclass(frozen=True, slots=True)
class ToRead:
    """A mailbox that is to be read, with everything that a connection to it depends on."""

    mailbox_id: str
    address: str
    host: str
    port: int
    security: str
    user_name: str
    folder: str
    sealed_secret: bytes
    secret_set_at: datetime


def mailboxes_to_read(connection: sa.Connection) -> list[ToRead]:
    """Return every mailbox with a server and a password that is not paused, by id."""
    query = (
        sa.select(mailbox, mailbox_secret.c.sealed, mailbox_secret.c.set_at)
        .join(mailbox_secret, mailbox_secret.c.mailbox_id == mailbox.c.id)
        .where(mailbox.c.deleted.is_(False), mailbox.c.paused.is_(False), mailbox.c.imap_host != "")
        .order_by(mailbox.c.id)
    )
    return [
        ToRead(
            mailbox_id=str(row.id),
            address=row.address,
            host=row.imap_host,
            port=row.imap_port,
            security=row.imap_security,
            user_name=row.user_name or row.address,
            folder=row.folder or "INBOX",
            sealed_secret=bytes(row.sealed),
            secret_set_at=row.set_at,
        )
        for row in connection.execute(query)
    ]


def position_of(connection: sa.Connection, mailbox_id: str, folder: str) -> tuple[int, int]:
    """Return UIDVALIDITY and last UID of what was read; (0, 0) before the first message."""
    query = sa.select(folder_position.c.uid_validity, folder_position.c.last_uid).where(
        folder_position.c.mailbox_id == UUID(mailbox_id), folder_position.c.folder == folder
    )
    row = connection.execute(query).first()
    return (int(row.uid_validity), int(row.last_uid)) if row is not None else (0, 0)


def note_read(connection: sa.Connection, mailbox_id: str, folder: str) -> None:
    """Remember that the folder was looked at now, whether or not something was new."""
    statement = (
        sa.update(folder_position)
        .where(folder_position.c.mailbox_id == UUID(mailbox_id), folder_position.c.folder == folder)
        .values(read_at=sa.func.now())
    )
    connection.execute(statement)


class Claims:
    """Advisory locks of one connection: they end with the process that holds them, however it ends."""

    def __init__(self, url: str) -> None:
        self._connection: psycopg.Connection[Any] = psycopg.connect(url, autocommit=True, connect_timeout=5)

    def take(self, mailbox_id: str) -> bool:
        """True if nobody else reads this mailbox; it is ours then."""
        row = self._connection.execute("select pg_try_advisory_lock(%s)", [_key(mailbox_id)]).fetchone()
        return bool(row and row[0])

    def give_back(self, mailbox_id: str) -> None:
        """Let others read it."""
        self._connection.execute("select pg_advisory_unlock(%s)", [_key(mailbox_id)])

    def check(self) -> None:
        """Raise psycopg.Error if the connection is gone, and every claim with it."""
        self._connection.execute("select 1")

    def close(self) -> None:
        """Give everything back."""
        self._connection.close()


def _key(mailbox_id: str) -> int:
    """64 bits of the id, so that two mailboxes never share a lock."""
    return int.from_bytes(hashlib.sha256(f"mailbox {mailbox_id}".encode()).digest()[:8], "big", signed=True)
