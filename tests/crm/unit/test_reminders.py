"""Reminders fire once, in whatever order the clock is looked at and answers arrive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.crm.domain import reminders
from services.crm.domain.reminders import State, dismissed, fired, settled, snoozed
from services.kit.entities import default_values, entity
from tests.crm.agenda import at, utc
from tests.crm.calendars import ROME

BEGIN = at("2026-03-20T00:00")
minutes = st.integers(0, 14 * 24 * 60).map(lambda n: BEGIN + timedelta(minutes=n))


def those(moments: Iterable[datetime]) -> reminders.Triggers:
    known = sorted(set(moments))
    return lambda since, until: [each for each in known if since <= each < until]


@settings(deadline=None)
@given(triggers=st.lists(minutes, max_size=8), ticks=st.lists(minutes, max_size=20))
def test_each_trigger_fires_once_whenever_the_clock_is_looked_at(
    triggers: list[datetime], ticks: list[datetime]
) -> None:
    source = those(triggers)
    state = settled(State(), source, BEGIN - timedelta(seconds=1))
    heard = []
    for now in ticks:
        after = fired(state, source, now)
        if after.due_at != state.due_at:
            assert after.due_at is not None
            assert after.due_at <= now
            heard.append(after.due_at)
        assert fired(after, source, now) == after
        state = after
    assert len(heard) == len(set(heard))
    assert heard == sorted(heard)
    # Past ones are one: what was heard last is the latest of all that are past.
    past = [each for each in triggers if ticks and each <= max(ticks)]
    assert heard[-1:] == [max(past)] if past else heard == []
    later = [each for each in triggers if ticks and each > max(ticks)]
    assert state.next_at == (min(later) if later else None) or not ticks


@settings(deadline=None)
@given(answers=st.lists(st.tuples(minutes, st.booleans(), minutes), max_size=4), now=minutes)
def test_answers_of_several_devices_come_to_the_same_in_any_order(
    answers: list[tuple[datetime, bool, datetime]], now: datetime
) -> None:
    distinct = list({each[0]: each for each in answers}.values())
    source = those([BEGIN])
    ends = set()
    for order in permutations(distinct):
        state = fired(State(), source, now)
        for answered_at, is_snooze, until in order:
            state = snoozed(state, answered_at, until) if is_snooze else dismissed(state, answered_at)
            state = settled(state, source, now)
        ends.add(fired(state, source, now))
    assert len(ends) == 1


@given(trigger=minutes, made=minutes, now=minutes)
def test_a_device_whose_clock_is_behind_dismisses_what_it_showed(
    trigger: datetime, made: datetime, now: datetime
) -> None:
    source = those([trigger])
    state = fired(State(), source, now)
    if state.due_at is not None:
        at_last = reminders.answered_at(min(made, now), state.due_at, now)
        assert settled(dismissed(state, at_last), source, now).due_at is None


def activity(**fields: Any) -> dict[str, Any]:
    values = default_values(entity("crm.activity"))
    return values | {"state": "planned", "starts_at": utc("2026-03-23T08:00")} | fields


def reminder(**fields: Any) -> dict[str, Any]:
    return default_values(entity("crm.reminder")) | {"trigger": "start", "minutes_before": 15} | fields


def within(reminder: dict[str, Any], subject: dict[str, Any], *overrides: dict[str, Any]) -> list[str]:
    triggers = reminders.triggers_of(reminder, subject, overrides, ROME)
    found = triggers(at("2026-03-01T00:00"), at("2026-04-10T00:00"))
    return [f"{each:%d %H:%M}" for each in sorted(found)]


def test_triggers_follow_the_start_or_the_end() -> None:
    one = activity(ends_at=utc("2026-03-23T10:00"))
    assert within(reminder(), one) == ["23 07:45"]
    assert within(reminder(trigger="end", minutes_before=0), one) == ["23 10:00"]
    assert within(reminder(trigger="end", minutes_before=-30), one) == ["23 10:30"]
    assert within(reminder(), activity(starts_at=None, due_at=utc("2026-03-27T12:00"))) == ["27 11:45"]
    # A day starts at its midnight in the zone: in UTC the evening before.
    assert within(reminder(), activity(starts_at=None, starts_on="2026-03-30")) == ["29 21:45"]


def test_each_occurrence_of_a_series_triggers_and_the_changed_one_as_it_is_now() -> None:
    series = activity(recurrence="FREQ=WEEKLY", excluded=[utc("2026-04-06T07:00")])
    moved = activity(starts_at=utc("2026-03-31T12:00"), recurrence_id=utc("2026-03-30T07:00"))
    assert within(reminder(), series) == ["23 07:45", "30 06:45"]
    assert within(reminder(), series, moved) == ["23 07:45", "31 11:45"]
    assert within(reminder(), series, moved | {"state": "done"}) == ["23 07:45"]


def test_what_is_closed_is_silent() -> None:
    for closed in ({"state": "done"}, {"state": "cancelled"}, {"deleted": True}):
        assert within(reminder(), activity(**closed)) == []
        assert within(reminder(trigger="at", at=utc("2026-03-22T08:00")), activity(**closed)) == []


def test_what_is_closed_is_silent_also_when_it_was_snoozed() -> None:
    now, until = at("2026-03-23T08:00"), at("2026-03-23T09:00")
    source = reminders.triggers_of(reminder(), activity(), [], ROME)
    state = settled(snoozed(fired(State(), source, now), now, until), source, now)
    assert state.next_at == until
    closed = reminders.triggers_of(reminder(), activity(state="done"), [], ROME)
    assert fired(state, closed, until).due_at is None
    assert settled(state, closed, now).next_at is None


def test_a_series_for_ever_has_a_next_trigger_and_a_sparse_one_too() -> None:
    for rule, start, expected in (
        ("FREQ=DAILY", "2026-03-23T08:00", "2026-03-25T07:45"),
        ("FREQ=YEARLY", "2024-02-29T08:00", "2028-02-29T07:45"),
        ("FREQ=WEEKLY;COUNT=1", "2026-03-23T08:00", ""),
    ):
        source = reminders.triggers_of(reminder(), activity(recurrence=rule, starts_at=utc(start)), [], ROME)
        state = settled(State(acknowledged_at=at("2026-03-25T00:00")), source, at("2026-03-25T00:00"))
        assert (f"{state.next_at:%Y-%m-%dT%H:%M}" if state.next_at else "") == expected


def test_instants_are_compared_not_clocks() -> None:
    nightly = activity(recurrence="FREQ=DAILY", starts_at=utc("2026-10-24T00:30"))
    source = reminders.triggers_of(reminder(), nightly, [], ROME)
    found = sorted(source(at("2026-10-24T00:00"), at("2026-10-26T12:00")))
    # 02:15 on the clock each night; the hour that autumn repeats triggers once, the first time.
    assert found == [at("2026-10-24T00:15"), at("2026-10-25T00:15"), at("2026-10-26T01:15")]
    state = fired(State(), source, at("2026-10-25T01:20"))
    assert fired(state, source, at("2026-10-25T01:50")) == state
