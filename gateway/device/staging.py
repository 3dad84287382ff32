"""Frames on their way in: kept apart from the replica until the bundle is complete.

Within a bundle the later sequence number wins, so doubled frames do no harm. Frames are written in batches,
so that the user's own edits find the file free between them.
"""

from __future__ import annotations

from typing import Final
from uuid import uuid4

from gateway.device.errors import Damaged
from gateway.device.frames import Out, Put
from gateway.device.store import Store

_BATCH: Final = 2000

_FRAGMENT: Final = """
insert into staged_fragment values (?, ?, ?, ?, ?, ?, ?, ?)
on conflict (type, id, facet) do update set
    version = excluded.version, s = excluded.s, hi = excluded.hi, lo = excluded.lo, body = excluded.body
where excluded.s >= s
"""
_MEMBER: Final = """
insert into staged_member values (?, ?, ?, ?, ?)
on conflict (bucket, type, id) do update set s = excluded.s, live = excluded.live where excluded.s >= s
"""


class Staging:
    """The frames of one bundle. A newer `Staging` of the same file ends an older one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._token = str(uuid4())
        self._fragments: list[tuple[str, str, str, int, int, int, int, bytes]] = []
        self._members: list[tuple[str, str, str, int, int]] = []
        self._aliases: list[tuple[str, str, str]] = []
        self.rows = 0
        with store.transaction():
            store.put(staging=self._token)
            clear(store)

    def add(self, frame: Put | Out) -> None:
        """Keep a frame; written sooner or later."""
        live = isinstance(frame, Put)
        self._members += [(bucket, frame.type, frame.id, frame.s, int(live)) for bucket in frame.buckets]
        if isinstance(frame, Put):
            halves = int.from_bytes(frame.digest[:4]), int.from_bytes(frame.digest[4:])
            self._fragments.append(
                (frame.type, frame.id, frame.facet, frame.version, frame.s, *halves, frame.body)
            )
        elif frame.survivor:
            self._aliases.append((frame.type, frame.id, frame.survivor))
        self.rows += 1
        if len(self._members) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what is still in memory."""
        with self._store.transaction() as sql:
            self.require_mine()
            sql.executemany(_FRAGMENT, self._fragments)
            sql.executemany(_MEMBER, self._members)
            sql.executemany("insert or replace into staged_alias values (?, ?, ?)", self._aliases)
        self._fragments.clear()
        self._members.clear()
        self._aliases.clear()

    def require_mine(self) -> None:
        """Raise if another pull of the same file began since.

        Raises:
            Damaged: OVERTAKEN.
        """
        if self._store.get("staging") != self._token:
            raise Damaged("OVERTAKEN", "another pull of this copy began meanwhile")


def clear(store: Store) -> None:
    """Empty the staging tables, inside the open transaction."""
    store.sql.execute("delete from staged_fragment")
    store.sql.execute("delete from staged_member")
    store.sql.execute("delete from staged_alias")
