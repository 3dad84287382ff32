"""Events of after-sales."""

from __future__ import annotations

from services.kit.worker import Context, Event, on
from services.mail.usecases import copies


@on("aftersales", "records_changed")
def copy_requests(context: Context, event: Event) -> None:
    """Keep the numbers of service requests: received messages name them."""
    copies.copy_numbers(context.uow, event.data, "aftersales.request")
