"""Which buckets a record is in, by kit's one reading of the grants; keys and ids of buckets, remembered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

import orjson

from services.kit.bundle import BASE
from services.kit.permissions import Kind, Place, buckets_of, facet_bucket
from services.sync.storage.nodes import Scope
from services.sync.storage.store import Store

_REMEMBERED = 50_000


class Buckets:
    """Keys and ids of buckets, and the ANDs that roles use. Of the sequencer, so nobody else changes them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ids: dict[str, int] = {}
        self._keys: dict[int, str] = {}
        self._placed: dict[tuple[str, bytes], frozenset[str]] = {}
        self._shapes: dict[str, set[tuple[Kind, ...]]] = {}
        for row in store.rows("select id, key from bucket"):
            self._remember(row.key, row.id)
        for row in store.rows("select grant_group, kinds from and_shape"):
            self._shapes.setdefault(row.grant_group, set()).add(tuple(Kind(kind) for kind in row.kinds))

    def _remember(self, key: str, bucket: int) -> None:
        self._ids[key] = bucket
        self._keys[bucket] = key

    def of_chain(self, group: str, chain: Sequence[Scope]) -> frozenset[str]:
        """Return the keys of a record's buckets, without those of facets."""
        known = group, orjson.dumps(chain)
        if known not in self._placed:
            if len(self._placed) > _REMEMBERED:
                self._placed.clear()
            places = [_place(scope) for scope in chain]
            self._placed[known] = frozenset(buckets_of(group, places, self._shapes.get(group, set())))
        return self._placed[known]

    def add_shapes(self, group: str, shapes: Iterable[tuple[Kind, ...]]) -> bool:
        """Learn ANDs that a role uses; True if some are new, and records must be placed in their buckets."""
        new = set(shapes) - self._shapes.get(group, set())
        if not new:
            return False
        for shape in new:
            self._store.run(
                "insert into and_shape values (%s, %s) on conflict do nothing",
                (group, [str(k) for k in shape]),
            )
        self._shapes.setdefault(group, set()).update(new)
        self._placed.clear()
        return True

    def ids(self, keys: Collection[str]) -> frozenset[int]:
        """Return the ids of buckets; new ones are made."""
        missing = {key for key in keys if key not in self._ids}
        if missing:
            for key, bucket in self._store.bucket_ids(sorted(missing)).items():
                self._remember(key, bucket)
        return frozenset(self._ids[key] for key in keys)

    def of_facet(self, buckets: Iterable[int], facet: str) -> frozenset[int]:
        """Return the ids of the buckets that carry one facet of these buckets' records."""
        if facet == BASE:
            return frozenset(buckets)
        return self.ids({facet_bucket(self._keys[bucket], facet) for bucket in buckets})


def _place(scope: Scope) -> Place:
    owner, team, territory, line, shared = scope
    return Place(
        owner_id=_uuid(owner),
        team_id=_uuid(team),
        territory_id=_uuid(territory),
        product_line=line,
        shared_with=[UUID(each) for each in shared],
    )


def _uuid(text: str) -> UUID | None:
    return UUID(text) if text else None
