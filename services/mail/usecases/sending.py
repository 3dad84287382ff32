"""Attempts to send: who works at which message, and what came of it. At most one copy leaves by itself.

    queued -> sending -> sent            the server took it
                      -> queued          it did not, and may later: next attempt after a delay
                      -> not_sent        it never will, or all attempts failed
                      -> uncertain       the connection broke when it may have taken it: a person decides

`handed_over_at` is written before the last bytes go out. Whoever finds an attempt that nobody works at any
more knows by it whether the message may have left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import time_text
from services.mail.domain.attempts import delay_after
from services.mail.domain.states import target_of as state_after
from services.mail.storage.tables import delivery, mailbox_secret, reply_token
from services.mail.usecases.files import StoredFile, store_files
from services.mail.usecases.queueing import tell_not_sent, tell_sent

#: Longer than an attempt can last: print, connection, transfer, each with its own limit.
LEASE_S = 900.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at one message, for whoever claimed it."""

    message: dict[str, Any]
    mailbox: dict[str, Any]
    number: int
    sealed_secret: bytes
    reply_token: str
    document: dict[str, str]

    @property
    def message_id(self) -> str:
        """Id of the message."""
        return str(self.message["id"])


def claim(uow: UnitOfWork) -> Attempt | None:
    """Return the message that is due longest, claimed for `LEASE_S`; None if there is none to send.

    A message whose courier was killed is decided here: not handed over, it is tried again; handed over, it is
    uncertain.
    """
    row = uow.connection.execute(_due(uow.now)).first()
    if row is None:
        return None
    message = uow.require("mail.message", str(row.message_id), lock=True)
    if row.handed_over_at is not None:
        record_uncertain(uow, message, "the attempt was interrupted while the message was handed over")
        return None
    mailbox = uow.require("mail.mailbox", str(row.mailbox_id))
    if mailbox.values["paused"] or not mailbox.values["has_secret"]:
        # Nothing is wrong with the message: it waits, and no attempt counts.
        _reschedule(uow, message.id, uow.now + timedelta(seconds=60))
        return None
    number = row.attempts + 1
    _update(uow.connection, message.id, attempts=number, leased_until=uow.now + timedelta(seconds=LEASE_S))
    if message.values["state"] == "queued":
        uow.move(message, state_after("begin", "queued"), command="begin")
    message.values["attempts"] = number
    return Attempt(
        message=dict(message.values),
        mailbox=dict(mailbox.values),
        number=number,
        sealed_secret=_sealed(uow, mailbox.id),
        reply_token=_token(uow, message.id),
        document=dict(row.document),
    )


def _due(now: datetime) -> sa.Select[Any]:
    free = sa.or_(delivery.c.leased_until.is_(None), delivery.c.leased_until < now)
    return (
        sa.select(delivery)
        .where(delivery.c.next_attempt_at <= now, free)
        .order_by(delivery.c.next_attempt_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _sealed(uow: UnitOfWork, mailbox_id: str) -> bytes:
    query = sa.select(mailbox_secret.c.sealed).where(mailbox_secret.c.mailbox_id == UUID(mailbox_id))
    return bytes(uow.connection.execute(query).scalar_one())


def _token(uow: UnitOfWork, message_id: str) -> str:
    query = sa.select(reply_token.c.token).where(reply_token.c.message_id == UUID(message_id))
    return str(uow.connection.execute(query).scalar_one())


def keep_raw(
    uow: UnitOfWork, message_id: str, *, sha256: str, size_bytes: int, files: Sequence[StoredFile]
) -> None:
    """Note what will be sent, before it is: every attempt sends these bytes."""
    message = uow.require("mail.message", message_id, lock=True)
    message.values["raw_sha256"] = sha256
    message.values["size_bytes"] = size_bytes
    message.values["attachment_count"] = len(files)
    store_files(uow, message, files)


def hand_over(connection: sa.Connection, attempt: Attempt) -> bool:
    """Note that the message may leave from now on; False if the attempt is no longer ours."""
    statement = (
        sa.update(delivery)
        .where(
            delivery.c.message_id == UUID(attempt.message_id),
            delivery.c.attempts == attempt.number,
            delivery.c.leased_until > sa.func.now(),
            delivery.c.handed_over_at.is_(None),
        )
        .values(handed_over_at=sa.func.now())
    )
    return connection.execute(statement).rowcount == 1


def record_sent(uow: UnitOfWork, message_id: str, *, reply: str, refused: Sequence[str] = ()) -> None:
    """Keep that the server took a message, with its words, and for whom it did not."""
    message = uow.require("mail.message", message_id, lock=True)
    if message.values["state"] not in ("sending", "uncertain", "queued"):
        return
    uow.move(message, state_after("take", message.values["state"]), command="take")
    message.values["sent_at"] = time_text(uow.now)
    message.values["server_reply"] = reply[:500]
    message.values["refused_recipients"] = list(refused)
    _finish(uow, message_id)
    tell_sent(uow, message.values)


def record_refused(uow: UnitOfWork, message_id: str, reply: str) -> None:
    """Keep that the server refused a message for good, in its own words."""
    message = uow.require("mail.message", message_id, lock=True)
    if message.values["state"] == "sending":
        _give_up(uow, message, reply)


def record_postponed(uow: UnitOfWork, attempt: Attempt, reply: str, *, delay_factor: float) -> None:
    """Keep why an attempt failed that may succeed later; after the last one the message is given up."""
    message = uow.require("mail.message", attempt.message_id, lock=True)
    if message.values["state"] != "sending" or message.values["attempts"] != attempt.number:
        return
    message.values["server_reply"] = reply[:500]
    delay_s = delay_after(attempt.number, factor=delay_factor)
    if delay_s is None:
        _give_up(uow, message, reply)
        return
    uow.move(message, state_after("postpone", "sending"), command="postpone", reason=reply[:200])
    _reschedule(uow, message.id, uow.now + timedelta(seconds=delay_s))


def record_uncertain(uow: UnitOfWork, message: Row, what: str) -> None:
    """Keep that a message may have left. It is not sent again unless a person says so."""
    if message.values["state"] == "sending":
        uow.move(message, state_after("lose_sight", "sending"), command="lose_sight", reason=what[:200])
        message.values["server_reply"] = what[:500]
    _finish(uow, message.id)


def _give_up(uow: UnitOfWork, message: Row, reply: str) -> None:
    uow.move(message, state_after("give_up", message.values["state"]), command="give_up", reason=reply[:200])
    message.values["server_reply"] = reply[:500]
    _finish(uow, message.id)
    tell_not_sent(uow, message.values, reply)


def _finish(uow: UnitOfWork, message_id: str) -> None:
    _update(uow.connection, message_id, next_attempt_at=None, leased_until=None)


def _reschedule(uow: UnitOfWork, message_id: str, at: datetime) -> None:
    _update(uow.connection, message_id, next_attempt_at=at, leased_until=None, handed_over_at=None)


def _update(connection: sa.Connection, message_id: str, **values: Any) -> None:
    connection.execute(sa.update(delivery).where(delivery.c.message_id == UUID(message_id)).values(**values))
