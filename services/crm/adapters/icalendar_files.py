"""Calendars as iCalendar (RFC 5545), for programs that are not ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from services.crm.adapters.icalendar_zones import timezone
from services.crm.domain import calendar
from services.kit.recurrence import Start

if TYPE_CHECKING:
    from icalendar import Event

_PRODUCT: Final = "-//Project Sales//CRM//IT"
#: How often programs are asked to come again.
_REFRESH: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Entry:
    """A record, and what is told of it."""

    values: Mapping[str, Any]
    summary: str
    location: str = ""
    is_private: bool = False


def written(entries: Iterable[Entry], *, company: ZoneInfo, year: int) -> bytes:
    """Return the file; the same entries give the same bytes within a year."""
    # 0.4 s of imports that a process pays when the first calendar is read, not when it starts.
    from icalendar import Calendar, vDuration

    found = list(entries)
    file = Calendar()
    file.add("prodid", _PRODUCT)
    file.add("version", "2.0")
    file.add("x-wr-calname", "Project Sales")
    file.add("x-published-ttl", vDuration(_REFRESH))
    series = {each.values["id"]: each.values for each in found if each.values["recurrence"]}
    cancelled = [each for each in found if each.values.get("state") == "cancelled"]
    left_out: dict[str, list[str]] = {key: [*each["excluded"]] for key, each in series.items()}
    for each in cancelled:
        left_out.get(each.values["series_id"], []).append(each.values["recurrence_id"])
    zones = {calendar.zone_of_record(each.values, company).key for each in found}
    for name in sorted(zones - {"UTC"}):
        file.add_component(timezone(ZoneInfo(name), year=year))
    for each in found:
        if each not in cancelled:
            names = left_out.get(each.values["id"], [])
            file.add_component(_event(each, series.get(each.values["series_id"]), names, company))
    return bytes(file.to_ical())


def _event(
    entry: Entry, series: Mapping[str, Any] | None, left_out: Iterable[str], company: ZoneInfo
) -> Event:
    from icalendar import Event, vRecur

    values = entry.values
    event = Event()
    # An occurrence that became different is told as one of its series.
    event.add("uid", (series or values)["id"])
    event.add("dtstamp", calendar.moment(values, "updated_at"))
    event.add("sequence", values["version"])
    event.add("summary", entry.summary)
    if entry.location:
        event.add("location", entry.location)
    zone = calendar.zone_of_record(values, company)
    occurrence = calendar.single(values, company)
    assert occurrence is not None
    event.add("dtstart", _time(occurrence.start, zone))
    if isinstance(occurrence.start, datetime):
        if occurrence.ends > occurrence.begins:
            event.add("dtend", _time(occurrence.ends, zone))
    else:
        event.add("dtend", occurrence.ends.astimezone(zone).date())
    if series is not None:
        event.add("recurrence-id", _named(values["recurrence_id"], series, company))
    if values["recurrence"]:
        event.add("rrule", vRecur.from_ical(values["recurrence"]))
        for name in sorted(left_out):
            event.add("exdate", _named(name, values, company))
    event.add("class", "PRIVATE" if entry.is_private else "PUBLIC")
    event.add("status", "CONFIRMED")
    return event


def _named(name: str, series: Mapping[str, Any], company: ZoneInfo) -> datetime | date:
    start = calendar.start_named(name, "recurrence_id")
    return _time(start, calendar.zone_of_record(series, company))


def _time(start: Start, zone: ZoneInfo) -> datetime | date:
    return start.astimezone(zone) if isinstance(start, datetime) else start
