"""Document numbers: OFF-2026-00123, one series per kind and year, without doubles."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.dialects import postgresql as pg

from services.kit.config import settings
from services.kit.database import UnitOfWork
from services.offers.storage.tables import number_series


def next_offer_number(uow: UnitOfWork, year: int) -> str:
    """Return the next number of a year; a transaction that fails gives it back.

    The series' row stays locked to the end of the transaction, so numbers follow commits.
    """
    insert = pg.insert(number_series).values(series="OFF", year=year, last_number=1)
    raised = insert.on_conflict_do_update(
        index_elements=[number_series.c.series, number_series.c.year],
        set_={"last_number": number_series.c.last_number + 1},
    ).returning(number_series.c.last_number)
    number = uow.connection.execute(raised).scalar_one()
    return f"OFF-{year}-{number:05d}"


def company_date(moment: datetime) -> date:
    """Return the date of a moment where the company is."""
    return moment.astimezone(ZoneInfo(settings().company_time_zone)).date()
