"""What the CRM does by the clock."""

from __future__ import annotations

from services.crm import metrics
from services.crm.reports.overview import overview
from services.kit.worker import Context, every


@every(30)
def measure(context: Context) -> None:
    """Tell Prometheus how many parties there are, by state, and how much work is late."""
    found = overview(context.uow.connection, now=context.uow.now)
    for state, count in found.parties.items():
        metrics.parties.labels(state).set(count)
    metrics.overdue_activities.set(found.overdue_activities)
