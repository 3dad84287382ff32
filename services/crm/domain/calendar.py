"""When activities and appointments take place: one span, whole days, or the occurrences of a series.

Works on the values of a record, so that the service and a device without a network expand the same calendar.
Everything is compared as instants; a record without a zone of its own is in the company's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from services.kit.errors import Invalid, Violation
from services.kit.recurrence import (
    EARLIEST,
    HORIZON,
    Rule,
    Series,
    Start,
    instant,
    parse_rule,
    until_text,
    zone_of,
)

Values: TypeAlias = Mapping[str, Any]

OPEN: Final = ("planned", "in_progress")
VIEWS: Final = ("day", "week", "month")
#: An occurrence is no longer than this, so that few of a series overlap.
LONGEST_OCCURRENCE: Final = timedelta(days=31)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that something takes place, as instants: from `begins` up to `ends`."""

    start: Start
    begins: datetime
    ends: datetime
    #: Its start in the series; "" for what does not repeat.
    recurrence_id: str = ""

    @property
    def times(self) -> dict[str, datetime]:
        """Start and end, of what has times; whole days have none."""
        return {"starts_at": self.begins, "ends_at": self.ends} if isinstance(self.start, datetime) else {}

    def days(self, zone: ZoneInfo) -> dict[str, str]:
        """First and last day, of whole days; times have none."""
        if isinstance(self.start, datetime):
            return {}
        last = (self.ends.astimezone(zone) - timedelta(seconds=1)).date()
        return {"starts_on": self.start.isoformat(), "ends_on": last.isoformat()}


def moment(values: Values, name: str) -> datetime | None:
    """Return a time of a record in UTC; None if it has none."""
    text = values.get(name)
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def zone_of_record(values: Values, company: ZoneInfo) -> ZoneInfo:
    """Return the zone of a record's wall time."""
    return zone_of(values["time_zone"]) if values.get("time_zone") else company


def start_of(values: Values) -> Start | None:
    """Return when a record starts: an instant, a day, or None for what is only due."""
    if values.get("starts_on"):
        return date.fromisoformat(values["starts_on"])
    return moment(values, "starts_at")


def series_of(values: Values, company: ZoneInfo) -> Series | None:
    """Return the series that a record is; None for what does not repeat."""
    start = start_of(values)
    if not values.get("recurrence") or start is None:
        return None
    return Series(start, zone_of_record(values, company), parse_rule(values["recurrence"]))


def name_of(start: Start) -> str:
    """Return a start as `recurrence_id` and `excluded` write it."""
    if isinstance(start, datetime):
        return start.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return start.isoformat()


def start_named(text: str, field: str) -> Start:
    """Return the start that a recurrence id names.

    Raises:
        Invalid: INVALID_FIELDS with INVALID_RECURRENCE_ID.
    """
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise ValueError
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        detail = "a start in UTC such as 2026-03-30T07:00:00Z, or a day"
        raise Invalid(
            "INVALID_FIELDS", violations=[Violation(field, "INVALID_RECURRENCE_ID", detail)]
        ) from error


def occurrences(
    values: Values,
    *,
    since: datetime,
    until: datetime,
    company: ZoneInfo,
    overridden: Collection[str] = (),
) -> Iterator[Occurrence]:
    """Yield what of a record overlaps [since, until), in order of start.

    `overridden` names the occurrences of a series that became records of their own: they are not told again.
    """
    series = series_of(values, company)
    if series is None:
        found = single(values, company)
        if found is not None and found.begins < until and max(found.ends, found.begins + _LEAST) > since:
            yield found
        return
    left_out = {*map(_same, values["excluded"]), *overridden}
    length = _length(values)
    # Of whole days one may be longer by what the clocks are put back.
    for start in series.between(since - length - _DAY, until):
        occurrence = _placed(start, series.zone, length, name_of(start))
        if (
            max(occurrence.ends, occurrence.begins + _LEAST) > since
            and occurrence.recurrence_id not in left_out
        ):
            yield occurrence


#: What takes no time takes place in the period in which it begins.
_LEAST: Final = timedelta(microseconds=1)


def _same(text: str) -> str:
    return name_of(start_named(text, "excluded"))


def single(values: Values, company: ZoneInfo) -> Occurrence | None:
    """Return when a record takes place for the first time; None for what has no time at all."""
    start = start_of(values)
    if start is None:
        due = moment(values, "due_at")
        return None if due is None else Occurrence(due, due, due)
    return occurrence_at(values, start, zone_of_record(values, company), name="")


def occurrence_at(values: Values, start: Start, zone: ZoneInfo, name: str | None = None) -> Occurrence:
    """Return the occurrence of a record that starts then: as long as the first (RFC 5545, 3.8.5.3)."""
    return _placed(start, zone, _length(values), name_of(start) if name is None else name)


def _length(values: Values) -> timedelta:
    """Return how long a record with a start takes: on the clock for whole days, else in time that passes."""
    first = start_of(values)
    if isinstance(first, datetime):
        ends = moment(values, "ends_at")
        return ends - first if ends else timedelta()
    assert first is not None
    return date.fromisoformat(values["ends_on"] or values["starts_on"]) - first + _DAY


def _placed(start: Start, zone: ZoneInfo, length: timedelta, name: str) -> Occurrence:
    begins = instant(start, zone)
    ends = begins + length if isinstance(start, datetime) else instant(start + length, zone)
    return Occurrence(start, begins, ends, name)


def is_overdue(state: str, ends: datetime, now: datetime) -> bool:
    """Whether the time of an activity is over and nobody has closed it."""
    return state in OPEN and ends < now


