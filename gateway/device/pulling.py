"""Fetching what changed: a bundle is received, checked, staged, and swapped in when it is complete.

A bundle that ends early, or whose bytes are not what their checksums say, changes nothing and is asked for
again. A bucket whose count or sum differs afterwards is asked for as a whole; that should never happen and is
counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import orjson

from gateway.device import outgoing, sums
from gateway.device.errors import Damaged, Refused, UpgradeNeeded, Wiped
from gateway.device.frames import Done, Order, Out, Plan, Put, read_frame
from gateway.device.lease import note_contact
from gateway.device.server import Server
from gateway.device.staging import Staging
from gateway.device.store import Store
from gateway.device.swap import swap

SCHEMA: Final = "1.0"
_ATTEMPTS: Final = 5
_MOST_AWAITED: Final = 10_000

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
        damaged = sums.recomputed(self._store)
        if damaged:
            self._spoil(damaged)
        differ, checkpoint = self._compare()
        if differ:
            self._fetch_again(differ, checkpoint, progress)
        return self._pulled

    def _spoil(self, damaged: list[tuple[str, str, str]]) -> None:
        """Let damaged bodies count as what they are, so that their buckets differ."""
        with self._store.transaction() as sql:
            sql.executemany(
                "update fragment set hi = 0, lo = 0 where type = ? and id = ? and facet = ?", damaged
            )
            sums.recount(self._store, set(sums.held_sums(self._store)))

    def _until_complete(self, progress: Progress) -> list[str]:
        for attempt in range(_ATTEMPTS):
            try:
                differ = self._bundle(progress, checkpoint=self._store.get("checkpoint"))
            except Damaged:
                if attempt == _ATTEMPTS - 1:
                    raise
                continue
            except Refused as error:
                if error.reason != "CHECKPOINT_INVALID":
                    raise
                # The server forgot what it names: everything is sent anew, and replaces everything.
                differ = self._bundle(progress, checkpoint="")
            if differ is not None:
                return differ
        raise Damaged("PLAN_UNSTEADY", "the server's plan changed again and again")

    def _bundle(self, progress: Progress, *, checkpoint: str) -> list[str] | None:
        """Receive one bundle; return the buckets that differ, None if the server wants to plan anew."""
        with self._server.pull(self._request(checkpoint)) as lines:
            if lines is None:
                self._note_contact()
                return []
            begun_at = self._store.get("checkpoint")
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
                    if not checkpoint:
                        plan = replace(plan, drop=self._not_planned(plan))
                    return self._complete(staging, plan, frame, begun_at=begun_at)
        raise Damaged("INCOMPLETE", "the bundle ended before its end")

    def _request(self, checkpoint: str) -> dict[str, object]:
        groups = self._store.get("groups")
        wanted: dict[str, object] = {
            "checkpoint": checkpoint,
            "device": self._store.get("device_id"),
            "schema": SCHEMA,
            "awaited": outgoing.awaited(self._store)[:_MOST_AWAITED],
        }
        return wanted | ({"groups": orjson.loads(groups)} if groups else {})

    def _complete(self, staging: Staging, plan: Plan, done: Done, *, begun_at: str) -> list[str]:
        differ = swap(self._store, staging, plan, done, begun_at=begun_at, now=self._clock())
        self._note_contact()
        self._pulled.rows += staging.rows
        self._pulled.bundles += 1
        return differ

    def _not_planned(self, plan: Plan) -> tuple[str, ...]:
        """Held buckets that a bundle without a checkpoint does not bring: it is all that there is."""
        return tuple(sorted(sums.held_sums(self._store).keys() - set(plan.backfill)))

    def _note_contact(self) -> None:
        note_contact(self._store, self._clock())

    def _heal(self, differ: list[str], progress: Progress) -> None:
        """Fetch buckets anew whose count or sum was not the server's."""
        found, checkpoint = self._compare()
        self._fetch_again(sorted({*differ, *found}), checkpoint if found else "", progress)

    def _fetch_again(self, differ: list[str], checkpoint: str, progress: Progress) -> None:
        """Ask with a checkpoint that lacks these buckets: they come as a whole. An empty one lacks all."""
        self._pulled.healed += differ
        with self._store.transaction() as sql:
            mismatches = int(self._store.get("mismatches", "0")) + len(differ)
            self._store.put(mismatches=str(mismatches))
            # Equal sequence numbers prove nothing any more.
            sql.execute("update fragment set s = 0")
            sql.execute("update member set s = 0")
        for asked in (checkpoint, *[""] * _ATTEMPTS):
            if self._bundle(progress, checkpoint=asked) == []:
                return
        raise Damaged("SUMS_DIFFER", ", ".join(differ))

    def _compare(self) -> tuple[list[str], str]:
        """Ask which buckets differ; return them and the checkpoint that fetches just these."""
        answer = self._server.post(
            "/v1/sync/verify",
            {
                "device": self._store.get("device_id"),
                "checkpoint": self._store.get("checkpoint"),
                "sums": [{"b": b, "n": n, "h": h} for b, (n, h) in sums.held_sums(self._store).items()],
            },
        )
        return [each["b"] for each in answer["differ"]], str(answer["checkpoint"])


def _obey(order: Order) -> None:
    """Raise what ends the pull; a new plan is asked for again.

    Raises:
        Wiped, UpgradeNeeded.
    """
    if order.kind == "wipe":
        raise Wiped(detail=order.detail)
    if order.kind == "upgrade":
        raise UpgradeNeeded(detail=order.detail)
