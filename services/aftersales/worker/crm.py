"""Events of the CRM."""

from __future__ import annotations

from services.kit.records.copies import copy_records
from services.kit.worker import Context, Records, follow


@follow("crm.party", "crm.address")
def copy_parties(context: Context, records: Records) -> None:
    """Keep the parties that place machines and requests, and the addresses where machines stand."""
    copy_records(context.uow, records)
