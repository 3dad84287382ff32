"""The agenda and the reminders of a user without the server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.device import outgoing
from gateway.device.device import Device
from gateway.device.errors import Unusable
from services.kit.entities import default_values, entity
from tests.device.conftest import party
from tests.device.fake_owners import ACTIVITY, APPOINTMENT, REMINDER
from tests.device.fake_sync import USER, FakeSync, Grant
from tests.device.support import Clock, device_on

MEETING = "0190d000-0000-7000-8000-000000000001"
MOVED = "0190d000-0000-7000-8000-000000000002"
CALL = "0190d000-0000-7000-8000-000000000003"
GYM = "0190d000-0000-7000-8000-000000000004"
BEFORE_MEETING = "0190d000-0000-7000-8000-000000000005"
BIRTHDAY = "0190d000-0000-7000-8000-000000000006"


def put(server: FakeSync, name: str, record_id: str, parent: str = "", **fields: Any) -> None:
    """A record as its owner sends it."""
    own = {"id", "version"}
    values = {k: v for k, v in default_values(entity(name)).items() if k not in own and v is not None}
    server.owners.create(
        name, record_id, parent=parent, territory="north", **{**values, "owner_id": USER, **fields}
    )


@pytest.fixture
def device(server: FakeSync, tmp_path: Path, clock: Clock) -> Iterator[Device]:
    server.grants.add(Grant("personal", "north"))
    weekly = {"kind": "meeting", "recurrence": "FREQ=WEEKLY;BYDAY=MO", "state": "planned"}
    nine = {
        "starts_at": "2026-10-19T07:00:00Z",
        "ends_at": "2026-10-19T08:00:00Z",
        "time_zone": "Europe/Rome",
    }
    put(server, ACTIVITY, MEETING, subject="Riunione", **weekly, **nine)
    put(
        server,
        ACTIVITY,
        MOVED,
        subject="Riunione spostata",
        kind="meeting",
        state="planned",
        series_id=MEETING,
        recurrence_id="2026-11-30T08:00:00Z",
        starts_at="2026-12-01T14:00:00Z",
    )
    put(
        server,
        ACTIVITY,
        CALL,
        party(0),
        subject="Richiamare",
        kind="call",
        state="planned",
        party_id=party(0),
        due_at="2026-11-23T08:30:00Z",
    )
    put(server, APPOINTMENT, GYM, subject="Palestra", starts_on="2026-11-25")
    put(
        server,
        REMINDER,
        BEFORE_MEETING,
        subject_entity=ACTIVITY,
        subject_id=MEETING,
        trigger="start",
        minutes_before=15,
        acknowledged_at="2026-11-20T08:00:00Z",
        next_at="2026-11-23T07:45:00Z",
    )
    put(server, REMINDER, BIRTHDAY, text="Auguri a Rossi", trigger="at", at="2026-11-23T09:30:00Z")
    server.ingest()
    device = device_on(server, tmp_path, clock)
    device.pull()
    server.away = True
    yield device
    device.close()


def shown(device: Device, first: date, count: int) -> list[str]:
    entries = device.agenda.days(first, count)
    return [
        f"{each.occurrence.begins:%d %H:%M} {each.values['subject']}{' !' if each.is_overdue else ''}"
        for each in entries
    ]


def test_two_weeks_are_there_without_the_server(device: Device) -> None:
    assert shown(device, date(2026, 11, 23), 14) == [
        "23 08:00 Riunione",
        "23 08:30 Richiamare !",
        "24 23:00 Palestra",
        "01 14:00 Riunione spostata",
    ]
    assert [each.party for each in device.agenda.days(date(2026, 11, 23), 1)] == ["", "Party 0"]
    # Nine in Rome before and after the clocks changed.
    assert shown(device, date(2026, 10, 19), 8) == ["19 07:00 Riunione", "26 08:00 Riunione"]


def test_what_is_made_here_is_in_the_agenda_at_once(device: Device) -> None:
    fields = {"kind": "visit", "subject": "Visita", "party_id": party(1), "starts_at": "2026-11-23T07:00:00Z"}
    device.author.create(ACTIVITY, fields | {"owner_id": USER})
    assert shown(device, date(2026, 11, 23), 1)[0] == "23 07:00 Visita !"


def test_reminders_wait_until_they_are_answered(device: Device, clock: Clock, server: FakeSync) -> None:
    # The clock stands at 9:00 in UTC, 10:00 in Rome.
    (meeting,) = device.agenda.due()
    assert (meeting.title, meeting.due_at) == ("Riunione", datetime(2026, 11, 23, 7, 45, tzinfo=UTC))
    assert meeting.occurrence is not None
    assert meeting.occurrence.recurrence_id == "2026-11-23T08:00:00Z"
    clock.forward(minutes=30)
    assert [each.title for each in device.agenda.due()] == ["Riunione", "Auguri a Rossi"]
    device.agenda.dismiss(BEFORE_MEETING)
    device.agenda.snooze(BIRTHDAY, 15)
    assert device.agenda.due() == []
    clock.forward(minutes=15)
    assert [each.title for each in device.agenda.due()] == ["Auguri a Rossi"]
    # The moved one is reminded of where it is now, the next by its own rule.
    clock.now = datetime(2026, 11, 30, 8, tzinfo=UTC)
    assert [each.title for each in device.agenda.due()] == ["Auguri a Rossi"]
    clock.now = datetime(2026, 12, 1, 13, 50, tzinfo=UTC)
    assert [each.title for each in device.agenda.due()] == ["Auguri a Rossi", "Riunione"]
    sent = [
        (item.body["command"], item.record_id, item.body["made_at"])
        for item in outgoing.waiting(device.store)
    ]
    assert sent == [
        ("dismiss", BEFORE_MEETING, "2026-11-23T09:30:00Z"),
        ("snooze", BIRTHDAY, "2026-11-23T09:30:00Z"),
    ]


def test_what_does_not_wait_cannot_be_answered(device: Device) -> None:
    for answer in (
        lambda: device.agenda.dismiss(BIRTHDAY),
        lambda: device.agenda.snooze("no id", 15),
        lambda: device.agenda.snooze(BEFORE_MEETING, 0),
        lambda: device.agenda.snooze(BEFORE_MEETING, 600_000),
    ):
        with pytest.raises(Unusable, match=r"NOTHING_DUE|SNOOZE_TOO_LONG"):
            answer()
    assert outgoing.waiting(device.store) == []


def test_what_is_done_is_silent(device: Device, server: FakeSync) -> None:
    server.away = False
    server.owners.update(MEETING, state="cancelled")
    server.ingest()
    device.pull()
    assert device.agenda.due() == []
    assert shown(device, date(2026, 11, 23), 1) == ["23 08:30 Richiamare !"]
