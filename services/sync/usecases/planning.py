"""What a bundle is to do: what the device holds, compared with what it may hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.kit.bundle import BASE, facet_of
from services.kit.errors import Invalid
from services.sync.domain.checkpoints import Checkpoint, epochs_digest, held_hash
from services.sync.storage.memory import Bucket
from services.sync.storage.snapshots import Snapshot, State


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

    def keys_of(self, facet: str, buckets: Sequence[int]) -> list[str]:
        """Return the user's buckets that carry this facet of a record in these buckets."""
        return [key for key in (self.carriers.get(facet, {}).get(each) for each in buckets) if key]


def make_plan(
    view: Snapshot,
    state: State,
    wanted: dict[str, Bucket],
    checkpoint: Checkpoint | None,
    awaited: Sequence[str],
) -> Plan | None:
    """Compare what the device holds with what it may hold and has chosen; None if nothing is new.

    Raises:
        Invalid: CHECKPOINT_INVALID.
    """
    held: frozenset[str] = frozenset()
    begun_at = 0
    holds = False
    if checkpoint is not None:
        stored = view.held(checkpoint.held)
        if stored is None or checkpoint.generation > state.generation:
            raise Invalid("CHECKPOINT_INVALID", "the set that it names is not kept")
        held = stored
        holds = checkpoint.seq <= min(state.seq, view.valid_to(checkpoint.generation, checkpoint.seq))
        begun_at = checkpoint.seq if holds else 0
    backfill = [
        bucket
        for key, bucket in sorted(wanted.items())
        if key not in held or not holds or bucket.gc_floor > begun_at
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
    if checkpoint is None or not is_current(state, wanted, checkpoint) or view.seen(awaited):
        return plan
    return None


def is_current(state: State, wanted: Mapping[str, Bucket], checkpoint: Checkpoint) -> bool:
    """True if the device holds all that it may hold and has chosen, and none of it has changed."""
    return (
        state.generation == checkpoint.generation
        and state.seq >= checkpoint.seq
        and all(max(each.last_seq, each.gc_floor) <= checkpoint.seq for each in wanted.values())
        and held_hash(wanted) == checkpoint.held
        and epochs_digest(state.epochs) == checkpoint.epochs
    )


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
