"""Comparing a copy with the store: by bucket, and within a bucket by ranges of ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.kit.actor import Actor
from services.kit.bundle import sum_text
from services.kit.database import Database
from services.kit.errors import Forbidden, NotFound
from services.sync.domain.checkpoints import held_hash
from services.sync.storage.memory import Bucket
from services.sync.storage.snapshots import snapshot
from services.sync.usecases.devices import ACTIVE, require_own_session
from services.sync.usecases.pulling import checkpoint_of


@dataclass(frozen=True, slots=True)
class Difference:
    """A bucket that is not what the device has, in ranges (rows with type, from_id, to_id, n, total)."""

    bucket: str
    ranges: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Verified:
    """What differs, and the device's checkpoint without it: a pull with that fetches just these buckets."""

    differences: Sequence[Difference]
    checkpoint: str


def verify(
    database: Database,
    key: bytes,
    actor: Actor,
    *,
    device_id: UUID,
    checkpoint: str,
    sums: Mapping[str, tuple[int, str]],
) -> Verified:
    """Compare the device's counts and sums with the store's.

    A bucket that has moved on since the checkpoint cannot be compared and counts as equal: pull first. One
    that the user may no longer carry away is not answered.

    Raises:
        Invalid: CHECKPOINT_INVALID.
        NotFound: DEVICE_UNKNOWN.
    """
    if actor.user_id is None:
        raise Forbidden("USER_REQUIRED", "a copy belongs to somebody")
    require_own_session(actor, device_id)
    reached = checkpoint_of(checkpoint, key, device_id)
    with snapshot(database) as view:
        state = view.state(device_id, actor.user_id)
        if state.device_user != actor.user_id or state.device_state != ACTIVE:
            raise NotFound("DEVICE_UNKNOWN", params={"device": str(device_id)})
        differ = [
            bucket
            for bucket in state.buckets.values()
            if bucket.key in sums and bucket.last_seq <= reached.seq and _counted(bucket) != sums[bucket.key]
        ]
        found = [Difference(bucket.key, view.ranges(bucket)) for bucket in differ]
        held = view.held(reached.held) or frozenset()
    left = sorted(held - {each.bucket for each in found})
    if not found:
        return Verified((), checkpoint)
    smaller = replace(reached, held=held_hash(left))
    with database.read() as connection:
        connection.exec_driver_sql(
            # Named anew, it is not pruned (`sweeping`).
            "insert into held_set (hash, buckets) values (%(hash)s, %(buckets)s) "
            "on conflict (hash) do update set created_at = now()",
            {"hash": smaller.held, "buckets": left},
        )
    return Verified(found, smaller.sign(key, str(device_id)))


def _counted(bucket: Bucket) -> tuple[int, str]:
    return bucket.count, bucket.sum


def range_sum(text: str) -> str:
    """Return the sum of a range as it travels."""
    return sum_text(int(text))
