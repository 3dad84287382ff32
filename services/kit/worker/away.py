"""The service's own database is away: wait, and let no message pay for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from services.kit.telemetry.logs import get_logger
from services.kit.worker import metrics

if TYPE_CHECKING:
    from services.kit.database import Database

#: SQLSTATE of a server that is there and cannot serve: shutting down, starting, full, read-only after a
#: failover, refusing our password, without our database. Deadlocks and timeouts are the message's own
#: business.
_AWAY: Final = ("08", "28", "3D000", "25006", "53300", "57P")

_log = get_logger(__name__)


def is_away(error: BaseException) -> bool:
    """True if an exception, or what caused it, says that the database cannot be reached or cannot serve."""
    return any(_says_away(cause) for cause in _causes(error))


def _says_away(error: BaseException) -> bool:
    import psycopg
    import sqlalchemy as sa

    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return error.sqlstate is None or error.sqlstate.startswith(_AWAY)
    if isinstance(error, psycopg.Error):
        return (error.sqlstate or "").startswith(_AWAY)
    return isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__


class Gate:
    """Where handlers wait for their database, their messages in hand.

    Waiting instead of returning the messages: each return would count as a delivery, and the broker would
    try the next worker, whose database is the same one. The broker hands out no more than the prefetch
    meanwhile, so nothing is consumed.
    """

    def __init__(
        self, database: Database, *, is_stopping: Callable[[], bool], longest_pause_s: float = 2.0
    ) -> None:
        self._database = database
        self._is_stopping = is_stopping
        self._longest_pause_s = longest_pause_s
        self._probing = threading.Lock()
        self._answered_at = 0.0

    def wait(self) -> bool:
        """Return True once the database has answered, False when the process stops first."""
        failed_at = time.monotonic()
        # One handler asks, the others wait for its answer.
        with self._probing:
            pause_s = 0.1
            while self._answered_at < failed_at:
                if self._is_stopping():
                    return False
                time.sleep(pause_s)
                pause_s = min(2 * pause_s, self._longest_pause_s)
                self._ask()
        return True

    def _ask(self) -> None:
        try:
            with self._database.read() as connection:
                connection.exec_driver_sql("select 1")
        except Exception as error:
            if not is_away(error):
                raise
            metrics.database_away.set(1)
            _log.warning("database is away, nothing is consumed", exc_info=error)
            # Connections that died in the pool would each cost one more try.
            self._database.drop_connections()
        else:
            metrics.database_away.set(0)
            self._answered_at = time.monotonic()
