"""Deadlines in business time: the vectors, changes of clocks, and properties against counting by minutes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.aftersales.domain.business_time import Calendar, Window, deadline, elapsed
from services.kit.errors import Invalid
from tests.aftersales.unit.calendars import MINUTE, ROME, VECTORS, calendars, counted, rome, vector_calendar

CASES = VECTORS["business_time"]["cases"]
EVERY_DAY = range(7)


@pytest.mark.parametrize("case", [case for case in CASES if "paused" not in case])
def test_the_vectors_are_met(case: dict[str, Any]) -> None:
    found = deadline(vector_calendar(), rome(case["start"]), timedelta(minutes=case["minutes"]))
    assert found == rome(case["deadline"])
    assert found.tzinfo is UTC


def test_a_deadline_that_ends_with_the_morning_falls_at_its_end_not_after_lunch() -> None:
    assert deadline(vector_calendar(), rome("2026-03-25T08:30"), timedelta(hours=4)) == rome(
        "2026-03-25T12:30"
    )


def test_no_time_at_all_is_due_at_once_even_at_night() -> None:
    start = rome("2026-03-28T23:00")
    assert deadline(vector_calendar(), start, timedelta()) == start


def test_a_holiday_has_no_business_time() -> None:
    calendar = vector_calendar()
    assert elapsed(calendar, rome("2026-04-06T00:00"), rome("2026-04-07T00:00")) == timedelta()


def nights(*windows: Window) -> Calendar:
    return Calendar(ROME, dict.fromkeys(EVERY_DAY, windows))


def test_the_hour_that_spring_leaves_out_does_not_count() -> None:
    calendar = nights(Window(time(1), time(5)))
    assert elapsed(calendar, rome("2026-03-29T00:00"), rome("2026-03-29T12:00")) == timedelta(hours=3)
    assert deadline(calendar, rome("2026-03-29T01:00"), timedelta(hours=2)) == rome("2026-03-29T04:00")


def test_the_hour_that_autumn_repeats_counts_twice() -> None:
    calendar = nights(Window(time(1), time(5)))
    assert elapsed(calendar, rome("2026-10-25T00:00"), rome("2026-10-25T12:00")) == timedelta(hours=5)
    assert deadline(calendar, rome("2026-10-25T01:00"), timedelta(hours=3)) == rome("2026-10-25T03:00")


def test_a_window_inside_the_left_out_hour_is_empty_and_one_that_begins_in_it_begins_with_summer_time() -> (
    None
):
    inside, after = Window(time(2, 10), time(2, 40)), Window(time(2, 50), time(4))
    day = date(2026, 3, 29)
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert nights(inside).intervals(day) == ()
    assert nights(inside, after).intervals(day) == ((change, change + timedelta(hours=1)),)


def test_windows_that_touch_in_the_repeated_hour_share_no_minute() -> None:
    calendar = nights(Window(time(0), time(2, 30)), Window(time(2, 30), time(5)))
    (first, second) = calendar.intervals(date(2026, 10, 25))
    assert first[1] == second[0]
    assert (first[1] - first[0]) + (second[1] - second[0]) == timedelta(hours=6)


def test_a_day_of_24_hours_may_have_23_or_25() -> None:
    calendar = nights(Window(time(), None))
    lengths = {
        day: sum((b - a for a, b in calendar.intervals(day)), timedelta()) // timedelta(hours=1)
        for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 1))
    }
    assert list(lengths.values()) == [23, 25, 24]


@pytest.mark.parametrize(
    ("windows", "reason"),
    [
        ([Window(time(9), time(9))], "WINDOW_EMPTY"),
        ([Window(time(18), time(9))], "WINDOW_EMPTY"),
        ([Window(time(9), time(12)), Window(time(11), time(13))], "WINDOWS_OVERLAP"),
        ([Window(time(9), None), Window(time(11), time(13))], "WINDOWS_OVERLAP"),
    ],
)
def test_hours_that_make_no_sense_are_refused(windows: list[Window], reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        nights(*windows)
    assert refused.value.reason == reason


@pytest.mark.parametrize("start", ["2026-01-01T00:00", "9999-12-20T00:00"])
def test_a_calendar_without_time_gives_no_deadline(start: str) -> None:
    with pytest.raises(Invalid) as refused:
        deadline(Calendar(ROME, {}), rome(start), MINUTE)
    assert refused.value.reason == "NO_BUSINESS_TIME"


# Ten days around the change to summer time.
_instants = st.integers(0, 10 * 24 * 60).map(lambda m: datetime(2026, 3, 22, tzinfo=UTC) + m * MINUTE)
_zones = ("Europe/Rome", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")


@settings(max_examples=60, deadline=None)
@given(calendars(_zones), _instants, _instants)
def test_business_time_is_what_counting_minute_by_minute_finds(
    calendar: Calendar, one: datetime, other: datetime
) -> None:
    since, until = sorted((one, other))
    assert elapsed(calendar, since, until) == counted(calendar, since, until) * MINUTE


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 72 * 60), st.integers(0, 72 * 60), calendars())
def test_it_is_right_over_the_autumn_change_too(one: int, other: int, calendar: Calendar) -> None:
    base = datetime(2026, 10, 24, tzinfo=UTC)
    since, until = base + min(one, other) * MINUTE, base + max(one, other) * MINUTE
    assert elapsed(calendar, since, until) == counted(calendar, since, until) * MINUTE


@settings(max_examples=150, deadline=None)
@given(calendars(_zones), _instants, st.integers(0, 5000))
def test_a_deadline_is_the_first_instant_by_which_the_time_has_gone_by(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    duration = minutes * MINUTE
    due = deadline(calendar, start, duration)
    assert elapsed(calendar, start, due) == duration
    if minutes:
        assert elapsed(calendar, start, due - timedelta(microseconds=1)) < duration


@settings(max_examples=100, deadline=None)
@given(calendars(), _instants, st.integers(0, 2000), st.integers(0, 2000))
def test_two_durations_one_after_the_other_are_their_sum(
    calendar: Calendar, start: datetime, first: int, second: int
) -> None:
    stepwise = deadline(calendar, deadline(calendar, start, first * MINUTE), second * MINUTE)
    assert stepwise == deadline(calendar, start, (first + second) * MINUTE)


def test_the_zone_decides_the_day_not_utc() -> None:
    tokyo = Calendar(ZoneInfo("Asia/Tokyo"), {0: (Window(time(9), time(17)),)})
    assert deadline(tokyo, datetime(2026, 3, 29, 23, tzinfo=UTC), MINUTE) == datetime(
        2026, 3, 30, 0, 1, tzinfo=UTC
    )
