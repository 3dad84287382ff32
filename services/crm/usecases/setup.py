"""What a new company begins with, to be changed by it: outcomes of activities, stages, reasons,
reports.
"""

from __future__ import annotations

from services.crm.usecases.opportunity_lists import store_standard_lists
from services.crm.usecases.outcomes import store_standard_outcomes
from services.crm.usecases.standard_reports import DASHBOARDS, REPORTS
from services.kit.database import UnitOfWork
from services.kit.reports import standard


def provide(uow: UnitOfWork) -> None:
    """Make the standard lists where there are none, and the standard reports."""
    store_standard_lists(uow)
    store_standard_outcomes(uow)
    standard.provide(uow, REPORTS, DASHBOARDS)
