"""A worker process. Importing this module turns the process into an eventlet process, so it comes first."""

# ruff: noqa: E402 (the order of these lines is the point)
from __future__ import annotations

import os
import sys
import warnings

# What is imported before the patch keeps real locks and sockets, and psycopg has then chosen how it waits.
if _early := [name for name in ("psycopg", "sqlalchemy", "pydantic", "grpc") if name in sys.modules]:
    raise RuntimeError(f"a worker must patch before anything else is imported; found {', '.join(_early)}")
# psycopg's C code waits in a way that stops every other greenthread: 20 concurrent pg_sleep(0.2) took 4.05
# s instead of 0.21 s (measured). Read by psycopg when it is imported; marked for testing there, so it is
# pinned and `check_database_yields` below proves it at each start.
os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet

eventlet.monkey_patch()

import importlib
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import nameko.cli.run
import psycopg
from amqp import AMQPError

from services.kit import inbox, telemetry
from services.kit.config import Settings, settings
from services.kit.database import Database
from services.kit.errors import Unavailable
from services.kit.garbage import collect_rarely
from services.kit.subscriptions import Subscription, dead_letter_queue, declare, manifest
from services.kit.telemetry.logs import get_logger
from services.kit.telemetry.metrics import forget
from services.kit.worker import metrics, timers
from services.kit.worker.away import Gate
from services.kit.worker.declared import Context, Handler, Timer, handlers_of, timers_of
from services.kit.worker.edge import Shared, service_class
from services.kit.worker.handling import Handling
from services.kit.worker.resender import Resender

#: Handlers that run at once; the database's pool holds as many connections and a few more.
WORKERS: Final = 10
_PAUSE_S: Final = 1.0
_COUNT_S: Final = 15.0
_PURGE_S: Final = 3600.0
#: How long the statements last that prove that nothing else stands still meanwhile.
_PROVING_S: Final = (0.2, 1.0, 3.0)

_log = get_logger(__name__)


def run_worker(
    service: str,
    modules: Sequence[str],
    *,
    connect: Callable[[str, str], Database] = Database,
    subscriptions: Sequence[Subscription] | None = None,
) -> None:
    """Consume and keep time until SIGTERM.

    `connect` and `subscriptions` are for tests, which have no service of their own.
    """
    chosen = settings()
    telemetry.start(service, "worker")
    for module in modules:
        importlib.import_module(module)
    subscriptions = manifest() if subscriptions is None else subscriptions
    subscribed = subscriptions_of(service, handlers_of(modules), subscriptions)
    database = connect(service, chosen.database_url)
    wait_for_database(database)
    check_database_yields(database)
    wait_for_broker(service, chosen, subscriptions)
    shared = _shared(service, database, chosen)
    own_timers = [*timers_of(modules), *_house_keeping(service, subscribed, shared.resender)]
    worker = service_class(service, subscribed, own_timers, shared)
    collect_rarely()
    telemetry.ready(chosen)
    nameko.cli.run.run([worker], _nameko_config(chosen))
    shared.resender.close()
    database.close()
    _log.info("stopped")


def subscriptions_of(
    service: str, handlers: Iterable[Handler], subscriptions: Iterable[Subscription]
) -> list[tuple[Handler, Subscription]]:
    """Each handler with its line of the manifest.

    Raises:
        RuntimeError: the manifest does not name it; its queue would exist nowhere else.
    """
    named = {
        (entry.publisher, entry.routing_key, entry.handler): entry
        for entry in subscriptions
        if entry.subscriber == service
    }
    found = []
    for handler in handlers:
        entry = named.get((handler.publisher, handler.routing_key, handler.name))
        if entry is None:
            raise RuntimeError(f"{service}.{handler.name} is not in protos/subscriptions.json")
        if set(entry.entities) != set(handler.entities):
            raise RuntimeError(f"{service}.{handler.name} follows other records than its subscription")
        found.append((handler, entry))
    return found


def wait_for_database(database: Database) -> None:
    """Return when the database answers; say why it does not."""
    while True:
        try:
            with database.read() as connection:
                connection.exec_driver_sql("select 1")
        except Unavailable as error:
            _log.warning("waiting for the database", exc_info=error)
            time.sleep(_PAUSE_S)
        else:
            return


def wait_for_broker(service: str, chosen: Settings, subscriptions: Sequence[Subscription]) -> None:
    """Return when the broker has this service's queues. Stock nameko would exit without one."""
    while True:
        try:
            declare(service, chosen.amqp_url, delays_s=chosen.retry_delays_s, subscriptions=subscriptions)
        except (OSError, AMQPError) as error:
            _log.warning("waiting for the broker", exc_info=error)
            time.sleep(_PAUSE_S)
        else:
            return


def check_database_yields(database: Database) -> None:
    """Prove that a slow statement does not stop the other greenthreads.

    Raises:
        RuntimeError: it does; this process would stand still with every slow statement.
    """
    ticks = 0

    def count() -> None:
        nonlocal ticks
        while True:
            time.sleep(0.01)
            ticks += 1

    ticker = eventlet.spawn(count)
    # A busy machine may let this process wait as long as a short statement lasts; who blocks never ticks.
    for pause_s in _PROVING_S:
        with database.read() as connection:
            before = ticks
            connection.exec_driver_sql("select pg_sleep(%s)", (pause_s,))
            ticked = ticks - before
        if ticked:
            break
    ticker.kill()
    if not ticked:
        raise RuntimeError(f"psycopg {psycopg.__version__} blocks the event loop: no tick in {pause_s} s")


def _shared(service: str, database: Database, chosen: Settings) -> Shared:
    resender = Resender(chosen.amqp_url, subscriber=service, delays_s=chosen.retry_delays_s)
    shared: Shared
    gate = Gate(database, is_stopping=lambda: shared.stopping.is_set())
    handling = Handling(database, gate=gate, delays_s=chosen.retry_delays_s)
    shared = Shared(handling=handling, resender=resender, tick=lambda timer: timers.tick(database, timer))
    return shared


def _house_keeping(
    service: str, subscribed: Sequence[tuple[Handler, Subscription]], resender: Resender
) -> list[Timer]:
    dead = dead_letter_queue(service).name
    queues = [entry.queue for _, entry in subscribed]
    shown = (metrics.dead_letters, metrics.queue_messages)

    def purge_inbox(context: Context) -> None:
        inbox.purge(context.connection)

    def count_messages(context: Context) -> None:
        try:
            lengths = resender.lengths([*queues, dead])
        except (OSError, AMQPError) as error:
            _log.warning("queues not counted", exc_info=error)
            for gauge in shown:
                forget(gauge)
            return
        metrics.dead_letters.labels(service).set(lengths[dead])
        for queue in queues:
            metrics.queue_messages.labels(queue).set(lengths[queue])

    return [Timer(_PURGE_S, purge_inbox), Timer(_COUNT_S, count_messages, shown)]


def _nameko_config(chosen: Settings) -> dict[str, Any]:
    return {
        "AMQP_URI": chosen.amqp_url,
        "max_workers": WORKERS,
        "HEARTBEAT": 30,
        "TRANSPORT_OPTIONS": {"read_timeout": 60, "write_timeout": 15},
    }
