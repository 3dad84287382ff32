"""Events of the CRM."""

from __future__ import annotations

from services.kit.records.copies import copy_records
from services.kit.worker import Context, Event, on
from services.offers.usecases.orders import release_waiting_orders


@on("crm", "records_changed")
def copy_parties(context: Context, event: Event) -> None:
    """Keep the parties that place offers; an order that waited for its customer's code goes out."""
    if copy_records(context.uow, event.data, ("crm.party",)):
        release_waiting_orders(context.uow)
