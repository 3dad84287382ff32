"""Events of offers."""

from __future__ import annotations

from sales.offers.v1 import events_pb2
from sales.reports.v1 import events_pb2 as reports_pb2

from services.kit.events import parse_data
from services.kit.worker import Context, Event, NotYet, Records, follow, on
from services.mail.usecases import copies, queueing


@follow("offers.offer")
def copy_offers(context: Context, records: Records) -> None:
    """Keep the numbers of offers: received messages name them."""
    copies.copy_numbers(context.uow, records)


@on("offers", "document_sending_requested")
def queue_document(context: Context, event: Event) -> None:
    """Queue the message that carries a frozen revision."""
    wanted = parse_data(events_pb2.DocumentSendingRequested, event)
    if not queueing.queue_document(context.uow, wanted, asked_at=event.time):
        raise NotYet("ADDRESS_UNKNOWN")


@on("offers", "report_due")
def queue_report_of_offers(context: Context, event: Event) -> None:
    """Queue the message that carries a report."""
    queueing.queue_report(context.uow, event.service, parse_data(reports_pb2.ReportDue, event))
