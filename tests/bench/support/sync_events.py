"""Events as a relay publishes them, and how fast a sequencer takes them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import amqp
import kombu
import orjson
from uuid_utils.compat import uuid7

from services.kit import envelope
from services.sync.sequencer.inflow import declare_inflow
from services.sync.storage.store import Store
from tests.bench.support.company import Company
from tests.bench.support.sync_processes import new_store, new_vhost, start_sequencer
from tests.bench.support.system import System

_OWNERS = ("crm", "offers")
_POSITION = """
    insert into source_position (service, epoch, stream_seq, exporting) values (%s, %s, 0, false)
"""
_LOOK_EVERY_S = 0.01
_PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True)
class Ingested:
    """What came of it."""

    events: int
    seconds: float
    cpu_s: float

    @property
    def per_s(self) -> float:
        """Events in a second."""
        return self.events / self.seconds


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of an outbox, as the relay reads it."""

    stream_seq: int
    event_id: UUID
    subject: str
    data: str
    change_ids: list[UUID]
    created_at: datetime
    type: str = "records_changed.v1"
    actor_id: UUID | None = None
    part: int = 1
    parts: int = 1
    traceparent: str = ""


def ingest(system: System, events: int, *, rounds: int) -> list[Ingested]:
    """Let a sequencer take events of one record each, first new records, then new versions of them."""
    url, amqp_url = new_store(system, "bench_sync_ingest"), new_vhost(system, "bench-sync")
    store = Store(url)
    epochs = {service: str(uuid7()) for service in _OWNERS}
    for service, epoch in epochs.items():
        store.run(_POSITION, (service, epoch))
    company = Company(events)
    sent = dict.fromkeys(_OWNERS, 0)
    found = []
    for version in range(1, rounds + 1):
        _publish(amqp_url, _messages(company, version, epochs, sent))
        found.append(_taken(url, amqp_url, sum(sent.values())))
    store.close()
    return found


def _taken(url: str, amqp_url: str, until: int) -> Ingested:
    """Measure from the first commit that is seen to the last: before that the process was starting."""
    with _Watched(url, until) as watched:
        running = start_sequencer(url, amqp_url)
        try:
            begun_cpu_s = running.cpu_s
            watched.wait()
            taken_cpu_s = running.cpu_s - begun_cpu_s
        finally:
            running.stop()
    (started, first), (ended, last) = watched.moves[0], watched.moves[-1]
    if last == first:
        raise RuntimeError("all events were taken before one could look")
    return Ingested(last - first, ended - started, taken_cpu_s)


class _Watched:
    """Follows the head of a store in a thread: moments and numbers, from its first move on."""

    def __init__(self, url: str, until: int) -> None:
        self.moves: list[tuple[float, int]] = []
        self._store = Store(url)
        self._until = until
        (row,) = self._store.rows("select seq from head")
        self._last: int = row.seq
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> _Watched:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._store.close()

    def _follow(self) -> None:
        while self._last < self._until and not self._ended.wait(_LOOK_EVERY_S):
            (row,) = self._store.rows("select seq from head")
            if row.seq > self._last:
                self._last = row.seq
                self.moves.append((time.monotonic(), row.seq))
        self._ended.set()

    def wait(self) -> None:
        """Wait for the last number.

        Raises:
            RuntimeError: it did not come.
        """
        if not self._ended.wait(_PATIENCE_S) or self._last < self._until:
            raise RuntimeError(f"{self._until - self._last} events were not taken")


def _messages(
    company: Company, version: int, epochs: dict[str, str], sent: dict[str, int]
) -> Iterator[tuple[str, bytes]]:
    for records in company.families(version):
        for record in records:
            service = record["entity"].partition(".")[0]
            sent[service] += 1
            data = orjson.dumps({"records": [record]}).decode()
            row = _Row(sent[service], uuid7(), record["id"], data, [uuid7()], datetime.now(UTC))
            yield service, envelope.encode(service, epochs[service], row)


def _publish(amqp_url: str, messages: Iterator[tuple[str, bytes]]) -> None:
    with kombu.Connection(amqp_url) as connection:
        channel = connection.channel()
        declare_inflow(channel)
        for service, body in messages:
            message = amqp.Message(body, content_type=envelope.CONTENT_TYPE, delivery_mode=2)
            channel.basic_publish(message, envelope.exchange_name(service), "records_changed")
        # A call that is answered: everything before it has arrived.
        declare_inflow(channel)
