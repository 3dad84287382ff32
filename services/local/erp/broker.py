"""RabbitMQ, the way a careful client uses it.

In: acknowledge a request only after its effect and answer are on disk. Out: keep a message until the broker
has confirmed it, and until somebody's queue has taken it. Any error: drop the connection, wait, begin
again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import kombu
import kombu.exceptions

from services.local.erp import messages
from services.local.erp.books import Books
from services.local.erp.clerk import Clerk

QUEUE = "erp.orders"
EXCHANGE = "erp.events"
_TURN_S = 0.2
_UNROUTABLE_PAUSE_S = 1.0

Say = Callable[[str], None]


class QueueMissing(Exception):
    """Project Sales declares the queue when it is installed; it is not there yet."""


class Broker:
    """One connection, for as long as it lasts."""

    def __init__(self, url: str, *, books: Books, clerk: Clerk, say: Say) -> None:
        self._books = books
        self._clerk = clerk
        self._say = say
        self._returned = False
        self._unroutable: set[str] = set()
        self._try_again_at = 0.0
        self._connection = kombu.Connection(
            url,
            heartbeat=20,
            connect_timeout=5,
            # confirm_publish: `publish` returns when the broker has the message on disk.
            transport_options={"confirm_publish": True, "read_timeout": 15, "write_timeout": 15},
        )
        #: What ends a connection; the caller makes a new one.
        self.errors: tuple[type[Exception], ...] = (
            OSError,
            QueueMissing,
            kombu.exceptions.OperationalError,
            *self._connection.connection_errors,
            *self._connection.channel_errors,
        )

    def open(self) -> None:
        """Connect and begin to consume.

        Raises:
            QueueMissing, or one of `errors`.
        """
        self._connection.connect()
        channel = self._connection.default_channel
        try:
            # Passive: the queue and its properties belong to Project Sales, we only use it.
            kombu.Queue(QUEUE)(channel).queue_declare(passive=True)
        except self._connection.channel_errors as error:
            raise QueueMissing(f"queue {QUEUE} is not there yet") from error
        exchange = kombu.Exchange(EXCHANGE, type="topic", durable=True)
        self._producer = kombu.Producer(channel, exchange=exchange, on_return=self._on_return)
        self._consumer = kombu.Consumer(
            channel,
            queues=[kombu.Queue(QUEUE, no_declare=True)],
            on_message=self._on_message,
            prefetch_count=20,
        )
        self._consumer.consume()

    def turn(self) -> None:
        """Handle what arrives within a moment, then publish what is outgoing."""
        try:
            self._connection.drain_events(timeout=_TURN_S)
        except TimeoutError:
            self._connection.heartbeat_check()
        self._publish_outgoing()

    def close(self) -> None:
        """Close without waiting for a broker that may be gone."""
        self._connection.collect(socket_timeout=1)

    def _on_message(self, message: Any) -> None:
        try:
            request = messages.read(message.body)
            done = self._clerk.handle(request)
        except (messages.Unreadable, KeyError, TypeError, ValueError) as error:
            # It would fail again. Rejected, it goes to the queue erp.dead_letters, where a person finds it.
            self._say(f"set aside a message that cannot be read: {type(error).__name__}")
            message.reject()
            return
        # Effect and answer are committed. If this acknowledgement is lost, the request comes again and is
        # answered as before.
        message.ack()
        self._say(done)

    def _publish_outgoing(self) -> None:
        if time.monotonic() >= self._try_again_at:
            self._unroutable.clear()
        for row, name, body in self._books.outgoing(without=self._unroutable):
            if name in self._unroutable:
                continue
            self._returned = False
            self._producer.publish(
                body,
                routing_key=name,
                content_type=messages.CONTENT_TYPE,
                content_encoding="utf-8",
                delivery_mode="persistent",
                mandatory=True,
                # `timeout` does not bound the wait for a confirm; this does.
                confirm_timeout=10,
            )
            if self._returned:
                # Nobody has a queue for it yet: an installation that is just starting. Keep these, in order.
                self._unroutable.add(name)
                self._try_again_at = time.monotonic() + _UNROUTABLE_PAUSE_S
            else:
                self._books.sent(row)

    def _on_return(self, error: Exception, exchange: str, routing_key: str, message: Any) -> None:
        self._returned = True
