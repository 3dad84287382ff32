"""Events of offers."""

from __future__ import annotations

from services.crm.usecases import parties, timeline
from services.kit.worker import Context, Event, on


@on("offers", "customer_needed")
def request_registration(context: Context, event: Event) -> None:
    """Ask the ERP for a customer's code, because an order waits for it."""
    parties.request_registration(context.uow, party_id=event.data["party_id"])


@on("offers", "records_changed")
def tell_of_offers(context: Context, event: Event) -> None:
    """Tell of offers, revisions and orders."""
    timeline.tell(context.uow, event.data)
