"""Calendars as iCalendar (RFC 5545), for programs that are not ours.

The library writes the head and the zones, which are the same for a year; events are lines of our own, because
it took 0.35 ms for each of a feed's thousands (2026-11-30). A test has it write the same events.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.crm.adapters.icalendar_zones import timezone
from services.crm.domain import calendar
from services.crm.domain.calendar import Occurrence
from services.kit.recurrence import Start

_PRODUCT: Final = "-//Project Sales//CRM//IT"
#: How often programs are asked to come again.
_REFRESH: Final = timedelta(minutes=15)
#: Octets of a line (RFC 5545, 3.1).
_LONGEST_LINE: Final = 75
_END: Final = b"END:VCALENDAR\r\n"
_SPECIAL: Final = re.compile(r"\r\n|[\r\n;,\\]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A record, and what is told of it."""

    values: Mapping[str, Any]
    #: When it takes place, or does for the first time.
    occurrence: Occurrence
    summary: str
    location: str = ""
    is_private: bool = False


def written(entries: Iterable[Entry], *, company: ZoneInfo, year: int) -> bytes:
    """Return the file; the same entries give the same bytes within a year."""
    found = list(entries)
    series = {each.values["id"]: each.values for each in found if each.values["recurrence"]}
    left_out: dict[str, list[str]] = {key: [*each["excluded"]] for key, each in series.items()}
    for each in filter(_is_cancelled, found):
        left_out.get(each.values["series_id"], []).append(each.values["recurrence_id"])
    zones = {calendar.zone_of_record(each.values, company).key for each in found}
    lines: list[str] = []
    for each in found:
        if not _is_cancelled(each):
            names = left_out.get(each.values["id"], ())
            lines += _event(each, series.get(each.values["series_id"]), names, company)
    events = b"".join(folded(line) + b"\r\n" for line in lines)
    return _head(tuple(sorted(zones - {"UTC"})), year) + events + _END


def _is_cancelled(entry: Entry) -> bool:
    return entry.values.get("state") == "cancelled"


@lru_cache(maxsize=64)
def _head(zones: Collection[str], year: int) -> bytes:
    """Return the file up to its first event."""
    # 0.4 s of imports that a process pays when the first calendar is read, not when it starts.
    from icalendar import Calendar, vDuration

    file = Calendar()
    file.add("prodid", _PRODUCT)
    file.add("version", "2.0")
    file.add("x-wr-calname", "Project Sales")
    file.add("x-published-ttl", vDuration(_REFRESH))
    for name in zones:
        file.add_component(timezone(ZoneInfo(name), year=year))
    return bytes(file.to_ical()).removesuffix(_END)


def _event(
    entry: Entry, series: Mapping[str, Any] | None, left_out: Iterable[str], company: ZoneInfo
) -> Iterator[str]:
    """Yield the lines of an event, not folded yet."""
    values, occurrence = entry.values, entry.occurrence
    zone = calendar.zone_of_record(values, company)
    updated_at = calendar.moment(values, "updated_at")
    assert updated_at is not None
    yield "BEGIN:VEVENT"
    yield f"SUMMARY:{_text(entry.summary)}"
    yield _time("DTSTART", occurrence.start, zone)
    if not isinstance(occurrence.start, datetime):
        yield _time("DTEND", occurrence.ends.astimezone(zone).date(), zone)
    elif occurrence.ends > occurrence.begins:
        yield _time("DTEND", occurrence.ends, zone)
    yield f"DTSTAMP:{_digits(updated_at)}Z"
    # An occurrence that became different is told as one of its series.
    yield f"UID:{(series or values)['id']}"
    if series is not None:
        yield _named("RECURRENCE-ID", values["recurrence_id"], series, company)
    yield f"SEQUENCE:{values['version']}"
    if values["recurrence"]:
        yield f"RRULE:{values['recurrence']}"
        for name in sorted(left_out):
            yield _named("EXDATE", name, values, company)
    yield f"CLASS:{'PRIVATE' if entry.is_private else 'PUBLIC'}"
    if entry.location:
        yield f"LOCATION:{_text(entry.location)}"
    yield "STATUS:CONFIRMED"
    yield "END:VEVENT"


def _named(name: str, recurrence_id: str, series: Mapping[str, Any], company: ZoneInfo) -> str:
    start = calendar.start_named(recurrence_id, "recurrence_id")
    return _time(name, start, calendar.zone_of_record(series, company))


def _time(name: str, start: Start, zone: ZoneInfo) -> str:
    """Return a property: a day, a time in UTC, or one on the clock of a zone that the file brings."""
    if not isinstance(start, datetime):
        return f"{name};VALUE=DATE:{_day_digits(start)}"
    if zone.key == "UTC":
        return f"{name}:{_digits(start.astimezone(UTC))}Z"
    return f"{name};TZID={zone.key}:{_digits(start.astimezone(zone))}"


def _digits(moment: datetime) -> str:
    """Return a time to the second as iCalendar writes it, without its zone."""
    return moment.isoformat(timespec="seconds")[:19].replace("-", "").replace(":", "")


def _day_digits(day: date) -> str:
    return day.isoformat().replace("-", "")


def _text(text: str) -> str:
    """Return a text as a value (RFC 5545, 3.3.11)."""
    return _SPECIAL.sub(lambda found: r"\n" if found[0] in ("\r\n", "\r", "\n") else f"\\{found[0]}", text)


def folded(line: str) -> bytes:
    """Return a content line in lines of at most 75 octets each; characters and escapes stay whole."""
    rest = line.encode()
    if len(rest) <= _LONGEST_LINE:
        return rest
    parts, room = [], _LONGEST_LINE
    while len(rest) > room:
        end = room
        while rest[end] & 0xC0 == 0x80:
            end -= 1
        if rest[end - 1 : end] == b"\\":
            end -= 1
        parts.append(rest[:end])
        # The space that marks a line as the continuation of another takes one.
        rest, room = rest[end:], _LONGEST_LINE - 1
    return b"\r\n ".join([*parts, rest])
