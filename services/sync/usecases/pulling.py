"""A bundle for one device: what changed since its checkpoint, within what its user may carry away now.

    for line in Pull(database, key, actor, request).lines(): …      no line at all: nothing new

Every page is read from a snapshot of its own, and grants, floors and the device's state are part of it: a
right that was taken away a moment ago sends nothing more. If they differ from the plan, the bundle ends with
`replan` and the device asks again from where it was.

Phase A sends buckets that are new to the device, up to the head of the plan; phase B what lies above, in the
order of numbers, until a page is not full. That page, the sums and the head are one snapshot, so the device
can compare.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from services.kit.actor import Actor
from services.kit.bundle import facet_of
from services.kit.database import Database
from services.kit.errors import Forbidden, Invalid, NotFound, Unavailable
from services.sync.domain.checkpoints import (
    Checkpoint,
    NotOurs,
    epochs_digest,
    held_hash,
    read_checkpoint,
)
from services.sync.storage.memory import Bucket, Memory
from services.sync.storage.snapshots import Snapshot, State, remembered_state, snapshot
from services.sync.usecases import frames
from services.sync.usecases.devices import ACTIVE, require_own_session
from services.sync.usecases.planning import Plan, is_current, make_plan

PAGE: Final = 1000
#: The oldest schema of devices that is served.
OLDEST_SCHEMA: Final = "1.0"
_GRANTS_PATIENCE_S: Final = 1.0
_FIRST: Final = ("", "00000000-0000-0000-0000-000000000000")

#: A set that is about to be pruned is named anew, which keeps it (`sweeping`).
_RECORD: Final = """
    with named as (
        insert into held_set as known (hash, buckets) values (%(held)s, %(buckets)s)
        on conflict (hash) do update set created_at = now() where known.created_at < now() - interval '1 day'
    ), delivered as (
        insert into delivery (device_id, user_id, generation, from_seq, to_seq, held, rows, bytes)
        values (%(device)s, %(user)s, %(generation)s, %(from)s, %(to)s, %(held)s, %(rows)s, %(bytes)s)
    )
    update device set generation = %(generation)s, seq = %(to)s, held = %(held)s, contact_at = now()
    where id = %(device)s and (generation, seq) <= (%(generation)s, %(to)s)
