"""Reads one mailbox: what is new, then IDLE, then what is new; a lost connection is made again."""

from __future__ import annotations

import ssl
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Final

from services.kit.actor import SYSTEM
from services.kit.database import Database
from services.kit.errors import Unavailable
from services.kit.telemetry.logs import get_logger
from services.mail.adapters import imap
from services.mail.adapters.blobs import Blobs
from services.mail.adapters.html import sanitised, text_of
from services.mail.adapters.keys import Keys
from services.mail.adapters.sealing import CannotOpen, open_sealed
from services.mail.courier import metrics
from services.mail.domain.reading import MAX_HTML, MAX_TEXT, ReadMessage, read_message
from services.mail.settings import MailSettings
from services.mail.storage.reading import ToRead, note_read, position_of
from services.mail.usecases import mailboxes, receiving
from services.mail.usecases.files import StoredFile

_log = get_logger(__name__)

_LONGEST_PAUSE_S: Final = 300.0
_MANY: Final = 20
#: A connection that lasted so long was a good one.
_STABLE_S: Final = 60.0


@dataclass(slots=True)
class Reader:
    """One mailbox, in a thread of its own, until `stop`."""

    mailbox: ToRead
    database: Database
    blobs: Blobs
    keys: Keys
    tls: ssl.SSLContext
    chosen: MailSettings
    stop: threading.Event = field(default_factory=threading.Event)
    _breaks: int = 0

    def run(self) -> None:
        """Read until told to stop. One break is nothing; two in a row are shown at the mailbox."""
        while not self.stop.is_set():
            began = time.monotonic()
            try:
                self._connected()
            except imap.LoginRefused as error:
                self._tell(str(error))
                self._breaks = _MANY  # more attempts would only lock the account
            except (*imap.LOST, CannotOpen) as error:
                _log.warning("connection lost", record_id=self.mailbox.mailbox_id, exc_info=error)
                if self._breaks:
                    self._tell(f"{type(error).__name__}: {error}"[:300])
            except Unavailable as error:
                _log.warning("reading waits", record_id=self.mailbox.mailbox_id, exc_info=error)
            except Exception as error:  # noqa: BLE001 (a mistake of ours: the message stays on its server)
                _log.error("reading failed", record_id=self.mailbox.mailbox_id, exc_info=error)
            if time.monotonic() - began > _STABLE_S:
                self._breaks = 0
            self.stop.wait(min(self.chosen.mail_reconnect_s * 2**self._breaks, _LONGEST_PAUSE_S))
            self._breaks = min(self._breaks + 1, _MANY)

    def _connected(self) -> None:
        secret = open_sealed(
            self.mailbox.sealed_secret, mailbox_id=self.mailbox.mailbox_id, key=self.keys.sealing
        )
        server = imap.Server(
            self.mailbox.host, self.mailbox.port, self.mailbox.security, self.mailbox.user_name, secret
        )
        folder = imap.Folder(server, self.mailbox.folder, tls=self.tls, timeout_s=self.chosen.mail_timeout_s)
        try:
            self._works()
            while not self.stop.is_set():
                self.read_new(folder)
                folder.wait(self.chosen.mail_idle_s, is_over=self.stop.is_set)
        finally:
            folder.close()

    def read_new(self, folder: imap.Folder) -> int:
        """Read what came since; return how many messages were stored.

        Another UIDVALIDITY means that the server numbers anew: everything is read again, and what we have
        is recognised by its content.
        """
        with self.database.read() as connection:
            validity, last_uid = position_of(connection, self.mailbox.mailbox_id, folder.name)
        after = last_uid if validity == folder.uid_validity else 0
        stored = 0
        for uid in folder.uids_after(after):
            if self.stop.is_set():
                return stored
            fetched = folder.fetch(uid, max_bytes=self.chosen.mail_max_bytes)
            if fetched is not None:
                stored += self._store(fetched, receiving.Place(folder.name, folder.uid_validity, uid))
        with self.database.engine.begin() as connection:
            note_read(connection, self.mailbox.mailbox_id, folder.name)
        return stored

    def _store(self, fetched: imap.Fetched, at: receiving.Place) -> int:
        """Store a message; one that we fail to read is stored as it came, so that those after it go on."""
        try:
            return self._receive(prepare(fetched, self.blobs), at)
        except (Unavailable, OSError):
            raise
        except Exception as error:  # noqa: BLE001 (whatever a stranger's bytes do to us, they are kept)
            _log.error("stored unread", record_id=self.mailbox.mailbox_id, exc_info=error)
            return self._receive(unread(fetched, self.blobs), at)

    def _receive(self, arrival: receiving.Arrival, at: receiving.Place) -> int:
        began = time.perf_counter()
        with self.database.unit_of_work(SYSTEM) as uow:
            mailbox = uow.require("mail.mailbox", self.mailbox.mailbox_id)
            message = receiving.receive(uow, mailbox, arrival, at=at, signing_key=self.keys.signing)
            rule = message.values["filing_rule"] if message else ""
        metrics.receive_seconds.observe(time.perf_counter() - began)
        if message is None:
            metrics.doubles.inc()
            return 0
        metrics.received.labels(rule).inc()
        _log.info("received", entity="mail.message", record_id=message.id, kind=rule)
        return 1

    def _tell(self, problem: str) -> None:
        """Show the user what is wrong with the mailbox."""
        _log.warning("mailbox not read", record_id=self.mailbox.mailbox_id, error_text=problem)
        try:
            with self.database.unit_of_work(SYSTEM) as uow:
                mailboxes.record_problem(uow, self.mailbox.mailbox_id, problem)
        except Unavailable as error:
            _log.warning("reading waits", record_id=self.mailbox.mailbox_id, exc_info=error)

    def _works(self) -> None:
        with self.database.unit_of_work(SYSTEM) as uow:
            mailboxes.record_working(uow, self.mailbox.mailbox_id)


def prepare(fetched: imap.Fetched, blobs: Blobs) -> receiving.Arrival:
    """Do what needs no transaction: keep the contents, read the message, make its HTML harmless."""
    raw_sha256 = blobs.put(fetched.content)
    read = read_message(fetched.content, headers_only=fetched.headers_only)
    if fetched.headers_only:
        read.warnings.add("too_large")
    html, remote = _harmless(read)
    text = read.text or text_of(html)
    shown = html if len(html) <= MAX_HTML else ""
    if shown != html or len(text) > MAX_TEXT:
        read.warnings.add("truncated")
    files = [
        StoredFile(
            part.file_name, part.content_type, len(part.content), blobs.put(part.content), part.content_id
        )
        for part in read.attachments
    ]
    return receiving.Arrival(
        read=read,
        text=text[:MAX_TEXT],
        html=shown,
        remote_pictures=remote,
        files=files,
        raw_sha256=raw_sha256,
        size_bytes=fetched.size_bytes,
        received_at=fetched.received_at,
    )


def unread(fetched: imap.Fetched, blobs: Blobs) -> receiving.Arrival:
    """Keep a message without looking into it."""
    read = ReadMessage(subject=f"({fetched.uid})", warnings={"broken"})
    # Without anything read, its raw bytes must tell it from others.
    read.text = raw_sha256 = blobs.put(fetched.content)
    return receiving.Arrival(read, "", "", False, (), raw_sha256, fetched.size_bytes, fetched.received_at)


def _harmless(read: ReadMessage) -> tuple[str, bool]:
    return sanitised(read.html) if read.html else ("", False)


def is_same(one: ToRead, other: ToRead) -> bool:
    """True if a connection made for one serves the other."""
    return replace(one, sealed_secret=b"") == replace(other, sealed_secret=b"")
