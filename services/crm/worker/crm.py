"""Events of the CRM itself: its read models follow its own records."""

from __future__ import annotations

from services.crm.usecases import duplicates, timeline
from services.kit.worker import Context, Event, on


@on("crm", "records_changed")
def tell_of_crm(context: Context, event: Event) -> None:
    """Tell of parties and activities; keep what parties are recognised by."""
    timeline.tell(context.uow, event.data)
    duplicates.keep_keys(context.uow, event.data)
