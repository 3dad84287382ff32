"""Calendars for a day, a week or a month, and what is due: read within the caller's grants.

What the caller may not read of a colleague's time, and every appointment of theirs, is told as taken time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.crm.domain import calendar, reminders
from services.crm.domain.calendar import Occurrence
from services.crm.storage import calendars as store
from services.crm.storage.calendars import ACTIVITY, APPOINTMENT, Stored
from services.crm.storage.tables import TABLES
from services.kit.company_time import company_zone
from services.kit.database import Database
from services.kit.entities import entity
from services.kit.errors import Forbidden, Invalid, NotFound, Violation
from services.kit.permissions import Access, condition, matches
from services.kit.records.places import place_of
from services.kit.recurrence import zone_of

MOST_USERS: Final = 20
MOST_RECORDS: Final = 5000
MOST_OVERDUE: Final = 100


@dataclass(frozen=True, slots=True)
class Item:
    """Something in a calendar. Without a record: taken time."""

    occurrence: Occurrence
    zone: ZoneInfo
    #: Record of which it is an occurrence, {} for taken time.
    values: Mapping[str, Any] = field(default_factory=dict)
    entity: str = ""
    party_name: str = ""
    is_overdue: bool = False
    participates: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """One user's."""

    user_id: str
    name: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Answer:
    """Calendars of users, in the order in which they were asked for; days from `first` up to `end`."""

    first: date
    end: date
    zone: ZoneInfo
    calendars: Sequence[Calendar]


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads calendars, from which database, and when."""

    database: Database
    access: Access
    user_id: str
    now: datetime

    def visible(self, entity_name: str) -> sa.ColumnElement[bool]:
        """The records of an entity that the reader may read."""
        return condition(self.access, entity(entity_name), "read", self.database.tables)


def calendar_of(reading: Reading, *, view: str, on: str, time_zone: str, users: str) -> Answer:
    """Return calendars of the caller and of colleagues for a day, a week or a month.

    Raises:
        Invalid: INVALID_REQUEST with UNKNOWN_VALUE (`view`), INVALID_ID or TOO_MANY (`users`), OUT_OF_RANGE
            (`on`); INVALID_FIELDS with UNKNOWN_TIME_ZONE; CALENDAR_TOO_FULL.
        Forbidden: NOT_GRANTED, colleagues' calendars for who may read no activity.
        NotFound: RECORD_NOT_FOUND, a user whom the caller may not see.
    """
    zone = zone_of(time_zone) if time_zone else company_zone()
    first, end = _period(view, on, reading.now.astimezone(zone).date())
    wanted = _users(users) or [reading.user_id]
    since, until = (datetime.combine(day, time(), zone) for day in (first, end))
    with reading.database.read() as connection:
        names = _names(connection, reading, wanted)
        found = _records(connection, reading, wanted, since, until)
        parties = _party_names(connection, reading, (each.values for each in found))
        overridden = _overridden(connection, found)
    items: dict[str, list[Item]] = {user: [] for user in wanted}
    for each in found:
        told = list(_items(each, reading, since, until, overridden, parties))
        for user, takes_part in _users_of(each, items):
            items[user] += [replace(item, participates=True) for item in told] if takes_part else told
    calendars = [Calendar(user, names[user], sorted(items[user], key=_order)) for user in wanted]
    return Answer(first, end, zone, calendars)


def _period(view: str, on: str, today: date) -> tuple[date, date]:
    if view and view not in calendar.VIEWS:
        raise _wrong("view", "UNKNOWN_VALUE", f"one of {', '.join(calendar.VIEWS)}")
    if violations := list(calendar.check_range({"on": on}, ("on",))):
        raise Invalid("INVALID_REQUEST", violations=violations)
    return calendar.period(view or "week", date.fromisoformat(on) if on else today)


def _users(text: str) -> list[str]:
    found = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        try:
            found.append(str(UUID(part)))
        except ValueError as error:
            raise _wrong("users", "INVALID_ID", "UUIDs, separated by commas") from error
    if len(found) > MOST_USERS:
        raise _wrong("users", "TOO_MANY", f"at most {MOST_USERS} users")
    return list(dict.fromkeys(found))


def _wrong(name: str, reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_REQUEST", violations=[Violation(name, reason, detail)])


def _names(connection: sa.Connection, reading: Reading, users: Sequence[str]) -> dict[str, str]:
    """Return what users are called; a colleague must be one whom the caller may see."""
    copies = store.user_bodies(connection, users)
    others = [user for user in users if user != reading.user_id]
    if others and not reading.access.allows("crm", "read"):
        raise Forbidden("NOT_GRANTED", params={"entity": ACTIVITY, "action": "read"})
    for user in others:
        copy = copies.get(user)
        if copy is None or not matches(reading.access, "directory", "read", [place_of(copy)]):
            raise NotFound("RECORD_NOT_FOUND", params={"entity": "identity.user", "id": user})
    return {user: copies[user]["body"].get("display_name", "") if user in copies else "" for user in users}


def _records(
    connection: sa.Connection, reading: Reading, users: Collection[str], since: datetime, until: datetime
) -> list[Stored]:
    found = []
    # Of appointments only the owner's own are read; that is no matter of grants.
    own = TABLES[APPOINTMENT].c.owner_id == UUID(reading.user_id)
    for name, visible in ((ACTIVITY, reading.visible(ACTIVITY)), (APPOINTMENT, own)):
        found += store.within(
            connection, name, users, since=since, until=until, visible=visible, most=MOST_RECORDS + 1
        )
    if len(found) > MOST_RECORDS:
        raise Invalid("CALENDAR_TOO_FULL", params={"most": str(MOST_RECORDS)})
    return found


def _overridden(connection: sa.Connection, found: Iterable[Stored]) -> dict[str, list[str]]:
    """Return the occurrences of each series that became records of their own."""
    series = [each for each in found if each.values["recurrence"]]
    overridden: dict[str, list[str]] = {}
    for name in (ACTIVITY, APPOINTMENT):
        ids = [each.values["id"] for each in series if each.entity == name]
        for series_id, records in store.overrides(connection, name, ids).items():
            overridden[series_id] = [each["recurrence_id"] for each in records]
    return overridden


def _party_names(
    connection: sa.Connection, reading: Reading, records: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    ids = {each["party_id"] for each in records if each.get("party_id")}
    return store.party_names(connection, ids, reading.visible("crm.party"))


def _items(
    stored: Stored,
    reading: Reading,
    since: datetime,
    until: datetime,
    overridden: Mapping[str, Sequence[str]],
    parties: Mapping[str, str],
) -> Iterator[Item]:
    values, company = stored.values, company_zone()
    zone = calendar.zone_of_record(values, company)
    takes_part = reading.user_id in (values["owner_id"], *values.get("participant_ids", ()))
    for each in calendar.occurrences(
        values, since=since, until=until, company=company, overridden=overridden.get(values["id"], ())
    ):
        if stored.is_visible or takes_part:
            yield _told(stored.entity, values, each, zone, parties, reading.now)
        elif calendar.start_of(values) is not None:
            yield Item(each, zone)


def _told(
    entity_name: str,
    values: Mapping[str, Any],
    occurrence: Occurrence,
    zone: ZoneInfo,
    parties: Mapping[str, str],
    now: datetime,
) -> Item:
    over_at = calendar.moment(values, "due_at") or occurrence.ends
    state = values.get("state", "")
    return Item(
        occurrence,
        zone,
        values,
        entity_name,
        parties.get(values.get("party_id", ""), ""),
        # A series is never closed as a whole: what is late is told of its occurrences that are records.
        is_overdue=not occurrence.recurrence_id and calendar.is_overdue(state, over_at, now),
    )


def _users_of(stored: Stored, wanted: Collection[str]) -> Iterator[tuple[str, bool]]:
    """Yield whose calendars a record stands in, and whether it is there because they take part."""
    owner = stored.values["owner_id"]
    if owner in wanted:
        yield owner, False
    for user in dict.fromkeys(stored.values.get("participant_ids", ())):
        if user in wanted and user != owner:
            yield user, True


def _order(item: Item) -> tuple[datetime, bool, datetime, str]:
    occurrence = item.occurrence
    is_timed = isinstance(occurrence.start, datetime)
    return occurrence.begins, is_timed, occurrence.ends, str(item.values.get("id", ""))


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder that is due, and what it is about."""

    reminder: Mapping[str, Any]
    due_at: datetime
    title: str
    item: Item | None


