"""The file that a device keeps: one SQLite database, opened by one process at a time for writing.

    with store.transaction() as sql:        # all of it or nothing; other processes wait
        sql.execute("update …")

Deleted rows are overwritten (`secure_delete`) and `scrub` empties the journal, so that what was revoked is
gone from the file and not only from the tables. With a key the file is encrypted (`cipher`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gateway.device.cipher import connect
from gateway.device.errors import UpgradeNeeded

SCHEMA: Final = 2

_TABLES: Final = """
create table setting (key text primary key, value text not null) without rowid;

create table fragment (
    type text not null, id text not null, facet text not null,
    version integer not null, s integer not null,
    -- the two halves of the checksum: SQLite's integers are signed and do not wrap
    hi integer not null, lo integer not null,
    body blob not null,
    primary key (type, id, facet)
) without rowid;

create table bucket (
    key text primary key, facet text not null, n integer not null default 0, h text not null default ''
) without rowid;

create table member (
    bucket text not null, type text not null, id text not null, s integer not null,
    primary key (bucket, type, id)
) without rowid;
create index member_of_record on member (type, id, bucket);

create table staged_fragment (
    type text not null, id text not null, facet text not null,
    version integer not null, s integer not null,
    hi integer not null, lo integer not null,
    body blob not null,
    primary key (type, id, facet)
) without rowid;

create table staged_member (
    bucket text not null, type text not null, id text not null, s integer not null, live integer not null,
    primary key (bucket, type, id)
) without rowid;

create table item (
    position integer primary key autoincrement,
    id text not null unique,
    group_name text not null,
    owner text not null, entity text not null, record_id text not null,
    body text not null,
    -- what a command is expected to do, shown until the server's answer has arrived: {"entity/id": values}
    expected text not null,
    state text not null,
    outcome text not null default '', reason text not null default '', detail text not null default '',
    -- fields in conflict: the server's value stands
    conflicts text not null default '[]',
    -- what stood there instead, with the version: {"version", field: value}
    theirs text not null default '{}',
    needs_decision integer not null default 0,
    seen integer not null default 0,
    acknowledged_at text not null default '',
    -- a decision about a parked change, and the choice
    resolves text not null default '', choice text not null default ''
);
create index item_of_record on item (entity, record_id);
create index item_by_state on item (state);
"""
#: Version -> what brings a file of the version before to it.
_STEPS: Final = {
    1: _TABLES,
    2: """
create table alias (
    type text not null, id text not null, survivor text not null, primary key (type, id)
) without rowid;

create table staged_alias (
    type text not null, id text not null, survivor text not null, primary key (type, id)
) without rowid;
""",
}
_HOLDS_DATA: Final = (
    "fragment", "bucket", "member", "alias", "staged_fragment", "staged_member", "staged_alias", "item",
)  # fmt: skip


class Store:
    """The device's database.

    Raises:
        Locked: it cannot be opened with this key; see `cipher.connect`.
        UpgradeNeeded: COPY_NEWER, a newer program made it.
    """

    def __init__(self, path: Path, key: bytes | None = None) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        self.sql = connect(path, key)
        if is_new:
            path.chmod(0o600)
        for pragma in ("journal_mode=wal", "synchronous=normal", "secure_delete=on", "temp_store=memory"):
            self.sql.execute(f"pragma {pragma}")
        self._make_tables()

    def _make_tables(self) -> None:
        (version,) = self.sql.execute("pragma user_version").fetchone()
        if version == SCHEMA:
            return
        with self.transaction() as sql:
            (version,) = sql.execute("pragma user_version").fetchone()
            if version > SCHEMA:
                raise UpgradeNeeded("COPY_NEWER", str(self.path))
            for step in range(version + 1, SCHEMA + 1):
                for statement in _STEPS[step].split(";"):
                    sql.execute(statement)
                sql.execute(f"pragma user_version = {step}")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, and the only writer meanwhile."""
        self.sql.execute("begin immediate")
        try:
            yield self.sql
        except BaseException:
            if self.sql.in_transaction:
                self.sql.execute("rollback")
            raise
        self.sql.execute("commit")

    def get(self, key: str, default: str = "") -> str:
        """Return a setting."""
        row = self.sql.execute("select value from setting where key = ?", (key,)).fetchone()
        return str(row[0]) if row else default

    def put(self, **settings: str) -> None:
        """Write settings, inside the open transaction if there is one."""
        self.sql.executemany("insert or replace into setting values (?, ?)", settings.items())

    def scrub(self) -> None:
        """Leave no trace of deleted rows beside the file."""
        self.sql.execute("pragma wal_checkpoint(truncate)")

    def forget(self) -> None:
        """Remove everything that belongs to the user: replica, queue, session, the device's id."""
        with self.transaction() as sql:
            for table in _HOLDS_DATA:
                sql.execute(f"delete from {table}")  # noqa: S608 - our own names
            sql.execute("delete from setting where key <> 'server'")
        self.sql.execute("vacuum")
        self.scrub()

    def close(self) -> None:
        """Close the file; what was not committed is gone."""
        self.sql.close()
