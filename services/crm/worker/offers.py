"""Events of offers."""

from __future__ import annotations

from services.crm.usecases import parties, timeline
from services.kit.worker import Context, Event, Records, follow, on


@on("offers", "customer_needed")
def request_registration(context: Context, event: Event) -> None:
    """Ask the ERP for a customer's code, because an order waits for it."""
    parties.request_registration(context.uow, party_id=event.data["party_id"])


@follow(*timeline.told_of("offers"))
def tell_of_offers(context: Context, records: Records) -> None:
    """Tell of offers, revisions and orders."""
    timeline.tell(context.uow, records)
