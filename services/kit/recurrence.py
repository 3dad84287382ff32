"""Recurrences of RFC 5545 as people use them: `FREQ=WEEKLY;BYDAY=MO`, at a wall time in a zone.

    rule = parse_rule("FREQ=WEEKLY;BYDAY=MO;COUNT=10")
    Series(datetime(2026, 3, 23, 8, 0, tzinfo=UTC), ZoneInfo("Europe/Rome"), rule).between(since, until)

A series keeps its wall time when the clocks change. A time that a day does not have is moved by what the
clock skips, one that it has twice is the first (RFC 5545, 3.3.5). A rule repeats at most once a day, so the
length of a question bounds its answer, whatever the rule says; finer frequencies, and parts that no calendar
of ours writes, are refused when they are written.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.kit.errors import Invalid, Violation

Start: TypeAlias = datetime | date
"""An instant in UTC, or a whole day."""

MAX_TEXT: Final = 300
MAX_COUNT: Final = 1000
#: Calendars end here: what repeats for ever is looked at no further.
HORIZON: Final = date(2100, 1, 1)
EARLIEST: Final = date(1990, 1, 1)

FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_TOO_FREQUENT: Final = frozenset({"HOURLY", "MINUTELY", "SECONDLY"})
_UNSUPPORTED: Final = frozenset({"BYSECOND", "BYMINUTE", "BYHOUR", "BYYEARDAY", "BYWEEKNO", "RSCALE", "SKIP"})
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BYDAY: Final = re.compile(r"([+-]?[1-9][0-9]?)?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?[1-9][0-9]{0,3}", re.ASCII)
_UNTIL: Final = re.compile(r"[0-9]{8}(T[0-9]{6}Z)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that was read. Empty tuples are parts that it does not have."""

    frequency: str
    interval: int = 1
    count: int = 0
    until: Start | None = None
    #: (ordinal, weekday from Monday 0); ordinal 0 is every one.
    weekdays: tuple[tuple[int, int], ...] = ()
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0

    @property
    def text(self) -> str:
        """The rule as it is stored: parts in one order, none that says the usual."""
        parts = [f"FREQ={self.frequency}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.count:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append(f"UNTIL={until_text(self.until)}")
        lists = (
            ("BYMONTH", self.months),
            ("BYMONTHDAY", self.month_days),
            ("BYDAY", [f"{ordinal or ''}{WEEKDAYS[day]}" for ordinal, day in self.weekdays]),
            ("BYSETPOS", self.positions),
        )
        parts += [f"{name}={','.join(map(str, values))}" for name, values in lists if values]
        if self.week_start:
            parts.append(f"WKST={WEEKDAYS[self.week_start]}")
        return ";".join(parts)


def until_text(until: Start) -> str:
    """Return the last instant or day of a rule as iCalendar writes it."""
    if isinstance(until, datetime):
        return f"{until.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{until:%Y%m%d}"


@lru_cache(maxsize=4096)
def parse_rule(text: str) -> Rule:
    """Read a rule.

    Raises:
        Invalid: INVALID_FIELDS at `recurrence` with INVALID_RECURRENCE, RECURRENCE_TOO_FREQUENT (more than
            once a day), RECURRENCE_UNSUPPORTED (a part that no calendar of ours expands).
    """
    if len(text) > MAX_TEXT:
        raise _wrong("INVALID_RECURRENCE", f"at most {MAX_TEXT} characters")
    parts = _parts(text.strip().removeprefix("RRULE:"))
    unknown = sorted(parts.keys() - _READERS.keys() - {"FREQ"})
    if unsupported := [name for name in unknown if name in _UNSUPPORTED]:
        raise _wrong("RECURRENCE_UNSUPPORTED", ", ".join(unsupported))
    if unknown:
        raise _wrong("INVALID_RECURRENCE", f"no such part: {unknown[0][:20]}")
    frequency = parts.pop("FREQ", "")
    if frequency in _TOO_FREQUENT:
        raise _wrong("RECURRENCE_TOO_FREQUENT", "at most once a day")
    if frequency not in FREQUENCIES:
        raise _wrong("INVALID_RECURRENCE", f"FREQ is one of {', '.join(FREQUENCIES)}")
    rule = Rule(frequency)
    for name, value in parts.items():
        rule = _READERS[name](rule, value)
    _check_together(rule)
    return rule


def _parts(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.upper().split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name in found:
            raise _wrong("INVALID_RECURRENCE", "NAME=value, each once, separated by semicolons")
        found[name] = value
    return found


def _numbers(name: str, value: str, *, most: int, signed: bool = True) -> tuple[int, ...]:
    texts = value.split(",")
    if not all(_NUMBER.fullmatch(text) for text in texts):
        raise _wrong("INVALID_RECURRENCE", f"{name} takes numbers")
    found = tuple(dict.fromkeys(int(text) for text in texts))
    if any(abs(number) > most or (number < 0 and not signed) for number in found):
        raise _wrong("INVALID_RECURRENCE", f"{name} is out of range")
    return tuple(sorted(found))


def _one(name: str, value: str, *, most: int) -> int:
    found = _numbers(name, value, most=most, signed=False)
    if len(found) != 1:
        raise _wrong("INVALID_RECURRENCE", f"{name} takes one number")
    return found[0]


def _until(rule: Rule, value: str) -> Rule:
    try:
        if not _UNTIL.fullmatch(value):
            raise ValueError
        if len(value) == 8:
            return replace(rule, until=date.fromisoformat(f"{value[:4]}-{value[4:6]}-{value[6:]}"))
        return replace(rule, until=datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC))
    except ValueError as error:
        raise _wrong("INVALID_RECURRENCE", "UNTIL is a date, or a time in UTC: 20261231T225959Z") from error


def _weekdays(rule: Rule, value: str) -> Rule:
    found = []
    for text in value.split(","):
        match = _BYDAY.fullmatch(text)
        if match is None:
            raise _wrong("INVALID_RECURRENCE", "BYDAY takes weekdays: MO, 2TU, -1FR")
        found.append((int(match[1] or 0), WEEKDAYS.index(match[2])))
    return replace(rule, weekdays=tuple(sorted(set(found))))


def _week_start(rule: Rule, value: str) -> Rule:
    if value not in WEEKDAYS:
        raise _wrong("INVALID_RECURRENCE", "WKST is a weekday")
    return replace(rule, week_start=WEEKDAYS.index(value))


_READERS: Final[Mapping[str, Callable[[Rule, str], Rule]]] = {
    "INTERVAL": lambda rule, value: replace(rule, interval=_one("INTERVAL", value, most=999)),
    "COUNT": lambda rule, value: replace(rule, count=_one("COUNT", value, most=MAX_COUNT)),
    "UNTIL": _until,
    "BYDAY": _weekdays,
    "BYMONTHDAY": lambda rule, value: replace(rule, month_days=_numbers("BYMONTHDAY", value, most=31)),
    "BYMONTH": lambda rule, value: replace(rule, months=_numbers("BYMONTH", value, most=12, signed=False)),
    "BYSETPOS": lambda rule, value: replace(rule, positions=_numbers("BYSETPOS", value, most=366)),
    "WKST": _week_start,
}


def _check_together(rule: Rule) -> None:
    if rule.count and rule.until is not None:
        raise _wrong("INVALID_RECURRENCE", "COUNT or UNTIL, not both")
    if rule.month_days and rule.frequency == "WEEKLY":
        raise _wrong("INVALID_RECURRENCE", "BYMONTHDAY has no meaning in a week")
    ordinals = [abs(ordinal) for ordinal, _ in rule.weekdays if ordinal]
    if ordinals and rule.frequency not in ("MONTHLY", "YEARLY"):
        raise _wrong("INVALID_RECURRENCE", "the second Tuesday is one of a month or year")
    within_month = rule.frequency == "MONTHLY" or bool(rule.months)
    if ordinals and max(ordinals) > (5 if within_month else 53):
        raise _wrong("INVALID_RECURRENCE", "BYDAY is out of range")
    if rule.positions and not (rule.weekdays or rule.month_days or rule.months):
        raise _wrong("INVALID_RECURRENCE", "BYSETPOS chooses among days: name them")


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """Return the time zone of that name.

    Raises:
        Invalid: INVALID_FIELDS at `time_zone` with UNKNOWN_TIME_ZONE.
    """
    try:
        if not re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}", name, re.ASCII):
            raise ValueError
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        violation = Violation("time_zone", "UNKNOWN_TIME_ZONE", "no such time zone")
        raise Invalid("INVALID_FIELDS", violations=[violation]) from error


