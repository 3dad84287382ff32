"""Events of after-sales."""

from __future__ import annotations

from services.kit.worker import Context, Records, follow
from services.mail.usecases import copies


@follow("aftersales.request")
def copy_requests(context: Context, records: Records) -> None:
    """Keep the numbers of service requests: received messages name them."""
    copies.copy_numbers(context.uow, records)
