"""The worker's part: reports whose time has come are sent."""

from __future__ import annotations

from services.kit.reports import schedules
from services.kit.worker import Context, every


@every(15)
def send_reports(context: Context) -> None:
    """Ask mail to send what is due."""
    schedules.send_due(context.uow)
