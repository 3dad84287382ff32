"""Events of after-sales."""

from __future__ import annotations

from services.crm.usecases import timeline
from services.kit.worker import Context, Event, on


@on("aftersales", "records_changed")
def tell_of_aftersales(context: Context, event: Event) -> None:
    """Tell of installed products, requests and tasks."""
    timeline.tell(context.uow, event.data)
