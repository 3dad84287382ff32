"""Who receives which event, from `protos/subscriptions.json`, and the queues that follow from it.

Every queue is declared before anyone publishes: `migrate` of each service calls `declare(service, …)`. An
event that was published before its queue existed would be gone.

    evt-crm-records_changed--offers.copy_parties    one queue per handler; nameko's name for it, a quorum
    queue offers.dead_letters                             what a service's handlers could not do
    projectsales.delay.10000ms                      shared: returns each message to the queue it came from

A delay queue is fed through a fanout exchange of the same name with the target queue as routing key; when a
message's time is up the broker sends it on by that key, to that queue alone.

A subscriber to `records_changed` names the entities that it follows; what tells of none of them it does not
receive. Half of what the CRM published was lines of its timeline, which four services took, noted in their
inboxes and dropped (2026-11-29).

The broker refuses to declare a queue again with other arguments. To change one of them for queues that
exist, use a new queue name, or drain and delete the old queue first.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import kombu

from services.kit.envelope import RECORDS_CHANGED, exchange_name

MANIFEST: Final = Path(__file__).parents[2] / "protos" / "subscriptions.json"

#: A message that kills its worker this often is set aside by the broker itself.
DELIVERY_LIMIT: Final = 50
_UNLIMITED: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Subscription:
    """One event that one subscriber receives in one queue."""

    subscriber: str
    publisher: str
    routing_key: str
    queue: str
    #: Function of the subscriber's worker; empty for external subscribers.
    handler: str
    #: Not one of our services: it consumes its queue by itself.
    external: bool = False
    #: Of `records_changed`: those that tell of one of these (`crm.party`); empty: all.
    entities: tuple[str, ...] = ()

    @property
    def exchange(self) -> str:
        """Exchange that the queue is bound to."""
        return exchange_name(self.publisher)

    @property
    def bindings(self) -> tuple[str, ...]:
        """Patterns of the routing keys that its queue receives."""
        if self.routing_key != RECORDS_CHANGED:
            return (self.routing_key,)
        if not self.entities:
            return (f"{RECORDS_CHANGED}.#",)
        named = [entity.rpartition(".")[2] for entity in self.entities]
        return (RECORDS_CHANGED, *(f"{RECORDS_CHANGED}.#.{name}.#" for name in named))


def queue_name(*, publisher: str, event: str, subscriber: str, handler: str) -> str:
    """The queue of a handler, by nameko's convention."""
    return f"evt-{publisher}-{event}--{subscriber}.{handler}"


def parse(text: str) -> tuple[Subscription, ...]:
    """Read a manifest."""
    return tuple(_subscription(entry) for entry in json.loads(text)["subscriptions"])


def _subscription(entry: Mapping[str, Any]) -> Subscription:
    handler = entry.get("handler", "")
    queue = entry.get("queue") or queue_name(
        publisher=entry["publisher"],
        event=entry["routing_key"],
        subscriber=entry["subscriber"],
        handler=handler,
    )
    return Subscription(
        subscriber=entry["subscriber"],
        publisher=entry["publisher"],
        routing_key=entry["routing_key"],
        queue=queue,
        handler=handler,
        external=entry.get("external", False),
        entities=tuple(entry.get("entities", ())),
    )


@lru_cache(maxsize=1)
def manifest() -> tuple[Subscription, ...]:
    """The subscriptions of this release."""
    return parse(MANIFEST.read_text(encoding="utf-8"))


def has_subscriber(subscriptions: Sequence[Subscription], publisher: str, routing_key: str) -> bool:
    """True if the manifest names somebody who must receive this event."""
    return any(
        entry.publisher == publisher and any(_matches(pattern, routing_key) for pattern in entry.bindings)
        for entry in subscriptions
    )


