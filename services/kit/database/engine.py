"""Connections of one service to its database."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError

from services.kit.actor import Actor
from services.kit.database.guard import guard_record_tables
from services.kit.database.notifier import Notifier
from services.kit.database.unit_of_work import UnitOfWork
from services.kit.errors import Unavailable
from services.kit.fields.book import DefinitionBook
from services.kit.fields.tables import tables_of

#: Waiting for a lock and idling inside a transaction end in an error, never in a hang.
_SESSION = "-c timezone=UTC -c lock_timeout=8000 -c idle_in_transaction_session_timeout=60000"
#: PostgreSQL shares a long scan among processors only if handing rows over is thought cheap, and each sorts
#: its part in memory. 200,000 rows, two quiet processors: medians 285 ms instead of 353, a custom field 178
#: instead of 279, sums as before. With 32 MB for sorting it prefers to sort on one processor: 345.
_MANY_ROWS: Final[Mapping[str, str]] = {
    "parallel_tuple_cost": "0.005",
    "parallel_setup_cost": "100",
    "work_mem": "16MB",
}
#: Identity lives beside the HTTP edge; every other service in services/.
_PACKAGES = {"identity": "gateway.identity"}


def package_of(service: str) -> str:
    """Return the import path of a service's package."""
    return _PACKAGES.get(service, f"services.{service}")


def sqlalchemy_url(url: str) -> sa.URL:
    """Return `postgresql://…` as an address for psycopg 3."""
    return sa.make_url(url).set(drivername="postgresql+psycopg")


class Database:
    """The database of one service, with a pool of connections.

    `tables` maps each entity of the service to its table; by default it is `TABLES` of
    `<package>.storage.tables` with those of kit's definitions.
    """

    def __init__(
        self,
        service: str,
        url: str,
        *,
        tables: Mapping[str, sa.Table] | None = None,
        pool_size: int = 12,
    ) -> None:
        self.service = service
        if tables is None:
            tables = importlib.import_module(f"{package_of(service)}.storage.tables").TABLES
            tables = {**tables, **tables_of(service)}
        self.tables: Mapping[str, sa.Table] = tables
        #: Fields, forms and record types that administrators defined.
        self.definitions = DefinitionBook(service)
        self.engine = _engine(service, url, pool_size=pool_size)
        #: For reads of one statement: no BEGIN, no COMMIT. Connections of their own: changing the mode of
        #: shared ones and rolling back after each read took a fifth of a read's processor time (2026-11-23).
        self.reading = _engine(
            service,
            url,
            pool_size=pool_size,
            isolation_level="AUTOCOMMIT",
            pool_reset_on_return=None,
            skip_autocommit_rollback=True,
        )
        self._notifier = Notifier(self.reading)
        for engine in (self.engine, self.reading):
            guard_record_tables(engine, [table.name for table in tables.values()])

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection on which every statement is its own transaction.

        Raises:
            Unavailable: DATABASE_AWAY.
        """
        with _away_is_unavailable(), self.reading.connect() as connection:
            yield connection

    @contextmanager
    def unit_of_reading(self, *, longest_ms: int) -> Iterator[sa.Connection]:
        """Give a connection that changes nothing and whose statements may take so long each, no longer; for
        statements over many rows.

        Raises:
            Unavailable: DATABASE_AWAY, DATABASE_BUSY; also when the time is over.
        """
        with _away_is_unavailable(), self.engine.connect() as connection, connection.begin():
            settings = {"transaction_read_only": "on", "statement_timeout": str(longest_ms), **_MANY_ROWS}
            local = (f"set_config('{name}', '{value}', true)" for name, value in settings.items())
            connection.exec_driver_sql(f"select {', '.join(local)}")
            yield connection

    @contextmanager
    def unit_of_work(
        self, actor: Actor, *, now: datetime | None = None, change_ids: Sequence[UUID] = ()
    ) -> Iterator[UnitOfWork]:
        """Give one transaction; leaving it writes what was put and stages the events, then commits.

        An exception rolls everything back. The relay is notified after the commit, outside of it.

        Raises:
            Unavailable: DATABASE_AWAY; nothing was stored.
        """
        staged = False
        with _away_is_unavailable(), self.engine.begin() as connection:
            uow = UnitOfWork(
                service=self.service,
                tables=self.tables,
                connection=connection,
                actor=actor,
                now=now or datetime.now(UTC),
                change_ids=change_ids,
                book=self.definitions,
            )
            yield uow
            staged = uow.finish()
        if staged:
            self._notifier.wake()

    def drop_connections(self) -> None:
        """Close every pooled connection that is not in use; new ones are made when they are needed."""
        self.engine.dispose()
        self.reading.dispose()

    def close(self) -> None:
        """Send the last notification and close every pooled connection."""
        self._notifier.close()
        self.drop_connections()


def _engine(service: str, url: str, *, pool_size: int, **options: Any) -> sa.Engine:
    return sa.create_engine(
        sqlalchemy_url(url),
        pool_size=pool_size,
        max_overflow=4,
        pool_timeout=10,
        pool_pre_ping=False,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={
            "connect_timeout": 5,
            "application_name": f"sales-{service}",
            "options": _SESSION,
            "prepare_threshold": 2,
        },
        **options,
    )


@contextmanager
def _away_is_unavailable() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise Unavailable("DATABASE_AWAY", "the database cannot be reached or was too busy") from error
    except sa.exc.TimeoutError as error:
        raise Unavailable("DATABASE_BUSY", "no connection became free in time") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable("DATABASE_AWAY", "the connection to the database was lost") from error
        raise


def is_retryable(error: BaseException) -> bool:
    """True for deadlocks and serialization failures: running the transaction again may succeed."""
    original: Any = getattr(error, "orig", None)
    return getattr(original, "sqlstate", "") in {"40P01", "40001"}
