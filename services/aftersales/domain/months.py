"""Calendar months, as contracts count them."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def add_months(start: date, months: int) -> date | None:
    """The same day of the month, `months` later; the month's last day where it has no such day.

    None beyond the year 9999. 31 January 2024 and one month is 29 February 2024; always count from the
    start, never from an end that was clamped before.
    """
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        return None
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
