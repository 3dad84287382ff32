"""The store as its only writer sees it: one connection, set-wise statements, exact keys.

Rows travel as one JSON parameter: PostgreSQL unpacks 500 records in a millisecond, and a statement per table
and batch is what 5,000 events a second need.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import orjson
import psycopg
from psycopg.rows import namedtuple_row
from psycopg.types.json import set_json_loads

from services.kit.entities import all_entities
from services.sync.storage.nodes import Fragment, Key, Node

CHANNEL: Final = "sync_head"

_NODE = """
    select e.type, e.id::text, e.version, e.round,
           e.parent_type, coalesce(e.parent_id::text, '') as parent_id,
           e.scope, e.grant_group, e.chain, coalesce(e.alias_of::text, '') as alias_of, e.deleted, e.placed,
           e.buckets,
           (select jsonb_object_agg(f.facet, jsonb_build_array(f.version, encode(f.hash, 'hex'), f.size))
            from facet f where f.type = e.type and f.id = e.id) as facets
"""
_BY_KEY = _NODE + "from unnest(%s::text[], %s::uuid[]) as k (type, id) join entity e using (type, id)"
_CHILDREN = (
    _NODE
    + """
    from unnest(%s::text[], %s::uuid[]) as k (type, id)
    join entity e on e.parent_id = k.id and e.parent_type = k.type
    """
)
_ALIASES = """
    select e.type, e.id::text from unnest(%s::text[], %s::uuid[]) as k (type, id)
    join entity e on e.alias_of = k.id and e.type = k.type
"""
_OF_GROUP = _NODE + "from entity e where e.type = %s and e.id > %s and e.placed order by e.id limit %s"
_UNCONFIRMED = _NODE + "from entity e where e.type = any(%s) and e.round < %s limit %s"
_PUT_NODES = """
    insert into entity (type, id, version, round, parent_type, parent_id, scope, grant_group, chain, alias_of,
                        deleted, placed, buckets)
    select type, id, version, round, parent_type, parent_id, scope, grant_group, chain, alias_of,
           deleted, placed, buckets
    from jsonb_to_recordset(%s) as r (
        type text, id uuid, version bigint, round int, parent_type text, parent_id uuid, scope jsonb,
        grant_group text, chain jsonb, alias_of uuid, deleted boolean, placed boolean, buckets int[])
    on conflict (type, id) do update set
        version = excluded.version, round = excluded.round, parent_type = excluded.parent_type,
        parent_id = excluded.parent_id, scope = excluded.scope, grant_group = excluded.grant_group,
        chain = excluded.chain,
        alias_of = excluded.alias_of, deleted = excluded.deleted, placed = excluded.placed,
        buckets = excluded.buckets
"""
_PUT_FACETS = """
    insert into facet (type, id, facet, version, hash, size, body)
    select type, id, facet, version, decode(hash, 'hex'), size, body
    from jsonb_to_recordset(%s) as r (
        type text, id uuid, facet text, version bigint, hash text, size int, body text)
    on conflict (type, id, facet) do update set
        version = excluded.version, hash = excluded.hash, size = excluded.size, body = excluded.body
"""
_PUT_ENTRIES = """
    insert into bucket_entry (bucket, type, id, seq, live)
    select bucket, type, id, seq, live
    from jsonb_to_recordset(%s) as r (bucket int, type text, id uuid, seq bigint, live boolean)
    on conflict (bucket, type, id) do update set seq = excluded.seq, live = excluded.live
"""
_ADD_TO_BUCKETS = """
    update bucket set count = bucket.count + r.count, bytes = bucket.bytes + r.bytes,
        sum = mod(bucket.sum + r.sum, 18446744073709551616), last_seq = greatest(bucket.last_seq, r.seq)
    from jsonb_to_recordset(%s) as r (id int, count bigint, sum numeric, bytes bigint, seq bigint)
    where bucket.id = r.id
