"""Recurrences: what each rule gives, at which instants when clocks change, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.kit.errors import Invalid
from services.kit.recurrence import Rule, Series, Start, parse_rule, until_text, zone_of
from tests.crm.calendars import ROME, ZONES, rules, starts_of

NO_ZONES = ("", "Rome", "../../etc/passwd", "/etc/localtime", "Europe/Atlantis", "A" * 300)

YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def series(rule: str, start: Start, zone: ZoneInfo = ROME) -> Series:
    return Series(start, zone, parse_rule(rule))


@settings(deadline=None)
@given(
    rule=rules(),
    day=st.dates(date(2024, 1, 1), date(2026, 6, 1)),
    wall=st.sampled_from([None, "00:00", "02:30", "09:00", "23:45"]),
    zone=st.sampled_from(ZONES),
    ahead=st.integers(0, 500),
    length=st.integers(1, 200),
    end=st.sampled_from(["never", "count", "until"]),
    many=st.integers(1, 40),
)
def test_an_expansion_is_what_another_program_finds(
    rule: Rule, day: date, wall: str | None, zone: str, ahead: int, length: int, end: str, many: int
) -> None:
    place = ZoneInfo(zone)
    since = datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=ahead)
    until = since + timedelta(days=length)
    start: Start = day
    if wall is not None:
        start = datetime.fromisoformat(f"{day}T{wall}:00").replace(tzinfo=place).astimezone(UTC)
    first = next(Series(start, place, rule).between(since - timedelta(days=ahead + 1), until), None)
    assume(first is not None)
    assert first is not None
    start = first  # a series begins with an occurrence of its rule
    if end == "count":
        rule = replace(rule, count=many)
    elif end == "until":
        last: Start = day + timedelta(days=many * 9)
        if isinstance(start, datetime):
            last = datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=many * 9, hours=8)
        rule = replace(rule, until=last)
    rule = parse_rule(rule.text)
    found = list(Series(start, place, rule).between(since, until))
    expected = [each for each in starts_of(rule, start, place, until) if _instant(each, place) >= since]
    assert found == expected


def _instant(start: Start, zone: ZoneInfo) -> datetime:
    if isinstance(start, datetime):
        return start
    return datetime.combine(start, datetime.min.time(), zone)


@given(rules())
def test_a_rule_is_stored_in_one_form(rule: Rule) -> None:
    assert parse_rule(rule.text) == rule
    assert parse_rule(f"RRULE:{rule.text.lower()}") == rule


def test_a_meeting_keeps_its_wall_time_when_clocks_change() -> None:
    found = series("FREQ=WEEKLY", utc("2026-03-23T08:00")).between(utc("2026-03-20"), utc("2026-04-10"))
    assert list(found) == [utc("2026-03-23T08:00"), utc("2026-03-30T07:00"), utc("2026-04-06T07:00")]
    found = series("FREQ=DAILY", utc("2026-10-23T07:00")).between(utc("2026-10-23"), utc("2026-10-27"))
    assert [f"{each:%d %H:%M}" for each in found] == ["23 07:00", "24 07:00", "25 08:00", "26 08:00"]


def test_an_hour_that_a_night_skips_is_moved_by_the_hour() -> None:
    nights = series("FREQ=DAILY", utc("2026-03-28T01:30")).between(utc("2026-03-28"), utc("2026-03-31"))
    # 02:30 does not exist on the 29th: 03:30, which is 01:30 in UTC (RFC 5545, 3.3.5).
    assert [f"{each.astimezone(ROME):%d %H:%M}" for each in nights] == ["28 02:30", "29 03:30", "30 02:30"]


def test_an_hour_that_a_night_has_twice_is_the_first_and_comes_once() -> None:
    nights = series("FREQ=DAILY", utc("2026-10-24T00:30")).between(utc("2026-10-24"), utc("2026-10-27"))
    assert list(nights) == [utc("2026-10-24T00:30"), utc("2026-10-25T00:30"), utc("2026-10-26T01:30")]


def test_the_end_of_a_rule_is_an_instant_also_in_the_hour_that_autumn_repeats() -> None:
    rule = "FREQ=DAILY;UNTIL=20261025T{}Z"
    start = utc("2026-10-24T00:30")
    for last, count in (("002959", 1), ("003000", 2), ("011500", 2)):
        assert len(list(series(rule.format(last), start).between(*YEAR))) == count


def test_whole_days_stay_days_in_every_zone() -> None:
    days = [date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30)]
    for zone in ZONES:
        found = series("FREQ=DAILY;COUNT=3", days[0], ZoneInfo(zone)).between(*YEAR)
        assert list(found) == days


@pytest.mark.parametrize(
    ("rule", "start", "last"),
    [
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", date(2026, 1, 30), date(2026, 3, 27)),
        ("FREQ=YEARLY;COUNT=2", date(2024, 2, 29), date(2028, 2, 29)),
        ("FREQ=WEEKLY;UNTIL=20260120", date(2026, 1, 5), date(2026, 1, 19)),
        ("FREQ=WEEKLY", date(2026, 1, 5), None),
        ("FREQ=YEARLY;COUNT=1000", date(2026, 1, 5), None),
        ("FREQ=DAILY;UNTIL=29991231", date(2026, 1, 5), None),
    ],
)
def test_the_last_occurrence_is_known_where_there_is_one(rule: str, start: date, last: date | None) -> None:
    assert series(rule, start).last() == last


def test_a_rule_that_no_day_fits_has_an_answer_at_once() -> None:
    never = series("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", utc("2026-01-05T08:00"))
    assert list(never.between(*YEAR)) == []
    assert not never.contains(never.start)
    counted = series("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5", utc("2026-01-05T08:00"))
    assert counted.last() is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("FREQ=SECONDLY", "RECURRENCE_TOO_FREQUENT"),
        ("FREQ=MINUTELY;COUNT=2", "RECURRENCE_TOO_FREQUENT"),
        ("FREQ=HOURLY;INTERVAL=24", "RECURRENCE_TOO_FREQUENT"),
        ("FREQ=DAILY;BYHOUR=1,2,3", "RECURRENCE_UNSUPPORTED"),
        ("FREQ=DAILY;BYMINUTE=0", "RECURRENCE_UNSUPPORTED"),
        ("FREQ=YEARLY;BYWEEKNO=20", "RECURRENCE_UNSUPPORTED"),
        ("FREQ=YEARLY;BYYEARDAY=100", "RECURRENCE_UNSUPPORTED"),
        ("FREQ=MONTHLY;RSCALE=HEBREW", "RECURRENCE_UNSUPPORTED"),
        ("", "INVALID_RECURRENCE"),
        ("WEEKLY", "INVALID_RECURRENCE"),
        ("FREQ=", "INVALID_RECURRENCE"),
        ("FREQ=FORTNIGHTLY", "INVALID_RECURRENCE"),
        ("INTERVAL=2", "INVALID_RECURRENCE"),
        ("FREQ=DAILY;FREQ=WEEKLY", "INVALID_RECURRENCE"),
        ("FREQ=DAILY;INTERVAL=0", "INVALID_RECURRENCE"),
        ("FREQ=DAILY;INTERVAL=-1", "INVALID_RECURRENCE"),
        ("FREQ=DAILY;INTERVAL=1000", "INVALID_RECURRENCE"),
        ("FREQ=DAILY;INTERVAL=٣", "INVALID_RECURRENCE"),
        ("FREQ=DAILY;COUNT=0", "INVALID_RECURRENCE"),
        ("FREQ=DAILY;COUNT=1001", "INVALID_RECURRENCE"),
        ("FREQ=DAILY;COUNT=99999999999999999999", "INVALID_RECURRENCE"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20260101", "INVALID_RECURRENCE"),
        ("FREQ=DAILY;UNTIL=2026-01-01", "INVALID_RECURRENCE"),
        ("FREQ=DAILY;UNTIL=20260230", "INVALID_RECURRENCE"),
        ("FREQ=DAILY;UNTIL=20260101T250000Z", "INVALID_RECURRENCE"),
        ("FREQ=DAILY;UNTIL=20260101T080000", "INVALID_RECURRENCE"),
        ("FREQ=WEEKLY;BYDAY=XX", "INVALID_RECURRENCE"),
        ("FREQ=WEEKLY;BYDAY=2MO", "INVALID_RECURRENCE"),
        ("FREQ=MONTHLY;BYDAY=6MO", "INVALID_RECURRENCE"),
        ("FREQ=YEARLY;BYDAY=54MO", "INVALID_RECURRENCE"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "INVALID_RECURRENCE"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "INVALID_RECURRENCE"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "INVALID_RECURRENCE"),
        ("FREQ=YEARLY;BYMONTH=13", "INVALID_RECURRENCE"),
        ("FREQ=MONTHLY;BYSETPOS=1", "INVALID_RECURRENCE"),
        ("FREQ=DAILY;WKST=1", "INVALID_RECURRENCE"),
        ("FREQ=DAILY;X-MINE=1", "INVALID_RECURRENCE"),
        ("FREQ=DAILY;BYDAY=" + ",".join(["MO"] * 200), "INVALID_RECURRENCE"),
    ],
)
def test_what_is_no_rule_of_ours_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_rule(text)
    (violation,) = caught.value.violations
    assert (violation.field, violation.reason) == ("recurrence", reason)


@pytest.mark.parametrize("name", NO_ZONES)
def test_a_zone_that_there_is_not_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        zone_of(name)
    assert caught.value.violations[0].reason == "UNKNOWN_TIME_ZONE"


def test_the_end_of_a_rule_is_written_as_calendars_write_it() -> None:
    assert until_text(utc("2026-12-31T22:59:59")) == "20261231T225959Z"
    assert until_text(date(2026, 12, 31)) == "20261231"
