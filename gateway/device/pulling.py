"""Fetching what changed: a bundle is received, checked, staged, and swapped in when it is complete.

A bundle that ends early, or whose bytes are not what their checksums say, changes nothing and is asked for
again. A bucket whose count or sum differs afterwards is asked for as a whole; that should never happen and is
counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import orjson

from gateway.device import outgoing, sums
from gateway.device.errors import Damaged, Refused, UpgradeNeeded, Wiped
from gateway.device.frames import Done, Order, Out, Plan, Put, read_frame
from gateway.device.server import Server
from gateway.device.staging import Staging
from gateway.device.store import Store
from gateway.device.swap import swap

SCHEMA: Final = "1.0"
_ATTEMPTS: Final = 5
_UNKNOWN_ADDRESS: Final = ("ROUTE_NOT_FOUND", "NOT_FOUND", "HTTP_404", "METHOD_NOT_ALLOWED")

Progress = Callable[[int, int], None]
"""Called with (rows received, rows announced; 0 when unknown)."""


@dataclass(slots=True)
class Pulled:
    """What one pull brought."""

    rows: int = 0
    bundles: int = 0
    #: Buckets that were not what the server said, before they were healed.
    healed: list[str] = field(default_factory=list)


class Pulling:
    """One pull: as many bundles as it takes."""

    def __init__(self, store: Store, server: Server, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._server = server
        self._clock = clock
        self._pulled = Pulled()

    def run(self, progress: Progress = lambda done, total: None) -> Pulled:
        """Bring the copy up to date.

        Raises:
            ServerAway, Damaged: nothing changed; pull again later.
            Wiped, UpgradeNeeded: by order of the server.
        """
        differ = self._until_complete(progress)
        if differ:
            self._heal(differ, progress)
        return self._pulled

    def verify(self, progress: Progress = lambda done, total: None) -> Pulled:
        """Compare the whole copy with the server, stored bytes included, and fetch what differs."""
        self.run(progress)
        damaged = {(entity, record_id) for entity, record_id, _ in sums.recomputed(self._store)}
        differ = self._buckets_of(damaged) | set(self._asked())
        if differ:
            self._heal(sorted(differ), progress, with_bodies=bool(damaged))
        return self._pulled

    def _until_complete(self, progress: Progress) -> list[str]:
        for attempt in range(_ATTEMPTS):
            try:
                differ = self._bundle(progress, checkpoint=self._store.get("checkpoint"))
            except Damaged:
                if attempt == _ATTEMPTS - 1:
                    raise
                continue
            if differ is not None:
                return differ
        raise Damaged("PLAN_UNSTEADY", "the server's plan changed again and again")

    def _bundle(self, progress: Progress, *, checkpoint: str) -> list[str] | None:
        """Receive one bundle; return the buckets that differ, None if the server wants to plan anew."""
        with self._server.pull(self._request(checkpoint)) as lines:
            if lines is None:
                self._note_contact()
                return []
            staging = Staging(self._store)
            plan: Plan | None = None
            for line in lines:
                frame = read_frame(line)
                if isinstance(frame, Plan):
                    plan = frame
                elif isinstance(frame, Put | Out):
                    staging.add(frame)
                    progress(self._pulled.rows + staging.rows, plan.rows if plan else 0)
                elif isinstance(frame, Order):
                    _obey(frame)
                    return None
                elif isinstance(frame, Done) and plan is not None:
                    return self._complete(staging, plan, frame, begun_at=checkpoint)
        raise Damaged("INCOMPLETE", "the bundle ended before its end")

    def _request(self, checkpoint: str) -> dict[str, object]:
        groups = self._store.get("groups")
        wanted: dict[str, object] = {
            "checkpoint": checkpoint,
            "device": self._store.get("device_id"),
            "schema": SCHEMA,
            "awaited": outgoing.awaited(self._store),
        }
        return wanted | ({"groups": orjson.loads(groups)} if groups else {})

    def _complete(self, staging: Staging, plan: Plan, done: Done, *, begun_at: str) -> list[str]:
        differ = swap(self._store, staging, plan, done, begun_at=begun_at, now=self._clock())
        self._note_contact()
        self._pulled.rows += staging.rows
        self._pulled.bundles += 1
        return differ

    def _note_contact(self) -> None:
        with self._store.transaction():
            self._store.put(last_contact=self._clock().isoformat())

    def _heal(self, differ: list[str], progress: Progress, *, with_bodies: bool = False) -> None:
        """Fetch everything anew, in place: a bundle without a checkpoint replaces every bucket.

        `with_bodies`: stored bytes are wrong, so equal sequence numbers prove nothing.
        """
        self._pulled.healed += differ
        with self._store.transaction():
            mismatches = int(self._store.get("mismatches", "0")) + len(differ)
            self._store.put(mismatches=str(mismatches))
            self._store.sql.execute("update fragment set s = 0, version = 0")
            self._store.sql.execute("update member set s = 0")
        for _ in range(_ATTEMPTS):
            left = self._bundle(progress, checkpoint="")
            if left == []:
                return
        raise Damaged("SUMS_DIFFER", ", ".join(differ))

    def _asked(self) -> Iterator[str]:
        """Buckets that the server, asked with this copy's sums, finds different."""
        held = [{"b": b, "n": n, "h": h} for b, (n, h) in sums.held_sums(self._store).items()]
        body = {
            "device": self._store.get("device_id"),
            "checkpoint": self._store.get("checkpoint"),
            "sums": held,
        }
        try:
            answer = self._server.post("/v1/sync/verify", body)
        except Refused as error:
            if error.reason in _UNKNOWN_ADDRESS:
                return
            raise
        for each in answer.get("differ", ()):
            yield each["b"] if isinstance(each, dict) else str(each)

    def _buckets_of(self, records: set[tuple[str, str]]) -> set[str]:
        found: set[str] = set()
        for record in records:
            rows = self._store.sql.execute("select bucket from member where type = ? and id = ?", record)
            found |= {row[0] for row in rows}
        return found


def _obey(order: Order) -> None:
    """Raise what ends the pull; a new plan is asked for again.

    Raises:
        Wiped, UpgradeNeeded.
    """
    if order.kind == "wipe":
        raise Wiped(detail=order.detail)
    if order.kind == "upgrade":
        raise UpgradeNeeded(detail=order.detail)
