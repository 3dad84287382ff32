"""Counts and sums of buckets: the proof that a copy equals what the server means it to be."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from gateway.device.store import Store
from services.kit.bundle import fragment_digest, sum_text

_COUNT: Final = """
select count(fragment.id), coalesce(sum(fragment.hi), 0), coalesce(sum(fragment.lo), 0)
from member
join fragment on fragment.type = member.type and fragment.id = member.id and fragment.facet = ?
where member.bucket = ?
"""


def recount(store: Store, buckets: Collection[str]) -> None:
    """Write count and sum of these buckets anew, inside the open transaction."""
    held = store.sql.execute("select key, facet from bucket").fetchall()
    for key, facet in held:
        if key in buckets:
            n, hi, lo = store.sql.execute(_COUNT, (facet, key)).fetchone()
            row = (n, sum_text((hi << 32) + lo), key)
            store.sql.execute("update bucket set n = ?, h = ? where key = ?", row)


def held_sums(store: Store) -> dict[str, tuple[int, str]]:
    """Return (count, sum) of every held bucket."""
    return {key: (n, h) for key, n, h in store.sql.execute("select key, n, h from bucket order by key")}


def differing(store: Store, sent: Mapping[str, tuple[int, str]]) -> list[str]:
    """Return the buckets that are not what the server says; those that it does not name count as right."""
    held = held_sums(store)
    empty = (0, sum_text(0))
    return sorted(bucket for bucket, expected in sent.items() if held.get(bucket, empty) != expected)


def recomputed(store: Store) -> list[tuple[str, str, str]]:
    """Check every stored body against its checksum; return (type, id, facet) of those that differ.

    The file may have been damaged since the bytes arrived; sums alone would not notice.
    """
    rows = store.sql.execute("select type, id, facet, version, hi, lo, body from fragment")
    return [
        (entity, record_id, facet)
        for entity, record_id, facet, version, hi, lo, body in rows
        if int.from_bytes(fragment_digest(entity, record_id, facet, version, body)) != (hi << 32) + lo
    ]