def check_times(values: Values, company: ZoneInfo) -> list[Violation]:
    """Return what is wrong in a record's times, zone and recurrence."""
    try:
        zone = zone_of_record(values, company)
        rule = parse_rule(values["recurrence"]) if values["recurrence"] else None
        for text in values["excluded"]:
            start_named(text, "excluded")
    except Invalid as error:
        return list(error.violations)
    names = ("starts_at", "ends_at", "due_at", "starts_on", "ends_on")
    found = [*check_range(values, names), *_check_order(values)]
    if rule is not None and not found:
        found += _check_series(values, rule, zone)
    return found


def check_range(values: Values, names: Iterable[str]) -> Iterator[Violation]:
    """Yield the times and days that no calendar holds."""
    for name in names:
        text = values.get(name)
        if text and not EARLIEST.isoformat() <= text < HORIZON.isoformat():
            yield Violation(name, "OUT_OF_RANGE", f"from {EARLIEST} on, before {HORIZON}")


def _check_order(values: Values) -> Iterator[Violation]:
    starts, ends = moment(values, "starts_at"), moment(values, "ends_at")
    if starts and ends and ends < starts:
        yield Violation("ends_at", "ENDS_BEFORE_START")
    if values["ends_on"] and values["ends_on"] < values["starts_on"]:
        yield Violation("ends_on", "ENDS_BEFORE_START")
    for end, start in (("ends_at", "starts_at"), ("ends_on", "starts_on")):
        if values.get(end) and not values.get(start) and not values.get("due_at"):
            yield Violation(start, "REQUIRED", f"what has {end} has {start}")
    if (starts or ends) and (values["starts_on"] or values["ends_on"]):
        yield Violation("starts_on", "TIMES_MIXED", "times or whole days")


def _check_series(values: Values, rule: Rule, zone: ZoneInfo) -> Iterator[Violation]:
    start = start_of(values)
    if start is None:
        yield Violation("recurrence", "RECURRENCE_WITHOUT_START")
        return
    if values["series_id"]:
        yield Violation("recurrence", "RECURRENCE_OF_OCCURRENCE")
        return
    if rule.until is not None and isinstance(rule.until, datetime) is not isinstance(start, datetime):
        expected = "a time in UTC" if isinstance(start, datetime) else "a day"
        yield Violation("recurrence", "INVALID_RECURRENCE", f"UNTIL is {expected}, like the start")
        return
    occurrence = occurrence_at(values, start, zone)
    if occurrence.ends - occurrence.begins > LONGEST_OCCURRENCE:
        yield Violation("recurrence", "RECURRENCE_TOO_LONG", f"at most {LONGEST_OCCURRENCE.days} days each")
    if not Series(start, zone, rule).contains(start):
        yield Violation("recurrence", "START_OUTSIDE_RECURRENCE", f"{name_of(start)} is no day of the rule")


def last_end(values: Values, company: ZoneInfo) -> datetime | None:
    """Return when the last occurrence of a series ends; None if it goes on, or for what does not repeat."""
    series = series_of(values, company)
    last = series.last() if series is not None else None
    return occurrence_at(values, last, series.zone).ends if series is not None and last is not None else None


def shifted(text: str, before: Series, after: Series) -> str:
    """Return the name of an occurrence after its series moved: by as much as its first start on the clock."""
    start = start_named(text, "recurrence_id")
    if (
        isinstance(start, datetime)
        and isinstance(before.start, datetime)
        and isinstance(after.start, datetime)
    ):
        wall = start.astimezone(before.zone).replace(tzinfo=None)
        wall += _wall(after.start, after.zone) - _wall(before.start, before.zone)
        return name_of(wall.replace(tzinfo=after.zone).astimezone(UTC))
    first, second = _first_day(before), _first_day(after)
    day = start.astimezone(before.zone).date() if isinstance(start, datetime) else start
    day += second - first
    if isinstance(after.start, datetime):
        wall = datetime.combine(day, _wall(after.start, after.zone).time())
        return name_of(wall.replace(tzinfo=after.zone).astimezone(UTC))
    return name_of(day)


def _wall(start: datetime, zone: ZoneInfo) -> datetime:
    return start.astimezone(zone).replace(tzinfo=None)


def _first_day(series: Series) -> date:
    start = series.start
    return start.astimezone(series.zone).date() if isinstance(start, datetime) else start


@dataclass(frozen=True, slots=True)
class Halves:
    """The rules of a series that was cut in two."""

    first: str
    second: str


def split(series: Series, start: Start) -> Halves:
    """Return the rules of what comes before an occurrence and of what begins with it.

    Raises:
        Invalid: NOT_AN_OCCURRENCE; FIRST_OCCURRENCE, nothing comes before it.
    """
    if not series.contains(start):
        raise Invalid("NOT_AN_OCCURRENCE", params={"start": name_of(start)})
    before = series.before(start)
    if not before:
        raise Invalid("FIRST_OCCURRENCE")
    rule = series.rule
    last = before[-1]
    first = _replaced(rule, f"UNTIL={until_text(last)}")
    second = _replaced(rule, f"COUNT={rule.count - len(before)}") if rule.count else rule.text
    return Halves(first, second)


def _replaced(rule: Rule, end: str) -> str:
    kept = [part for part in rule.text.split(";") if not part.startswith(("COUNT=", "UNTIL="))]
    return parse_rule(";".join([*kept, end])).text


def period(view: str, day: date) -> tuple[date, date]:
    """Return the first day of a view and the one after its last: a day, the week from Monday, or the whole
    weeks that the month touches.
    """
    if view == "day":
        return day, day + _DAY
    if view == "month":
        first = day.replace(day=1)
        last = (first + timedelta(days=31)).replace(day=1) - _DAY
        return first - timedelta(days=first.weekday()), last + timedelta(days=7 - last.weekday())
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=7)
