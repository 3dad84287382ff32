"""The dates of a machine's life: what cannot be.

Asked by the service when a machine is written, and by an import before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final

DATES: Final = ("sold_on", "delivered_on", "invoiced_on", "resold_on", "commissioned_on")
EARLIEST: Final = date(1950, 1, 1)
#: A delivery may be planned, not dreamt of.
AHEAD: Final = timedelta(days=366)
_AFTER_DELIVERY: Final = ("commissioned_on", "resold_on")


def is_plausible(day: date, *, today: date) -> bool:
    """False for a date before 1950 or more than a year ahead."""
    return EARLIEST <= day <= today + AHEAD


def impossible_dates(dates: Mapping[str, date | None], *, today: date) -> Iterator[tuple[str, str]]:
    """Yield (field, reason) of each date that cannot be: DATE_IMPLAUSIBLE, BEFORE_DELIVERY, IN_THE_FUTURE."""
    for field in DATES:
        day = dates.get(field)
        if day is not None and not is_plausible(day, today=today):
            yield field, "DATE_IMPLAUSIBLE"
    delivered = dates.get("delivered_on")
    for field in _AFTER_DELIVERY:
        day = dates.get(field)
        if day is not None and delivered is not None and day < delivered:
            yield field, "BEFORE_DELIVERY"
    commissioned = dates.get("commissioned_on")
    if commissioned is not None and commissioned > today:
        yield "commissioned_on", "IN_THE_FUTURE"