"""


@dataclass(frozen=True, slots=True)
class PullWanted:
    """What a device asks for."""

    device_id: UUID
    checkpoint: str = ""
    schema: str = OLDEST_SCHEMA
    #: Grant groups to keep; None: all.
    groups: frozenset[str] | None = None
    awaited: Sequence[str] = ()


class Pull:
    """One pull. `lines` may be read once."""

    def __init__(
        self,
        database: Database,
        key: bytes,
        actor: Actor,
        wanted: PullWanted,
        *,
        memory: Memory | None = None,
        page: int = PAGE,
    ) -> None:
        if actor.user_id is None:
            raise Forbidden("USER_REQUIRED", "a copy belongs to somebody")
        require_own_session(actor, wanted.device_id)
        self._database = database
        self._key = key
        self._user_id: UUID = actor.user_id
        self._grant_epoch = actor.grant_epoch
        self._wanted = wanted
        self._memory = memory
        self._page = page

    def lines(self) -> Iterator[bytes]:
        """Yield the bundle's lines; none if there is nothing new.

        Raises:
            NotFound: DEVICE_UNKNOWN.
            Invalid: CHECKPOINT_INVALID.
            Unavailable: ACCESS_UNKNOWN, the copy of the grants stayed older than the caller's epoch.
        """
        if _version(self._wanted.schema) < _version(OLDEST_SCHEMA):
            yield frames.upgrade(OLDEST_SCHEMA)
            return
        if self._is_known_to_be_current():
            return
        with self._fresh_snapshot() as (view, state):
            if state.device_state != ACTIVE:
                yield frames.wipe(state.device_state)
                return
            checkpoint = self._checkpoint()
            plan = make_plan(view, state, self._wanted_buckets(state), checkpoint, self._wanted.awaited)
            if plan is None:
                return
        yield frames.plan(plan.generation, plan.h0, plan.drop, plan.backfill)
        for line in self._rows(plan):
            plan.bytes += len(line)
            yield line

    def _is_known_to_be_current(self) -> bool:
        """True if one statement and what is remembered prove that there is nothing new.

        Whatever else is the case, also an error, is found in a snapshot.
        """
        if not self._wanted.checkpoint or self._memory is None or self._wanted.awaited:
            return False
        state = remembered_state(
            self._database, self._memory, device_id=self._wanted.device_id, user_id=self._user_id
        )
        if state is None or state.device_user != self._user_id or state.device_state != ACTIVE:
            return False
        checkpoint = self._checkpoint()
        return (
            checkpoint is not None
            and state.grant_epoch >= self._grant_epoch
            and is_current(state, self._wanted_buckets(state), checkpoint)
        )

    def _rows(self, plan: Plan) -> Iterator[bytes]:
        for bucket in plan.backfill:
            after = _FIRST
            while bucket.id:
                with snapshot(self._database, self._memory) as view:
                    if not self._holds(self._state(view), plan):
                        yield frames.REPLAN
                        return
                    rows = view.backfill(bucket, after=after, to=plan.h0, limit=self._page)
                yield b"".join(self._backfill_lines(plan, bucket, rows))
                if len(rows) < self._page:
                    break
                after = rows[-1].type, rows[-1].id
        yield from self._delta(plan)

    def _delta(self, plan: Plan) -> Iterator[bytes]:
        after = 0
        while True:
            with snapshot(self._database, self._memory) as view:
                state = self._state(view)
                if not self._holds(state, plan):
                    yield frames.REPLAN
                    return
                buckets = {state.buckets[key]: above for key, above in plan.above.items()}
                rows = view.delta(buckets, after=after, limit=self._page)
                is_last = len(rows) < self._page
                if not is_last:
                    # The last number may go on behind the page.
                    rows = [row for row in rows if row.seq < rows[-1].seq]
                lines = list(self._delta_lines(plan, {each.id: each.key for each in buckets}, rows))
                end = self._end(view, state, plan) if is_last else None
            yield b"".join(lines)
            if end is not None:
                checkpoint, frame = end
                self._record(plan, checkpoint)
                yield frame
                return
            after = rows[-1].seq

    def _end(self, view: Snapshot, state: State, plan: Plan) -> tuple[Checkpoint, bytes]:
        held = held_hash(plan.wanted)
        checkpoint = Checkpoint(plan.generation, state.seq, held, epochs_digest(state.epochs))
        touched = plan.touched | {bucket.key for bucket in plan.backfill}
        frame = frames.done(
            checkpoint.sign(self._key, str(self._wanted.device_id)),
            view.seen(self._wanted.awaited),
            state.epochs,
            [state.buckets[key] for key in sorted(touched)],
        )
        return checkpoint, frame

    def _record(self, plan: Plan, checkpoint: Checkpoint) -> None:
        """Store what the checkpoint names, before it leaves, and what the device has received."""
        parameters: dict[str, Any] = {
            "buckets": sorted(plan.wanted),
            "device": self._wanted.device_id,
            "user": self._user_id,
            "generation": checkpoint.generation,
            "from": plan.begun_at,
            "to": checkpoint.seq,
            "held": checkpoint.held,
            "rows": plan.rows,
            "bytes": plan.bytes,
        }
        with self._database.read() as connection:
            connection.exec_driver_sql(_RECORD, parameters)

    def _backfill_lines(self, plan: Plan, bucket: Bucket, rows: Sequence[Any]) -> Iterator[bytes]:
        """Yield rows of a bucket, but those that an earlier bucket of the bundle brings."""
        order = {each.key: position for position, each in enumerate(plan.backfill)}
        for row in rows:
            keys = plan.keys_of(bucket.facet, row.buckets)
            first = min((key for key in keys if key in order), key=order.__getitem__, default=bucket.key)
            if first == bucket.key:
                plan.rows += 1
                yield frames.put(row.seq, sorted({*keys, bucket.key}), bucket.facet, row)

    def _delta_lines(self, plan: Plan, by_id: Mapping[int, str], rows: Sequence[Any]) -> Iterator[bytes]:
        """`by_id`: of this page. A bucket has its number since its first record, perhaps after the plan."""
        for seq, group in groupby(rows, key=lambda row: row.seq):
            entries = list(group)
            left = [row for row in entries if not row.live]
            joined = [row for row in entries if row.live and row.body is not None]
            plan.touched |= {by_id[row.bucket] for row in entries}
            plan.rows += 1
            if left:
                is_gone = left[0].deleted is not False
                yield frames.out(seq, sorted(by_id[row.bucket] for row in left), left[0], is_gone=is_gone)
            if joined:
                facet = facet_of(by_id[joined[0].bucket])
                keys = {by_id[row.bucket] for row in joined} | set(plan.keys_of(facet, joined[0].buckets))
                yield frames.put(seq, sorted(keys), facet, joined[0])

    def _wanted_buckets(self, state: State) -> dict[str, Bucket]:
        groups = self._wanted.groups
        return {
            key: bucket
            for key, bucket in state.buckets.items()
            if groups is None or key.partition("/")[0] in groups
        }

    def _holds(self, state: State, plan: Plan) -> bool:
        """True while grants, floors, generation and the device are as they were planned."""
        return (
            state.device_state == ACTIVE
            and state.generation == plan.generation
            and self._wanted_buckets(state).keys() == plan.wanted.keys()
            and all(state.buckets[key].gc_floor <= above for key, above in plan.above.items())
        )

    def _state(self, view: Snapshot) -> State:
        state = view.state(self._wanted.device_id, self._user_id)
        if state.device_user != self._user_id:
            raise NotFound("DEVICE_UNKNOWN", params={"device": str(self._wanted.device_id)})
        return state

    @contextmanager
    def _fresh_snapshot(self) -> Iterator[tuple[Snapshot, State]]:
        """Give a snapshot whose grants are not older than the caller's epoch, waited for if need be."""
        give_up_at = time.monotonic() + _GRANTS_PATIENCE_S
        while True:
            with snapshot(self._database, self._memory) as view:
                state = self._state(view)
                if state.grant_epoch >= self._grant_epoch:
                    yield view, state
                    return
            if time.monotonic() > give_up_at:
                raise Unavailable("ACCESS_UNKNOWN", params={"user": str(self._user_id)})
            time.sleep(0.02)

    def _checkpoint(self) -> Checkpoint | None:
        if not self._wanted.checkpoint:
            return None
        return checkpoint_of(self._wanted.checkpoint, self._key, self._wanted.device_id)


def checkpoint_of(text: str, key: bytes, device_id: UUID) -> Checkpoint:
    """Read a device's checkpoint.

    Raises:
        Invalid: CHECKPOINT_INVALID.
    """
    try:
        return read_checkpoint(text, key, str(device_id))
    except NotOurs as error:
        raise Invalid("CHECKPOINT_INVALID", str(error)) from error


def _version(text: str) -> tuple[int, ...]:
    """Return a dotted version as numbers; what is none is older than all."""
    parts = text.split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else (0,)
