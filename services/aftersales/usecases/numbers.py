"""Numbers of requests: REQ-2026-00123, one series a year, without doubles."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql as pg

from services.aftersales.storage.tables import number_series
from services.kit.database import UnitOfWork


def next_request_number(uow: UnitOfWork, year: int) -> str:
    """Return the next number of a year; a transaction that fails gives it back.

    The series' row stays locked to the end of the transaction, so numbers follow commits.
    """
    insert = pg.insert(number_series).values(series="REQ", year=year, last_number=1)
    raised = insert.on_conflict_do_update(
        index_elements=[number_series.c.series, number_series.c.year],
        set_={"last_number": number_series.c.last_number + 1},
    ).returning(number_series.c.last_number)
    number = uow.connection.execute(raised).scalar_one()
    return f"REQ-{year}-{number:05d}"
