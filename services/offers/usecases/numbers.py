"""Document numbers: OFF-2026-00123, one series per kind and year, without doubles."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql as pg

from services.kit.database import UnitOfWork
from services.offers.domain.numbering import OFFERS, final_number
from services.offers.storage.tables import number_series


def next_offer_number(uow: UnitOfWork, year: int) -> str:
    """Return the next number of a year; a transaction that fails gives it back.

    The series' row stays locked to the end of the transaction, so numbers follow commits.
    """
    return final_number(OFFERS, year, take_numbers(uow, OFFERS, year, 1))


def take_numbers(uow: UnitOfWork, series: str, year: int, count: int) -> int:
    """Take the next `count` numbers of a series; return the last of them. The series' row stays locked."""
    insert = pg.insert(number_series).values(series=series, year=year, last_number=count)
    raised = insert.on_conflict_do_update(
        index_elements=[number_series.c.series, number_series.c.year],
        set_={"last_number": number_series.c.last_number + count},
    ).returning(number_series.c.last_number)
    last: int = uow.connection.execute(raised).scalar_one()
    return last
