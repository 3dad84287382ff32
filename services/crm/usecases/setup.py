"""What a new company begins with, to be changed by it: outcomes of activities, stages, reasons."""

from __future__ import annotations

from services.crm.usecases.opportunity_lists import store_standard_lists
from services.crm.usecases.outcomes import store_standard_outcomes
from services.kit.database import UnitOfWork


def provide(uow: UnitOfWork) -> None:
    """Make the standard lists where there are none."""
    store_standard_lists(uow)
    store_standard_outcomes(uow)
