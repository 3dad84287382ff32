"""Events of the CRM."""

from __future__ import annotations

from services.kit.worker import Context, Records, follow
from services.mail.usecases import copies


@follow("crm.party", "crm.contact_point")
def copy_parties(context: Context, records: Records) -> None:
    """Keep parties and their e-mail addresses: received messages are filed by them."""
    copies.copy_parties(context.uow, records)
