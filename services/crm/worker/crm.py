"""Events of the CRM itself: its read models follow its own records."""

from __future__ import annotations

from services.crm.usecases import duplicates, handovers, timeline
from services.kit.worker import Context, Event, Records, follow, on


@follow(*{*timeline.told_of("crm"), *duplicates.RECOGNISED_BY})
def tell_of_crm(context: Context, records: Records) -> None:
    """Tell of parties and activities; keep what parties are recognised by."""
    timeline.tell(context.uow, records)
    duplicates.keep_keys(context.uow, records)


@on("crm", "handover_continued")
def continue_handover(context: Context, event: Event) -> None:
    """Hand the next group of customers over."""
    handovers.continue_handover(context.uow, event.data["handover_id"])
