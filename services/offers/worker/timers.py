"""What offers does by the clock."""

from __future__ import annotations

from services.kit.worker import Context, every
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
