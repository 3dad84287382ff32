"""Timers: every process of a service has them, one at a time runs each."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from services.kit.actor import SYSTEM
from services.kit.telemetry.logs import get_logger
from services.kit.telemetry.metrics import forget
from services.kit.telemetry.trace_context import span
from services.kit.worker import metrics
from services.kit.worker.away import is_away
from services.kit.worker.declared import Context, Timer

if TYPE_CHECKING:
    from services.kit.database import Database

#: First half of the advisory locks' keys; the second comes from the timer's name.
_LOCKS: Final = 1_396_788_294

_log = get_logger(__name__)


def run_timer(database: Database, timer: Timer) -> bool:
    """Run a timer once in a transaction of its own, unless another process is at it; False then.

    Raises:
        Whatever the timer's function raises; nothing is stored then.
    """
    with database.unit_of_work(SYSTEM) as uow:
        key = zlib.crc32(timer.name.encode()) - 2**31
        locked = uow.connection.exec_driver_sql("select pg_try_advisory_xact_lock(%s, %s)", (_LOCKS, key))
        if not locked.scalar():
            return False
        with span(f"timer {timer.name}"):
            timer.function(Context(uow))
    return True


def tick(database: Database, timer: Timer) -> None:
    """Run a timer; a failure is logged and counted, the next tick is another chance."""
    did_run = False
    try:
        did_run = run_timer(database, timer)
    except Exception as error:  # noqa: BLE001 (a timer that fails must not stop the worker)
        metrics.timer_failures.labels(timer.name).inc()
        if is_away(error):
            _log.warning("timer without database", timer=timer.name)
        else:
            _log.error("timer failed", timer=timer.name, exc_info=error)
    if not did_run:
        for gauge in timer.shows:
            forget(gauge)
