"""Events of the CRM."""

from __future__ import annotations

from services.kit.records.copies import copy_records
from services.kit.worker import Context, Records, follow
from services.offers.usecases.addresses import ADDRESS, keep_owners_of_addresses
from services.offers.usecases.opportunities import OPPORTUNITY
from services.offers.usecases.orders import release_waiting_orders


@follow("crm.party", ADDRESS, OPPORTUNITY)
def copy_parties(context: Context, records: Records) -> None:
    """Keep the parties that place offers, with their addresses and opportunities; an order that waited for
    its customer's code goes out.
    """
    newer = copy_records(context.uow, records)
    keep_owners_of_addresses(context.uow, newer)
    if any(copy.body.get("erp_code") for copy in newer):
        release_waiting_orders(context.uow)
