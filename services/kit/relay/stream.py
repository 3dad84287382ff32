"""The database side of a relay: leadership, numbers, what is to be published, what is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, Protocol, cast
from uuid import UUID

import psycopg
from psycopg.rows import namedtuple_row

from services.kit import envelope
from services.kit.outbox import CHANNEL
from services.kit.outbox.epoch import CHECK, POSITION
from services.kit.outbox.replay import PURGE, RETENTION_DAYS

#: Any two numbers, the same in every relay. Advisory locks are per database, so services do not meet.
_LOCK: Final = (1_396_788_293, 1)

#: Events that are numbered and published at once, at most.
LARGEST_ROUND: Final = 200

# In READ COMMITTED every statement has a snapshot of its own: this one sees what the relay before us
# numbered, because it begins after that relay let go of the counter row. In one statement with the lock, a
# handover left holes (measured). What it numbers it returns: reading it again cost a round trip for each
# event of an idle system.
_NUMBER: Final = f"""
    with unnumbered as (
        select id, row_number() over (order by id) as position
        from (select id from outbox where stream_seq is null order by id limit {LARGEST_ROUND}) as first
    ), numbered as (
        update outbox set stream_seq = outbox_counter.last_seq + unnumbered.position
        from unnumbered, outbox_counter
        where outbox.id = unnumbered.id
        returning {envelope.COLUMNS}, epoch
    ), counted as (
        update outbox_counter set last_seq = last_seq + (select count(*) from numbered)
    )
    select * from numbered order by stream_seq
"""  # noqa: S608 (constants of ours)
_PENDING: Final = f"""
    select {envelope.COLUMNS}, epoch from outbox, outbox_counter
    where published_at is null and stream_seq is not null order by stream_seq limit {LARGEST_ROUND}
"""  # noqa: S608 (constants of ours)
_MARK: Final = """
    update outbox set published_at = now()
    where stream_seq >= %s and stream_seq <= %s and published_at is null
"""
_BACKLOG: Final = """
    select count(*), coalesce(extract(epoch from now() - min(created_at)), 0)::float8
    from (select created_at from outbox where published_at is null order by stream_seq limit 10000) as oldest
"""
_AGAIN: Final = f"""
    update outbox set published_at = null
    where published_at is not null and created_at > now() - interval '{RETENTION_DAYS} days'
"""  # noqa: S608 (constants of ours)


class Numbered(envelope.OutboxRow, Protocol):
    """An event with its number, and the epoch that the number is of."""

    @property
    def epoch(self) -> UUID: ...


class Stream:
    """One relay's connection to one service's database. Everything here happens on that connection.

    The advisory lock belongs to the connection: a relay that loses it can number nothing any more.
    """

    def __init__(self, url: str, *, service: str) -> None:
        self._connection: psycopg.Connection[Any] = psycopg.connect(
            url,
            autocommit=True,
            row_factory=namedtuple_row,
            connect_timeout=5,
            application_name=f"sales-{service}-relay",
            options="-c timezone=UTC -c lock_timeout=8000 -c idle_in_transaction_session_timeout=60000",
            # A database that vanished without a word is noticed within half a minute.
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        )
        # Losing a mark only means a double. Numbers are another matter: see `number`.
        self._connection.execute("set synchronous_commit = off")
        self._connection.execute(f"listen {CHANNEL}")

    def __enter__(self) -> Stream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def try_to_lead(self) -> bool:
        """True once this connection holds the service's relay lock."""
        return bool(self._one("select pg_try_advisory_lock(%s, %s)", _LOCK)[0])

    def check_epoch(self) -> bool:
        """True if the database turned out to be another one than before: a new epoch has begun."""
        return self._connection.execute(CHECK).fetchone() is not None

    def position(self) -> tuple[UUID, int]:
        """The epoch and the last number given."""
        row = self._one(POSITION)
        return row.epoch, row.last_seq

    def has_unnumbered(self) -> bool:
        """True if committed events wait for their number. Cheap: reads a partial index, locks nothing."""
        found = self._connection.execute("select 1 from outbox where stream_seq is null limit 1").fetchone()
        return found is not None

    def number(self) -> Sequence[Numbered]:
        """Give the committed events their numbers, 200 at most, without gaps, in outbox order; return them.

        Durable when this returns: a number that a consumer has seen must never be given again.
        """
        with self._connection.pipeline(), self._connection.transaction():
            self._connection.execute("set local synchronous_commit to default")
            self._connection.execute("select 1 from outbox_counter for update")
            numbered = self._connection.execute(_NUMBER)
        return cast(Sequence[Numbered], numbered.fetchall())

    def pending(self) -> Sequence[Numbered]:
        """The next events to publish of those that have numbers, 200 at most, in order of their numbers."""
        return cast(Sequence[Numbered], self._connection.execute(_PENDING).fetchall())

    def mark_published(self, first_seq: int, last_seq: int) -> None:
        """Remember that the broker has these events."""
        self._connection.execute(_MARK, (first_seq, last_seq))

    def publish_again(self) -> int:
        """Take back the marks of all that is kept; return how many events will be published once more."""
        return self._connection.execute(_AGAIN).rowcount

    def purge(self) -> int:
        """Delete events past their days; return how many, 5,000 at most."""
        return self._connection.execute(PURGE).rowcount

    def backlog(self) -> tuple[int, float]:
        """How many events are not published (10,000: or more) and the age of the oldest in seconds."""
        count, age_s = self._one(_BACKLOG)
        return count, age_s

    def wait(self, timeout_s: float) -> None:
        """Return when a writer has committed events, or after `timeout_s`."""
        for _ in self._connection.notifies(timeout=timeout_s, stop_after=1):
            return

    def _one(self, query: str, parameters: Sequence[object] = ()) -> Any:
        return self._connection.execute(query, parameters).fetchone()
