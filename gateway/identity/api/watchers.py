"""The stream that gateways follow: one listener on the database for any number of streams.

A commit notifies, the listener reads the state anew and sends each stream what changed: some milliseconds.
Where a notification is lost, the poll finds the change within a second.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from sales.identity.v1.service_pb2 import WatchResponse

from gateway.identity.adapters.keys import KeyRing
from gateway.identity.storage import watching
from gateway.identity.storage.sessions import CHANNEL
from gateway.identity.storage.watching import Watched
from services.kit import outbox
from services.kit.errors import Unavailable
from services.kit.telemetry.logs import get_logger

#: Streams hold a thread of the server each.
MAX_STREAMS = 16
#: A listener that has read nothing for so long knows nothing: its streams end, the gateways ask another one.
_BLIND_AFTER_S = 5.0
_POLL_S = 1.0
_LOOK_S = 0.5
_log = get_logger(__name__)


class Stream:
    """What one gateway has still to be told."""

    def __init__(self, watchers: Watchers) -> None:
        self._watchers = watchers
        self._waiting: queue.SimpleQueue[WatchResponse] = queue.SimpleQueue()
        self._ended = threading.Event()

    def put(self, message: WatchResponse) -> None:
        """Send a message after those that wait."""
        self._waiting.put(message)

    def end(self) -> None:
        """Let the stream end; it notices within half a second."""
        self._ended.set()

    def __iter__(self) -> Iterator[WatchResponse]:
        """Yield messages until the stream is ended or the process stops.

        Raises:
            Unavailable: WATCH_INTERRUPTED, the database is away.
        """
        while not self._ended.is_set() and not self._watchers.stopping.is_set():
            self._watchers.require_sight()
            try:
                yield self._waiting.get(timeout=_LOOK_S)
            except queue.Empty:
                continue


class Watchers:
    """The listener and the streams that it feeds."""

    def __init__(
        self, database_url: str, keys: KeyRing, *, clock: Callable[[], datetime], poll_s: float = _POLL_S
    ) -> None:
        self._url = database_url
        self._keys = keys
        self._clock = clock
        self._poll_s = poll_s
        self._lock = threading.Lock()
        self._streams: set[Stream] = set()
        self._state: Watched | None = None
        self._seen_at = 0.0
        self._looked = threading.Event()
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="watchers", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Let every stream end, and the listener. Safe in a signal handler."""
        self.stopping.set()

    def close(self) -> None:
        """Stop, and return when the listener has left the database."""
        self.stop()
        self._thread.join()

    @contextmanager
    def stream(self) -> Iterator[Stream]:
        """Give a stream that begins with a snapshot.

        Raises:
            Unavailable: WATCH_INTERRUPTED, TOO_MANY_WATCHERS.
        """
        stream = Stream(self)
        # A process that has just started has not looked yet.
        self._looked.wait(_BLIND_AFTER_S)
        with self._lock:
            if len(self._streams) >= MAX_STREAMS:
                raise Unavailable("TOO_MANY_WATCHERS", f"{MAX_STREAMS} streams are open")
            self.require_sight()
            stream.put(_snapshot(self._state or Watched()))
            self._streams.add(stream)
        try:
            yield stream
        finally:
            with self._lock:
                self._streams.discard(stream)

    def require_sight(self) -> None:
        """Raise Unavailable (WATCH_INTERRUPTED) while the state of the database is not known."""
        if time.monotonic() - self._seen_at > _BLIND_AFTER_S or self._state is None:
            raise Unavailable("WATCH_INTERRUPTED", "the state of sessions and grants is not known")

    def _listen(self) -> None:
        is_away = False
        while not self.stopping.is_set():
            try:
                with _connected(self._url) as connection:
                    is_away = False
                    self._follow(connection)
            except (psycopg.Error, OSError) as error:
                if not is_away:
                    _log.warning("watchers have lost the database", error=type(error).__name__)
                is_away = True
                self.stopping.wait(self._poll_s)

    def _follow(self, connection: psycopg.Connection[Any]) -> None:
        for channel in (outbox.CHANNEL, CHANNEL):
            connection.execute(f"listen {channel}")
        while not self.stopping.is_set():
            self._keys.refresh()
            self._take(watching.read(connection, keys=dict(self._keys.public()), now=self._clock()))
            for _ in connection.notifies(timeout=self._poll_s, stop_after=1):
                pass

    def _take(self, state: Watched) -> None:
        with self._lock:
            message = _difference(self._state, state) if self._state else None
            self._state, self._seen_at = state, time.monotonic()
            if message is not None:
                for stream in self._streams:
                    stream.put(message)
        self._looked.set()


def _connected(url: str) -> psycopg.Connection[Any]:
    """A connection that fails within seconds when the server is gone without a word."""
    return psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=3,
        tcp_user_timeout=4000,
        options="-c statement_timeout=4000",
        application_name="sales-identity-watch",
    )


def _snapshot(state: Watched) -> WatchResponse:
    return WatchResponse(
        snapshot=True,
        epochs=state.epochs,
        ended_sessions=sorted(state.ended_sessions),
        revoked_devices=sorted(state.revoked_devices),
        keys=state.keys,
    )


def _difference(before: Watched, after: Watched) -> WatchResponse | None:
    """What came; everything, if something went that a message of changes cannot take back."""
    gone = (before.epochs.keys() - after.epochs.keys()) | (before.keys.keys() - after.keys.keys())
    if gone or before.revoked_devices - after.revoked_devices:
        return _snapshot(after)
    message = WatchResponse(
        epochs={user: epoch for user, epoch in after.epochs.items() if before.epochs.get(user) != epoch},
        ended_sessions=sorted(after.ended_sessions - before.ended_sessions),
        revoked_devices=sorted(after.revoked_devices - before.revoked_devices),
        keys={key: pem for key, pem in after.keys.items() if key not in before.keys},
    )
    return message if message.ByteSize() else None