"""
_KEYS = "unnest(%s::text[], %s::uuid[]) as k (type, id)"


class Fenced(Exception):
    """Another sequencer leads: nothing of this transaction may be committed."""


class Store:
    """One connection to the store, in autocommit; `transaction` is the connection's own."""

    def __init__(self, url: str) -> None:
        self.connection: psycopg.Connection[Any] = psycopg.connect(
            url,
            autocommit=True,
            row_factory=namedtuple_row,
            connect_timeout=5,
            application_name="sales-sync-sequencer",
            options="-c timezone=UTC -c lock_timeout=8000 -c idle_in_transaction_session_timeout=60000",
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        )
        set_json_loads(orjson.loads, self.connection)

    def close(self) -> None:
        """Drop the connection, and with it the leader's lock."""
        self.connection.close()

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Return all rows of a query."""
        return self.connection.execute(query, parameters or None).fetchall()

    def run(self, query: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement; return how many rows it touched."""
        return self.connection.execute(query, parameters or None).rowcount

    def nodes(self, keys: Collection[Key]) -> dict[Key, Node]:
        """Return those of the records that are known."""
        return _nodes(self.rows(_BY_KEY, _columns(keys))) if keys else {}

    def children(self, keys: Collection[Key]) -> dict[Key, Node]:
        """Return the records that hang directly under these."""
        return _nodes(self.rows(_CHILDREN, _columns(keys))) if keys else {}

    def aliases(self, keys: Collection[Key]) -> set[Key]:
        """Return these records and all that were merged into them, however often."""
        found = set(keys)
        newest = found
        while newest:
            newest = {Key(row.type, row.id) for row in self.rows(_ALIASES, _columns(newest))} - found
            found |= newest
        return found

    def placed(self, entity: str, *, after: str, limit: int) -> dict[Key, Node]:
        """Return placed records of an entity by id."""
        return _nodes(self.rows(_OF_GROUP, (entity, after, limit)))

    def unconfirmed(self, entities: Sequence[str], *, before: int, limit: int) -> dict[Key, Node]:
        """Return records that the export `before` has not confirmed."""
        return _nodes(self.rows(_UNCONFIRMED, (list(entities), before, limit)))

    def confirm(self, keys: Collection[Key], number: int) -> None:
        """Note that an export has found these records as they are."""
        if keys:
            self.run(
                f"update entity e set round = %s from {_KEYS} where e.type = k.type and e.id = k.id",  # noqa: S608
                (number, *_columns(keys)),
            )

    def remove(self, keys: Collection[Key]) -> None:
        """Forget records and their fragments; their entries stay as tombstones."""
        if not keys:
            return
        for table in ("facet", "entity"):
            self.run(
                f"delete from {table} e using {_KEYS} where e.type = k.type and e.id = k.id",  # noqa: S608
                _columns(keys),
            )

    def put_nodes(self, nodes: Iterable[Node]) -> None:
        """Write records."""
        self._put(_PUT_NODES, [_node_row(node) for node in nodes])

    def put_facets(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write fragments."""
        self._put(_PUT_FACETS, rows)

    def put_entries(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write who is in which bucket, as of which number."""
        self._put(_PUT_ENTRIES, rows)

    def add_to_buckets(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add to counts, sums and sizes; move the last numbers forward."""
        self._put(_ADD_TO_BUCKETS, rows)

    def bucket_ids(self, keys: Collection[str]) -> dict[str, int]:
        """Return the ids of these buckets; new ones are made."""
        wanted = list(keys)
        self.run("insert into bucket (key) select unnest(%s::text[]) on conflict do nothing", (wanted,))
        return {
            row.key: row.id for row in self.rows("select key, id from bucket where key = any(%s)", (wanted,))
        }

    def publish_head(self, *, epoch: int, seq: int) -> None:
        """Publish what this transaction numbered.

        Raises:
            Fenced: another sequencer has taken over.
        """
        if not self.rows("update head set seq = %s where epoch = %s returning 1", (seq, epoch)):
            raise Fenced(f"epoch {epoch} is over")

    def _put(self, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            self.run(statement, (orjson.dumps(rows).decode(),))


def _columns(keys: Collection[Key]) -> tuple[list[str], list[str]]:
    return [key.type for key in keys], [key.id for key in keys]


def _nodes(rows: Sequence[Any]) -> dict[Key, Node]:
    return {Key(row.type, row.id): _node(row) for row in rows}


def _node(row: Any) -> Node:
    return Node(
        key=Key(row.type, row.id),
        version=row.version,
        round=row.round,
        parent_type=row.parent_type,
        parent_id=row.parent_id,
        scope=row.scope,
        group=row.grant_group or all_entities()[row.type].grant_group,
        alias_of=row.alias_of,
        deleted=row.deleted,
        placed=row.placed,
        chain=row.chain,
        buckets=frozenset(row.buckets),
        facets={
            facet: Fragment(version, int(digest, 16), size)
            for facet, (version, digest, size) in (row.facets or {}).items()
        },
    )


def _node_row(node: Node) -> dict[str, Any]:
    return {
        "type": node.key.type,
        "id": node.key.id,
        "version": node.version,
        "round": node.round,
        "parent_type": node.parent_type,
        "parent_id": node.parent_id or None,
        "scope": node.scope,
        "grant_group": node.group,
        "chain": node.chain,
        "alias_of": node.alias_of or None,
        "deleted": node.deleted,
        "placed": node.placed,
        "buckets": sorted(node.buckets),
    }
