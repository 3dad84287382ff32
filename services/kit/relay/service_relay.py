"""The relay of one service: lead, number, publish, mark; and begin again whenever something breaks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import amqp
import psycopg

from services.kit import envelope
from services.kit.pace import Pace
from services.kit.relay import metrics
from services.kit.relay.publisher import Outgoing, Publisher, PublishFailed
from services.kit.relay.stream import LARGEST_ROUND, Numbered, Stream
from services.kit.subscriptions import Subscription, has_subscriber
from services.kit.telemetry.logs import get_logger
from services.kit.telemetry.trace_context import record_span

POLL_S: Final = 0.25
#: Between the beginnings of two rounds that are not full.
PACE_S: Final = 0.02
STANDBY_S: Final = 1.0
HEARTBEAT_S: Final = 2.0
MEASURE_S: Final = 2.0
MISSING_QUEUE_S: Final = 1.0
EPOCH_CHECK_S: Final = 30.0
PURGE_S: Final = 600.0
_LONGEST_PAUSE_S: Final = 5.0

#: What is mended by connecting again; anything else is a mistake of ours, logged the same way and tried
#: again too.
_LOST = (psycopg.Error, amqp.AMQPError, OSError, PublishFailed)

_log = get_logger(__name__)


class ServiceRelay:
    """Publishes the events of one service until `stop` is set; `works` is set once it leads or stands by."""

    def __init__(
        self,
        service: str,
        *,
        database_url: str,
        amqp_url: str,
        subscriptions: Sequence[Subscription],
        stop: threading.Event,
    ) -> None:
        self.service = service
        self.works = threading.Event()
        self._database_url = database_url
        self._amqp_url = amqp_url
        self._subscriptions = subscriptions
        self._stop = stop
        self._due: dict[str, float] = {}
        #: True while there may be events that have numbers and are not published.
        self._is_behind = True
        self._pace = Pace(PACE_S)

    def run(self) -> None:
        """Relay until stopped; reconnect after every failure, with growing pauses."""
        pause_s = POLL_S
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                self._connect_and_lead()
            except _LOST as error:
                metrics.failures.labels(self.service).inc()
                _log.warning("relay interrupted", publisher=self.service, retry_in_s=pause_s, exc_info=error)
            finally:
                metrics.leader.labels(self.service).set(0)
            if time.monotonic() - began > 10 * _LONGEST_PAUSE_S:
                pause_s = POLL_S
            self._stop.wait(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _connect_and_lead(self) -> None:
        with Stream(self._database_url, service=self.service) as stream:
            while not stream.try_to_lead():
                self.works.set()
                if self._stop.wait(STANDBY_S):
                    return
            self._measure(stream)  # also while the broker is away
            with Publisher(self._amqp_url, service=self.service) as publisher:
                self._begin(stream, publisher)
                while not self._stop.is_set():
                    self._step(stream, publisher)

    def _begin(self, stream: Stream, publisher: Publisher) -> None:
        if publisher.broker_is_empty():
            # It is new or has lost its data. What we declare here must exist before the first message; the
            # marker comes last, so that a relay killed on the way begins again.
            publisher.declare_subscribers(self._subscriptions)
            count = stream.publish_again()
            publisher.set_marker()
            _log.warning("broker was empty, publishing again", publisher=self.service, count=count)
        else:
            # Keys may have changed with this release: nobody may miss an event until he is restarted.
            publisher.bind_subscribers(self._subscriptions)
        self._due.clear()
        self._is_behind = True
        metrics.leader.labels(self.service).set(1)
        self.works.set()
        _log.info("relay leads", publisher=self.service)

    def _step(self, stream: Stream, publisher: Publisher) -> None:
        """Publish what there is; if there is nothing, say where the stream stands and wait."""
        self._keep_house(stream)
        rows = self._next(stream)
        if rows:
            self._pace.begin()
            self._publish(rows, stream, publisher)
            self._due["heartbeat"] = time.monotonic() + HEARTBEAT_S
            if len(rows) < LARGEST_ROUND:
                self._stop.wait(self._pace.pause_s())
            return
        if self._is_due("heartbeat", HEARTBEAT_S):
            epoch, last_seq = stream.position()
            publisher.publish_heartbeat(envelope.heartbeat(self.service, str(epoch), last_seq))
        publisher.keep_alive()
        stream.wait(POLL_S)

    def _next(self, stream: Stream) -> Sequence[Numbered]:
        """Return what is to be published now: first what was numbered before, by us or by another relay."""
        if self._is_behind:
            rows = stream.pending()
            self._is_behind = bool(rows)
            if rows:
                return rows
        return stream.number() if stream.has_unnumbered() else ()

    def _keep_house(self, stream: Stream) -> None:
        if self._is_due("measure", MEASURE_S):
            self._measure(stream)
        if self._is_due("epoch", EPOCH_CHECK_S) and stream.check_epoch():
            _log.warning("database was restored: new epoch", publisher=self.service)
        if self._is_due("purge", PURGE_S) and stream.purge():
            self._due["purge"] = 0.0  # perhaps there is more

    def _publish(self, rows: Sequence[Numbered], stream: Stream, publisher: Publisher) -> None:
        messages = [self._message(row) for row in rows]
        not_queued = publisher.publish(messages)
        confirmed = self._confirmed(messages, not_queued)
        if confirmed:
            stream.mark_published(rows[0].stream_seq, rows[confirmed - 1].stream_seq)
            metrics.published.labels(self.service).inc(confirmed)
            self._record_spans(rows[:confirmed])
        is_waiting = confirmed < len(rows)
        self._is_behind |= is_waiting
        metrics.waiting.labels(self.service).set(is_waiting)
        if is_waiting:
            self._wait_for_queue(messages[confirmed], stream, publisher)

    def _message(self, row: Numbered) -> Outgoing:
        event_type = envelope.qualified(self.service, row.type)
        return Outgoing(
            id=str(row.event_id),
            routing_key=envelope.routing_key(event_type, row.subject),
            event_type=envelope.PREFIX + event_type,
            body=envelope.encode(self.service, str(row.epoch), row),
        )

    def _confirmed(self, messages: Sequence[Outgoing], not_queued: set[str]) -> int:
        """How many of the messages, from the first on, have reached everyone who must have them."""
        for position, message in enumerate(messages):
            if message.id in not_queued:
                metrics.returned.labels(self.service).inc()
                if has_subscriber(self._subscriptions, self.service, message.routing_key):
                    return position
        return len(messages)

    def _wait_for_queue(self, message: Outgoing, stream: Stream, publisher: Publisher) -> None:
        if self._is_due("alarm", 60.0):
            _log.error(
                "a subscriber's queue is missing, publishing waits",
                publisher=self.service,
                routing_key=message.routing_key,
                event_id=message.id,
            )
        publisher.keep_alive()
        self._stop.wait(MISSING_QUEUE_S)

    def _measure(self, stream: Stream) -> None:
        count, age_s = stream.backlog()
        metrics.unpublished.labels(self.service).set(count)
        metrics.oldest_age.labels(self.service).set(age_s)

    def _record_spans(self, rows: Sequence[envelope.OutboxRow]) -> None:
        for row in rows:
            if row.traceparent:
                record_span(
                    "relay publish",
                    traceparent=row.traceparent,
                    started=row.created_at,
                    attributes={"publisher": self.service, "event_type": row.type},
                )

    def _is_due(self, name: str, interval_s: float, now: Callable[[], float] = time.monotonic) -> bool:
        if now() < self._due.get(name, 0.0):
            return False
        self._due[name] = now() + interval_s
        return True
