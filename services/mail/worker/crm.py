"""Events of the CRM."""

from __future__ import annotations

from sales.reports.v1 import events_pb2 as reports_pb2

from services.kit.events import parse_data
from services.kit.worker import Context, Event, Records, follow, on
from services.mail.usecases import copies, queueing


@follow("crm.party", "crm.contact_point")
def copy_parties(context: Context, records: Records) -> None:
    """Keep parties and their e-mail addresses: received messages are filed by them."""
    copies.copy_parties(context.uow, records)


@on("crm", "report_due")
def queue_report_of_crm(context: Context, event: Event) -> None:
    """Queue the message that carries a report."""
    queueing.queue_report(context.uow, event.service, parse_data(reports_pb2.ReportDue, event))
