"""Words in a report's filters that stand for a moment or for the reader: `due_at < today`, `owner_id = me`.

now, today, week, month, quarter, year (their beginning, where the company is), each with a distance if
wanted: today-30d, week+1w, now-4h, month+1m, year-1y. `me` is who reads.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from services.kit.company_time import company_date, start_of
from services.kit.entities import Kind
from services.kit.entities.canonical import time_text

_WORD: Final = re.compile(r"(now|today|week|month|quarter|year)(?:([+-])([0-9]{1,4})([hdwmy]))?")
ME: Final = "me"
_FIRST: Final = date(1900, 1, 1)
_LAST: Final = date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class Words:
    """What the words mean for one reader at one moment."""

    now: datetime
    user_id: UUID | None

    def meant(self, kind: Kind, value: str) -> str:
        """Return the value of a filter on a field of that kind, words replaced."""
        if kind is Kind.ID and value == ME:
            return str(self.user_id) if self.user_id else value
        if kind not in (Kind.DATE, Kind.TIME):
            return value
        match = _WORD.fullmatch(value)
        if match is None:
            return value
        word, sign, number, unit = match.groups()
        distance = int(f"{sign}{number}") if sign else 0
        if word == "now" and unit in (None, "h") and kind is Kind.TIME:
            return time_text(self.now + timedelta(hours=distance))
        day = _moved(_first_day(word, company_date(self.now)), distance, unit or "d")
        return day.isoformat() if kind is Kind.DATE else time_text(start_of(day))


def _first_day(word: str, today: date) -> date:
    match word:
        case "week":
            return today - timedelta(days=today.weekday())
        case "month":
            return today.replace(day=1)
        case "quarter":
            return today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return today.replace(month=1, day=1)
        case _:
            return today


def _moved(day: date, distance: int, unit: str) -> date:
    """Return a day at a distance, within what days can be; months keep the day as far as there is one."""
    if unit in ("m", "y"):
        months = day.year * 12 + day.month - 1 + distance * (12 if unit == "y" else 1)
        year, month = divmod(months, 12)
        if not _FIRST.year <= year <= _LAST.year:
            return _FIRST if distance < 0 else _LAST
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    days = distance * {"d": 1, "w": 7}.get(unit, 0)
    return min(max(day + timedelta(days=days), _FIRST), _LAST)
