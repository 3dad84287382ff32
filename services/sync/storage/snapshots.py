"""What a pull reads, each page from one snapshot of the store: device, head, grants, buckets, rows.

Membership was computed at ingest, so no query here filters: a delta is a few index probes in the user's own
buckets, whatever the others write (sync.md, 3). Grants and heads come from memory where that is as of the
same commit, else from the rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.kit.database import Database
from services.kit.errors import Unavailable
from services.sync.storage.memory import Bucket, Mark, Memory, bucket_of

_STATE = """
    select h.seq, h.generation, h.mark, d.user_id, d.state, a.epoch,
           (select jsonb_object_agg(service, epoch) from source_position where epoch <> '') as epochs
    from head h left join device d on d.id = %(device)s left join access_copy a on a.user_id = %(user)s
"""
_BUCKETS = """
    select g.bucket as key, b.id, b.gc_floor, b.last_seq, b.count as n, b.bytes as size, b.sum::text as total
    from grant_row g left join bucket b on b.key = g.bucket where g.user_id = %(user)s and g.live
"""
_BACKFILL = """
    select e.seq, e.type, e.id::text, n.buckets, f.version, encode(f.hash, 'hex') as hash, f.body
    from (select * from bucket_entry
          where bucket = %(bucket)s and (type, id) > (%(type)s, %(id)s::uuid) and live and seq <= %(to)s
          order by type, id limit %(limit)s) as e
    join entity n on n.type = e.type and n.id = e.id
    join facet f on f.type = e.type and f.id = e.id and f.facet = %(facet)s
    order by e.type, e.id
"""
_DELTA = """
    select e.seq, e.bucket, e.type, e.id::text, e.live, n.deleted, n.buckets, n.alias_of::text as alias_of,
           f.version, encode(f.hash, 'hex') as hash, f.body
    from (
        select found.*, w.facet
        from unnest(%(buckets)s::int[], %(floors)s::bigint[], %(facets)s::text[])
            as w (bucket, above, facet)
        cross join lateral (
            select * from bucket_entry
            where bucket = w.bucket and seq > greatest(w.above, %(after)s::bigint)
            order by seq limit %(limit)s) as found
        order by found.seq, found.bucket limit %(limit)s
    ) as e
    left join entity n on n.type = e.type and n.id = e.id
    left join facet f on e.live and f.type = e.type and f.id = e.id and f.facet = e.facet
    order by e.seq, e.bucket
"""
_VALID = "select coalesce(min(valid_to), %(seq)s) from generation where generation > %(generation)s"
_RANGES = """
    select type, min(id::text) as from_id, max(id::text) as to_id, count(*) as n,
           mod(mod(sum(h), 18446744073709551616) + 18446744073709551616, 18446744073709551616)::text as total
    from (
        select e.type, e.id, ntile(16) over (order by e.type, e.id) as part,
               ('x' || encode(f.hash, 'hex'))::bit(64)::bigint::numeric as h
        from bucket_entry e join facet f on f.type = e.type and f.id = e.id and f.facet = %(facet)s
        where e.bucket = %(bucket)s and e.live
    ) as parts group by type, part order by type, part
