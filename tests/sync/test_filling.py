"""The store that benchmarks fill by COPY is the one that the sequencer makes of the same records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.sync.storage.store import Store
from tests.bench.support.company import Company
from tests.bench.support.filling import fill
from tests.sync.world import World

_TABLES = {
    "entity": "select e.*, (select array_agg(b.key order by b.key) from bucket b where b.id = any(e.buckets))"
    " as keys from entity e order by type, id",
    "facet": "select * from facet order by type, id",
    "bucket_entry": "select b.key, e.type, e.id, e.seq, e.live from bucket_entry e "
    "join bucket b on b.id = e.bucket order by b.key, e.type, e.id",
    "bucket": "select key, last_seq, count, sum, bytes, gc_floor from bucket order by key",
    "grant_row": "select * from grant_row order by user_id, bucket",
    "access_copy": "select user_id, epoch, body from access_copy order by user_id",
    "head": "select seq from head",
}
_COMPANY = Company(records=400, users=6, territories=8, held=3)


def test_a_filled_store_is_the_one_that_the_sequencer_makes(
    world: World, create_database: Callable[..., str]
) -> None:
    for family in _COMPANY.families():
        world.commit("crm", *(each for each in family if each["entity"].startswith("crm.")))
        world.commit("offers", *(each for each in family if each["entity"].startswith("offers.")))
    for access in _COMPANY.accesses(1):
        world.commit("identity", access)
    filled = Store(create_database("sync"))
    fill(filled, _COMPANY)
    for name, query in _TABLES.items():
        assert _rows(filled, query) == _rows(world.store, query), name
    assert len(_rows(filled, _TABLES["facet"])) == 406
    filled.close()


def _rows(store: Store, query: str) -> list[dict[str, Any]]:
    own = ("buckets", "id") if "from bucket " in query else ("buckets",)
    return [
        {key: value for key, value in row._asdict().items() if key not in own} for row in store.rows(query)
    ]
