"""One event, one handler, one transaction."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from services.kit import inbox, lives
from services.kit.actor import Actor
from services.kit.telemetry.trace_context import span
from services.kit.worker import metrics
from services.kit.worker.declared import Context, Handler

if TYPE_CHECKING:
    from services.kit.database import Database
    from services.kit.envelope import Event


def deliver_to(database: Database, handler: Handler, event: Event) -> bool:
    """Handle the event unless its effect is stored already; False if it is.

    Raises:
        Whatever the handler raises; nothing is stored then.
    """
    began = time.perf_counter()
    actor = Actor(user_id=None, request_id=str(event.id))
    attributes = {"event_type": event.type, "handler": handler.name, "subscriber": database.service}
    with (
        span(f"handle {handler.name}", traceparent=event.traceparent, attributes=attributes),
        database.unit_of_work(actor) as uow,
    ):
        is_new = inbox.once(uow.connection, event.id, handler.name)
        if is_new and not lives.is_past(uow.connection, event):
            handler.function(Context(uow), event)
    metrics.duration.labels(handler.name).observe(time.perf_counter() - began)
    metrics.lag.labels(handler.name).observe(max(time.time() - event.time.timestamp(), 0.0))
    return is_new
