"""Sends what is queued, one message after the other; several senders share the queue."""

from __future__ import annotations

import ssl
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.kit.actor import SYSTEM
from services.kit.database import Database
from services.kit.errors import SalesError, Unavailable
from services.kit.telemetry.logs import get_logger
from services.mail.adapters import smtp
from services.mail.adapters.blobs import BlobMissing, Blobs
from services.mail.adapters.keys import Keys
from services.mail.adapters.prints import Prints
from services.mail.adapters.reports import Reports
from services.mail.adapters.sealing import CannotOpen, open_sealed
from services.mail.courier import metrics
from services.mail.domain import reply_address
from services.mail.domain.composing import Draft, File, compose
from services.mail.domain.reading import read_message
from services.mail.settings import MailSettings
from services.mail.usecases import mailboxes, receiving, sending
from services.mail.usecases.files import StoredFile
from services.mail.usecases.sending import Attempt

_log = get_logger(__name__)

_IDLE_S: Final = 0.5
_PAUSE_S: Final = 2.0


@dataclass(slots=True)
class Sender:
    """One thread's work. `turn` sends at most one message."""

    database: Database
    blobs: Blobs
    prints: Prints
    reports: Reports
    keys: Keys
    tls: ssl.SSLContext
    chosen: MailSettings

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop; without a database, wait for it."""
        while not stop.is_set():
            try:
                pause_s = 0.0 if self.turn() else _IDLE_S
            except Unavailable as error:
                _log.warning("sending waits", exc_info=error)
                pause_s = _PAUSE_S
            except Exception as error:  # noqa: BLE001 (a mistake of ours: the lease brings the message back)
                _log.error("an attempt failed", exc_info=error)
                pause_s = _PAUSE_S
            stop.wait(pause_s)

    def turn(self) -> bool:
        """Make the attempt that is due longest; False if none is."""
        with self.database.unit_of_work(SYSTEM) as uow:
            attempt = sending.claim(uow)
        if attempt is None:
            return False
        began = time.perf_counter()
        outcome = self._attempt(attempt)
        metrics.attempts.labels(outcome).inc()
        metrics.send_seconds.observe(time.perf_counter() - began)
        _log.info(
            "attempt",
            entity="mail.message",
            record_id=attempt.message_id,
            attempt=attempt.number,
            outcome=outcome,
        )
        return True

    def _attempt(self, attempt: Attempt) -> str:
        try:
            content = self._content(attempt)
            taken = self._hand_in(attempt, content)
        except (smtp.Refused, _CannotCompose) as error:
            with self.database.unit_of_work(SYSTEM) as uow:
                sending.record_refused(uow, attempt.message_id, str(error))
            return "refused"
        except smtp.Uncertain as error:
            with self.database.unit_of_work(SYSTEM) as uow:
                message = uow.require("mail.message", attempt.message_id, lock=True)
                sending.record_uncertain(uow, message, str(error))
            return "uncertain"
        except smtp.NotOurs:
            return "not_ours"
        except (smtp.Postponed, CannotOpen, Unavailable) as error:
            self._postpone(attempt, str(error), at_mailbox=not isinstance(error, Unavailable))
            return "postponed"
        with self.database.unit_of_work(SYSTEM) as uow:
            sending.record_sent(uow, attempt.message_id, reply=taken.reply, refused=taken.refused)
            mailboxes.record_working(uow, attempt.mailbox["id"])
        return "sent"

    def _postpone(self, attempt: Attempt, reply: str, *, at_mailbox: bool) -> None:
        with self.database.unit_of_work(SYSTEM) as uow:
            sending.record_postponed(uow, attempt, reply, delay_factor=self.chosen.mail_delay_factor)
        if at_mailbox:
            with self.database.unit_of_work(SYSTEM) as uow:
                mailboxes.record_problem(uow, attempt.mailbox["id"], reply)

    # The message

    def _content(self, attempt: Attempt) -> bytes:
        """Return the bytes to send: those of the first attempt, if there was one."""
        if attempt.message["raw_sha256"]:
            try:
                return self.blobs.get(attempt.message["raw_sha256"])
            except BlobMissing as error:
                _log.error("composed anew: the raw message is gone", exc_info=error)
        files = [self._document(attempt)] if attempt.document else []
        try:
            content = compose(self._draft(attempt, files))
        except SalesError as error:
            raise _CannotCompose(error.reason) from error
        sha256 = self.blobs.put(content)
        stored = [
            StoredFile(f.file_name, f.content_type, len(f.content), self.blobs.put(f.content)) for f in files
        ]
        with self.database.unit_of_work(SYSTEM) as uow:
            sending.keep_raw(uow, attempt.message_id, sha256=sha256, size_bytes=len(content), files=stored)
            # Our own copy may come back to the mailbox that we read.
            mark = receiving.fingerprint_of(read_message(content), stored)
            receiving.note_fingerprint(uow, attempt.mailbox["id"], attempt.message_id, mark)
        return content

    def _draft(self, attempt: Attempt, files: list[File]) -> Draft:
        message = attempt.message
        address = attempt.mailbox["address"]
        return Draft(
            message_id=message["rfc_message_id"],
            sender=address,
            sender_name=message["from_name"],
            to=message["to_addresses"],
            cc=message["cc_addresses"],
            subject=message["subject"],
            text=message["text"],
            written_at=datetime.fromisoformat(message["dated_at"]),
            reply_to=self._reply_to(attempt),
            in_reply_to=message["in_reply_to"],
            references=message["reference_ids"],
            files=files,
        )

    def _reply_to(self, attempt: Attempt) -> str:
        token = bytes.fromhex(attempt.reply_token)
        return reply_address.make(attempt.mailbox["address"], token, self.keys.signing)

    def _document(self, attempt: Attempt) -> File:
        document = attempt.document
        try:
            if "report_id" in document:
                return self.reports.export(document)
            return self.prints.print_revision(document["revision_id"], document["language"])
        except Unavailable:
            raise
        except SalesError as error:
            raise _CannotCompose(f"PRINT_REFUSED: {error.reason}") from error

    # The server

    def _hand_in(self, attempt: Attempt, content: bytes) -> smtp.Taken:
        mailbox = attempt.mailbox
        secret = open_sealed(attempt.sealed_secret, mailbox_id=mailbox["id"], key=self.keys.sealing)
        server = smtp.Server(
            host=mailbox["smtp_host"],
            port=mailbox["smtp_port"],
            security=mailbox["smtp_security"],
            user_name=mailbox["user_name"] or mailbox["address"],
            secret=secret,
        )
        return smtp.hand_in(
            server,
            # Bounces come back to the signed address, so that they name the message.
            sender=self._reply_to(attempt) or mailbox["address"],
            recipients=list(
                dict.fromkeys([*attempt.message["to_addresses"], *attempt.message["cc_addresses"]])
            ),
            content=content,
            may_hand_over=lambda: self._may_hand_over(attempt),
            tls=self.tls,
            timeout_s=self.chosen.mail_timeout_s,
        )

    def _may_hand_over(self, attempt: Attempt) -> bool:
        with self.database.engine.begin() as connection:
            return sending.hand_over(connection, attempt)


class _CannotCompose(Exception):
    """The message cannot be made; trying again would not help."""
