"""What after-sales does by the clock."""

from __future__ import annotations

from services.aftersales import metrics
from services.aftersales.reports.overview import open_requests
from services.kit.worker import Context, every


@every(30, shows=[metrics.open_requests, metrics.overdue_requests])
def measure_requests(context: Context) -> None:
    """Tell Prometheus how many requests are open, by state, and how many have missed a deadline."""
    found = open_requests(context.connection, now=context.uow.now)
    for state, count in found.by_state.items():
        metrics.open_requests.labels(state).set(count)
    for clock, count in found.overdue.items():
        metrics.overdue_requests.labels(clock).set(count)
