"""Events of the ERP."""

from __future__ import annotations

from sales.erp.v1 import events_pb2

from services.crm.usecases import parties
from services.kit.events import parse_data
from services.kit.worker import Context, Event, on


@on("erp", "party_registered")
def record_registration(context: Context, event: Event) -> None:
    """Keep the customer's code, credit and terms."""
    parties.record_registration(context.uow, parse_data(events_pb2.PartyRegistered, event))
