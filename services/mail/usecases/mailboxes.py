"""Mailboxes: their settings, and the password that nobody reads back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import time_text
from services.kit.errors import Invalid, Violation
from services.kit.records.rules import CommandCall
from services.mail.adapters.keys import keys
from services.mail.adapters.sealing import seal
from services.mail.domain.addresses import is_writable
from services.mail.settings import mail_settings
from services.mail.storage.tables import delivery, mailbox_secret

_HOST = re.compile(r"(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9-]{1,63}")
_LOOPBACK = ("127.0.0.1", "localhost")
_PORTS: Final[Mapping[str, Mapping[str, int]]] = {
    "smtp": {"tls": 465, "starttls": 587, "none": 25},
    "imap": {"tls": 993, "starttls": 143, "none": 143},
}
#: Whoever could point these elsewhere would be handed the password.
_BOUND_TO_SECRET = (
    "smtp_host", "smtp_port", "smtp_security", "imap_host", "imap_port", "imap_security", "user_name",
)  # fmt: skip


def prepare_mailbox(uow: UnitOfWork, row: Row) -> None:
    """Fill in defaults, check servers; a password given for other servers is thrown away.

    Raises:
        Invalid: INVALID_FIELDS with INVALID_EMAIL, INVALID_HOST, UNPROTECTED_CONNECTION, LINE_BREAK.
    """
    values = row.values
    if row.is_new:
        values["state"] = "incomplete"
    local, _, domain = values["address"].strip().rpartition("@")
    values["address"] = f"{local}@{domain.lower()}"
    wrong: list[Violation] = []
    if not is_writable(values["address"]) or "+" in local:
        wrong.append(Violation("address", "INVALID_EMAIL", "an address without a plus is expected"))
    for name in ("display_name", "user_name", "folder"):
        if any(ord(c) < 32 for c in values[name]):
            wrong.append(Violation(name, "LINE_BREAK", "one line is expected"))
    for kind in ("smtp", "imap"):
        wrong += _server(values, kind)
    if wrong:
        raise Invalid("INVALID_FIELDS", violations=wrong)
    if values["has_secret"] and any(values[name] != row.stored.get(name) for name in _BOUND_TO_SECRET):
        uow.connection.execute(sa.delete(mailbox_secret).where(mailbox_secret.c.mailbox_id == UUID(row.id)))
        values["has_secret"] = False
        values["state"] = "incomplete"


def _server(values: dict[str, Any], kind: str) -> list[Violation]:
    host = values[f"{kind}_host"] = values[f"{kind}_host"].strip().lower()
    if not host:
        return []
    if not _HOST.fullmatch(host):
        return [Violation(f"{kind}_host", "INVALID_HOST", "the name of a server is expected")]
    if values[f"{kind}_security"] == "unspecified":
        values[f"{kind}_security"] = "tls"
    security = values[f"{kind}_security"]
    if security == "none" and (host not in _LOOPBACK or mail_settings().environment != "local"):
        return [Violation(f"{kind}_security", "UNPROTECTED_CONNECTION")]
    values[f"{kind}_port"] = values[f"{kind}_port"] or _PORTS[kind][security]
    return []


def set_secret(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Seal the password of a mailbox; the record says only that there is one."""
    sealed = seal(call.request["secret"], mailbox_id=row.id, key=keys(mail_settings()).sealing)
    insert = pg.insert(mailbox_secret).values(mailbox_id=UUID(row.id), sealed=sealed, set_at=uow.now)
    uow.connection.execute(
        insert.on_conflict_do_update(
            index_elements=[mailbox_secret.c.mailbox_id],
            set_={"sealed": insert.excluded.sealed, "set_at": insert.excluded.set_at},
        )
    )
    row.values["has_secret"] = True
    clear_problem(row)
    # What waited for the right password need not wait for the next attempt as well.
    waiting = sa.and_(delivery.c.next_attempt_at.is_not(None), delivery.c.leased_until.is_(None))
    uow.connection.execute(
        sa.update(delivery)
        .where(delivery.c.mailbox_id == UUID(row.id), waiting)
        .values(next_attempt_at=uow.now)
    )


def clear_problem(row: Row) -> None:
    """Say that the mailbox works."""
    row.values["state"] = "working" if row.values["has_secret"] else "incomplete"
    row.values["problem"] = ""
    row.values["problem_at"] = None


def record_problem(uow: UnitOfWork, mailbox_id: str, problem: str) -> None:
    """Keep what the server said when it failed, once as long as it says the same."""
    row = uow.get("mail.mailbox", mailbox_id, lock=True)
    if row is None or (row.values["state"] == "failing" and row.values["problem"] == problem):
        return
    row.values["state"] = "failing"
    row.values["problem"] = problem
    row.values["problem_at"] = time_text(uow.now)


def record_working(uow: UnitOfWork, mailbox_id: str) -> None:
    """Say that the mailbox works again, if it did not."""
    row = uow.get("mail.mailbox", mailbox_id, lock=True)
    if row is not None and row.values["state"] == "failing":
        clear_problem(row)
