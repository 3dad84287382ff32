"""The broker's side: one quorum queue with all owners' events, taken in batches.

Nothing is acknowledged before its effect is committed; a crash in between only means doubles.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

import amqp
import kombu

from services.kit.envelope import Malformed, decode
from services.kit.subscriptions import Subscription, event_queue, exchange, manifest
from services.kit.telemetry.logs import get_logger
from services.sync.sequencer.source import MOST_WAITING, Received

_log = get_logger(__name__)

BATCH: Final = 500
BATCH_S: Final = 0.02
_IDLE_S: Final = 0.1
#: More than may be held back for a gap, or a gap could never be closed.
_PREFETCH: Final = MOST_WAITING + 2 * BATCH

#: What is mended by connecting again.
LOST = (amqp.AMQPError, OSError)


def subscriptions() -> tuple[Subscription, ...]:
    """Return sync's own lines of the manifest: one queue, one line for each owner."""
    return tuple(entry for entry in manifest() if entry.subscriber == "sync")


def declare_inflow(channel: Any) -> kombu.Queue:
    """Declare the queue and bind it to everything that owners publish; return it.

    The manifest names the one event that is applied. All others and the heartbeats come along, because an
    owner's numbers run over all of them: only so a missing one can be told from one that is not for us.
    """
    queue: kombu.Queue | None = None
    for entry in subscriptions():
        exchange(entry.publisher)(channel).declare()
        queue = event_queue(entry)(channel)
        queue.declare()
        queue.bind_to(exchange=exchange(entry.publisher), routing_key="#")
    if queue is None:
        raise RuntimeError("the manifest names no subscription of sync")
    return queue


class Inflow:
    """A connection to the broker that collects batches."""

    def __init__(self, amqp_url: str) -> None:
        self._connection = kombu.Connection(amqp_url, heartbeat=30, connect_timeout=5)
        self._received: list[Received] = []
        try:
            self._connection.connect()
            self._channel = self._connection.channel()
            queue = declare_inflow(self._channel)
            self._consumer = kombu.Consumer(
                self._channel, queues=[queue], on_message=self._take, prefetch_count=_PREFETCH, no_ack=False
            )
            self._consumer.consume()
        except BaseException:
            self.drop()
            raise

    def drop(self) -> None:
        """Close without asking the broker, which may not answer any more."""
        self._connection.collect(socket_timeout=1)

    def _take(self, message: Any) -> None:
        try:
            event = decode(message.body)
        except Malformed as error:
            _log.error("unreadable message", exc_info=error)
            message.reject()  # to the dead letters
            return
        self._received.append(Received(event, message.ack))

    def collect(self, *, wait_s: float = _IDLE_S) -> Sequence[Received]:
        """Return the next events: up to 500, or what has come 20 ms after the first."""
        until = time.monotonic() + wait_s
        while len(self._received) < BATCH:
            try:
                self._connection.drain_events(timeout=max(until - time.monotonic(), 0.0001))
            except TimeoutError:
                break
            if len(self._received) == 1:
                until = time.monotonic() + BATCH_S
            if time.monotonic() > until:
                break
        self._connection.heartbeat_check()
        found, self._received = self._received, []
        return found
