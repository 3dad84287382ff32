"""A day of a salesperson over every process: a reminder that fires, a phone that subscribes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from icalendar import Calendar

from tests.e2e.conftest import SignIn, created, refused
from tests.support.installation import Installation

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def _in(**span: float) -> str:
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(**span)
    return moment.isoformat().replace("+00:00", "Z")


def _answer(client: httpx.Client, path: str, **parameters: str) -> dict[str, Any]:
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_reminder_reaches_open_clients_when_its_time_comes(sign_in: SignIn) -> None:
    north, listening = sign_in("sales.north"), sign_in("sales.north")
    visit = {"kind": "visit", "subject": "Visita a Lucca", "starts_at": _in(minutes=15, seconds=15)}
    activity = created(north.post("/v1/crm/activities", json=visit))["id"]
    about = {"subject_entity": "crm.activity", "subject_id": activity, "minutes_before": 15}
    reminder = created(north.post("/v1/crm/reminders", json=about))
    assert "due_at" not in reminder
    path = f"/v1/crm/reminders/{reminder['id']}"
    with listening.stream("GET", "/v1/sync/live", timeout=60) as live:
        # Nobody asks but after a poke; it comes because the reminder fired.
        pokes = (line for line in live.iter_lines() if line == "event: poke")
        assert any("due_at" in _answer(north, path) for _ in pokes)
    waiting = _answer(north, "/v1/crm/reminders:due")
    told = {each["reminder_id"]: each for each in waiting["due"]}
    assert told[reminder["id"]]["title"] == "Visita a Lucca"
    snoozed = north.post(f"{path}:snooze", json={"until": _in(hours=1)})
    assert snoozed.status_code == 200, snoozed.text
    left = _answer(north, "/v1/crm/reminders:due")["due"]
    assert reminder["id"] not in {each["reminder_id"] for each in left}
    done = north.post(f"/v1/crm/activities/{activity}:complete", json={"outcome": "Fatto", "minutes": 40})
    assert done.status_code == 200, done.text
    assert "next_at" not in _answer(north, path)


def test_a_phone_subscribes_to_a_calendar_without_signing_in(system: Installation, sign_in: SignIn) -> None:
    north = sign_in("sales.north")
    weekly = {"kind": "meeting", "subject": "Riunione di zona", "recurrence": "FREQ=WEEKLY"}
    times = {"starts_at": _in(days=1), "ends_at": _in(days=1, hours=1)}
    meeting = created(north.post("/v1/crm/activities", json={**weekly, **times}))
    tomorrow = datetime.fromisoformat(meeting["starts_at"]).astimezone(ZoneInfo("Europe/Rome")).date()
    day = _answer(north, "/v1/crm/calendar", view="day", on=tomorrow.isoformat())
    assert "Riunione di zona" in [each["subject"] for each in day["calendars"][0]["items"]]
    feed = created(north.post("/v1/crm/calendar-feeds", json={"name": "Telefono"}))["id"]
    secret = _answer(north, f"/v1/crm/calendar-feeds/{feed}:address")["path"]
    with httpx.Client(base_url=system.address, timeout=20) as phone:
        answer = phone.get(secret)
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        found = [str(each["SUMMARY"]) for each in Calendar.from_ical(answer.content).walk("VEVENT")]
        assert "Riunione di zona" in found
        known = {"If-None-Match": answer.headers["etag"]}
        assert phone.get(secret, headers=known).status_code == 304
        assert north.post(f"/v1/crm/calendar-feeds/{feed}:rotate", json={}).status_code == 200
        refused(phone.get(secret), 404, "CALENDAR_NOT_FOUND")
    refused(sign_in("sales.south").get(f"/v1/crm/calendar-feeds/{feed}:address"), 404, "RECORD_NOT_FOUND")
    token = secret.rpartition("/")[2].removesuffix(".ics")
    logs = [path.read_text(errors="replace") for path in system.local.rglob("*.log")]
    assert logs
    assert not [text for text in logs if token in text]
