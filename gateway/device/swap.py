"""The one moment in which a complete bundle becomes what the user sees.

Everything here happens in one transaction: rows, memberships, what leaves, the checkpoint, and the end of the
overlays that the bundle names in `seen`. A reader sees all of it or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Final

from gateway.device import aliases, outgoing, sums
from gateway.device.errors import Damaged
from gateway.device.frames import Done, Plan
from gateway.device.staging import Staging, clear
from gateway.device.store import Store
from services.kit.bundle import facet_of

_NEWER_FRAGMENTS: Final = """
insert into fragment select * from staged_fragment where true
on conflict (type, id, facet) do update set
    version = excluded.version, s = excluded.s, hi = excluded.hi, lo = excluded.lo, body = excluded.body
where excluded.s >= s or excluded.version > version
"""
_JOINED: Final = """
insert into member select bucket, type, id, s from staged_member where live
on conflict (bucket, type, id) do update set s = excluded.s where excluded.s >= s
"""
_LEFT: Final = """
delete from member where exists (
    select 1 from staged_member as staged
    where staged.bucket = member.bucket and staged.type = member.type and staged.id = member.id
      and not staged.live and staged.s >= member.s)
"""
_NOT_SENT_AGAIN: Final = """
delete from member where bucket = ? and not exists (
    select 1 from staged_member as staged
    where staged.bucket = member.bucket and staged.type = member.type and staged.id = member.id
      and staged.live)
"""
_MAY_LEAVE: Final = """
create temp table may_leave as
select type, id from staged_member
union select type, id from member where bucket in (select value from json_each(?))
"""
_UNSEEN: Final = """
delete from fragment where (type, id) in (select type, id from may_leave) and not exists (
    select 1 from member join bucket on bucket.key = member.bucket
    where member.type = fragment.type and member.id = fragment.id and bucket.facet = fragment.facet)
"""


def swap(
    store: Store, staging: Staging, plan: Plan, done: Done, *, begun_at: str, now: datetime
) -> list[str]:
    """Make a bundle visible; return the buckets whose count or sum is not the server's.

    `begun_at` is the copy's checkpoint when the bundle was asked for.

    Raises:
        Damaged: OVERTAKEN by another pull; GENERATION_BACK when the server's store is older than this copy.
    """
    staging.flush()
    with store.transaction():
        staging.require_mine()
        _require_forward(store, plan, begun_at)
        differ = _apply(store, plan, done)
        store.put(checkpoint=done.checkpoint, generation=str(plan.generation))
        outgoing.end_overlays(store, done.seen)
        outgoing.note_epochs(store, done.epochs, now=now)
    store.scrub()
    return differ


def _require_forward(store: Store, plan: Plan, begun_at: str) -> None:
    """A copy goes back neither behind another pull nor to an older generation of the server's store."""
    if store.get("checkpoint") != begun_at:
        raise Damaged("OVERTAKEN", "another pull of this copy ended meanwhile")
    generation = int(store.get("generation", "0"))
    if plan.generation < generation:
        raise Damaged("GENERATION_BACK", f"{plan.generation} after {generation}")
    if plan.generation > generation:
        store.sql.execute("update fragment set s = 0")
        store.sql.execute("update member set s = 0")


def _apply(store: Store, plan: Plan, done: Done) -> list[str]:
    touched = _touched(store, plan)
    store.sql.execute("drop table if exists may_leave")
    store.sql.execute(_MAY_LEAVE, (json.dumps([*plan.drop, *plan.backfill]),))
    change_members(store, plan)
    store.sql.execute(_NEWER_FRAGMENTS)
    drop_unseen(store)
    aliases.take_over(store)
    aliases.drop_without_survivor(store)
    clear(store)
    sums.recount(store, touched)
    return sums.differing(store, done.sums)


def _touched(store: Store, plan: Plan) -> set[str]:
    """Buckets whose sum may move: those of the frames, and all others that hold one of their records."""
    query = """
        select bucket from staged_member
        union select member.bucket from member join staged_fragment using (type, id)
    """
    return {row[0] for row in store.sql.execute(query)} | set(plan.backfill) | set(plan.drop)


def change_members(store: Store, plan: Plan) -> None:
    """Let records join and leave buckets; a bucket in backfill is replaced, a dropped one emptied."""
    named = {row[0] for row in store.sql.execute("select distinct bucket from staged_member where live")}
    _hold(store, named | set(plan.backfill))
    store.sql.execute(_JOINED)
    store.sql.execute(_LEFT)
    drop_not_sent_again(store, plan.backfill)
    for bucket in plan.drop:
        store.sql.execute("delete from member where bucket = ?", (bucket,))
        store.sql.execute("delete from bucket where key = ?", (bucket,))


def _hold(store: Store, buckets: Collection[str]) -> None:
    rows = [(bucket, facet_of(bucket)) for bucket in buckets]
    store.sql.executemany("insert or ignore into bucket (key, facet) values (?, ?)", rows)


def drop_not_sent_again(store: Store, backfill: Collection[str]) -> None:
    """Members of a replaced bucket that the server did not name again are members no more."""
    for bucket in backfill:
        store.sql.execute(_NOT_SENT_AGAIN, (bucket,))


def drop_unseen(store: Store) -> None:
    """Remove fragments that no held bucket of their facet shows: evicted, or deleted."""
    store.sql.execute(_UNSEEN)
