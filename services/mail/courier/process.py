"""The role `courier`: the slow work of mail, in plain Python: sending by SMTP, reading by IMAP.

Several may run. Each message that is sent is claimed by a row lock, each mailbox that is read by an advisory
lock of this process's own connection.
"""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType
from typing import Final

import psycopg

from services.kit import telemetry
from services.kit.database import Database
from services.kit.errors import Unavailable
from services.kit.telemetry.logs import get_logger
from services.mail.adapters import tls
from services.mail.adapters.blobs import FolderBlobs
from services.mail.adapters.keys import keys
from services.mail.adapters.prints import OffersPrints
from services.mail.adapters.reports import OwnersReports
from services.mail.courier import metrics
from services.mail.courier.figures import Figures, figures
from services.mail.courier.reader import Reader, is_same
from services.mail.courier.sender import Sender
from services.mail.settings import MailSettings, mail_settings
from services.mail.storage.reading import Claims, mailboxes_to_read

_log = get_logger(__name__)

_SENDERS: Final = 2
_LOOK_S: Final = 1.0
_COUNT_S: Final = 10.0
#: A thread that a server keeps waiting is left behind after this; the process ends anyway.
_LEAVE_S: Final = 3.0


def run() -> None:
    """Send and read until SIGTERM or SIGINT."""
    chosen = mail_settings()
    telemetry.start("mail", "courier")
    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    Courier(chosen).run(stop)


class Courier:
    """Senders that share the queue, and one reader for each mailbox that is ours to read."""

    def __init__(self, chosen: MailSettings) -> None:
        self._chosen = chosen
        self._database = Database("mail", chosen.database_url, pool_size=8)
        self._blobs = FolderBlobs(chosen.blobs_dir / "mail")
        self._keys = keys(chosen)
        self._tls = tls.context(chosen.mail_ca_file)
        self._readers: dict[str, tuple[Reader, threading.Thread]] = {}
        self._counted_at = 0.0

    def run(self, stop: threading.Event) -> None:
        """Work until stopped."""
        sender = Sender(
            self._database,
            self._blobs,
            OffersPrints(self._chosen.grpc_targets),
            OwnersReports(self._chosen.grpc_targets),
            self._keys,
            self._tls,
            self._chosen,
        )
        senders = [threading.Thread(target=sender.run, args=[stop], daemon=True) for _ in range(_SENDERS)]
        for thread in senders:
            thread.start()
        telemetry.ready(self._chosen)
        while not stop.is_set():
            try:
                self._read(stop)
            except (psycopg.Error, Unavailable) as error:
                _log.warning("begin again", exc_info=error)
                stop.wait(_LOOK_S)
        for thread in senders:
            thread.join(_LEAVE_S)
        self._database.close()
        _log.info("stopped")

    def _read(self, stop: threading.Event) -> None:
        """Hold claims on one connection; when it is lost all claims are, and every reader ends."""
        claims = Claims(self._chosen.database_url)
        try:
            while not stop.is_set():
                claims.check()
                self._assign(claims)
                self._count()
                stop.wait(_LOOK_S)
        finally:
            self._end(list(self._readers))
            claims.close()

    def _assign(self, claims: Claims) -> None:
        """Begin to read what nobody reads; stop where a mailbox was changed, paused or removed."""
        with self._database.read() as connection:
            wanted = {each.mailbox_id: each for each in mailboxes_to_read(connection)}
        outdated = [
            mailbox_id
            for mailbox_id, (reader, thread) in self._readers.items()
            if mailbox_id not in wanted
            or not is_same(reader.mailbox, wanted[mailbox_id])
            or not thread.is_alive()
        ]
        self._end(outdated)
        for mailbox_id in outdated:
            claims.give_back(mailbox_id)
        for mailbox_id, each in wanted.items():
            if mailbox_id not in self._readers and claims.take(mailbox_id):
                reader = Reader(each, self._database, self._blobs, self._keys, self._tls, self._chosen)
                thread = threading.Thread(target=reader.run, daemon=True)
                self._readers[mailbox_id] = (reader, thread)
                thread.start()
        metrics.reading.set(len(self._readers))

    def _end(self, mailbox_ids: list[str]) -> None:
        ending = [self._readers.pop(mailbox_id) for mailbox_id in mailbox_ids]
        for reader, _ in ending:
            reader.stop.set()
        deadline = time.monotonic() + _LEAVE_S
        for _, thread in ending:
            thread.join(max(deadline - time.monotonic(), 0.0))

    def _count(self) -> None:
        if time.monotonic() - self._counted_at < _COUNT_S:
            return
        self._counted_at = time.monotonic()
        with self._database.read() as connection:
            found: Figures = figures(connection)
        metrics.queued.set(found.queued)
        metrics.oldest_queued_seconds.set(found.oldest_queued_s)
        metrics.uncertain.set(found.uncertain)
        metrics.review.set(found.review)
        metrics.failing.set(found.failing)
        metrics.read_lag_seconds.set(found.read_lag_s)
