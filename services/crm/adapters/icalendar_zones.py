"""Time zones as iCalendar files bring them: each change of the clock as an observance of its own.

The library's own generator put every change an hour late (icalendar 7.3.2, 2026-11-29), which a program that
trusts the file shows as a wrong hour. Single observances are what every parser reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_YEARS_BEFORE: Final = 1
_YEARS_AFTER: Final = 10


@lru_cache(maxsize=64)
def changes(zone: ZoneInfo, first: int, last: int) -> tuple[datetime, ...]:
    """Return the instants of these years at which a zone's offset changes, to the second."""
    moment, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    return tuple(_changes(zone, moment, end))


def _changes(zone: ZoneInfo, moment: datetime, end: datetime) -> Iterator[datetime]:
    while moment < end:
        following = moment + timedelta(days=7)
        if _offset(zone, following) != _offset(zone, moment):
            yield _between(zone, moment, following)
        moment = following


def _between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    old = _offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        before, after = (middle, after) if _offset(zone, middle) == old else (before, middle)
    return after


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def timezone(zone: ZoneInfo, *, year: int) -> Timezone:
    """Return a zone from the year before this one on, for ten years."""
    from icalendar import Timezone

    found = Timezone()
    found.add("tzid", zone.key)
    begin = datetime(year - _YEARS_BEFORE, 1, 1, tzinfo=UTC)
    found.add_component(_observance(zone, begin - timedelta(days=365), begin - timedelta(days=365)))
    for moment in changes(zone, year - _YEARS_BEFORE - 1, year + _YEARS_AFTER):
        found.add_component(_observance(zone, moment - timedelta(seconds=1), moment))
    return found


def _observance(zone: ZoneInfo, before: datetime, moment: datetime) -> TimezoneDaylight | TimezoneStandard:
    from icalendar import TimezoneDaylight, TimezoneStandard

    local = moment.astimezone(zone)
    offset_from, offset_to = _offset(zone, before), local.utcoffset()
    found = TimezoneDaylight() if local.dst() else TimezoneStandard()
    # When it begins, on the clock as it was until then (RFC 5545, 3.6.5).
    found.add("dtstart", (moment + (offset_from or timedelta())).replace(tzinfo=None))
    found.add("tzoffsetfrom", offset_from)
    found.add("tzoffsetto", offset_to)
    found.add("tzname", local.tzname())
    return found
