"""SLA clocks: a deadline is a function of events, never a date that somebody moves.

A clock starts with a promise (so many minutes in a calendar), pauses and resumes, stops, and may be resumed
after a stop: a reopened request runs on with what it had left. A change of policy takes effect from its
instant on; what has gone by before stays as it was counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from services.aftersales.domain.business_time import Calendar, deadline, elapsed
from services.kit.errors import NotAllowedNow


class Kind(StrEnum):
    """What happens to a clock."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    POLICY = "policy"


#: State of a clock -> what may happen to it -> state after it. "running" and "paused" take policies too.
TABLE: dict[str, dict[Kind, str]] = {
    "": {Kind.START: "running"},
    "running": {Kind.PAUSE: "paused", Kind.STOP: "stopped", Kind.POLICY: "running"},
    "paused": {Kind.RESUME: "running", Kind.STOP: "stopped", Kind.POLICY: "paused"},
    "stopped": {Kind.RESUME: "running", Kind.POLICY: "stopped"},
}


@dataclass(frozen=True, slots=True)
class Promise:
    """So much business time in a calendar; `duration` None promises nothing."""

    calendar: Calendar
    duration: timedelta | None


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """Something that happened to a clock. START and POLICY carry the promise that holds from then on."""

    kind: Kind
    at: datetime
    promise: Promise | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A clock as it stands after its events.

    `gone` is the business time up to the last event. `due` is set while the clock runs under a promise;
    `left` is what remains of the promise at the last event, negative if it is missed. `missed_at` is known
    only once the promise was missed before the last event.
    """

    state: str
    gone: timedelta
    due: datetime | None
    left: timedelta | None


def read(events: Sequence[ClockEvent]) -> Reading:
    """What the events make of a clock; they stand in the order in which they happened.

    Raises:
        NotAllowedNow: CLOCK_ORDER, an event cannot follow the one before it, or lies before it in time.
    """
    state, gone, promise = "", timedelta(), None
    last: datetime | None = None
    for event in events:
        if event.kind not in TABLE[state] or (last is not None and event.at < last):
            raise NotAllowedNow("CLOCK_ORDER", params={"state": state or "new", "event": event.kind})
        if state == "running" and last is not None and promise is not None:
            gone += elapsed(promise.calendar, last, event.at)
        state = TABLE[state][event.kind]
        promise = event.promise or promise
        last = event.at
    if promise is None or promise.duration is None or last is None:
        return Reading(state, gone, None, None)
    left = promise.duration - gone
    due = None
    if state == "running":
        due = deadline(promise.calendar, last, left) if left >= timedelta() else missed_at(events)
    return Reading(state, gone, due, left)


def missed_at(events: Sequence[ClockEvent]) -> datetime | None:
    """The instant at which the promise ran out within these events; None if it did not.

    A policy that promises less than what has gone by already is missed at its own instant.
    """
    state, gone, promise = "", timedelta(), None
    last: datetime | None = None
    for event in [*events, None]:
        if promise is not None and promise.duration is not None and last is not None:
            left = promise.duration - gone
            if left < timedelta():
                return last.astimezone(UTC)
            if state == "running" and event is not None:
                due = deadline(promise.calendar, last, left)
                if due < event.at:
                    return due
        if event is None:
            return None
        if state == "running" and last is not None and promise is not None:
            gone += elapsed(promise.calendar, last, event.at)
        state = TABLE[state][event.kind]
        promise = event.promise or promise
        last = event.at
    return None


def met(events: Sequence[ClockEvent]) -> bool | None:
    """Whether a stopped clock kept its promise; None while it is open, or promised nothing."""
    reading = read(events)
    if reading.state != "stopped" or reading.left is None:
        return None
    return reading.left >= timedelta()
