"""From records as their owners sent them to rows of the store: versions, placement, entries, sums.

    batch = Batch(store, buckets, seq=head)
    batch.take(records, rounds)         which versions are new
    batch.place()                       where they are, and what moves along with them
    head = batch.write()                the rows, each changed fragment with a number of its own

Placement is computed here, once, and recurses along the parents: a root that changes hands takes its whole
subtree of every service along. So a pull filters nothing (design.md, 7; sync.md, 3).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from services.kit.bundle import BASE, fragment_digest
from services.kit.entities import all_entities
from services.sync.storage.nodes import Fragment, Key, Node
from services.sync.storage.store import Store
from services.sync.usecases.buckets import Buckets
from services.sync.usecases.incoming import Incoming

#: A cycle is refused by the owner; if one comes all the same, it ends here.
_DEEPEST = 20

Entries = dict[int, Fragment]
"""Bucket -> the fragment that a record has in it."""


@lru_cache(maxsize=1)
def parent_types() -> frozenset[str]:
    """Return the entities that others hang under."""
    return frozenset(entity.parent for entity in all_entities().values() if entity.parent)


class Batch:
    """One transaction of the sequencer on records."""

    def __init__(self, store: Store, buckets: Buckets, *, seq: int) -> None:
        self._store = store
        self._buckets = buckets
        self._seq = seq
        self._nodes: dict[Key, Node] = {}
        #: As they were in the store; None: they were not.
        self._before: dict[Key, Node | None] = {}
        self._bodies: dict[tuple[Key, str], bytes] = {}
        self._removed: set[Key] = set()
        #: What this batch wrote, by key.
        self.written: dict[Key, Incoming] = {}

    def take(self, records: Iterable[Incoming], rounds: Mapping[str, int]) -> None:
        """Take the versions that are newer than what is stored.

        `rounds` says for each service which export its rows are confirmed by: a row of an older export is
        replaced whatever its version, because its owner has begun a new epoch. A record that turns out to be
        as it was is only confirmed: it gets no new number, so no device hears of it.
        """
        newest: dict[Key, Incoming] = {}
        for record in records:
            known = newest.get(record.key)
            if known is None or known.version <= record.version:
                newest[record.key] = record
        stored = self._store.nodes(newest.keys())
        self._nodes.update(stored)
        confirmed: dict[int, list[Key]] = {}
        for key, record in newest.items():
            number = rounds.get(record.entity.service, 0)
            old = stored.get(key)
            if old is not None and old.round >= number and old.version >= record.version:
                continue
            if old is not None and _is_same(old, record):
                confirmed.setdefault(number, []).append(key)
                continue
            self._before[key] = old
            self._nodes[key] = self._new_node(old, record, number)
            self.written[key] = record
        for number, keys in confirmed.items():
            self._store.confirm(keys, number)

    def _new_node(self, old: Node | None, record: Incoming, number: int) -> Node:
        facets = {}
        for facet, body in record.bodies.items():
            known = old.facets.get(facet) if old else None
            if (
                known is not None
                and facet != BASE
                and known == _fragment(record.key, facet, known.version, body)
            ):
                facets[facet] = known
            else:
                facets[facet] = _fragment(record.key, facet, record.version, body)
                self._bodies[record.key, facet] = body
        return Node(
            key=record.key,
            version=record.version,
            round=number,
            parent_type=record.entity.parent,
            parent_id=record.parent_id,
            scope=record.scope,
            group=record.group,
            alias_of=record.alias_of,
            deleted=record.deleted,
            facets=facets,
        )

    def remove(self, keys: Collection[Key]) -> None:
        """Take records out of the store: their owner does not have them."""
        for key, node in self._store.nodes(keys).items():
            self._before[key] = node
            self._nodes[key] = replace(node, deleted=True, facets={})
            self._removed.add(key)

    def replace_all(self, nodes: Mapping[Key, Node]) -> None:
        """Compute the buckets of these records again: a role has begun to use another AND."""
        for key, node in nodes.items():
            if key not in self._before:
                self._before[key] = node
                self._nodes[key] = replace(node)

    def place(self) -> None:
        """Compute where the changed records are, then all that hang under those that moved."""
        self._load_ancestors(self._before)
        moved: set[Key] = set()
        done: set[Key] = set()
        for key in list(self._before):
            self._place(key, done)
        for key, old in self._before.items():
            new = self._nodes[key]
            if old is None or (old.chain, old.placed, old.alias_of) != (new.chain, new.placed, new.alias_of):
                moved.add(key)
        for _ in range(_DEEPEST):
            moved = self._follow({key for key in moved if key.type in parent_types()})
            if not moved:
                break

    def _load_ancestors(self, keys: Iterable[Key]) -> None:
        """Have every parent, and the survivor of every one that was merged, at hand."""
        open_keys = set(keys)
        while open_keys:
            wanted = set()
            for key in open_keys:
                node = self._nodes[key]
                if node.parent is not None:
                    wanted.add(node.parent)
                if node.alias_of:
                    wanted.add(Key(key.type, node.alias_of))
            missing = wanted - self._nodes.keys()
            found = self._store.nodes(missing)
            self._nodes.update(found)
            open_keys = set(found)

    def _place(self, key: Key, done: set[Key]) -> None:
        """Set a record's chain, its parents' first where they change too."""
        if key in done:
            return
        done.add(key)
        node = self._nodes[key]
        if node.parent is None:
            node.placed, node.chain = True, [node.scope]
            return
        parent = self._survivor(node.parent)
        if parent is not None and parent.key in self._before:
            self._place(parent.key, done)
        node.placed = parent is not None and parent.placed
        node.chain = [node.scope, *parent.chain] if parent is not None and parent.placed else []

    def _survivor(self, key: Key) -> Node | None:
        """Return the record, or the one that it was merged into."""
        node = self._nodes.get(key)
        for _ in range(_DEEPEST):
            if node is None or not node.alias_of:
                break
            node = self._nodes.get(Key(node.key.type, node.alias_of)) or node
            if node.key == key:
                break
        return node

    def _follow(self, moved: set[Key]) -> set[Key]:
        """Place the children of records that moved; return those whose place is another now."""
        if not moved:
            return set()
        children = self._store.children(self._store.aliases(moved))
        for key, node in children.items():
            self._nodes.setdefault(key, node)
        # Children whose parent changed in this batch were placed with it; some are not stored yet.
        inside = {key for key, node in self._nodes.items() if key in self._before and node.parent in moved}
        candidates = set(children) | inside
        self._load_ancestors(candidates)
        followed = set()
        for key in candidates:
            node = self._nodes[key]
            old = node.chain, node.placed
            if key not in self._before:
                self._nodes[key] = replace(node)
            self._place(key, self._before.keys() - {key})
            if (self._nodes[key].chain, self._nodes[key].placed) != old:
                self._before.setdefault(key, node)
                followed.add(key)
            elif key not in self._before:
                self._nodes[key] = node
        return followed

    def write(self) -> int:
        """Write what changed; return the last number given."""
        entries: list[dict[str, Any]] = []
        sums: dict[int, list[int]] = {}
        for key, old in self._before.items():
            node = self._nodes[key]
            is_member = node.placed and not node.deleted
            node.buckets = (
                self._buckets.ids(self._buckets.of_chain(node.group, node.chain))
                if is_member
                else frozenset()
            )
            for facet in {*node.facets, *(old.facets if old else ())}:
                self._move(key, facet, self._entries(old, facet), self._entries(node, facet), entries, sums)
        kept = [self._nodes[key] for key in self._before if key not in self._removed]
        self._store.put_nodes(kept)
        self._store.put_facets(
            [_facet_row(key, facet, self._nodes[key], body) for (key, facet), body in self._bodies.items()]
        )
        self._store.put_entries(entries)
        self._store.add_to_buckets(
            [
                {"id": bucket, "count": count, "sum": str(total % (1 << 64)), "bytes": size, "seq": self._seq}
                for bucket, (count, total, size) in sums.items()
            ]
        )
        self._store.remove(self._removed)
        return self._seq

    def _entries(self, node: Node | None, facet: str) -> Entries:
        """Return the buckets in which a facet of a record is."""
        if node is None or node.deleted or facet not in node.facets:
            return {}
        return dict.fromkeys(self._buckets.of_facet(node.buckets, facet), node.facets[facet])

    def _move(
        self,
        key: Key,
        facet: str,
        old: Entries,
        new: Entries,
        entries: list[dict[str, Any]],
        sums: dict[int, list[int]],
    ) -> None:
        """Give a fragment a number if anything about it changed, and note what its buckets gain and lose."""
        touched = [bucket for bucket in {*old, *new} if old.get(bucket) != new.get(bucket)]
        if not touched:
            return
        self._seq += 1
        for bucket in touched:
            entries.append(
                {"bucket": bucket, "type": key.type, "id": key.id, "seq": self._seq, "live": bucket in new}
            )
            change = sums.setdefault(bucket, [0, 0, 0])
            for sign, fragment in ((-1, old.get(bucket)), (1, new.get(bucket))):
                if fragment is not None:
                    change[0] += sign
                    change[1] += sign * fragment.hash
                    change[2] += sign * fragment.size


def _is_same(old: Node, record: Incoming) -> bool:
    if (old.version, old.scope, old.parent_id) != (record.version, record.scope, record.parent_id):
        return False
    if (old.deleted, old.alias_of) != (record.deleted, record.alias_of):
        return False
    return old.facets.keys() == record.bodies.keys() and all(
        old.facets[facet] == _fragment(record.key, facet, old.facets[facet].version, body)
        for facet, body in record.bodies.items()
    )


def _fragment(key: Key, facet: str, version: int, body: bytes) -> Fragment:
    digest = fragment_digest(key.type, key.id, facet, version, body)
    return Fragment(version, int.from_bytes(digest), len(body))


def _facet_row(key: Key, facet: str, node: Node, body: bytes) -> dict[str, Any]:
    fragment = node.facets[facet]
    return {
        "type": key.type,
        "id": key.id,
        "facet": facet,
        "version": fragment.version,
        "hash": format(fragment.hash, "016x"),
        "size": fragment.size,
        "body": body.decode(),
    }
