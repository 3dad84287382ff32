"""Grants as sequenced rows: which buckets each user may carry away, with the number at which that began or
ended.

A bucket that needs an AND which no role has used before is filled before the row that grants it is written,
in the same transaction: nobody holds a bucket that is not complete.
"""

from __future__ import annotations

from functools import lru_cache

from services.kit.entities import all_entities
from services.kit.permissions import Access, and_terms_of, buckets_for
from services.sync.storage.store import Store
from services.sync.usecases.buckets import Buckets
from services.sync.usecases.placing import Batch

ACCESS = "identity.access"
_CHUNK = 1000
_FIRST_ID = "00000000-0000-0000-0000-000000000000"

_KEEP = """
    insert into access_copy (user_id, epoch, body) values (%s, %s, %s)
    on conflict (user_id) do update set epoch = excluded.epoch, body = excluded.body
"""
_GRANT = """
    insert into grant_row (user_id, bucket, seq, live) select %s, unnest(%s::text[]), %s, true
    on conflict (user_id, bucket) do update set seq = excluded.seq, live = true
"""
_REVOKE = "update grant_row set live = false, seq = %s where user_id = %s and bucket = any(%s)"


@lru_cache(maxsize=1)
def groups() -> frozenset[str]:
    """Return every grant group of the contracts."""
    return frozenset(entity.grant_group for entity in all_entities().values())


def grant(store: Store, buckets: Buckets, body: str, *, seq: int) -> int:
    """Make a user's grants those of an identity.access record; return the last number given."""
    access = Access.from_json(body)
    if not access.inactive:
        seq = _prepare_shapes(store, buckets, access, seq=seq)
    wanted = set() if access.inactive else replicated(access)
    held = {
        row.bucket
        for row in store.rows("select bucket from grant_row where user_id = %s and live", (access.user_id,))
    }
    if wanted != held:
        seq += 1
        store.run(_GRANT, (access.user_id, sorted(wanted - held), seq))
        store.run(_REVOKE, (seq, access.user_id, sorted(held - wanted)))
    store.run(_KEEP, (access.user_id, access.epoch, body))
    return seq


def replicated(access: Access) -> set[str]:
    """Return the buckets that the user may carry away."""
    return {bucket for group in groups() for bucket in buckets_for(access, group)}


def _prepare_shapes(store: Store, buckets: Buckets, access: Access, *, seq: int) -> int:
    """Place existing records in the buckets of ANDs that nobody has used before."""
    for group in sorted(groups()):
        if not buckets.add_shapes(group, and_terms_of(access, group)):
            continue
        for entity in all_entities().values():
            if entity.grant_group == group or entity.group_field:
                seq = _place_again(store, buckets, entity.name, seq=seq)
    return seq


def _place_again(store: Store, buckets: Buckets, entity: str, *, seq: int) -> int:
    after = _FIRST_ID
    while True:
        nodes = store.placed(entity, after=after, limit=_CHUNK)
        if not nodes:
            return seq
        batch = Batch(store, buckets, seq=seq)
        batch.replace_all(nodes)
        seq = batch.write()
        after = max(key.id for key in nodes)