def instant(start: Start, zone: ZoneInfo) -> datetime:
    """Return when something starts, in UTC; a day starts at its midnight in the zone."""
    if isinstance(start, datetime):
        return start.astimezone(UTC)
    return datetime.combine(start, time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Series:
    """What repeats: its first start, the zone of its wall time, its rule."""

    start: Start
    zone: ZoneInfo
    rule: Rule

    def between(self, since: datetime, until: datetime) -> Iterator[Start]:
        """Yield the starts within [since, until), in order, as instants or days."""
        for start in self._from(since, until):
            moment = instant(start, self.zone)
            if moment >= until:
                return
            if moment >= since:
                yield start

    def contains(self, start: Start) -> bool:
        """Whether one of its occurrences starts then."""
        if isinstance(start, datetime) is not isinstance(self.start, datetime):
            return False
        moment = instant(start, self.zone)
        return start in self.between(moment, moment + timedelta(seconds=1))

    def before(self, start: Start) -> list[Start]:
        """Return its occurrences before this one."""
        return list(self.between(instant(self.start, self.zone), instant(start, self.zone)))

    def last(self) -> Start | None:
        """Return its last start; None if it goes on beyond the horizon."""
        end = datetime.combine(HORIZON, time(), UTC)
        if self.rule.count:
            starts = list(self.between(instant(self.start, self.zone), end))
            return starts[-1] if len(starts) == self.rule.count else None
        until = self.rule.until
        if until is None or instant(until, self.zone) >= end:
            return None
        # Near its end there is one, mostly; counting from the start takes a hundred times as long.
        after = instant(until, self.zone) + timedelta(days=2)
        for back in (timedelta(days=40), after - instant(self.start, self.zone)):
            starts = list(self.between(after - back, after))
            if starts:
                return starts[-1]
        return None

    def _from(self, since: datetime, until: datetime) -> Iterator[Start]:
        """Yield starts from before `since` on, as far as `until`."""
        # A day of margin on both sides: wall times and instants differ by less.
        lower = since.astimezone(self.zone).date() - timedelta(days=1)
        upper = min(until.astimezone(self.zone).date() + timedelta(days=1), HORIZON)
        last, wall = self.rule.until, _wall_time(self.start, self.zone)
        for day in _days(self.rule, self._first_day(), lower, upper):
            start = day if wall is None else datetime.combine(day, wall, self.zone).astimezone(UTC)
            if last is not None and _is_after(start, last):
                return
            yield start

    def _first_day(self) -> date:
        """Return the day of the first start, on the clock of the zone."""
        return self.start.astimezone(self.zone).date() if isinstance(self.start, datetime) else self.start


def _wall_time(start: Start, zone: ZoneInfo) -> time | None:
    """Return the time on the clock, the first of two where autumn repeats it; None for whole days."""
    return start.astimezone(zone).time().replace(fold=0) if isinstance(start, datetime) else None


def _is_after(start: Start, last: Start) -> bool:
    if isinstance(start, datetime) and isinstance(last, datetime):
        return start > last
    return _day(start) > _day(last)


def _day(start: Start) -> date:
    return start.date() if isinstance(start, datetime) else start


def _days(rule: Rule, first: date, lower: date, upper: date) -> Iterator[date]:
    """Yield the days of a rule, none after `upper`: period by period (RFC 5545, 3.3.10). Those before `lower`
    are left out where that needs no looking at them.

    The library that most programs use (dateutil) looks on to the year 9999 for a rule that no day fits,
    whatever its end: 30 February took 5 s of a processor (2026-11-29). Here each period is looked at once.
    """
    begin, passed = _near(rule, first, lower)
    left = rule.count - passed if rule.count else None
    for days in _periods(rule, first, begin, upper):
        fitting = [day for day in days if _fits(rule, day, first)]
        if rule.positions:
            size = len(fitting)
            wanted = {place - 1 if place > 0 else size + place for place in rule.positions}
            fitting = [day for number, day in enumerate(fitting) if number in wanted]
        for day in fitting:
            if day < first:
                continue
            if day > upper or (left is not None and left <= 0):
                return
            yield day
            left = None if left is None else left - 1


def _near(rule: Rule, first: date, lower: date) -> tuple[date, int]:
    """Return a day whose period is one of the rule's: the last that begins by `lower`, if that is known
    without looking at those before; and for a rule that is counted how many of its days lie before it.
    """
    if lower <= first:
        return first, 0
    if rule.frequency in ("DAILY", "WEEKLY"):
        length = (7 if rule.frequency == "WEEKLY" else 1) * rule.interval
        periods = (lower - first).days // length
        passed = _days_in(rule, first, periods) if rule.count else 0
        return (first, 0) if passed is None else (first + timedelta(days=length * periods), passed)
    if rule.count:
        return first, 0
    step = rule.interval if rule.frequency == "MONTHLY" else 12 * rule.interval
    number = _month_number(rule, first)
    number += (lower.year * 12 + lower.month - 1 - number) // step * step
    return date(number // 12, number % 12 + 1, 1), 0


def _days_in(rule: Rule, first: date, periods: int) -> int | None:
    """Return how many days a daily or weekly rule has in its first periods; None where they differ."""
    if rule.months or rule.month_days or rule.positions or periods == 0:
        return None
    if rule.frequency == "DAILY":
        return None if rule.weekdays else periods
    begin = (first.weekday() - rule.week_start) % 7
    offsets = _week_offsets(rule, first)
    # The first week begins with the first day.
    return sum(offset >= begin for offset in offsets) + len(offsets) * (periods - 1)


def _week_offsets(rule: Rule, first: date) -> Sequence[int]:
    """Return the days of a weekly rule, counted from the day on which its weeks begin."""
    days = [day for _, day in rule.weekdays] or [first.weekday()]
    return sorted((day - rule.week_start) % 7 for day in days)


def _month_number(rule: Rule, first: date) -> int:
    """Return the month with which the first period begins, counted from January of the year 0."""
    return first.year * 12 + (first.month - 1 if rule.frequency == "MONTHLY" else 0)


def _periods(rule: Rule, first: date, begin: date, upper: date) -> Iterator[Sequence[date]]:
    """Yield the days of every interval-th day, week, month or year from that of `begin` on; those at which a
    rule can be seen not to fall may be missing.
    """
    if rule.frequency in ("DAILY", "WEEKLY"):
        is_week = rule.frequency == "WEEKLY"
        offsets = _week_offsets(rule, first) if is_week else (0,)
        day = begin - timedelta(days=(begin.weekday() - rule.week_start) % 7) if is_week else begin
        step = timedelta(days=(7 if is_week else 1) * rule.interval)
        while day <= upper:
            yield [day + timedelta(days=number) for number in offsets]
            day += step
        return
    is_yearly = rule.frequency == "YEARLY"
    months: Sequence[int] = rule.months or range(1, 13)
    if not (rule.months or rule.weekdays or rule.month_days):
        months = (first.month,)
    number = _month_number(rule, begin)
    while number < upper.year * 12 + upper.month:
        year, month = divmod(number, 12)
        yield [day for each in months for day in _month(year, each)] if is_yearly else _month(year, month + 1)
        number += 12 * rule.interval if is_yearly else rule.interval


@lru_cache(maxsize=256)
def _month(year: int, month: int) -> Sequence[date]:
    return [date(year, month, day) for day in range(1, monthrange(year, month)[1] + 1)]


def _fits(rule: Rule, day: date, first: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    if rule.month_days and not _is_month_day(rule, day):
        return False
    if rule.weekdays:
        return any(
            _is_weekday(rule, day, ordinal) for ordinal, each in rule.weekdays if each == day.weekday()
        )
    if rule.month_days or rule.frequency == "DAILY":
        return True
    if rule.frequency == "WEEKLY":
        return day.weekday() == first.weekday()
    same_month = rule.frequency == "MONTHLY" or bool(rule.months) or day.month == first.month
    return same_month and day.day == first.day


def _is_month_day(rule: Rule, day: date) -> bool:
    return day.day in rule.month_days or day.day - monthrange(day.year, day.month)[1] - 1 in rule.month_days


def _is_weekday(rule: Rule, day: date, ordinal: int) -> bool:
    """Whether a day is the n-th of its weekday in its month, or in its year where no month is named."""
    if not ordinal:
        return True
    if rule.frequency == "MONTHLY" or rule.months:
        position, length = day.day - 1, monthrange(day.year, day.month)[1]
    else:
        position, length = day.timetuple().tm_yday - 1, 366 if isleap(day.year) else 365
    return ordinal in (position // 7 + 1, -((length - position - 1) // 7) - 1)


def _wrong(reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_FIELDS", violations=[Violation("recurrence", reason, detail)])
