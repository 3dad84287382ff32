"""SLA clocks: deadlines from events, pauses, reopening, another policy."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.aftersales.domain.business_time import Calendar, Window, deadline, elapsed
from services.aftersales.domain.clocks import ClockEvent, Kind, Promise, met, missed_at, read
from services.kit.errors import NotAllowedNow
from tests.aftersales.unit.calendars import ROME, VECTORS, rome, vector_calendar

CASES = VECTORS["business_time"]["cases"]
CALENDAR = vector_calendar()


def promise(minutes: int | None, calendar: Calendar = CALENDAR) -> Promise:
    return Promise(calendar, None if minutes is None else timedelta(minutes=minutes))


def started(at: str, minutes: int | None) -> ClockEvent:
    return ClockEvent(Kind.START, rome(at), promise(minutes))


def event(kind: Kind, at: str) -> ClockEvent:
    return ClockEvent(kind, rome(at))


@pytest.mark.parametrize("case", CASES)
def test_the_vectors_are_met_with_their_pauses(case: dict[str, Any]) -> None:
    events = [started(case["start"], case["minutes"])]
    for since, until in case.get("paused", []):
        events += [event(Kind.PAUSE, since), event(Kind.RESUME, until)]
    assert read(events).due == rome(case["deadline"])


def test_a_clock_that_stands_still_has_no_deadline_but_what_is_left() -> None:
    events = [started("2026-03-23T09:00", 480), event(Kind.PAUSE, "2026-03-23T11:00")]
    reading = read(events)
    assert (reading.state, reading.due, reading.left) == ("paused", None, timedelta(hours=6))


def test_a_reopened_clock_runs_on_with_what_it_had_left() -> None:
    events = [started("2026-03-23T09:00", 480), event(Kind.STOP, "2026-03-23T11:00")]
    assert met(events) is True
    events.append(event(Kind.RESUME, "2026-03-30T08:30"))
    assert read(events).due == deadline(CALENDAR, rome("2026-03-30T08:30"), timedelta(hours=6))
    assert met(events) is None


def test_stopping_at_the_last_instant_keeps_the_promise_and_a_minute_later_does_not() -> None:
    start = started("2026-03-25T08:30", 240)
    assert met([start, event(Kind.STOP, "2026-03-25T12:30")]) is True
    assert met([start, event(Kind.STOP, "2026-03-25T14:00")]) is True
    late = [start, event(Kind.STOP, "2026-03-25T14:01")]
    assert met(late) is False
    assert missed_at(late) == rome("2026-03-25T12:30")


def test_another_policy_keeps_the_time_that_has_gone_by() -> None:
    events = [
        started("2026-03-23T09:00", 480),
        ClockEvent(Kind.POLICY, rome("2026-03-23T11:00"), promise(240)),
    ]
    assert read(events).due == rome("2026-03-23T14:30")


def test_another_calendar_counts_only_from_its_day_on() -> None:
    always = Calendar(ROME, dict.fromkeys(range(7), (Window(time(), None),)))
    events = [
        started("2026-03-27T17:00", 480),
        ClockEvent(Kind.POLICY, rome("2026-03-27T20:00"), promise(480, always)),
    ]
    reading = read(events)
    assert reading.gone == timedelta(hours=1)
    assert reading.due == rome("2026-03-28T03:00")


def test_a_policy_that_promises_less_than_what_is_gone_is_missed_at_once() -> None:
    events = [
        started("2026-03-23T09:00", 480),
        ClockEvent(Kind.POLICY, rome("2026-03-23T11:00"), promise(60)),
    ]
    assert read(events).due == rome("2026-03-23T11:00")
    assert read(events).left == timedelta(minutes=-60)


def test_without_a_promise_time_is_counted_and_nothing_is_due() -> None:
    reading = read([started("2026-03-23T09:00", None), event(Kind.PAUSE, "2026-03-23T11:00")])
    assert (reading.gone, reading.due, reading.left) == (timedelta(hours=2), None, None)
    assert met([started("2026-03-23T09:00", None), event(Kind.STOP, "2026-03-23T11:00")]) is None


def test_a_clock_that_never_began_says_nothing() -> None:
    assert (read([]).state, read([]).due, missed_at([])) == ("", None, None)


@pytest.mark.parametrize(
    "kinds",
    [
        (Kind.PAUSE,),
        (Kind.START, Kind.START),
        (Kind.START, Kind.RESUME),
        (Kind.START, Kind.PAUSE, Kind.PAUSE),
        (Kind.START, Kind.STOP, Kind.PAUSE),
        (Kind.START, Kind.STOP, Kind.STOP),
    ],
)
def test_events_that_cannot_follow_one_another_are_refused(kinds: tuple[Kind, ...]) -> None:
    events = [
        ClockEvent(kind, rome("2026-03-23T09:00") + timedelta(minutes=n), promise(10) if n == 0 else None)
        for n, kind in enumerate(kinds)
    ]
    with pytest.raises(NotAllowedNow, match="CLOCK_ORDER"):
        read(events)


def test_an_event_before_its_predecessor_is_refused() -> None:
    with pytest.raises(NotAllowedNow, match="CLOCK_ORDER"):
        read([started("2026-03-23T09:00", 480), event(Kind.PAUSE, "2026-03-23T08:59")])


_gaps = st.lists(st.integers(0, 5000), min_size=0, max_size=8)


@settings(max_examples=150, deadline=None)
@given(_gaps, st.integers(1, 6000))
def test_what_is_gone_is_the_time_outside_pauses_and_the_deadline_follows_from_it(
    gaps: list[int], minutes: int
) -> None:
    at = rome("2026-03-20T08:00")
    events = [ClockEvent(Kind.START, at, promise(minutes))]
    running: list[tuple[datetime, datetime]] = []
    for number, gap in enumerate(gaps):
        before, at = at, at + timedelta(minutes=gap)
        if number % 2 == 0:
            running.append((before, at))
        events.append(ClockEvent(Kind.PAUSE if number % 2 == 0 else Kind.RESUME, at))
    gone = sum((elapsed(CALENDAR, since, until) for since, until in running), timedelta())
    reading = read(events)
    left = timedelta(minutes=minutes) - gone
    assert (reading.gone, reading.left) == (gone, left)
    assert (missed_at(events) is not None) == (left < timedelta())
    if reading.state == "running" and left >= timedelta():
        assert reading.due == deadline(CALENDAR, at, left)
    if reading.state == "paused":
        assert reading.due is None
