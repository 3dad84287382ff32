"""What leaves the store by age: tombstones after the lease, changes that were seen, old deliveries and the
sets of buckets that nobody names any more."""

from __future__ import annotations

from typing import Final

from services.sync.storage.store import Store

#: The longest offline lease, and a week.
KEPT_DAYS: Final = 28 + 7
_AT_ONCE: Final = 5_000
#: How far back the report of a lost device goes.
DELIVERIES_DAYS: Final = 400

_FLOOR = "select coalesce(max(seq), 0) as seq from head_moment where at < now() - make_interval(days => %s)"
# Floors move in the transaction in which the tombstones go: a device behind them fetches the bucket anew.
_GC = """
    with old as (
        select bucket, type, id, seq from bucket_entry where not live and seq <= %s order by seq limit %s
    ), gone as (
        delete from bucket_entry e using old
        where e.bucket = old.bucket and e.type = old.type and e.id = old.id returning e.bucket, e.seq
    ), floors as (select bucket, max(seq) as seq from gone group by bucket)
    update bucket set gc_floor = greatest(gc_floor, floors.seq) from floors where bucket.id = floors.bucket
"""
_DELIVERIES: Final = """
    delete from delivery where id in (
        select id from delivery where at < now() - make_interval(days => %s) order by at limit %s)
"""
# Also one that no device has reached yet may be in a checkpoint that is on its way (`verify`): so the age.
_SETS: Final = """
    delete from held_set h where created_at < now() - make_interval(days => %s)
        and not exists (select from device d where d.held = h.hash)
        and not exists (select from delivery d where d.held = h.hash)
"""


def sweep(store: Store, *, epoch: int, seq: int, kept_days: int = KEPT_DAYS) -> None:
    """Remove what is old enough, a bounded part of it, and note the time of the present head."""
    with store.connection.transaction():
        store.run("insert into head_moment (seq) values (%s) on conflict do nothing", (seq,))
        (floor,) = store.rows(_FLOOR, (kept_days,))
        if floor.seq:
            if store.run(_GC, (floor.seq, _AT_ONCE)):
                store.run("update head set mark = gen_random_uuid()")
            store.run("delete from head_moment where seq < %s", (floor.seq,))
        store.run("delete from seen_change where seen_at < now() - make_interval(days => %s)", (kept_days,))
        store.run(_DELIVERIES, (DELIVERIES_DAYS, _AT_ONCE))
        store.run(_SETS, (kept_days,))
        store.publish_head(epoch=epoch, seq=seq)
