"""Events of the CRM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from services.kit.records.copies import copy_records
from services.kit.worker import Context, Event, on
from services.offers.usecases.addresses import ADDRESS, keep_owners_of_addresses
from services.offers.usecases.opportunities import OPPORTUNITY
from services.offers.usecases.orders import release_waiting_orders


@on("crm", "records_changed")
def copy_parties(context: Context, event: Event) -> None:
    """Keep the parties that place offers, with their addresses and opportunities; an order that waited for
    its customer's code goes out.
    """
    newer = set(copy_records(context.uow, event.data, ("crm.party", ADDRESS, OPPORTUNITY)))
    keep_owners_of_addresses(context.uow, event.data, newer)
    if any(record["id"] in newer and _has_code(record) for record in event.data["records"]):
        release_waiting_orders(context.uow)


def _has_code(record: Mapping[str, Any]) -> bool:
    return bool(orjson.loads(record["fragments"]["base"]).get("erp_code"))
