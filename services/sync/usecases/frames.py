"""The lines of a bundle. A body goes in as its owner encoded it: it is the last member, so that a reader
finds its bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from services.sync.storage.memory import Bucket

REPLAN = b'{"k":"replan"}\n'


def plan(generation: int, h0: int, drop: Iterable[str], backfill: Iterable[Bucket]) -> bytes:
    """What the bundle will do."""
    announced = [{"b": bucket.key, "rows": bucket.count, "bytes": bucket.bytes} for bucket in backfill]
    return _line({"k": "plan", "gen": generation, "h0": h0, "drop": sorted(drop), "backfill": announced})


def put(seq: int, buckets: Sequence[str], facet: str, row: Any) -> bytes:
    """One facet of a record, and the user's buckets that it is in."""
    head = orjson.dumps(
        {
            "k": "put",
            "s": seq,
            "b": buckets,
            "t": row.type,
            "f": facet,
            "i": row.id,
            "v": row.version,
            "h": row.hash,
        }
    )
    return b'%s,"d":%s}\n' % (head[:-1], row.body.encode())


def out(seq: int, buckets: Sequence[str], row: Any, *, is_gone: bool) -> bytes:
    """A record left these buckets; of a merged one `to` says which record its id stands for."""
    frame = {"k": "out", "s": seq, "b": buckets, "t": row.type, "i": row.id}
    if row.alias_of:
        frame["to"] = row.alias_of
    return _line(frame | {"gone": True} if is_gone else frame)


def upgrade(minimum: str) -> bytes:
    """The device's program is too old."""
    return _line({"k": "upgrade", "min": minimum})


def wipe(reason: str) -> bytes:
    """The device has to remove its copy."""
    return _line({"k": "wipe", "reason": reason})


def done(checkpoint: str, seen: Sequence[str], epochs: Mapping[str, str], sums: Iterable[Bucket]) -> bytes:
    """The end of a bundle. Sums are those of the buckets that it touched; the others stand as before."""
    counted = [{"b": bucket.key, "n": bucket.count, "h": bucket.sum} for bucket in sums]
    return _line({"k": "done", "checkpoint": checkpoint, "seen": seen, "epochs": epochs, "sums": counted})


def _line(frame: Mapping[str, Any]) -> bytes:
    return orjson.dumps(frame) + b"\n"
