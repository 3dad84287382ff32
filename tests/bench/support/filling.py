"""Fills an empty store of synchronisation with a company by COPY, as the sequencer would have left it.

A million events through the sequencer would take minutes before anything is measured. Buckets and grants come
from sync's own code; `tests/sync/test_filling.py` proves on a small company that the rest is equal too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from services.kit.bundle import fragment_digest
from services.kit.entities import SCOPE_FIELDS, all_entities
from services.sync.storage.store import Store
from services.sync.usecases.buckets import Buckets
from services.sync.usecases.granting import grant
from tests.bench.support.company import Company, Record

_AT_ONCE: Final = 50_000
_COLUMNS: Final = {
    "entity": "type, id, version, round, parent_type, parent_id, scope, grant_group, chain, deleted, placed,"
    " buckets",
    "facet": "type, id, facet, version, hash, size, body",
    "bucket_entry": "bucket, type, id, seq, live",
}
_INDEXES: Final = """
    select indexname, indexdef from pg_indexes where tablename = any(%s) and schemaname = 'public'
    and indexname not in (select conname from pg_constraint)
"""


@dataclass
class Filling:
    """One company on its way into a store."""

    store: Store
    buckets: Buckets
    seq: int
    lines: dict[str, list[str]] = field(default_factory=lambda: {table: [] for table in _COLUMNS})
    #: Bucket -> count, sum, bytes, last number.
    sums: dict[int, list[int]] = field(default_factory=dict)
    _chains: dict[str, list[list[Any]]] = field(default_factory=dict)

    def add(self, records: Sequence[Record]) -> None:
        """Take a family: parents come before their children."""
        self._chains.clear()
        for record in records:
            self._add(record)

    def _add(self, record: Record) -> None:
        entity = all_entities()[record["entity"]]
        scope = [record[name] for name in SCOPE_FIELDS]
        chain = [scope, *self._chains.get(record["parent_id"], ())]
        self._chains[record["id"]] = chain
        buckets = sorted(self.buckets.ids(self.buckets.of_chain(entity.grant_group, chain)))
        body = record["fragments"]["base"].encode()
        version = record["version"]
        digest = fragment_digest(entity.name, record["id"], "base", version, body)
        self.seq += 1
        start = f"{entity.name}\t{record['id']}\t"
        self.lines["entity"].append(
            f"{start}{version}\t0\t{entity.parent}\t{record['parent_id'] or _NULL}\t{_json(scope)}\t"
            f"{entity.grant_group}\t{_json(chain)}\tf\tt\t{{{','.join(map(str, buckets))}}}"
        )
        self.lines["facet"].append(
            f"{start}base\t{version}\t\\\\x{digest.hex()}\t{len(body)}\t{_escaped(body.decode())}"
        )
        number = int.from_bytes(digest)
        for bucket in buckets:
            self.lines["bucket_entry"].append(f"{bucket}\t{start}{self.seq}\tt")
            counted = self.sums.setdefault(bucket, [0, 0, 0, 0])
            counted[0] += 1
            counted[1] += number
            counted[2] += len(body)
            counted[3] = self.seq

    def write(self) -> None:
        """Copy what was taken."""
        with self.store.connection.cursor() as cursor:
            for table, lines in self.lines.items():
                with cursor.copy(f"copy {table} ({_COLUMNS[table]}) from stdin") as copy:
                    copy.write("\n".join(lines) + "\n" if lines else "")
                lines.clear()

    def finish(self) -> None:
        """Write counts and sums."""
        self.store.add_to_buckets(
            [
                {"id": bucket, "count": count, "sum": str(total % (1 << 64)), "bytes": size, "seq": last}
                for bucket, (count, total, size, last) in self.sums.items()
            ]
        )


def fill(store: Store, company: Company, *, grant_epoch: int = 1) -> None:
    """Fill an empty, migrated store: records, then grants, then the head."""
    dropped = store.rows(_INDEXES, (list(_COLUMNS),))
    for index in dropped:
        store.run(f"drop index {index.indexname}")
    (head,) = store.rows("select seq, epoch from head")
    filling = Filling(store, Buckets(store), head.seq)
    for record in _taken(filling, company.families()):
        filling.add(record)
    filling.write()
    # Accesses are records too, in the buckets of their group.
    accesses = list(company.accesses(grant_epoch))
    for access in accesses:
        filling.add([access])
        filling.write()
        filling.seq = grant(store, filling.buckets, access["fragments"]["base"], seq=filling.seq)
    filling.finish()
    for index in dropped:
        store.run(index.indexdef)
    store.publish_head(epoch=head.epoch, seq=filling.seq)
    for table in (*_COLUMNS, "bucket", "grant_row"):
        store.run(f"vacuum analyze {table}")


def _taken(filling: Filling, families: Iterable[Sequence[Record]]) -> Iterable[Sequence[Record]]:
    waiting = 0
    for each in families:
        waiting += len(each)
        if waiting > _AT_ONCE:
            filling.write()
            waiting = 0
        yield each


_NULL: Final = r"\N"


def _json(value: Any) -> str:
    return _escaped(orjson.dumps(value).decode())


def _escaped(text: str) -> str:
    """The text format of COPY knows a backslash only."""
    return text.replace("\\", "\\\\")
