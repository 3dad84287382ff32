"""Calendar feeds: secret, revocable, poor in private data, and read by programs that are not ours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import recurring_ical_events
import vobject
from icalendar import Calendar

from services.crm.usecases import feeds
from services.kit.actor import Actor
from services.kit.errors import NotFound
from services.kit.permissions import Access
from tests.crm.agenda import ACTIVITY, at, command, made, person, read, reading, reasons, tell, utc, week
from tests.support.owners import NORTH, SOUTH, OwnerUnderTest, create, delete, everything, update, within

FEED = "crm.calendar_feed"
NOW = "2026-03-25T10:00"


@pytest.fixture
def nora(crm: OwnerUnderTest) -> Actor:
    return person(crm, *everything("crm"), name="Nora")


def path(crm: OwnerUnderTest, user: Actor, feed: str) -> str:
    return feeds.path_of(reading(crm, user), feed)


def token(crm: OwnerUnderTest, user: Actor, feed: str) -> str:
    return path(crm, user, feed).rpartition("/")[2].removesuffix(".ics")


def file_of(crm: OwnerUnderTest, secret: str, now: str = NOW) -> bytes:
    known = crm.accesses.known
    found = feeds.reading_by(crm.owner.database, secret, now=at(now), fetch=lambda user: known[user])
    return feeds.calendar_file(found)


def agenda(crm: OwnerUnderTest, author: Actor) -> str:
    """Two series, one with every kind of exception, single and whole-day ones; return the party's id."""
    party = made(crm, author, "crm.party", name="Officine Rossi; Figli, S.r.l.", territory_id=str(NORTH))
    times = {"starts_at": utc("2026-03-02T08:00"), "ends_at": utc("2026-03-02T09:00")}
    weekly = {"recurrence": "FREQ=WEEKLY", "excluded": [utc("2026-03-16T08:00")]}
    meeting = made(crm, author, ACTIVITY, kind="meeting", subject="Riunione", **weekly, **times)
    moved = tell(crm, author, ACTIVITY, meeting, "detach", recurrence_id=utc("2026-03-30T07:00"))
    crm.one(author, update(ACTIVITY, moved, subject="Riunione spostata", starts_at=utc("2026-03-31T12:00"),
                           ends_at=utc("2026-03-31T13:30")))  # fmt: skip
    tell(crm, author, ACTIVITY, meeting, "cancel", recurrence_id=utc("2026-04-06T07:00"), reason="Pasquetta")
    visit = {"starts_at": utc("2026-03-25T13:00"), "ends_at": utc("2026-03-25T15:00")}
    made(crm, author, ACTIVITY, party_id=party, kind="visit", subject="Visita", notes="Segreto", **visit,
         location="Via Roma 1\nVerona", participant_addresses=["anna@rossi.example"])  # fmt: skip
    made(crm, author, ACTIVITY, kind="other", subject="Fiera", starts_on="2026-03-28", ends_on="2026-03-30")
    made(crm, author, ACTIVITY, kind="other", subject="Ferie", starts_on="2026-03-06",
         recurrence="FREQ=MONTHLY;BYDAY=1FR;COUNT=4")  # fmt: skip
    made(crm, author, "crm.appointment", subject="Dentista", location="Studio Bianchi",
         starts_at=utc("2026-03-26T07:00"), ends_at=utc("2026-03-26T08:00"))  # fmt: skip
    return party


def test_another_program_reads_the_same_calendar(crm: OwnerUnderTest, nora: Actor) -> None:
    agenda(crm, nora)
    secret = token(crm, nora, made(crm, nora, FEED, name="Telefono"))
    calendar = Calendar.from_ical(file_of(crm, secret))
    for monday in (date(2026, 3, 2) + timedelta(days=7 * n) for n in range(34)):
        ours = week(crm, nora, monday.isoformat())
        since = datetime.combine(monday, datetime.min.time(), ours.zone)
        theirs = recurring_ical_events.of(calendar).between(since, since + timedelta(days=7))
        expected = {
            (each.occurrence.begins.astimezone(UTC), each.occurrence.ends.astimezone(UTC))
            for each in ours.calendars[0].items
        }
        found = {
            tuple(_instant(each[name].dt, ours.zone) for name in ("DTSTART", "DTEND")) for each in theirs
        }
        assert found == expected


def _instant(moment: Any, zone: Any) -> datetime:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    return datetime.combine(moment, datetime.min.time(), zone).astimezone(UTC)


