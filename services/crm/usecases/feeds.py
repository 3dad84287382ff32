"""Calendar feeds: secret addresses that a calendar program reads without signing in."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.crm.adapters import icalendar_files
from services.crm.adapters.icalendar_files import Entry
from services.crm.domain import calendar
from services.crm.domain.calendar import Occurrence
from services.crm.storage import calendars, feeds
from services.crm.storage.calendars import ACTIVITY, APPOINTMENT
from services.crm.usecases.calendars import MOST_RECORDS, Reading
from services.crm.usecases.occurrences import related
from services.crm.usecases.reminders import own_violations
from services.kit.company_time import company_zone
from services.kit.database import Database, Row, UnitOfWork
from services.kit.entities.canonical import time_text
from services.kit.errors import Forbidden, Invalid, NotAllowedNow, NotFound
from services.kit.permissions import Access
from services.kit.records.rules import CommandCall
from services.kit.schema import access_copy

#: More calendar programs than anybody has.
MOST_FEEDS: Final = 10
#: 256 bits: nobody guesses one.
_TOKEN_BYTES: Final = 32
_PAST: Final = timedelta(days=90)
_AHEAD: Final = timedelta(days=730)
#: Language -> what is told of an appointment, and of an activity that its reader may not read.
_WORDS: Final = {"it": ("Impegno personale", "Occupato"), "en": ("Personal", "Busy")}


def prepare_feed(uow: UnitOfWork, row: Row) -> None:
    """Give a new feed its address.

    Raises:
        Invalid: INVALID_FIELDS with IMMUTABLE (`owner_id`).
        NotAllowedNow: FEEDS_ENOUGH.
    """
    if violations := own_violations(row):
        raise Invalid("INVALID_FIELDS", violations=violations)
    if not row.is_new:
        return
    others = related(uow, "crm.calendar_feed", "owner_id", row.values["owner_id"])
    if len([each for each in others if each.id != row.id]) >= MOST_FEEDS:
        raise NotAllowedNow("FEEDS_ENOUGH", params={"most": str(MOST_FEEDS)})
    _give_token(uow, row)


def rotate_feed(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Replace the address: the old one opens nothing from now on."""
    _give_token(uow, row)


def revoke_feed(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Take the address away."""
    feeds.remove(uow.connection, row.id)
    row.values["active"] = False


def delete_feed(uow: UnitOfWork, row: Row) -> None:
    """Take the address of a feed away that is deleted."""
    feeds.remove(uow.connection, row.id)
    row.values["active"] = False


def _give_token(uow: UnitOfWork, row: Row) -> None:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    feeds.put(uow.connection, feed_id=row.id, owner_id=row.values["owner_id"], token=token)
    row.values["active"] = True
    row.values["rotated_at"] = time_text(uow.now)


def path_of(reading: Reading, feed_id: str) -> str:
    """Return the address of one of the caller's own feeds, without the installation's name.

    Raises:
        NotFound: RECORD_NOT_FOUND, also for a feed that was revoked.
    """
    with reading.database.read() as connection:
        token = feeds.token_of(connection, feed_id, reading.user_id)
    if token is None:
        raise NotFound("RECORD_NOT_FOUND", params={"entity": "crm.calendar_feed", "id": feed_id})
    return f"/v1/crm/calendars/{token}.ics"


@dataclass(frozen=True, slots=True)
class _Records:
    """What a feed tells: records, those that occurrences of its series became, and parties' names."""

    stored: list[tuple[str, dict[str, Any], bool]]
    parties: dict[str, str]
    words: tuple[str, str]


def reading_by(database: Database, token: str, *, now: datetime, fetch: Callable[[UUID], Access]) -> Reading:
    """Return the reading that a token allows: by what its owner may do now, as our copy says; `fetch` where
    there is none yet.

    Raises:
        NotFound: CALENDAR_NOT_FOUND, also for users who are not active.
    """
    with database.read() as connection:
        owner = feeds.owner_of(connection, token)
        copy = sa.select(access_copy.c.body).where(access_copy.c.user_id == owner)
        body = connection.execute(copy).scalar() if owner is not None else None
    if owner is None:
        raise NotFound("CALENDAR_NOT_FOUND")
    try:
        access = Access.from_json(body) if body is not None else fetch(UUID(owner))
    except Forbidden as error:
        raise NotFound("CALENDAR_NOT_FOUND") from error
    if access.inactive:
        raise NotFound("CALENDAR_NOT_FOUND")
    return Reading(database, access, owner, now)


def calendar_file(reading: Reading) -> bytes:
    """Return the reader's calendar as iCalendar: three months back, two years ahead, series as series.

    It may lie on a provider's server: so it tells subject, place, party and times of activities, and of
    appointments that the time is taken; no notes, amounts or addresses. The same records give the same bytes
    for a day.

    Raises:
        Invalid: CALENDAR_TOO_FULL.
    """
    company = company_zone()
    today = datetime.combine(reading.now.astimezone(company).date(), time(), company)
    records = _read(reading, today - _PAST, today + _AHEAD)
    entries = [
        _entry(name, values, occurrence, records, is_readable=is_readable)
        for name, values, is_readable in records.stored
        if (occurrence := calendar.single(values, company)) is not None
    ]
    return icalendar_files.written(entries, company=company, year=today.year)


def _read(reading: Reading, since: datetime, until: datetime) -> _Records:
    found: dict[str, tuple[str, dict[str, Any], bool]] = {}
    with reading.database.read() as connection:
        for name in (ACTIVITY, APPOINTMENT):
            visible = reading.visible(name) if name == ACTIVITY else sa.false()
            for each in calendars.within(
                connection,
                name,
                [reading.user_id],
                since=since,
                until=until,
                visible=visible,
                most=MOST_RECORDS + 1,
            ):
                takes_part = reading.user_id in (
                    each.values["owner_id"],
                    *each.values.get("participant_ids", ()),
                )
                is_readable = name == ACTIVITY and (each.is_visible or takes_part)
                found[each.values["id"]] = (name, each.values, is_readable)
            series = [key for key, (of, values, _) in found.items() if of == name and values["recurrence"]]
            for overrides in calendars.overrides(connection, name, series).values():
                for values in overrides:
                    found.setdefault(values["id"], (name, values, name == ACTIVITY))
        if len(found) > MOST_RECORDS:
            raise Invalid("CALENDAR_TOO_FULL", params={"most": str(MOST_RECORDS)})
        ids = {values["party_id"] for _, values, _ in found.values() if values.get("party_id")}
        parties = calendars.party_names(connection, ids, reading.visible("crm.party"))
        user = calendars.user_bodies(connection, [reading.user_id]).get(reading.user_id, {})
    words = _WORDS.get(user.get("body", {}).get("language", ""), _WORDS["it"])
    return _Records([found[key] for key in sorted(found)], parties, words)


def _entry(
    entity_name: str,
    values: dict[str, Any],
    occurrence: Occurrence,
    records: _Records,
    *,
    is_readable: bool,
) -> Entry:
    personal, busy = records.words
    if entity_name == APPOINTMENT:
        return Entry(values, occurrence, summary=personal, is_private=True)
    if not is_readable:
        return Entry(values, occurrence, summary=busy, is_private=True)
    party = records.parties.get(values["party_id"], "")
    summary = " · ".join(filter(None, (values["subject"], party)))
    return Entry(values, occurrence, summary=summary, location=values["location"])