@dataclass(frozen=True, slots=True)
class Due:
    """Everything that waits for its user."""

    due: Sequence[Reminded]
    missed: Sequence[Reminded]
    overdue: Sequence[Item]
    overdue_count: int


def due_of(reading: Reading) -> Due:
    """Return what is due or was missed, and the user's own activities that are late."""
    company = company_zone()
    with reading.database.read() as connection:
        waiting = store.due_reminders(connection, reading.user_id, now=reading.now)
        subjects, overrides = _subjects(connection, reading, waiting)
        late, count = store.overdue(
            connection, reading.user_id, now=reading.now, company=company.key, most=MOST_OVERDUE
        )
        records = [*(each.values for each in subjects.values()), *late]
        parties = _party_names(connection, reading, records)
    found = [each for each in waiting if _waits(each, reading.now)]
    told = [_reminded(each, reading, subjects, overrides, parties) for each in found]
    missed = [each for each in told if _is_missed(each, reading.now, company)]
    due = [each for each in told if each not in missed]
    overdue = [
        _told(ACTIVITY, each, at, calendar.zone_of_record(each, company), parties, reading.now)
        for each in late
        if (at := calendar.single(each, company)) is not None
    ]
    return Due(
        sorted(due, key=lambda each: (each.due_at, each.reminder["id"])),
        sorted(missed, key=lambda each: (each.due_at, each.reminder["id"]), reverse=True),
        overdue,
        count,
    )