"""


@dataclass(frozen=True, slots=True)
class State:
    """What holds at the moment of a snapshot."""

    seq: int
    generation: int
    #: Of the device; None: not registered.
    device_user: UUID | None
    device_state: str
    #: Of the copy of the user's grants; 0: there is none.
    grant_epoch: int
    #: Live grants.
    buckets: Mapping[str, Bucket]
    #: Service -> epoch of its database.
    epochs: Mapping[str, str]


class Snapshot:
    """One consistent view of the store."""

    def __init__(self, connection: sa.Connection, memory: Memory | None = None) -> None:
        self._connection = connection
        self._memory = memory

    def state(self, device_id: UUID, user_id: UUID) -> State:
        """Return device, head and live grants."""
        row = self._run(_STATE, device=device_id, user=user_id).one()
        return _state(row, self._buckets(Mark(row.mark, row.seq), user_id))

    def _buckets(self, mark: Mark, user_id: UUID) -> Mapping[str, Bucket]:
        known = self._memory.buckets(mark, user_id, self._run) if self._memory else None
        if known is not None:
            return known
        return {row.key: bucket_of(row) for row in self._run(_BUCKETS, user=user_id)}

    def held(self, name: bytes) -> frozenset[str] | None:
        """Return a stored set of buckets."""
        known = self._memory.held.get(name) if self._memory else None
        if known is not None:
            return known
        stored = self._run("select buckets from held_set where hash = %(hash)s", hash=name).scalar()
        if stored is None:
            return None
        found = frozenset(stored)
        if self._memory:
            self._memory.keep_held(name, found)
        return found

    def valid_to(self, generation: int, seq: int) -> int:
        """Return up to which number checkpoints of a generation hold in the present one."""
        return int(self._run(_VALID, generation=generation, seq=seq).scalar_one())

    def backfill(
        self, bucket: Bucket, *, after: tuple[str, str], to: int, limit: int
    ) -> Sequence[sa.Row[Any]]:
        """Return live rows of a bucket up to a number, by type and id."""
        return self._run(
            _BACKFILL,
            bucket=bucket.id,
            facet=bucket.facet,
            type=after[0],
            id=after[1],
            to=to,
            limit=limit,
        ).all()

    def delta(self, buckets: Mapping[Bucket, int], *, after: int, limit: int) -> Sequence[sa.Row[Any]]:
        """Return entries of buckets above each one's number, in the order of numbers."""
        moved = {bucket: above for bucket, above in buckets.items() if bucket.last_seq > max(above, after)}
        if not moved:
            return []
        return self._run(
            _DELTA,
            buckets=[bucket.id for bucket in moved],
            floors=list(moved.values()),
            facets=[bucket.facet for bucket in moved],
            after=after,
            limit=limit,
        ).all()

    def seen(self, change_ids: Collection[str]) -> list[str]:
        """Return those of the changes whose effect is at or below the head."""
        if not change_ids:
            return []
        query = "select change_id::text from seen_change where change_id = any(%(ids)s::uuid[])"
        return [str(row.change_id) for row in self._run(query, ids=list(change_ids))]

    def ranges(self, bucket: Bucket) -> Sequence[sa.Row[Any]]:
        """Return the bucket in 16 ranges of ids, with count and sum of each."""
        return self._run(_RANGES, bucket=bucket.id, facet=bucket.facet).all()

    def _run(self, query: str, **parameters: Any) -> sa.CursorResult[Any]:
        return self._connection.exec_driver_sql(query, parameters)


def remembered_state(database: Database, memory: Memory, *, device_id: UUID, user_id: UUID) -> State | None:
    """Return device, head and live grants by one statement; None if the grants are not remembered.

    Raises:
        Unavailable: DATABASE_AWAY.
    """
    with database.read() as connection:
        row = connection.exec_driver_sql(_STATE, {"device": device_id, "user": user_id}).one()
    buckets = memory.known(Mark(row.mark, row.seq), user_id)
    return None if buckets is None else _state(row, buckets)


def _state(row: sa.Row[Any], buckets: Mapping[str, Bucket]) -> State:
    return State(
        row.seq, row.generation, row.user_id, row.state or "", row.epoch or 0, buckets, row.epochs or {}
    )


@contextmanager
def snapshot(database: Database, memory: Memory | None = None) -> Iterator[Snapshot]:
    """Give a view of the store that does not move while it is read.

    Raises:
        Unavailable: DATABASE_AWAY.
    """
    try:
        with (
            database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
            connection.begin(),
        ):
            yield Snapshot(connection, memory)
    except sa.exc.OperationalError as error:
        raise Unavailable("DATABASE_AWAY", "the store cannot be reached or was too busy") from error
