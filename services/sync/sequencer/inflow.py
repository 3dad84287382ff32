"""The broker's side: one quorum queue with all owners' events, taken in batches.

Nothing is acknowledged before its effect is committed; a crash in between only means doubles.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
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
_IDLE_S: Final = 0.1
#: How long an acknowledgement may wait for the next message.
_LOOK_S: Final = 0.02
_CHECK_S: Final = 1.0
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
    """A connection to the broker that collects batches.

    A thread of its own receives and decodes while the sequencer waits for the database, which is half of its
    time. Everything that is sent to the broker is sent by that thread.
    """

    def __init__(self, amqp_url: str) -> None:
        self._connection = kombu.Connection(amqp_url, heartbeat=30, connect_timeout=5)
        self._changed = threading.Condition()
        self._received: deque[Received] = deque()
        #: Delivery tags that are not acknowledged, in their order, and those of them that may be.
        self._open: deque[int] = deque()
        self._done: set[int] = set()
        self._error: Exception | None = None
        self._stop = threading.Event()
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
            self._connection.collect(socket_timeout=1)
            raise
        self._receiving = threading.Thread(target=self._receive, name="inflow", daemon=True)
        self._receiving.start()

    def drop(self) -> None:
        """Close without asking the broker, which may not answer any more."""
        self._stop.set()
        self._receiving.join(_LOOK_S * 50)
        self._connection.collect(socket_timeout=1)

    def _receive(self) -> None:
        check_at = 0.0
        try:
            while not self._stop.is_set():
                self._acknowledge()
                with suppress(TimeoutError):
                    self._connection.drain_events(timeout=_LOOK_S)
                if time.monotonic() > check_at:
                    self._connection.heartbeat_check()
                    check_at = time.monotonic() + _CHECK_S
        except Exception as error:  # noqa: BLE001  # raised in the thread that collects
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _take(self, message: Any) -> None:
        try:
            event = decode(message.body)
        except Malformed as error:
            _log.error("unreadable message", exc_info=error)
            message.reject()  # to the dead letters
            return
        tag = message.delivery_tag
        with self._changed:
            self._open.append(tag)
            self._received.append(Received(event, partial(self._finish, tag)))
            self._changed.notify_all()

    def _finish(self, tag: int) -> None:
        with self._changed:
            self._done.add(tag)

    def _acknowledge(self) -> None:
        """Tell the broker what is committed: one frame for all up to the first that is not."""
        with self._changed:
            last = 0
            while self._open and self._open[0] in self._done:
                last = self._open.popleft()
                self._done.discard(last)
            # Those before these are held back for one that is missing.
            alone = sorted(self._done)
            if alone:
                self._open = deque(tag for tag in self._open if tag not in self._done)
        if last:
            self._channel.basic_ack(last, multiple=True)
        for tag in alone:
            self._channel.basic_ack(tag)
        if alone or last:
            with self._changed:
                self._done.difference_update(alone)
                self._changed.notify_all()

    def settle(self, *, wait_s: float = 1.0) -> None:
        """Wait until the broker has been told of all that is committed; an orderly end leaves no doubles."""
        with self._changed:
            self._changed.wait_for(lambda: not self._done or self._error is not None, wait_s)

    def collect(self, *, wait_s: float = _IDLE_S) -> Sequence[Received]:
        """Return the next events: what has come meanwhile, up to 500 of them.

        Raises:
            amqp.AMQPError, OSError: the broker is lost.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._received or self._error is not None, wait_s)
            if self._error is not None:
                raise self._error
            return [self._received.popleft() for _ in range(min(BATCH, len(self._received)))]


def _read_ahead(connection: kombu.Connection) -> None:
    transport = connection.connection.transport
    receive = transport._quick_recv  # there is no public way
    transport._quick_recv = lambda size: receive(max(size, _READ_BYTES))
