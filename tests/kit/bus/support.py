"""What the tests of the bus need: a writer, a reader, and processes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import kombu
import orjson
import sqlalchemy as sa

from services.kit import outbox, schema
from services.kit.actor import SYSTEM
from services.kit.envelope import Event, decode
from services.kit.outbox import OutboxEvent, notify, stage
from services.kit.relay import metrics
from services.kit.relay.service_relay import ServiceRelay
from services.kit.subscriptions import Subscription, exchange

ROOT = Path(__file__).parents[3]


def driver_url(url: str) -> sa.URL:
    return sa.make_url(url).set(drivername="postgresql+psycopg")


def make_tables(connection: sa.Connection) -> None:
    """Make kit's tables in an empty database, as its migrations do."""
    connection.exec_driver_sql("create extension if not exists pg_trgm")
    schema.metadata.create_all(connection)
    outbox.prepare(connection)


def eventually(condition: Callable[[], bool], *, within_s: float = 60.0) -> None:
    """Wait for something that another process does; fail if it does not come."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s} s")
        time.sleep(0.02)


@dataclass
class Source:
    """A service whose transactions leave events."""

    service: str
    url: str
    engine: sa.Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = sa.create_engine(driver_url(self.url), pool_size=8)

    def commit(self, *names: str, number: int = 0, wake: bool = True) -> list[str]:
        """One transaction with these events; return their ids."""
        events = [
            OutboxEvent(f"{self.service}.{name}.v1", "", orjson.dumps({"number": number}).decode())
            for name in names
        ]
        with self.engine.begin() as connection:
            ids = stage(connection, events, actor=SYSTEM)
        if wake:
            notify(self.engine)
        return [str(i) for i in ids]

    def one(self, query: str) -> object:
        with self.engine.connect() as connection:
            return connection.exec_driver_sql(query).scalar()

    def change(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    def unpublished(self) -> int:
        return int(str(self.one("select count(*) from outbox where published_at is null")))


class Listener:
    """A queue bound to a service's events, read by the test."""

    def __init__(
        self, amqp_url: str, service: str, routing_key: str = "#", *, name: str = "listener"
    ) -> None:
        self.connection = kombu.Connection(amqp_url)
        self.queue = kombu.Queue(
            name,
            exchange=exchange(service),
            routing_key=routing_key,
            durable=True,
            queue_arguments={"x-queue-type": "quorum"},
        )
        self.queue(self.connection.default_channel).declare()

    def read(self, count: int, *, within_s: float = 60.0) -> list[Event]:
        """The next `count` events, heartbeats left out."""
        found: list[Event] = []
        deadline = time.monotonic() + within_s
        while len(found) < count:
            event = self.next(max(deadline - time.monotonic(), 0.01))
            if event is None:
                raise AssertionError(f"{len(found)} of {count} events within {within_s} s")
            if not event.type.endswith(".heartbeat.v1"):
                found.append(event)
        return found

    def next(self, within_s: float) -> Event | None:
        deadline = time.monotonic() + within_s
        while True:
            message = self.queue(self.connection.default_channel).get(no_ack=True)
            if message is not None:
                return decode(message.body)
            if time.monotonic() > deadline:
                return None
            time.sleep(0.005)

    def rest(self, quiet_s: float = 0.5) -> list[Event]:
        """What still comes until nothing comes for a while, heartbeats left out."""
        return [event for event in self._rest(quiet_s) if not event.type.endswith(".heartbeat.v1")]

    def _rest(self, quiet_s: float) -> Iterator[Event]:
        while (event := self.next(quiet_s)) is not None:
            yield event

    def close(self) -> None:
        self.connection.release()


def queue_length(amqp_url: str, name: str) -> int:
    """Messages ready in a queue; counted by a passive declare, the management figures lag."""
    with kombu.Connection(amqp_url) as connection:
        return int(connection.default_channel.queue_declare(name, passive=True).message_count)


@dataclass
class Processes:
    """Processes of ours; the log of each is in memory of the test run only."""

    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *arguments: str, log: Path | None = None, **environment: str) -> subprocess.Popen[bytes]:
        """`python -m <arguments>`, with SALES_ settings given as keywords."""
        output = log.open("ab") if log else subprocess.DEVNULL
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": f"{ROOT}:{ROOT / 'protos/gen/py'}",
                **{f"SALES_{name.upper()}": value for name, value in environment.items()},
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        self.started.append(process)
        return process

    def kill_all(self) -> None:
        for process in self.started:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            process.wait()


def stop(process: subprocess.Popen[bytes], *, within_s: float = 60.0) -> int:
    """SIGTERM, and the exit status."""
    process.send_signal(signal.SIGTERM)
    return process.wait(within_s)


class Running:
    """A relay in a thread of the test, with a manifest of the test's own."""

    def __init__(self, source: Source, vhost: str, *subscriptions: Subscription) -> None:
        self.stop = threading.Event()
        self.relay = ServiceRelay(
            "offers", database_url=source.url, amqp_url=vhost, subscriptions=subscriptions, stop=self.stop
        )
        self.thread = threading.Thread(target=self.relay.run)

    def __enter__(self) -> Running:
        # Of the whole process: an earlier relay may have ended while it waited.
        metrics.waiting.labels("offers").set(0)
        self.thread.start()
        assert self.relay.works.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(60)
        assert not self.thread.is_alive()
