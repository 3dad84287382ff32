"""Business time: how much of it lies between two instants, and when a deadline falls.

A calendar says on which days of the week, from when to when on the wall clock of its zone, the service works,
and on which days it does not. Durations are real time inside those windows, so a window over a change of
clocks is an hour shorter or longer, and nothing is counted twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from services.kit.errors import Invalid

_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_WEEK: Final = timedelta(days=7)
#: A deadline further away than this is a calendar without time, or a promise without sense.
_HORIZON_DAYS: Final = 20 * 366
#: A calendar is asked for some hundred days at most; more is a loop over years.
_REMEMBERED: Final = 800


@dataclass(frozen=True, slots=True)
class Window:
    """From `opens` to `closes` of one day; `closes` None is the end of the day."""

    opens: time
    closes: time | None


@dataclass(frozen=True, slots=True)
class Calendar:
    """`windows` by day of the week (Monday 0), not overlapping; `holidays` are without any."""

    zone: ZoneInfo
    windows: Mapping[int, tuple[Window, ...]]
    holidays: frozenset[date] = frozenset()
    _known: dict[date, tuple[tuple[datetime, datetime], ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Refuse windows that end before they begin, or overlap.

        Raises:
            Invalid: WINDOW_EMPTY, WINDOWS_OVERLAP.
        """
        for windows in self.windows.values():
            ordered = sorted(windows, key=lambda window: window.opens)
            for window in ordered:
                if window.closes is not None and window.closes <= window.opens:
                    raise Invalid("WINDOW_EMPTY", params={"window": _text(window)})
            for before, after in pairwise(ordered):
                if before.closes is None or before.closes > after.opens:
                    raise Invalid("WINDOWS_OVERLAP", params={"window": _text(after)})

    def intervals(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The working intervals of a day as UTC instants, in order; none on a holiday."""
        found = self._known.get(day)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[day] = tuple(self._of(day))
        return found

    def _of(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        if day in self.holidays:
            return
        for window in sorted(self.windows.get(day.weekday(), ()), key=lambda window: window.opens):
            opens = self._instant(day, window.opens)
            closes = (
                self._instant(day + _DAY, time())
                if window.closes is None
                else self._instant(day, window.closes)
            )
            if opens < closes:  # A window that falls into the hour that spring leaves out is empty.
                yield opens, closes

    def _instant(self, day: date, wall: time) -> datetime:
        """The instant of a time on the wall: the first of two, and for one that is left out, the change."""
        local = datetime.combine(day, wall, self.zone)
        early, late = local.replace(fold=1).astimezone(UTC), local.astimezone(UTC)
        if late <= early:
            return late
        # Left out: the clocks change between the two readings. Later wall times never come out earlier.
        before = early.astimezone(self.zone).utcoffset()
        while late - early > _SECOND:
            middle = early + timedelta(seconds=(late - early) // _SECOND // 2)
            if middle.astimezone(self.zone).utcoffset() == before:
                early = middle
            else:
                late = middle
        return late


def _text(window: Window) -> str:
    closes = f"{window.closes:%H:%M}" if window.closes else "24:00"
    return f"{window.opens:%H:%M}-{closes}"


def elapsed(calendar: Calendar, since: datetime, until: datetime) -> timedelta:
    """Business time between two instants (aware); zero if `until` is not after `since`."""
    total = timedelta()
    day = since.astimezone(calendar.zone).date()
    last = until.astimezone(calendar.zone).date()
    while day <= last:
        for opens, closes in calendar.intervals(day):
            begins, ends = max(opens, since), min(closes, until)
            if begins < ends:
                total += ends - begins
        day += _DAY
    return total


def deadline(calendar: Calendar, start: datetime, duration: timedelta) -> datetime:
    """The earliest instant (UTC) at which `duration` of business time has gone by since `start`.

    A duration that ends with a window ends there, not at the opening of the next one; of nothing, at `start`.

    Raises:
        Invalid: NO_BUSINESS_TIME, the calendar has not that much within twenty years.
    """
    start = start.astimezone(UTC)
    if duration <= timedelta():
        return start
    left = duration
    day = start.astimezone(calendar.zone).date()
    for _ in range(_HORIZON_DAYS):
        for opens, closes in calendar.intervals(day):
            begins = max(opens, start)
            if begins < closes:
                if left <= closes - begins:
                    return begins + left
                left -= closes - begins
        if day > date.max - _WEEK:
            break
        day += _DAY
    raise Invalid("NO_BUSINESS_TIME", params={"hours": str(duration // timedelta(hours=1))})
