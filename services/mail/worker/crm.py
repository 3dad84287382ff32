"""Events of the CRM."""

from __future__ import annotations

from services.kit.worker import Context, Event, on
from services.mail.usecases import copies


@on("crm", "records_changed")
def copy_parties(context: Context, event: Event) -> None:
    """Keep parties and their e-mail addresses: received messages are filed by them."""
    copies.copy_parties(context.uow, event.data)
