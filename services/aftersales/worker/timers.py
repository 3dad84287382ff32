"""What after-sales does by the clock."""

from __future__ import annotations

from services.aftersales import metrics
from services.aftersales.reports.overview import open_requests
from services.aftersales.usecases import setup
from services.kit.worker import Context, every


# Soon after the first start: requests that are opened before it have no deadlines.
@every(5)
def provide_setup(context: Context) -> None:
    """See that there are working hours, a service promise and a warranty to begin with."""
    setup.provide(context.uow)


@every(30)
def measure_requests(context: Context) -> None:
    """Tell Prometheus how many requests are open, by state, and how many have missed a deadline."""
    found = open_requests(context.connection, now=context.uow.now)
    for state, count in found.by_state.items():
        metrics.open_requests.labels(state).set(count)
    for clock, count in found.overdue.items():
        metrics.overdue_requests.labels(clock).set(count)
