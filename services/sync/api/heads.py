"""The head, told to gateways: one thread listens to the store, each stream waits for the next change."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import psycopg

from services.kit.telemetry.logs import get_logger
from services.sync.storage.store import CHANNEL

_log = get_logger(__name__)

_POLL_S: Final = 1.0
_ENDED = "select id::text from device where state <> 'active'"


@dataclass(frozen=True, slots=True)
class Told:
    """The head, and every device that was ended."""

    head: int
    ended: frozenset[str]


class Heads:
    """Follows the store in a thread of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._changed = threading.Condition()
        self._told: Told | None = None
        self._stop = threading.Event()
        threading.Thread(target=self._follow, name="heads", daemon=True).start()

    def stop(self) -> None:
        """End every stream."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True, connect_timeout=5) as connection:
                    connection.execute(f"listen {CHANNEL}")
                    while not self._stop.is_set():
                        self._tell(_read(connection))
                        for _ in connection.notifies(timeout=_POLL_S, stop_after=1):
                            pass
            except psycopg.Error as error:
                _log.warning("the store is away", exc_info=error)
                self._stop.wait(_POLL_S)

    def _tell(self, told: Told) -> None:
        with self._changed:
            if told != self._told:
                self._told = told
                self._changed.notify_all()

    def stream(self) -> Iterator[Told | None]:
        """Yield what holds now, then every change; None every second without one, to notice a lost caller."""
        last: Told | None = None
        while not self._stop.is_set():
            with self._changed:
                if self._told == last:
                    self._changed.wait(_POLL_S)
                told = self._told
            if told == last:
                yield None
            else:
                last = told
                yield told


def _read(connection: psycopg.Connection[tuple[object, ...]]) -> Told:
    row = connection.execute("select seq from head").fetchone()
    head = int(str(row[0])) if row else 0
    return Told(head, frozenset(str(each[0]) for each in connection.execute(_ENDED)))
