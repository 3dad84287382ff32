"""The head, told to gateways, and whom each move concerns: one thread listens, each stream waits.

A move concerns a user who holds a bucket that moved, or whose grants did. Where that cannot be told (the
first look, a new leader, a rebuild, an owner's new epoch, a stream that fell behind) it may concern anybody:
a poke too many costs a device an empty pull, one too few would leave it waiting.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg.rows import namedtuple_row

from services.kit.telemetry.logs import get_logger
from services.sync.storage.store import CHANNEL

_log = get_logger(__name__)

_POLL_S: Final = 1.0
#: Moves that a stream may miss before it is told that anybody may be concerned.
_KEPT_MOVES: Final = 256
#: More users than these are not named.
_MOST_NAMED: Final = 2_000
_STATE: Final = """
    select seq, mark, (select jsonb_object_agg(service, epoch) from source_position)::text as epochs from head
"""
_ENDED: Final = "select id::text from device where state <> 'active'"
_CONCERNED: Final = """
    select g.user_id::text from bucket b join grant_row g on g.bucket = b.key and g.live
    where b.last_seq > %(above)s
    union select user_id::text from grant_row where seq > %(above)s
    limit %(limit)s
"""

Users = frozenset[str] | None
"""Ids of users; None: anybody."""


@dataclass(frozen=True, slots=True)
class Told:
    """The head, whom the moves since the last one concern, and every device that was ended."""

    head: int
    users: Users
    ended: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Look:
    """The store at one moment."""

    head: int
    mark: Any
    epochs: str
    ended: frozenset[str]


class Heads:
    """Follows the store in a thread of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._changed = threading.Condition()
        self._last: _Look | None = None
        #: Moves by their number, which counts up.
        self._moves: deque[tuple[int, Users]] = deque(maxlen=_KEPT_MOVES)
        self._number = 0
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
                with psycopg.connect(
                    self._url, autocommit=True, connect_timeout=5, row_factory=namedtuple_row
                ) as connection:
                    connection.execute(f"listen {CHANNEL}")
                    while not self._stop.is_set():
                        self._look(connection)
                        for _ in connection.notifies(timeout=_POLL_S, stop_after=1):
                            pass
            except psycopg.Error as error:
                _log.warning("the store is away", exc_info=error)
                self._stop.wait(_POLL_S)

    def _look(self, connection: psycopg.Connection[Any]) -> None:
        look = _read(connection)
        last = self._last
        if last == look:
            return
        users: Users = None
        if last is not None and (last.mark, last.epochs) == (look.mark, look.epochs):
            users = _concerned(connection, above=last.head) if look.head != last.head else frozenset()
        with self._changed:
            self._number += 1
            self._moves.append((self._number, users))
            self._last = look
            self._changed.notify_all()

    def stream(self) -> Iterator[Told | None]:
        """Yield what holds now, then every change; None every second without one, to notice a lost caller."""
        number = 0
        while not self._stop.is_set():
            with self._changed:
                if self._number == number:
                    self._changed.wait(_POLL_S)
                last = self._last
                missed = [users for each, users in self._moves if each > number]
                is_first, is_behind = number == 0, self._number - number > len(missed)
                number = self._number
            if not missed or last is None:
                yield None
            elif is_first or is_behind:
                yield Told(last.head, None, last.ended)
            else:
                yield Told(last.head, _together(missed), last.ended)


def _read(connection: psycopg.Connection[Any]) -> _Look:
    row = connection.execute(_STATE).fetchone()
    if row is None:
        raise psycopg.DataError("the store has no head")
    ended = frozenset(str(each.id) for each in connection.execute(_ENDED))
    return _Look(row.seq, row.mark, row.epochs or "", ended)


def _concerned(connection: psycopg.Connection[Any], *, above: int) -> Users:
    parameters = {"above": above, "limit": _MOST_NAMED + 1}
    users = frozenset(row.user_id for row in connection.execute(_CONCERNED, parameters))
    return None if len(users) > _MOST_NAMED else users


def _together(moves: list[Users]) -> Users:
    if None in moves:
        return None
    return frozenset().union(*(users for users in moves if users is not None))
