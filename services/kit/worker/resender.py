"""Sends messages on: to a delay queue, or to the dead letters. Each is confirmed before the original is
acked.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

import kombu

from services.kit.subscriptions import dead_letter_queue, declare_on, delay_name, delay_queue
from services.kit.worker.copies import copy_of

_CONFIRM_TIMEOUT_S: Final = 10


class Resender:
    """One connection with confirms, made when it is first needed and again after every error."""

    def __init__(self, amqp_url: str, *, subscriber: str, delays_s: Sequence[float]) -> None:
        self._amqp_url = amqp_url
        self._subscriber = subscriber
        self._delays_s = delays_s
        self._connection: kombu.Connection | None = None
        # An AMQP channel is not for two greenthreads at once.
        self._one_at_a_time = threading.Lock()

    def send_later(self, message: Any, *, queue: str, delay_s: float, headers: Mapping[str, Any]) -> None:
        """Have the message come back to `queue`, and to no other, after `delay_s`.

        Raises:
            OSError, amqp.AMQPError: it may or may not have been sent; keep the original.
        """
        self._send(message, exchange=delay_name(delay_s), routing_key=queue, headers=headers)

    def set_aside(self, message: Any, *, headers: Mapping[str, Any]) -> None:
        """Put the message into the subscriber's dead letters.

        Raises:
            OSError, amqp.AMQPError: it may or may not have been sent; keep the original.
        """
        name = dead_letter_queue(self._subscriber).name
        self._send(message, exchange="", routing_key=name, headers=headers)

    def lengths(self, queues: Sequence[str]) -> dict[str, int]:
        """Messages ready in each queue.

        Raises:
            OSError, amqp.AMQPError
        """
        with self._one_at_a_time:
            try:
                channel = self._channel()
                return {name: channel.queue_declare(name, passive=True).message_count for name in queues}
            except BaseException:
                self._drop()
                raise

    def close(self) -> None:
        """Close the connection, if there is one."""
        with self._one_at_a_time:
            self._drop()

    def _send(self, message: Any, *, exchange: str, routing_key: str, headers: Mapping[str, Any]) -> None:
        copy = copy_of(message, headers=headers)
        with self._one_at_a_time:
            try:
                self._channel().basic_publish_confirm(
                    copy, exchange, routing_key, mandatory=True, confirm_timeout=_CONFIRM_TIMEOUT_S
                )
            except BaseException:
                self._drop()
                raise

    def _channel(self) -> Any:
        if self._connection is None:
            connection = kombu.Connection(
                self._amqp_url,
                connect_timeout=5,
                transport_options={"read_timeout": 15, "write_timeout": 15},
            )
            self._connection = connection
            # Without this line kombu wraps what goes wrong into errors of its own, which nobody expects here.
            connection.connect()
            # A broker that lost its data has lost these too.
            queues = [delay_queue(delay_s) for delay_s in sorted(set(self._delays_s))]
            declare_on(connection.default_channel, [], [dead_letter_queue(self._subscriber), *queues])
        return self._connection.default_channel

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.collect(socket_timeout=1)
            self._connection = None
