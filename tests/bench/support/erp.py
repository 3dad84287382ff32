"""The ERP's side of the bus: sends its catalogue and its answers, and notes when it is asked for an order."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import kombu
import orjson
from uuid_utils.compat import uuid7

from services.kit import envelope
from services.kit.subscriptions import Subscription, event_queue, exchange, manifest

_ORDERS = "customer_order_requested"


class ErpFeed:
    """Publishes events of the ERP, and counts them by routing key."""

    def __init__(self, amqp_url: str) -> None:
        self._amqp_url = amqp_url
        self.published: Counter[str] = Counter()

    def publish(self, routing_key: str, events: Iterable[Mapping[str, Any]]) -> None:
        """Publish events of one kind, persistent."""
        with kombu.Connection(self._amqp_url) as connection, connection.channel() as channel:
            producer = kombu.Producer(channel, exchange=exchange("erp"))
            for event in events:
                producer.publish(
                    _message(routing_key, event),
                    routing_key=routing_key,
                    content_type=envelope.CONTENT_TYPE,
                    content_encoding="utf-8",
                    delivery_mode=2,
                )
                self.published[routing_key] += 1


def _message(routing_key: str, data: Mapping[str, Any]) -> bytes:
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": str(uuid7()),
            "source": "/bench/erp",
            "type": f"{envelope.PREFIX}erp.{routing_key}.v1",
            "time": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "data": data,
        }
    )


class OrdersSeen:
    """Consumes a queue that is declared and bound like `erp.orders`, in a thread, while it is open.

    `arrivals` has the moment of each message, on the clock of `time.monotonic`; read it after closing.
    """

    def __init__(self, amqp_url: str) -> None:
        self._connection = kombu.Connection(amqp_url)
        self._raw: list[tuple[float, bytes]] = []
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._consume, daemon=True)

    def __enter__(self) -> OrdersSeen:
        self._thread.start()
        if not self._ready.wait(20):
            raise TimeoutError("the queue of orders cannot be consumed")
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(5)
        self._connection.release()

    @property
    def count(self) -> int:
        """How many have arrived."""
        return len(self._raw)

    def arrivals(self) -> Mapping[str, float]:
        """When each offer's order arrived, by the offer's id."""
        return {orjson.loads(body)["data"]["offer_id"]: moment for moment, body in self._raw}

    def _consume(self) -> None:
        channel = self._connection.channel()
        queue = event_queue(_like_erp_orders())(channel)
        queue.declare()
        consumer = kombu.Consumer(channel, [queue], on_message=self._note, accept=None)
        consumer.qos(prefetch_count=500)
        with consumer:
            self._ready.set()
            while not self._stopping.is_set():
                try:
                    self._connection.drain_events(timeout=0.2)
                except TimeoutError:
                    continue

    def _note(self, message: kombu.Message) -> None:
        moment = time.monotonic()
        body = message.body
        self._raw.append((moment, body.encode() if isinstance(body, str) else bytes(body)))
        message.ack()


def _like_erp_orders() -> Subscription:
    (found,) = [each for each in manifest() if each.subscriber == "erp" and each.routing_key == _ORDERS]
    return dataclasses.replace(found, queue="bench.orders")