def _waits(reminder: Mapping[str, Any], now: datetime) -> bool:
    """Whether it is to be shown: fired, or so near to it that the clock has not been looked at since."""
    return _shown_at(reminder) <= now


def _shown_at(reminder: Mapping[str, Any]) -> datetime:
    times = [found for name in ("next_at", "due_at") if (found := calendar.moment(reminder, name))]
    return min(times)


def _due_at(reminder: Mapping[str, Any], now: datetime) -> datetime:
    """Return the latest trigger that is past."""
    times = [found for name in ("next_at", "due_at") if (found := calendar.moment(reminder, name))]
    return max(each for each in times if each <= now)


def _subjects(
    connection: sa.Connection, reading: Reading, waiting: Iterable[Mapping[str, Any]]
) -> tuple[dict[str, Stored], dict[str, list[dict[str, Any]]]]:
    subjects: dict[str, Stored] = {}
    overrides: dict[str, list[dict[str, Any]]] = {}
    for name in (ACTIVITY, APPOINTMENT):
        ids = {each["subject_id"] for each in waiting if each["subject_entity"] == name}
        own = TABLES[name].c.owner_id == UUID(reading.user_id)
        visible = sa.or_(own, reading.visible(name)) if name == ACTIVITY else own
        found = store.records(connection, name, ids, visible)
        subjects |= {key: each for key, each in found.items() if each.is_visible}
        series = [key for key, each in found.items() if each.values["recurrence"]]
        overrides |= store.overrides(connection, name, series)
    return subjects, overrides


def _reminded(
    reminder: Mapping[str, Any],
    reading: Reading,
    subjects: Mapping[str, Stored],
    overrides: Mapping[str, list[dict[str, Any]]],
    parties: Mapping[str, str],
) -> Reminded:
    due_at = _due_at(reminder, reading.now)
    subject = subjects.get(reminder["subject_id"])
    item = None
    if subject is not None:
        company = company_zone()
        known = overrides.get(reminder["subject_id"], [])
        found = reminders.occurrence_of(reminder, due_at, subject.values, known, company)
        if found is not None:
            values, occurrence = found
            zone = calendar.zone_of_record(values, company)
            item = _told(subject.entity, values, occurrence, zone, parties, reading.now)
    title = reminder["text"] or (subject.values["subject"] if subject is not None else "")
    return Reminded(reminder, due_at, title, item)


def _is_missed(each: Reminded, now: datetime, company: ZoneInfo) -> bool:
    if each.item is not None:
        return each.item.occurrence.ends < now
    return each.due_at.astimezone(company).date() < now.astimezone(company).date()
