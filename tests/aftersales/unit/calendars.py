"""Calendars for tests, and the slow way to count business time."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from services.aftersales.domain.business_time import Calendar, Window

ROME = ZoneInfo("Europe/Rome")
VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "clocks.json").read_text())
MINUTE = timedelta(minutes=1)


def vector_calendar() -> Calendar:
    """The calendar of the vectors."""
    described = VECTORS["business_time"]
    assert described["days"] == "Mon-Fri"
    windows = tuple(
        Window(time.fromisoformat(opens), time.fromisoformat(closes))
        for opens, closes in described["windows"]
    )
    holidays = frozenset(date.fromisoformat(day) for day in described["holidays"])
    return Calendar(ZoneInfo(described["zone"]), dict.fromkeys(range(5), windows), holidays)


def rome(text: str, *, fold: int = 0) -> datetime:
    """A moment on Rome's wall."""
    return datetime.fromisoformat(text).replace(tzinfo=ROME, fold=fold)


def counted(calendar: Calendar, since: datetime, until: datetime) -> int:
    """Business minutes between two instants, one by one: the oracle."""
    total, instant = 0, since.astimezone(UTC)
    while instant < until:
        local = _reached(instant, calendar.zone)
        wall = local.time()
        if local.date() not in calendar.holidays and any(
            window.opens <= wall and (window.closes is None or wall < window.closes)
            for window in calendar.windows.get(local.weekday(), ())
        ):
            total += 1
        instant += MINUTE
    return total


def _reached(instant: datetime, zone: ZoneInfo) -> datetime:
    """The time on the wall; while autumn repeats an hour, the last minute before it was put back.

    A window that closed in the first of the two hours does not open again in the second.
    """
    local = instant.astimezone(zone)
    while local.fold:
        instant -= MINUTE
        local = instant.astimezone(zone)
    return local


@st.composite
def calendars(draw: st.DrawFn, zones: tuple[str, ...] = ("Europe/Rome",)) -> Calendar:
    """Calendars with some hours on some days, never none at all."""
    windows: dict[int, tuple[Window, ...]] = {}
    for weekday in draw(st.sets(st.integers(0, 6), min_size=1)):
        edges = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=6)))
        pairs = list(zip(edges[::2], edges[1::2], strict=False))
        windows[weekday] = tuple(
            Window(_quarter(opens), None if closes == 96 else _quarter(closes)) for opens, closes in pairs
        )
    holidays = draw(st.frozensets(st.dates(date(2026, 3, 20), date(2026, 4, 10)), max_size=4))
    return Calendar(ZoneInfo(draw(st.sampled_from(zones))), windows, holidays)


def _quarter(number: int) -> time:
    return time(number // 4, number % 4 * 15)