@lru_cache(maxsize=4096)
def _matches(pattern: str, routing_key: str) -> bool:
    # AMQP topics: `*` is one word, `#` any number of them. Each word with the dot after it.
    words = [{"*": r"[^.]+\.", "#": r"(?:[^.]+\.)*"}.get(w, re.escape(w) + r"\.") for w in pattern.split(".")]
    return re.fullmatch("".join(words), f"{routing_key}.") is not None


def exchange(publisher: str) -> kombu.Exchange:
    """The exchange of a service's events."""
    return kombu.Exchange(exchange_name(publisher), type="topic", durable=True)


def dead_letter_queue(subscriber: str) -> kombu.Queue:
    """Where a subscriber's messages end that nobody could handle."""
    return kombu.Queue(
        f"{subscriber}.dead_letters",
        durable=True,
        # Looking at it returns every message each time; that must not use them up.
        queue_arguments={"x-queue-type": "quorum", "x-delivery-limit": _UNLIMITED},
    )


def event_queue(subscription: Subscription) -> kombu.Queue:
    """The queue of a subscription, bound to its event."""
    bound_to = exchange(subscription.publisher)
    return kombu.Queue(
        subscription.queue,
        bindings=[kombu.binding(bound_to, pattern) for pattern in subscription.bindings],
        durable=True,
        queue_arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": f"{subscription.subscriber}.dead_letters",
            # The broker, too, hands a dead letter on only once its new queue has confirmed it.
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )


def delay_name(delay_s: float) -> str:
    """Exchange and queue that hold a message for this long."""
    return f"projectsales.delay.{round(delay_s * 1000)}ms"


def delay_queue(delay_s: float) -> kombu.Queue:
    """The queue that holds messages for `delay_s` seconds, then returns each to the queue named by its
    key.
    """
    name = delay_name(delay_s)
    return kombu.Queue(
        name,
        exchange=kombu.Exchange(name, type="fanout", durable=True),
        durable=True,
        queue_arguments={
            "x-queue-type": "quorum",
            "x-message-ttl": round(delay_s * 1000),
            "x-dead-letter-exchange": "",
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )


def queues_of(
    service: str, *, subscriptions: Sequence[Subscription], delays_s: Sequence[float]
) -> list[kombu.Queue]:
    """All queues that must exist before `service` or its publishers run.

    Its own, and those of external subscribers to its events: nobody else would declare them.
    """
    wanted = [
        entry
        for entry in subscriptions
        if entry.subscriber == service or (entry.external and entry.publisher == service)
    ]
    subscribers = sorted({service, *(entry.subscriber for entry in wanted)})
    return [
        *(dead_letter_queue(subscriber) for subscriber in subscribers),
        *(delay_queue(delay_s) for delay_s in sorted(set(delays_s))),
        *(event_queue(entry) for entry in wanted),
    ]


def declare(
    service: str,
    amqp_url: str,
    *,
    delays_s: Sequence[float],
    subscriptions: Sequence[Subscription] | None = None,
    wait_s: float = 60.0,
) -> None:
    """Declare a service's exchange and queues on the broker; what is there already stays as it is.

    A broker that does not answer yet is waited for up to `wait_s`.

    Raises:
        OSError: the broker is away.
        amqp.AMQPError: it refuses, perhaps because it has a queue of that name with other arguments.
    """
    subscriptions = manifest() if subscriptions is None else subscriptions
    queues = queues_of(service, subscriptions=subscriptions, delays_s=delays_s)
    give_up_at = time.monotonic() + wait_s
    while True:
        try:
            with kombu.Connection(amqp_url, connect_timeout=5) as connection:
                connection.connect()
                declare_on(connection.default_channel, [service], queues)
                return
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.5)


def declare_on(channel: Any, publishers: Sequence[str], queues: Sequence[kombu.Queue]) -> None:
    """Declare the exchanges of these publishers and the queues, with the exchanges that they are bound to."""
    for publisher in publishers:
        exchange(publisher)(channel).declare()
    for queue in queues:
        queue(channel).declare()
