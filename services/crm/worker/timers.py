"""What the CRM does by the clock."""

from __future__ import annotations

from services.crm import metrics
from services.crm.reports.overview import overview
from services.crm.usecases import reminders
from services.kit.worker import Context, every


@every(30, shows=[metrics.parties, metrics.overdue_activities])
def measure(context: Context) -> None:
    """Tell Prometheus how many parties there are, by state, and how much work is late."""
    found = overview(context.uow.connection, now=context.uow.now)
    for state, count in found.parties.items():
        metrics.parties.labels(state).set(count)
    metrics.overdue_activities.set(found.overdue_activities)


@every(2)
def fire_reminders(context: Context) -> None:
    """Fire the reminders whose time has come; their users' devices hear of it by the records' change."""
    metrics.fired_reminders.inc(reminders.fire_reminders(context.uow))
