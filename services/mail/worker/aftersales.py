"""Events of after-sales."""

from __future__ import annotations

from sales.reports.v1 import events_pb2 as reports_pb2

from services.kit.events import parse_data
from services.kit.worker import Context, Event, Records, follow, on
from services.mail.usecases import copies, queueing


@follow("aftersales.request")
def copy_requests(context: Context, records: Records) -> None:
    """Keep the numbers of service requests: received messages name them."""
    copies.copy_numbers(context.uow, records)


@on("aftersales", "report_due")
def queue_report_of_aftersales(context: Context, event: Event) -> None:
    """Queue the message that carries a report."""
    queueing.queue_report(context.uow, event.service, parse_data(reports_pb2.ReportDue, event))
