"""What a new company begins with: the usual reasons why offers end, and reports, to be changed by it."""

from __future__ import annotations

from services.kit.database import UnitOfWork
from services.kit.reports import standard
from services.offers.usecases.outcome_reasons import store_standard_reasons
from services.offers.usecases.standard_reports import DASHBOARDS, REPORTS


def provide(uow: UnitOfWork) -> None:
    """Make the standard reasons where there are none, and the standard reports."""
    store_standard_reasons(uow)
    standard.provide(uow, REPORTS, DASHBOARDS)
