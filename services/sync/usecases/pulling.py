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
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from services.kit.actor import Actor
from services.kit.bundle import BASE, facet_of
from services.kit.database import Database
from services.kit.errors import Forbidden, Invalid, NotFound, Unavailable
from services.sync.domain.checkpoints import (
    Checkpoint,
    NotOurs,
    epochs_digest,
    held_hash,
    read_checkpoint,
)
from services.sync.storage.snapshots import Bucket, Snapshot, State, snapshot
from services.sync.usecases import frames
from services.sync.usecases.devices import ACTIVE, require_own_session

PAGE: Final = 1000
#: The oldest schema of devices that is served.
OLDEST_SCHEMA: Final = "1.0"
_GRANTS_PATIENCE_S: Final = 1.0
_FIRST: Final = ("", "00000000-0000-0000-0000-000000000000")

_HELD = "insert into held_set (hash, buckets) values (%(hash)s, %(buckets)s) on conflict do nothing"
_DELIVERED = """
    insert into delivery (device_id, user_id, generation, from_seq, to_seq, held, rows, bytes)
    values (%(device)s, %(user)s, %(generation)s, %(from)s, %(to)s, %(held)s, %(rows)s, %(bytes)s)
"""
_REACHED = """
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


@dataclass(slots=True)
class Plan:
    """What a bundle does, fixed by its first snapshot."""

    generation: int
    h0: int
    wanted: dict[str, Bucket]
    drop: set[str]
    backfill: list[Bucket]
    #: Number above which each bucket is sent in phase B.
    above: dict[str, int]
    #: Checkpoint's own; 0 without one.
    begun_at: int
    #: Facet -> bucket of a record -> key of the user's bucket that carries that facet of it.
    carriers: Mapping[str, Mapping[int, str]]
    touched: set[str] = field(default_factory=set)
    rows: int = 0
    bytes: int = 0


class Pull:
    """One pull. `lines` may be read once."""

    def __init__(
        self, database: Database, key: bytes, actor: Actor, wanted: PullWanted, *, page: int = PAGE
    ) -> None:
        if actor.user_id is None:
            raise Forbidden("USER_REQUIRED", "a copy belongs to somebody")
        require_own_session(actor, wanted.device_id)
        self._database = database
        self._key = key
        self._user_id: UUID = actor.user_id
        self._grant_epoch = actor.grant_epoch
        self._wanted = wanted
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
        with self._fresh_snapshot() as (view, state):
            if state.device_state != ACTIVE:
                yield frames.wipe(state.device_state)
                return
            checkpoint = self._checkpoint()
            plan = self._plan(view, state, checkpoint)
            if plan is None:
                return
        yield frames.plan(plan.generation, plan.h0, plan.drop, plan.backfill)
        for line in self._rows(plan):
            plan.bytes += len(line)
            yield line

    def _rows(self, plan: Plan) -> Iterator[bytes]:
        for bucket in plan.backfill:
            after = _FIRST
            while bucket.id:
                with snapshot(self._database) as view:
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
            with snapshot(self._database) as view:
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
        epochs = view.epochs()
        held = held_hash(plan.wanted)
        checkpoint = Checkpoint(plan.generation, state.seq, held, epochs_digest(epochs))
        touched = plan.touched | {bucket.key for bucket in plan.backfill}
        frame = frames.done(
            checkpoint.sign(self._key, str(self._wanted.device_id)),
            view.seen(self._wanted.awaited),
            epochs,
            [state.buckets[key] for key in sorted(touched)],
        )
        return checkpoint, frame

    def _record(self, plan: Plan, checkpoint: Checkpoint) -> None:
        """Store what the checkpoint names, before it leaves, and what the device has received."""
        parameters: dict[str, Any] = {
            "hash": checkpoint.held,
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
        with self._database.engine.begin() as connection:
            for statement in (_HELD, _DELIVERED, _REACHED):
                connection.exec_driver_sql(statement, parameters)

    def _backfill_lines(self, plan: Plan, bucket: Bucket, rows: Sequence[Any]) -> Iterator[bytes]:
        """Yield rows of a bucket, but those that an earlier bucket of the bundle brings."""
        order = {each.key: position for position, each in enumerate(plan.backfill)}
        for row in rows:
            keys = _keys_of(plan, bucket.facet, row.buckets)
            first = min((key for key in keys if key in order), key=order.__getitem__, default=bucket.key)
            if first == bucket.key:
                plan.rows += 1
                yield frames.put(row.seq, sorted({*keys, bucket.key}), bucket.facet, row)

    def _delta_lines(self, plan: Plan, by_id: Mapping[int, str], rows: Sequence[Any]) -> Iterator[bytes]:
        """`by_id`: of this page; a bucket has its number only since its first record, perhaps after the plan."""
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
                keys = {by_id[row.bucket] for row in joined} | set(_keys_of(plan, facet, joined[0].buckets))
                yield frames.put(seq, sorted(keys), facet, joined[0])

    def _plan(self, view: Snapshot, state: State, checkpoint: Checkpoint | None) -> Plan | None:
        """Compare what the device holds with what it may hold; None if nothing is new."""
        wanted = self._wanted_buckets(state)
        held: frozenset[str] = frozenset()
        begun_at = 0
        is_current = False
        if checkpoint is not None:
            stored = view.held(checkpoint.held)
            if stored is None or checkpoint.generation > state.generation:
                raise Invalid("CHECKPOINT_INVALID", "the set that it names is not kept")
            held = stored
            is_current = checkpoint.seq <= min(
                state.seq, view.valid_to(checkpoint.generation, checkpoint.seq)
            )
            begun_at = checkpoint.seq if is_current else 0
        backfill = [
            bucket
            for key, bucket in sorted(wanted.items())
            if key not in held or not is_current or bucket.gc_floor > begun_at
        ]
        above = dict.fromkeys(wanted, begun_at) | {bucket.key: state.seq for bucket in backfill}
        plan = Plan(
            state.generation,
            state.seq,
            wanted,
            set(held - wanted.keys()),
            backfill,
            above,
            begun_at,
            _carriers(wanted),
        )
        return plan if checkpoint is None or self._has_news(view, plan, checkpoint) else None

    def _has_news(self, view: Snapshot, plan: Plan, checkpoint: Checkpoint) -> bool:
        if plan.drop or plan.backfill or plan.generation != checkpoint.generation:
            return True
        if any(bucket.last_seq > checkpoint.seq for bucket in plan.wanted.values()):
            return True
        return epochs_digest(view.epochs()) != checkpoint.epochs or bool(view.seen(self._wanted.awaited))

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

    def _fresh_snapshot(self) -> _Fresh:
        return _Fresh(self._database, self._state, self._grant_epoch, self._user_id)

    def _checkpoint(self) -> Checkpoint | None:
        if not self._wanted.checkpoint:
            return None
        return checkpoint_of(self._wanted.checkpoint, self._key, self._wanted.device_id)


class _Fresh:
    """A snapshot whose grants are not older than the caller's epoch, waited for if need be."""

    def __init__(self, database: Database, state: Any, epoch: int, user_id: UUID) -> None:
        self._database = database
        self._state = state
        self._epoch = epoch
        self._user_id = user_id

    def __enter__(self) -> tuple[Snapshot, State]:
        give_up_at = time.monotonic() + _GRANTS_PATIENCE_S
        while True:
            self._open = snapshot(self._database)
            view = self._open.__enter__()
            state: State = self._state(view)
            if state.grant_epoch >= self._epoch:
                return view, state
            self._open.__exit__(None, None, None)
            if time.monotonic() > give_up_at:
                raise Unavailable("ACCESS_UNKNOWN", params={"user": str(self._user_id)})
            time.sleep(0.02)

    def __exit__(self, *raised: Any) -> None:
        self._open.__exit__(*raised)


def checkpoint_of(text: str, key: bytes, device_id: UUID) -> Checkpoint:
    """Read a device's checkpoint.

    Raises:
        Invalid: CHECKPOINT_INVALID.
    """
    try:
        return read_checkpoint(text, key, str(device_id))
    except NotOurs as error:
        raise Invalid("CHECKPOINT_INVALID", str(error)) from error


def _keys_of(plan: Plan, facet: str, buckets: Sequence[int]) -> list[str]:
    """Return the user's buckets that carry this facet of a record in these buckets."""
    return [key for key in (plan.carriers.get(facet, {}).get(each) for each in buckets) if key]


def _carriers(wanted: Mapping[str, Bucket]) -> Mapping[str, Mapping[int, str]]:
    found: dict[str, dict[int, str]] = {}
    for key, bucket in wanted.items():
        base = wanted.get(key.partition("#")[0])
        facet = found.setdefault(facet_of(key), {})
        if facet_of(key) == BASE:
            facet[bucket.id] = key
        elif base is not None:
            facet[base.id] = key
    return found


def _version(text: str) -> tuple[int, ...]:
    """Return a dotted version as numbers; what is none is older than all."""
    parts = text.split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else (0,)
