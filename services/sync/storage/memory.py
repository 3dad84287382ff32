"""What a pull worker remembers of the store: the heads of all buckets, and who holds which.

Remembered as of one commit of the sequencer, which its `Mark` names. Whoever reads the same mark in a
snapshot may use what is remembered as if it had read the rows in that snapshot: every change of a bucket or
of a grant carries a number, and what changes floors or counts without one (a new leader, a sweep, a rebuild)
changes the mark's name. So a page still stands on one snapshot; it costs one row to read instead of hundreds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.kit.bundle import facet_of, sum_text

_MOST_USERS: Final = 20_000
_MOST_SETS: Final = 2_000
_HEADS: Final = """
    select id, key, gc_floor, last_seq, count as n, bytes as size, sum::text as total
    from bucket where last_seq > %(above)s
"""
_CHANGED: Final = "select distinct user_id from grant_row where seq > %(above)s"
_GRANTED: Final = "select bucket from grant_row where user_id = %(user)s and live order by bucket"
_EVERYTHING: Final = -1

Read = Callable[..., Any]
"""Runs a query in the snapshot that has the mark: `read(query, name=value)` gives rows."""


class Mark(NamedTuple):
    """A commit of the sequencer, as far as buckets and grants go."""

    name: UUID
    seq: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket that the user may carry away, as of the snapshot. `id` 0: nothing was ever in it."""

    key: str
    id: int = 0
    gc_floor: int = 0
    last_seq: int = 0
    count: int = 0
    bytes: int = 0
    sum: str = sum_text(0)

    @property
    def facet(self) -> str:
        """The facet of the records that it carries."""
        return facet_of(self.key)


def bucket_of(row: Any) -> Bucket:
    """Return a bucket read from the store; a row without an id is one in which nothing ever was."""
    if not row.id:
        return Bucket(row.key)
    return Bucket(row.key, row.id, row.gc_floor, row.last_seq, row.n, row.size, sum_text(int(row.total)))


class Memory:
    """Shared by the threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mark: Mark | None = None
        self._heads: dict[str, Bucket] = {}
        self._granted: dict[UUID, Sequence[str]] = {}
        #: Sets of buckets by their hash: what a name stands for never changes.
        self.held: dict[bytes, frozenset[str]] = {}

    def keep_held(self, name: bytes, buckets: frozenset[str]) -> None:
        """Remember a stored set of buckets."""
        if len(self.held) >= _MOST_SETS:
            self.held.clear()
        self.held[name] = buckets

    def known(self, mark: Mark, user_id: UUID) -> dict[str, Bucket] | None:
        """Return the user's buckets if they are remembered as of this mark."""
        with self._lock:
            return self._of(user_id) if mark == self._mark and user_id in self._granted else None

    def buckets(self, mark: Mark, user_id: UUID, read: Read) -> dict[str, Bucket] | None:
        """Return the user's buckets as of this mark; what has changed since is read.

        None: what is remembered is newer than the snapshot that `read` reads.
        """
        with self._lock:
            if mark != self._mark:
                if self._mark is not None and mark.name == self._mark.name and mark.seq < self._mark.seq:
                    return None
                self._follow(mark, read)
            if user_id not in self._granted:
                if len(self._granted) >= _MOST_USERS:
                    self._granted.clear()
                self._granted[user_id] = [row.bucket for row in read(_GRANTED, user=user_id)]
            return self._of(user_id)

    def _follow(self, mark: Mark, read: Read) -> None:
        above = _EVERYTHING
        if self._mark is not None and self._mark.name == mark.name:
            above = self._mark.seq
        # Forgotten first: a query that fails leaves nothing half new.
        self._mark = None
        if above == _EVERYTHING:
            self._heads.clear()
            self._granted.clear()
        else:
            for row in read(_CHANGED, above=above):
                self._granted.pop(row.user_id, None)
        for row in read(_HEADS, above=above):
            self._heads[row.key] = bucket_of(row)
        self._mark = mark

    def _of(self, user_id: UUID) -> dict[str, Bucket]:
        return {key: self._heads.get(key) or Bucket(key) for key in self._granted[user_id]}
