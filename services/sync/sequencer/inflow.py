"""The broker's side: one quorum queue with all owners' events, taken in batches.

Nothing is acknowledged before its effect is committed; a crash in between only means doubles.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import amqp
import kombu

from services.kit.envelope import Malformed, decode
from services.kit.subscriptions import Subscription, event_queue, exchange, manifest
from services.kit.telemetry.logs import get_logger
from services.sync.sequencer.source import MOST_WAITING, Received

_log = get_logger(__name__)

BATCH: Final = 500
#: How long a batch may wait for more, and how long for the next one: an event that comes alone is not kept.
BATCH_S: Final = 0.02
_NEXT_S: Final = 0.001
_AT_ONCE_S: Final = 0.0001
_IDLE_S: Final = 0.1
#: py-amqp asks the socket for the 7 bytes of a frame's head, then its payload, then its last byte: nine
#: system calls a message. It keeps what it is given beyond that, so it is given more.
_READ_BYTES: Final = 16 * 1024
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
        #: Delivery tags that are not acknowledged, in their order, and those of them that may be.
        self._open: deque[int] = deque()
        self._done: set[int] = set()
        try:
            self._connection.connect()
            _read_ahead(self._connection)
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
        tag = message.delivery_tag
        self._open.append(tag)
        self._received.append(Received(event, partial(self._done.add, tag)))

    def acknowledge(self) -> None:
        """Tell the broker what is committed: one frame for all up to the first that is not."""
        last = 0
        while self._open and self._open[0] in self._done:
            last = self._open.popleft()
            self._done.discard(last)
        if last:
            self._channel.basic_ack(last, multiple=True)
        if self._done:
            # Those before them are held back for one that is missing.
            for tag in sorted(self._done):
                self._channel.basic_ack(tag)
            self._open = deque(tag for tag in self._open if tag not in self._done)
            self._done.clear()

    def collect(self, *, wait_s: float = _IDLE_S) -> Sequence[Received]:
        """Acknowledge what is committed and return the next events: what is there, up to 500 of them."""
        self.acknowledge()
        timeout_s, until = wait_s, 0.0
        while len(self._received) < BATCH:
            try:
                self._connection.drain_events(timeout=max(timeout_s, _AT_ONCE_S))
            except TimeoutError:
                break
            if self._received:
                until = until or time.monotonic() + BATCH_S
                timeout_s = _NEXT_S if time.monotonic() < until else _AT_ONCE_S
        self._connection.heartbeat_check()
        found, self._received = self._received, []
        return found


def _read_ahead(connection: kombu.Connection) -> None:
    transport = connection.connection.transport
    receive = transport._quick_recv  # there is no public way
    transport._quick_recv = lambda size: receive(max(size, _READ_BYTES))
