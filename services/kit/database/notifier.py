"""Wakes the relay after commits, off the path of the request.

A notification is a statement of its own after the commit. Sent by the thread that answers, it cost every
write one more round trip; here one thread sends one for all commits since the last. If it is late or lost,
the relay's poll finds the events a quarter of a second later.
"""

from __future__ import annotations

import threading

import sqlalchemy as sa

from services.kit import outbox


class Notifier:
    """Sends the notification of one database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._wanted = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def wake(self) -> None:
        """Have the relay notified soon; returns at once."""
        self._wanted.set()
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)
                    self._thread.start()

    def close(self) -> None:
        """Send what is wanted, then stop."""
        self._closed = True
        self._wanted.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._closed:
            self._wanted.wait()
            self._wanted.clear()
            outbox.notify(self._engine)
