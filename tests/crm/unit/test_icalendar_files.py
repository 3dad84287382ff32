"""Events of calendar feeds: what the library would write of the same, in lines that every program reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event, vRecur

from services.crm.adapters.icalendar_files import Entry, folded, written
from services.crm.domain import calendar
from services.kit.entities import default_values, entity
from services.kit.entities.canonical import time_text
from services.kit.recurrence import Rule
from tests.crm.calendars import ROME, ZONES, rules

ACTIVITY = entity("crm.activity")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)

#: Without `\N`, of which the library makes a line break, and without what ends a line for `splitlines` only.
texts = st.text(st.sampled_from("abN;,:\"'^ àß€😀\n\r\t"), min_size=1, max_size=120) | st.sampled_from(
    ["C:\\temp\\a", "\\", "x" * 74, "x" * 75 + ";", "\\" * 100, "€" * 60]
)


@st.composite
def activities(draw: st.DrawFn) -> dict[str, Any]:
    """Values of activities of every kind: times, whole days, what is only due; series with exceptions."""
    start = BEGIN + timedelta(minutes=draw(st.integers(0, 500_000)), microseconds=draw(st.integers(0, 2)))
    values = default_values(ACTIVITY) | {
        "id": f"id {draw(st.integers(0, 9))}",
        "version": draw(st.integers(1, 2**31 - 1)),
        "updated_at": time_text(start),
        "time_zone": draw(st.sampled_from(["", *ZONES])),
    }
    kind = draw(st.sampled_from(["times", "moment", "days", "due"]))
    if kind == "days":
        last = (start + timedelta(days=draw(st.integers(0, 20)))).date().isoformat()
        values |= {"starts_on": start.date().isoformat(), "ends_on": draw(st.sampled_from(["", last]))}
    elif kind == "due":
        values["due_at"] = time_text(start)
    else:
        values["starts_at"] = time_text(start)
        if kind == "times":
            values["ends_at"] = time_text(start + timedelta(minutes=draw(st.integers(0, 5000))))
    if kind != "due" and draw(st.booleans()):
        rule: Rule = draw(rules())
        values["recurrence"] = rule.text
        name = start.date().isoformat() if kind == "days" else time_text(start)
        values["excluded"] = [name] if draw(st.booleans()) else []
    return values


def by_the_library(entry: Entry) -> Event:
    """The straightforward way, at fourteen times the cost."""
    values, zone = entry.values, calendar.zone_of_record(entry.values, ROME)

    def local(start: calendar.Start) -> Any:
        return start.astimezone(zone) if isinstance(start, datetime) else start

    event, occurrence = Event(), entry.occurrence
    event.add("uid", values["id"])
    event.add("dtstamp", calendar.moment(values, "updated_at"))
    event.add("sequence", values["version"])
    event.add("summary", entry.summary)
    if entry.location:
        event.add("location", entry.location)
    event.add("dtstart", local(occurrence.start))
    if not isinstance(occurrence.start, datetime):
        event.add("dtend", occurrence.ends.astimezone(zone).date())
    elif occurrence.ends > occurrence.begins:
        event.add("dtend", local(occurrence.ends))
    if values["recurrence"]:
        event.add("rrule", vRecur.from_ical(values["recurrence"]))
        for name in values["excluded"]:
            event.add("exdate", local(calendar.start_named(name, "excluded")))
    event.add("class", "PRIVATE" if entry.is_private else "PUBLIC")
    event.add("status", "CONFIRMED")
    return event


def lines(text: str) -> list[str]:
    """Content lines, unfolded; the parts of a rule may stand in any order (RFC 5545, 3.3.10)."""
    found = text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
    return [";".join(sorted(each.split(";"))) if each.startswith("RRULE") else each for each in found]


@settings(deadline=None)
@given(values=activities(), summary=texts, location=texts | st.just(""), is_private=st.booleans())
def test_an_event_is_what_the_library_writes(
    values: dict[str, Any], summary: str, location: str, is_private: bool
) -> None:
    occurrence = calendar.single(values, ROME)
    assert occurrence is not None
    entry = Entry(values, occurrence, summary, location, is_private)
    text = written([entry], company=ROME, year=2026).decode()
    event = text[text.index("BEGIN:VEVENT") : text.index("END:VCALENDAR")]
    assert lines(event) == lines(by_the_library(entry).to_ical().decode())


@given(texts)
def test_a_line_is_folded_to_75_octets_and_unfolds_to_itself(text: str) -> None:
    line = f"SUMMARY:{text}".replace("\r", "").replace("\n", "")
    parts = folded(line).split(b"\r\n ")
    assert b"".join(parts).decode() == line
    lengths = [len(part) + (number > 0) for number, part in enumerate(parts)]
    assert max(lengths) <= 75
    assert all(length >= 70 for length in lengths[:-1])
    for part in parts:
        part.decode()  # no character is cut in two


def one(summary: str, zone: str = "") -> bytes:
    """A file with one event, at midnight in UTC."""
    moment = time_text(BEGIN)
    values = default_values(ACTIVITY) | {"id": "a", "version": 1, "updated_at": moment, "starts_at": moment}
    values["time_zone"] = zone
    occurrence = calendar.single(values, ROME)
    assert occurrence is not None
    return written([Entry(values, occurrence, summary)], company=ROME, year=2026)


def test_a_windows_path_stays_one_line() -> None:
    # The library's own writer makes a line break of the `\N` in it.
    assert vobject.readOne(one("C:\\News").decode()).vevent.summary.value == "C:\\News"


@pytest.mark.parametrize("zone", ZONES)
def test_a_zone_that_is_named_is_in_the_file(zone: str) -> None:
    file = Calendar.from_ical(one("Visita", zone))
    (event,) = file.walk("VEVENT")
    assert event["DTSTART"].dt == BEGIN
    assert {str(each["TZID"]) for each in file.walk("VTIMEZONE")} == {zone} - {"UTC"}
