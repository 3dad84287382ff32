"""The clocks of a request: events stored, deadlines computed from them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

import sqlalchemy as sa

from services.aftersales.domain import clocks
from services.aftersales.domain.clocks import ClockEvent, Kind, Promise, Reading
from services.aftersales.domain.transitions import OPEN_REQUESTS
from services.aftersales.usecases.calendars import minutes_promised, promise
from services.aftersales.usecases.times import moment
from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import time_text
from services.kit.errors import Invalid

RESPONSE, RESOLUTION = "response", "resolution"
_EVENT = "aftersales.clock_event"
_LARGEST_S = 2**31 - 1


def start(uow: UnitOfWork, request: Row, at: datetime) -> None:
    """Start both clocks under the request's policy."""
    calendar_id, to_respond, to_resolve = _promised(uow, request)
    for clock, minutes in ((RESPONSE, to_respond), (RESOLUTION, to_resolve)):
        _add(uow, request, clock, Kind.START, at, calendar_id=calendar_id, minutes=minutes)
    refresh(uow, request)


def change_policy(uow: UnitOfWork, request: Row) -> None:
    """From now on another promise, where it is another; what has gone by stays."""
    calendar_id, to_respond, to_resolve = _promised(uow, request)
    for clock, minutes in ((RESPONSE, to_respond), (RESOLUTION, to_resolve)):
        if _in_force(uow, request, clock) != (calendar_id, minutes):
            _add(uow, request, clock, Kind.POLICY, uow.made_at, calendar_id=calendar_id, minutes=minutes)
    refresh(uow, request)


def happen(uow: UnitOfWork, request: Row, clock: str, kind: Kind) -> None:
    """Let something happen to a clock at the moment when the author decided it.

    Raises:
        NotAllowedNow: CLOCK_ORDER.
    """
    _add(uow, request, clock, kind, uow.made_at)
    refresh(uow, request)


def refresh(uow: UnitOfWork, request: Row) -> None:
    """Write the deadlines that the events make."""
    response = reading(uow, request, RESPONSE)
    resolution = reading(uow, request, RESOLUTION)
    values = request.values
    values["response_due_at"] = time_text(response.due) if response.due else None
    values["resolution_due_at"] = time_text(resolution.due) if resolution.due else None
    stands_still = resolution.state in ("paused", "stopped") and resolution.left is not None
    left = resolution.left // timedelta(seconds=1) if stands_still and resolution.left is not None else 0
    values["resolution_left_s"] = max(-_LARGEST_S, min(left, _LARGEST_S))


def refresh_requests(uow: UnitOfWork, calendar: Row) -> None:
    """Compute the deadlines of open requests anew, because their calendar has changed."""
    request, event = uow.tables["aftersales.request"], uow.tables[_EVENT]
    told = sa.select(event.c.request_id).where(event.c.calendar_id == calendar.id)
    concerned = request.c.id.in_(told) & request.c.state.in_(OPEN_REQUESTS)
    for row in uow.find("aftersales.request", concerned, lock=True):
        refresh(uow, row)


def reading(uow: UnitOfWork, request: Row, clock: str) -> Reading:
    """How a clock of a request stands."""
    return clocks.read(events_of(uow, request, clock))


def events_of(uow: UnitOfWork, request: Row, clock: str) -> list[ClockEvent]:
    """The events of one clock, in order."""
    return [_event(uow, row) for row in _rows(uow, request) if row.values["clock"] == clock]


def _rows(uow: UnitOfWork, request: Row) -> list[Row]:
    return sorted(uow.children(_EVENT, request.id), key=lambda row: int(row.values["position"]))


def _event(uow: UnitOfWork, row: Row) -> ClockEvent:
    kind = Kind(row.values["kind"])
    promised: Promise | None = None
    if kind in (Kind.START, Kind.POLICY):
        promised = promise(uow, row.values["calendar_id"], row.values["minutes"])
    at = moment(row.values["at"])
    if at is None:
        raise Invalid("INVALID_FIELDS", f"clock event {row.id} has no time")
    return ClockEvent(kind, at, promised)


def _in_force(uow: UnitOfWork, request: Row, clock: str) -> tuple[str, int]:
    """Calendar and minutes that a clock runs under."""
    promises = [
        (row.values["calendar_id"], int(row.values["minutes"]))
        for row in _rows(uow, request)
        if row.values["clock"] == clock and row.values["kind"] in (Kind.START, Kind.POLICY)
    ]
    return promises[-1]


def _promised(uow: UnitOfWork, request: Row) -> tuple[str, int, int]:
    return minutes_promised(uow, request.values["sla_policy_id"], request.values["priority"])


def _add(
    uow: UnitOfWork,
    request: Row,
    clock: str,
    kind: Kind,
    at: datetime,
    *,
    calendar_id: str = "",
    minutes: int = 0,
) -> None:
    rows = _rows(uow, request)
    # Devices' clocks differ: an event never lies before the one that it follows.
    times = [moment(row.values["at"]) for row in rows if row.values["clock"] == clock]
    at = max([at, *(each for each in times if each is not None)])
    position = len(rows)
    uow.create(
        _EVENT,
        {
            "id": str(uuid5(UUID(request.id), f"clock/{position}")),
            "request_id": request.id,
            "clock": clock,
            "kind": str(kind),
            "at": time_text(at),
            "calendar_id": calendar_id,
            "minutes": minutes,
            "position": position,
        },
    )
    clocks.read(events_of(uow, request, clock))
