"""Events, one handler, one transaction."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from services.kit import inbox, lives
from services.kit.actor import Actor
from services.kit.telemetry.trace_context import record_span, span
from services.kit.worker import metrics
from services.kit.worker.declared import Context, Handler

if TYPE_CHECKING:
    from services.kit.database import Database
    from services.kit.envelope import Event


def deliver_to(database: Database, handler: Handler, events: Sequence[Event]) -> set[UUID]:
    """Handle those of the events whose effect is not stored yet; return their ids.

    All are of one publisher and of one life of its database.

    Raises:
        Whatever the handler raises; nothing is stored then.
    """
    began, began_at = time.perf_counter(), datetime.now(UTC)
    # One trace shows the statements, a sampled one if there is any; the others show that they took part.
    shown = next((event for event in events if event.traceparent.endswith("-01")), events[0])
    name, attributes = f"handle {handler.name}", _attributes(database, handler, shown, len(events))
    actor = Actor(user_id=None, request_id=str(shown.id))
    with (
        span(name, traceparent=shown.traceparent, attributes=attributes),
        database.unit_of_work(actor) as uow,
    ):
        unseen = inbox.unseen(uow.connection, [event.id for event in events], handler.name)
        fresh = [event for event in {event.id: event for event in events}.values() if event.id in unseen]
        if fresh and not lives.is_past(uow.connection, fresh[0]):
            handler.handle(Context(uow), fresh)
    for event in events:
        metrics.lag.labels(handler.name).observe(max(time.time() - event.time.timestamp(), 0.0))
        if event is not shown:
            attributes = _attributes(database, handler, event, len(events))
            record_span(name, traceparent=event.traceparent, started=began_at, attributes=attributes)
    metrics.duration.labels(handler.name).observe(time.perf_counter() - began)
    metrics.together.labels(handler.name).observe(len(events))
    return unseen


def _attributes(database: Database, handler: Handler, event: Event, together: int) -> dict[str, str | int]:
    return {
        "event_type": event.type,
        "handler": handler.name,
        "subscriber": database.service,
        "together": together,
    }
