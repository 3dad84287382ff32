"""What this ERP remembers, in one SQLite file.

Outgoing messages are rows too, written in the transaction of what they tell: an answer cannot be lost
between the books and the broker, however often either is killed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.local.erp import messages

_TABLES = """
create table if not exists customer (
    party_id text primary key, number integer unique, name text, is_blocked integer not null
);
create table if not exists customer_order (
    order_key text primary key, attempt integer not null, state text not null, number text, reason text,
    deliver_at real, request text not null
);
create table if not exists told (kind text, code text, content text, primary key (kind, code));
create table if not exists outgoing (id integer primary key, name text, body text);
"""


@dataclass(frozen=True, slots=True)
class Order:
    """An order as this ERP knows it: `state` is registered, refused or delivered."""

    key: str
    attempt: int
    state: str
    number: str
    reason: str
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Customer:
    """A registered customer."""

    party_id: str
    code: str
    is_blocked: bool


class Books:
    """The file, opened by one process."""

    def __init__(self, path: Path) -> None:
        self._file = sqlite3.connect(path, isolation_level=None)
        self._file.executescript("pragma journal_mode = wal; pragma synchronous = full;" + _TABLES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self._file.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._file.execute("rollback")
            raise
        self._file.execute("commit")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    # Customers

    def customer(self, party_id: str) -> Customer | None:
        """The customer of a party of Project Sales."""
        row = self._file.execute(
            "select party_id, number, is_blocked from customer where party_id = ?", (party_id,)
        ).fetchone()
        return Customer(row[0], f"C{row[1]:05d}", bool(row[2])) if row else None

    def customer_of_code(self, code: str) -> Customer | None:
        """The customer of one of our codes."""
        row = self._file.execute(
            "select party_id from customer where printf('C%05d', number) = ?", (code,)
        ).fetchone()
        return self.customer(row[0]) if row else None

    def add_customer(self, party_id: str, *, name: str, is_blocked: bool) -> Customer:
        """Give a party the next customer code."""
        self._file.execute(
            "insert into customer values (?, (select coalesce(max(number), 1000) + 1 from customer), ?, ?)",
            (party_id, name, is_blocked),
        )
        added = self.customer(party_id)
        assert added is not None
        return added

    # Orders

    def order(self, key: str) -> Order | None:
        """The order of a key."""
        row = self._file.execute(
            "select order_key, attempt, state, number, reason, request from customer_order"
            " where order_key = ?",
            (key,),
        ).fetchone()
        return Order(row[0], row[1], row[2], row[3] or "", row[4] or "", json.loads(row[5])) if row else None

    def next_order_number(self, year: int) -> str:
        """The number of the next order: 2026-000001."""
        (count,) = self._file.execute(
            "select count(*) from customer_order where number like ?", (f"{year}-%",)
        ).fetchone()
        return f"{year}-{count + 1:06d}"

    def put_order(self, order: Order, *, deliver_at: float | None) -> None:
        """Store an order, in place of what was known of its key."""
        self._file.execute(
            "insert or replace into customer_order values (?, ?, ?, ?, ?, ?, ?)",
            (
                order.key,
                order.attempt,
                order.state,
                order.number,
                order.reason,
                deliver_at,
                json.dumps(order.request),
            ),
        )

    def orders_to_deliver(self, now: float) -> list[Order]:
        """Registered orders whose time has come."""
        keys = self._file.execute(
            "select order_key from customer_order where state = 'registered' and deliver_at <= ?", (now,)
        ).fetchall()
        return [order for (key,) in keys if (order := self.order(key))]

    # What has been told already

    def was_told(self, kind: str, code: str) -> str:
        """What we last said about an article or a price, as text."""
        row = self._file.execute(
            "select content from told where kind = ? and code = ?", (kind, code)
        ).fetchone()
        return str(row[0]) if row else ""

    def tell(self, kind: str, code: str, content: str) -> None:
        """Remember what we say."""
        self._file.execute("insert or replace into told values (?, ?, ?)", (kind, code, content))

    def forget_told(self) -> None:
        """Say everything once more, to an installation that began anew."""
        self._file.execute("delete from told")

    # Outgoing messages

    def send(self, name: str, data: Mapping[str, Any]) -> None:
        """Queue a message; it leaves after the transaction, under the id that it gets here."""
        self._file.execute(
            "insert into outgoing (name, body) values (?, ?)", (name, messages.write(name, data))
        )

    def outgoing(self, *, without: Collection[str] = ()) -> list[tuple[int, str, str]]:
        """The next messages to publish, except those of some names: row, name, body."""
        names = json.dumps(list(without))
        query = (
            "select id, name, body from outgoing"
            " where name not in (select value from json_each(?)) order by id limit 200"
        )
        return self._file.execute(query, (names,)).fetchall()

    def sent(self, row: int) -> None:
        """The broker has confirmed this message."""
        self._file.execute("delete from outgoing where id = ?", (row,))
