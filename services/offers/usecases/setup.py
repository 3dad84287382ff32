"""What a new company begins with: the usual reasons why offers end, to be changed by it."""

from __future__ import annotations

from services.kit.database import UnitOfWork
from services.offers.usecases.outcome_reasons import store_standard_reasons


def provide(uow: UnitOfWork) -> None:
    """Make the standard reasons where there are none."""
    store_standard_reasons(uow)
