"""What the weeks of sellers look like: a meeting that repeats, a fair, reminders due and missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.local.demonstration.author import Group, create, fixed_id

MEETING: Final = "sales meeting"
_ZONE: Final = ZoneInfo("Europe/Rome")
_WEEKS_BEFORE: Final = 12
_ACTIVITY: Final = "crm.activity"


def team(today: date, user_ids: Sequence[str]) -> list[Group]:
    """Return what the manager enters: the meeting of every Monday, left out once, moved once."""
    monday = today - timedelta(days=today.weekday())
    first = monday - timedelta(weeks=_WEEKS_BEFORE)
    series = fixed_id(MEETING)
    meeting = create(
        _ACTIVITY,
        MEETING,
        {
            "kind": "meeting",
            "subject": "Riunione vendite",
            "location": "Sala grande",
            "starts_at": _at(first, 8, 30),
            "ends_at": _at(first, 9, 30),
            "time_zone": _ZONE.key,
            "recurrence": "FREQ=WEEKLY;BYDAY=MO",
            "excluded": [_at(monday + timedelta(weeks=3), 8, 30)],
            "participant_ids": sorted(user_ids),
        },
    )
    name = _at(monday + timedelta(weeks=1), 8, 30)
    moved = {
        "kind": "meeting",
        "subject": "Riunione vendite, budget del trimestre",
        "location": "Sala grande",
        "starts_at": _at(monday + timedelta(weeks=1, days=1), 10),
        "ends_at": _at(monday + timedelta(weeks=1, days=1), 12),
        "series_id": series,
        "recurrence_id": name,
        "participant_ids": sorted(user_ids),
    }
    return [[meeting], [create(_ACTIVITY, "sales meeting moved", moved)]]


def seller(today: date, name: str, party_ids: Sequence[str]) -> list[Group]:
    """Return what one seller has entered for these weeks, with customers of theirs."""
    return [list(group) for group in _seller(today, name, party_ids)]


def _seller(today: date, name: str, party_ids: Sequence[str]) -> Iterator[Iterator[dict[str, Any]]]:
    yesterday, tomorrow = today - timedelta(days=1), _working(today + timedelta(days=1))
    for number, (party_id, subject, day, hour) in enumerate(
        (
            (party_ids[0], "Richiamare per il capitolato", yesterday, 15),
            (party_ids[1], "Visita: rilievo della linea", tomorrow, 9),
            (party_ids[2], "Prova di piega in sede", _working(today + timedelta(days=3)), 14),
        )
    ):
        yield _with_reminder(f"{name} agenda {number}", party_id, subject, day, hour)
    yield _one(
        _ACTIVITY,
        f"{name} fair",
        {
            "kind": "other",
            "subject": "Fiera della lamiera",
            "location": "Bologna",
            "starts_on": (today + timedelta(days=20)).isoformat(),
            "ends_on": (today + timedelta(days=22)).isoformat(),
        },
    )
    meeting = {"subject_entity": _ACTIVITY, "subject_id": fixed_id(MEETING)}
    yield _one("crm.reminder", f"{name} before the meeting", {**meeting, "minutes_before": 15})
    missed = {"text": "Inviare il listino aggiornato agli agenti", "at": _at(yesterday, 17)}
    yield _one("crm.reminder", f"{name} missed", missed)
    dentist = _working(today + timedelta(days=2))
    times = {"starts_at": _at(dentist, 17, 30), "ends_at": _at(dentist, 18, 30)}
    yield _one("crm.appointment", f"{name} dentist", {"subject": "Dentista", **times})


def _with_reminder(key: str, party_id: str, subject: str, day: date, hour: int) -> Iterator[dict[str, Any]]:
    kind = "call" if subject.startswith("Richiamare") else "visit"
    times = {"starts_at": _at(day, hour), "ends_at": _at(day, hour, 45)}
    yield create(_ACTIVITY, key, {"party_id": party_id, "kind": kind, "subject": subject, **times})
    about = {"subject_entity": _ACTIVITY, "subject_id": fixed_id(key)}
    yield create("crm.reminder", f"{key} reminder", {**about, "minutes_before": 30})


def _one(entity: str, key: str, fields: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield create(entity, key, fields)


def _working(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _at(day: date, hour: int, minute: int = 0) -> str:
    """Return a wall time in Italy as records write it."""
    moment = datetime.combine(day, time(hour, minute), _ZONE).astimezone(UTC)
    return moment.isoformat().replace("+00:00", "Z")
