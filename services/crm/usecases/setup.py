"""What a new company begins with: the usual stages and reasons of opportunities, to be changed by it."""

from __future__ import annotations

from services.crm.usecases.opportunity_lists import store_standard_lists
from services.kit.database import UnitOfWork


def provide(uow: UnitOfWork) -> None:
    """Make the standard lists where there are none."""
    store_standard_lists(uow)
