"""Calendars and service promises, from their records."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.aftersales.domain.business_time import Calendar, Window
from services.aftersales.domain.clocks import Promise
from services.kit.company_time import company_zone
from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import Values
from services.kit.errors import Invalid, NotAllowedNow, Violation

_DAYS = {
    name: number
    for number, name in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    )
}
_PRIORITIES = ("low", "normal", "high", "critical")


def always() -> Calendar:
    """Every hour of every day: what a clock without a promise is read by."""
    whole_day = (Window(time(), None),)
    return Calendar(company_zone(), dict.fromkeys(range(7), whole_day))


def calendar_from(record: Values) -> Calendar:
    """The calendar that a record describes.

    Raises:
        Invalid: INVALID_FIELDS with UNKNOWN_TIME_ZONE; WINDOW_EMPTY, WINDOWS_OVERLAP.
    """
    windows: dict[int, list[Window]] = {}
    for window in record["windows"]:
        read = Window(
            _wall(window["opens"]), None if window["closes"] == "24:00" else _wall(window["closes"])
        )
        for name in dict.fromkeys(window["days"]):
            windows.setdefault(_DAYS[name], []).append(read)
    holidays = frozenset(date.fromisoformat(holiday["on"]) for holiday in record["holidays"])
    return Calendar(_zone(record["time_zone"]), {key: tuple(day) for key, day in windows.items()}, holidays)


def _wall(text: str) -> time:
    return time.fromisoformat(text)


def _zone(name: str) -> ZoneInfo:
    if not name:
        return company_zone()
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        violation = Violation("time_zone", "UNKNOWN_TIME_ZONE", "no such time zone")
        raise Invalid("INVALID_FIELDS", violations=[violation]) from error


def prepare_calendar(uow: UnitOfWork, row: Row) -> None:
    """Refuse hours that make no sense.

    Raises:
        Invalid: INVALID_FIELDS, with REQUIRED for a window or holiday that is not complete.
    """
    violations = [
        Violation(f"windows[{number}]", "INVALID_TIME")
        for number, window in enumerate(row.values["windows"])
        if not (_is_wall(window["opens"]) and (_is_wall(window["closes"]) or window["closes"] == "24:00"))
    ]
    violations += [
        Violation(f"windows[{number}].days", "UNKNOWN_VALUE")
        for number, window in enumerate(row.values["windows"])
        if not set(window["days"]) <= set(_DAYS)
    ]
    violations += [
        Violation(f"holidays[{number}].on", "REQUIRED")
        for number, holiday in enumerate(row.values["holidays"])
        if not holiday["on"]
    ]
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    try:
        calendar_from(row.values)
    except Invalid as error:
        if error.reason == "INVALID_FIELDS":
            raise
        violation = Violation("windows", error.reason, str(error.params))
        raise Invalid("INVALID_FIELDS", params=error.params, violations=[violation]) from error


def _is_wall(text: str) -> bool:
    try:
        return len(text) == 5 and bool(time.fromisoformat(text) or True)
    except ValueError:
        return False


def delete_calendar(uow: UnitOfWork, row: Row) -> None:
    """A calendar that policies name stays.

    Raises:
        NotAllowedNow: CALENDAR_IN_USE.
    """
    policy = uow.tables["aftersales.sla_policy"]
    if uow.find("aftersales.sla_policy", policy.c.calendar_id == row.id):
        raise NotAllowedNow("CALENDAR_IN_USE")


def prepare_sla_policy(uow: UnitOfWork, row: Row) -> None:
    """One promise for each priority.

    Raises:
        Invalid: INVALID_FIELDS with TARGET_TWICE.
    """
    named = [target["priority"] for target in row.values["targets"]]
    if len(set(named)) < len(named):
        raise Invalid("INVALID_FIELDS", violations=[Violation("targets", "TARGET_TWICE")])


def standard_policy(uow: UnitOfWork) -> str:
    """The id of the policy for requests that name none, "" if there is none."""
    policy = uow.tables["aftersales.sla_policy"]
    found = uow.find("aftersales.sla_policy", policy.c.standard.is_(True))
    return min(found, key=lambda row: (row.values["created_at"], row.id)).id if found else ""


def minutes_promised(uow: UnitOfWork, policy_id: str, priority: str) -> tuple[str, int, int]:
    """Calendar, minutes to respond and minutes to resolve; ("", 0, 0) without a promise."""
    policy = uow.get("aftersales.sla_policy", policy_id) if policy_id else None
    if policy is None or policy.values["deleted"]:
        return "", 0, 0
    targets: dict[str, Any] = {target["priority"]: target for target in policy.values["targets"]}
    target = targets.get(priority)
    if target is None:
        return policy.values["calendar_id"], 0, 0
    return policy.values["calendar_id"], target["response_minutes"], target["resolution_minutes"]


def promise(uow: UnitOfWork, calendar_id: str, minutes: int) -> Promise:
    """What a clock event promised; a calendar that was deleted since still counts."""
    row = uow.get("aftersales.business_calendar", calendar_id) if calendar_id else None
    calendar = calendar_from(row.values) if row is not None else always()
    return Promise(calendar, timedelta(minutes=minutes) if minutes else None)
