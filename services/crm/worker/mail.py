"""Events of mail."""

from __future__ import annotations

from services.crm.usecases import timeline
from services.kit.worker import Context, Event, on


@on("mail", "records_changed")
def tell_of_mail(context: Context, event: Event) -> None:
    """Tell of what was received and sent."""
    timeline.tell(context.uow, event.data)
