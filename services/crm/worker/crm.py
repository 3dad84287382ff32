"""Events of the CRM itself: what its own records add to the timeline."""

from __future__ import annotations

from services.crm.usecases import timeline
from services.kit.worker import Context, Event, on


@on("crm", "records_changed")
def tell_of_crm(context: Context, event: Event) -> None:
    """Tell of parties and activities."""
    timeline.tell(context.uow, event.data)