def test_a_program_with_a_parser_of_its_own_reads_it_by_the_zone_that_the_file_brings(
    crm: OwnerUnderTest, nora: Actor
) -> None:
    agenda(crm, nora)
    text = file_of(crm, token(crm, nora, made(crm, nora, FEED, name="Telefono"))).decode()
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    events = vobject.readOne(text).vevent_list
    series = next(each for each in events if each.summary.value == "Riunione")
    # vobject takes the zone from the file's VTIMEZONE: nine in Rome before and after clocks change.
    starts = [each.astimezone(UTC) for each in list(series.getrruleset(addRDate=True))[:4]]
    assert starts == [
        at("2026-03-02T08:00"), at("2026-03-09T08:00"), at("2026-03-23T08:00"), at("2026-03-30T07:00"),
    ]  # fmt: skip
    (moved,) = [each for each in events if each.summary.value == "Riunione spostata"]
    assert moved.recurrence_id.value.astimezone(UTC) == at("2026-03-30T07:00")
    assert moved.uid.value == series.uid.value
    (visit,) = [each for each in events if each.summary.value.startswith("Visita")]
    assert visit.summary.value == "Visita · Officine Rossi; Figli, S.r.l."
    assert visit.location.value == "Via Roma 1\nVerona"
    (fair,) = [each for each in events if each.summary.value == "Fiera"]
    assert (fair.dtstart.value, fair.dtend.value) == (date(2026, 3, 28), date(2026, 3, 31))


def test_it_tells_little_that_is_private(crm: OwnerUnderTest, nora: Actor) -> None:
    party = agenda(crm, nora)
    guest = person(crm, within(SOUTH), name="Silvio", language="en")
    times = {"starts_at": utc("2026-03-27T09:00"), "ends_at": utc("2026-03-27T10:00")}
    made(crm, nora, ACTIVITY, party_id=party, kind="call", subject="Con Silvio", **times,
         participant_ids=[str(guest.user_id)])  # fmt: skip
    text = file_of(crm, token(crm, nora, made(crm, nora, FEED, name="Telefono"))).decode()
    for private in ("Segreto", "Dentista", "Bianchi", "anna@rossi.example", "Pasquetta"):
        assert private not in text
    assert "Impegno personale" in text
    # Who takes part learns what it is about, not with whom, where that is not theirs to see.
    theirs = file_of(crm, token(crm, guest, made(crm, guest, FEED, name="Phone"))).decode()
    assert "Con Silvio" in theirs
    assert "Rossi" not in theirs


def test_the_same_records_are_the_same_bytes_and_a_change_is_not(crm: OwnerUnderTest, nora: Actor) -> None:
    agenda(crm, nora)
    secret = token(crm, nora, made(crm, nora, FEED, name="Telefono"))
    first = file_of(crm, secret)
    assert file_of(crm, secret, "2026-03-25T20:00") == first
    made(crm, nora, ACTIVITY, kind="call", subject="Nuova", starts_at=utc("2026-03-27T09:00"))
    assert file_of(crm, secret) != first


def test_rotated_and_revoked_addresses_open_nothing(crm: OwnerUnderTest, nora: Actor) -> None:
    feed = made(crm, nora, FEED, name="Telefono")
    old = token(crm, nora, feed)
    tell(crm, nora, FEED, feed, "rotate")
    new = token(crm, nora, feed)
    assert old != new
    assert file_of(crm, new)
    tell(crm, nora, FEED, feed, "revoke")
    assert read(crm, FEED, feed)["active"] is False
    other = made(crm, nora, FEED, name="Altro")
    third = token(crm, nora, other)
    crm.one(nora, delete(FEED, other))
    for closed in (old, new, third, "x" * 43, ""):
        with pytest.raises(NotFound, match="CALENDAR_NOT_FOUND"):
            file_of(crm, closed)
    with pytest.raises(NotFound, match="RECORD_NOT_FOUND"):
        path(crm, nora, feed)


def test_an_address_is_unguessable_and_stands_in_no_record_and_no_event(
    crm: OwnerUnderTest, nora: Actor
) -> None:
    ids = [made(crm, nora, FEED, name=f"{number}") for number in range(3)]
    tokens = {token(crm, nora, each) for each in ids}
    assert len(tokens) == 3
    assert {len(each) for each in tokens} == {43}
    told = repr(crm.events()) + repr([crm.stored(FEED, each) for each in ids])
    assert not [each for each in tokens if each in told]


def test_who_left_the_company_has_no_calendar(crm: OwnerUnderTest, nora: Actor) -> None:
    secret = token(crm, nora, made(crm, nora, FEED, name="Telefono"))
    crm.accesses.known[nora.user_id] = Access(user_id=nora.user_id, inactive=True)
    with pytest.raises(NotFound, match="CALENDAR_NOT_FOUND"):
        file_of(crm, secret)


def test_nobody_gets_anothers_address(crm: OwnerUnderTest, nora: Actor) -> None:
    marta = person(crm, *everything("crm"), name="Marta")
    feed = made(crm, nora, FEED, name="Telefono")
    with pytest.raises(NotFound):
        path(crm, marta, feed)
    assert reasons(crm.one(nora, update(FEED, feed, owner_id=str(marta.user_id)))) == ["owner_id IMMUTABLE"]
    given = create(FEED, name="Sorpresa", owner_id=str(nora.user_id))
    assert reasons(crm.one(marta, given)) == ["NOT_GRANTED"]
    for name in ("rotate", "revoke"):
        assert reasons(crm.one(marta, command(FEED, feed, name))) == ["RECORD_NOT_FOUND"]
    assert crm.count("calendar_token") == 1
    for number in range(9):
        made(crm, nora, FEED, name=f"{number}")
    assert reasons(crm.one(nora, create(FEED, name="Undici"))) == ["FEEDS_ENOUGH"]
