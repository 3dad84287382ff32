"""When reminders fire, and what an answer to one does (RFC 9074).

A trigger fires once it is not later than now and later than what was acknowledged. Of triggers that are past
only the latest fires. Answers (dismiss, snooze) may arrive late and in any order from several devices: the
one that was given last counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.crm.domain import calendar
from services.kit.recurrence import HORIZON

AT: Final = "at"
START: Final = "start"
END: Final = "end"
#: Records whose times a reminder can follow.
TIMED: Final = ("crm.activity", "crm.appointment")
LONGEST_SNOOZE: Final = timedelta(days=366)
_EVER: Final = datetime(1, 1, 1, tzinfo=UTC)
_NEVER: Final = datetime(HORIZON.year, HORIZON.month, HORIZON.day, tzinfo=UTC)
#: How far ahead the next trigger is looked for: most series repeat within weeks, some wait for a leap year.
_AHEAD: Final = (timedelta(days=40), timedelta(days=400), timedelta(days=3300))

Triggers = Callable[[datetime, datetime], Iterable[datetime]]
"""(since, until) -> the triggers within [since, until), in any order."""


@dataclass(frozen=True, slots=True)
class State:
    """How far a reminder has come."""

    acknowledged_at: datetime | None = None
    snoozed_until: datetime | None = None
    #: The trigger that fired and waits for an answer.
    due_at: datetime | None = None
    next_at: datetime | None = None


def settled(state: State, triggers: Triggers, now: datetime) -> State:
    """Return the state that follows from triggers that may have moved; nothing fires here."""
    floor = state.acknowledged_at or _EVER
    due = state.due_at
    if due is not None and (due <= floor or due not in set(_all(state, triggers)(due, due + _LEAST))):
        due = None
    after = max(floor, due or _EVER)
    pending = _latest(state, triggers, after, now)
    return replace(state, due_at=due, next_at=pending or _first(state, triggers, max(after, now)))


def fired(state: State, triggers: Triggers, now: datetime) -> State:
    """Return the state after the clock was looked at: the latest trigger that is past is due, once.

    The clock may be looked at as often as one likes, at times in any order.
    """
    state = settled(state, triggers, now)
    if state.next_at is None or state.next_at > now:
        return state
    due = state.next_at
    return replace(state, due_at=due, next_at=_first(state, triggers, max(due, now)))


def dismissed(state: State, answered_at: datetime) -> State:
    """Return the state after everything up to then was dealt with."""
    if answered_at <= (state.acknowledged_at or _EVER):
        return state
    return replace(state, acknowledged_at=answered_at, snoozed_until=None)


def snoozed(state: State, answered_at: datetime, until: datetime) -> State:
    """Return the state after everything up to then was put off."""
    if answered_at <= (state.acknowledged_at or _EVER):
        return state
    return replace(state, acknowledged_at=answered_at, snoozed_until=max(until, answered_at + _LEAST))


def answered_at(made_at: datetime, shown: datetime | None, now: datetime) -> datetime:
    """Return the time of an answer: when it was made, or the trigger that was shown if that was later by the
    clock that fired it.
    """
    return max(made_at, min(shown, now)) if shown is not None else made_at


_LEAST: Final = timedelta(microseconds=1)


def _all(state: State, triggers: Triggers) -> Triggers:
    """The reminder's own triggers and its snooze."""

    def within(since: datetime, until: datetime) -> Iterable[datetime]:
        if triggers is silent:
            return
        yield from triggers(since, until)
        if state.snoozed_until is not None and since <= state.snoozed_until < until:
            yield state.snoozed_until

    return within


def _latest(state: State, triggers: Triggers, after: datetime, now: datetime) -> datetime | None:
    return max(_all(state, triggers)(after + _LEAST, now + _LEAST), default=None)


def _first(state: State, triggers: Triggers, after: datetime) -> datetime | None:
    begin = after + _LEAST
    for end in (*(begin + ahead for ahead in _AHEAD), _NEVER):
        found = min(_all(state, triggers)(begin, min(end, _NEVER)), default=None)
        if found is not None:
            return found
    return None


def silent(since: datetime, until: datetime) -> Iterable[datetime]:
    """The triggers of a reminder of what is closed or gone: none, not even a snooze."""
    return ()


def triggers_of(
    reminder: Mapping[str, Any],
    subject: Mapping[str, Any] | None,
    overrides: Iterable[Mapping[str, Any]],
    company: ZoneInfo,
) -> Triggers:
    """Return the triggers of a reminder; for START and END its subject is an activity or an appointment.

    `overrides` are the records that occurrences of a series became. What is done, cancelled or deleted is not
    reminded of.
    """
    if subject is not None and _is_closed(subject):
        return silent
    if reminder["trigger"] == AT:
        at = calendar.moment(reminder, "at")
        return _those([at] if at is not None else [])
    if subject is None:
        return silent
    before = timedelta(minutes=reminder["minutes_before"])
    of = _start if reminder["trigger"] == START else _end
    known = list(overrides)
    names = {each["recurrence_id"] for each in known}

    def within(since: datetime, until: datetime) -> Iterable[datetime]:
        begin, end = _moved(since, before), _moved(until, before)
        found = calendar.occurrences(subject, since=begin, until=end, company=company, overridden=names)
        own = (calendar.single(each, company) for each in known if not _is_closed(each))
        for occurrence in (*found, *(each for each in own if each is not None)):
            trigger = of(occurrence) - before
            if since <= trigger < until:
                yield trigger

    return within


def occurrence_of(
    reminder: Mapping[str, Any],
    due_at: datetime,
    subject: Mapping[str, Any],
    overrides: Collection[Mapping[str, Any]],
    company: ZoneInfo,
) -> tuple[Mapping[str, Any], calendar.Occurrence] | None:
    """Return the record and the occurrence that a trigger speaks of: of a series the latest not after it, the
    first for a snooze; None for what has no time.
    """
    known = [each for each in overrides if not _is_closed(each)]
    names = {each["recurrence_id"] for each in overrides}
    before = timedelta(minutes=reminder["minutes_before"] if reminder["trigger"] != AT else 0)
    of = _end if reminder["trigger"] == END else _start
    wanted = _moved(due_at, before)
    found = [
        (subject, each)
        for each in calendar.occurrences(
            subject,
            since=_moved(wanted, timedelta(days=-400)),
            until=wanted + calendar.LONGEST_OCCURRENCE,
            company=company,
            overridden=names,
        )
    ]
    found += [(each, own) for each in known if (own := calendar.single(each, company)) is not None]
    past = [each for each in found if of(each[1]) <= wanted]
    if past:
        return max(past, key=lambda each: of(each[1]))
    single = calendar.single(subject, company)
    return (subject, single) if single is not None else None


def _start(occurrence: calendar.Occurrence) -> datetime:
    return occurrence.begins


def _end(occurrence: calendar.Occurrence) -> datetime:
    return occurrence.ends


def _those(moments: list[datetime]) -> Triggers:
    return lambda since, until: [each for each in moments if since <= each < until]


def _moved(moment: datetime, by: timedelta) -> datetime:
    """Return a moment moved, within what a calendar knows: the ends of time stay where they are."""
    return min(max(moment, _FIRST), _NEVER) + by


_FIRST: Final = datetime(1980, 1, 1, tzinfo=UTC)


def _is_closed(record: Mapping[str, Any]) -> bool:
    return bool(record["deleted"]) or record.get("state", "planned") in ("done", "cancelled")
