"""What the pipeline has still to do: events that are not published, and events that are not handled.

Where a subscriber keeps an inbox this is exact: every event of an outbox must be in it. Of the others (the
sequencer, which has cursors) the queue must be empty.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import kombu

from services.kit.envelope import routing_key
from services.kit.subscriptions import Subscription, has_subscriber, manifest
from tests.bench.support.erp import ErpFeed
from tests.bench.support.system import SERVICES, System

_UNPUBLISHED = "select count(*) from outbox where published_at is null"
#: Subjects of domain events are ids: of no interest here, and as many as events.
_STAGED = """
    select type, case when split_part(type, '.', 2) = 'records_changed' then subject else '' end, count(*)
    from outbox group by 1, 2
"""
_HANDLED = "select handler, count(*) from inbox group by handler"
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Drained:
    """How long it took until nothing was left; `left` events if it was not waited for longer."""

    seconds: float
    left: int


class Backlog:
    """The events of one system."""

    def __init__(self, system: System, feed: ErpFeed) -> None:
        self._system = system
        self._feed = feed

    def drain(self, *, within_s: float) -> Drained:
        """Wait until everything is handled."""
        begun = time.monotonic()
        while True:
            left = self.count()
            passed = time.monotonic() - begun
            if left == 0 or passed > within_s:
                return Drained(passed, left)
            time.sleep(_LOOK_EVERY_S)

    def count(self) -> int:
        """How many events wait for the relay, and how many deliveries for a worker."""
        staged = {service: self._system.query(service, _STAGED) for service in SERVICES}
        handled = {service: dict(self._system.query(service, _HANDLED)) for service in SERVICES}
        waiting = 0
        followed = [each for each in manifest() if each.subscriber in SERVICES and not each.external]
        for entry in followed:
            if entry.handler:
                done = handled[entry.subscriber].get(entry.handler, 0)
                waiting += max(0, self._published(entry, staged) - done)
        waiting += self._queued({each.queue for each in followed if not each.handler})
        unpublished = [int(self._system.query(service, _UNPUBLISHED)[0][0]) for service in SERVICES]
        return waiting + sum(unpublished)

    def _published(self, entry: Subscription, staged: Mapping[str, Sequence[Any]]) -> int:
        if entry.publisher == "erp":
            return self._feed.published[entry.routing_key]
        return sum(
            count
            for event_type, subject, count in staged[entry.publisher]
            if has_subscriber([entry], entry.publisher, routing_key(event_type, subject))
        )

    def _queued(self, queues: set[str]) -> int:
        if not queues:
            return 0
        with kombu.Connection(self._system.amqp_url) as connection, connection.channel() as channel:
            return sum(channel.queue_declare(each, passive=True).message_count for each in queues)
