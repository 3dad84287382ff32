"""What offers does by the clock."""

from __future__ import annotations

from services.kit.worker import Context, every
from services.offers import metrics
from services.offers.reports.overview import overview
from services.offers.usecases import orders, outcomes


@every(60)
def request_unanswered_orders(context: Context) -> None:
    """Ask the ERP again for orders that it has not answered."""
    orders.request_unanswered_orders(context.uow)


@every(60)
def release_waiting_orders(context: Context) -> None:
    """Send orders that wait although their customer's code is here: whatever kept them, they do not stay."""
    orders.release_waiting_orders(context.uow)


@every(60)
def expire_overdue_offers(context: Context) -> None:
    """Expire the offers whose last day of validity is over."""
    outcomes.expire_overdue_offers(context.uow)


@every(30, shows=[metrics.offers, metrics.orders, metrics.oldest_unanswered_order])
def measure(context: Context) -> None:
    """Tell Prometheus how many offers and orders there are, and how long the ERP has kept us waiting."""
    found = overview(context.uow.connection, now=context.uow.now)
    for state, count in found.offers.items():
        metrics.offers.labels(state).set(count)
    for state, count in found.orders.items():
        metrics.orders.labels(state).set(count)
    metrics.oldest_unanswered_order.set(found.oldest_unanswered_s)
