"""Events of the CRM."""

from __future__ import annotations

from services.kit.records.copies import copy_records
from services.kit.worker import Context, Event, on


@on("crm", "records_changed")
def copy_parties(context: Context, event: Event) -> None:
    """Keep the parties that place machines and requests, and the addresses where machines stand."""
    copy_records(context.uow, event.data, ("crm.party", "crm.address"))
