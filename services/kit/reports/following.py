"""The worker's part: reports whose time has come are sent, and what became of it is kept."""

from __future__ import annotations

from sales.mail.v1 import events_pb2

from services.kit.events import parse_data
from services.kit.reports import schedules
from services.kit.worker import Context, Event, every, on


@every(15)
def send_reports(context: Context) -> None:
    """Ask mail to send what is due."""
    schedules.send_due(context.uow)


@on("mail", "report_sending_ended")
def record_report_sending(context: Context, event: Event) -> None:
    """Show in a report why somebody did not get it."""
    schedules.record_sending(context.uow, parse_data(events_pb2.ReportSendingEnded, event))
