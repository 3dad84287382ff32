"""Series of activities and appointments: this one only, this and following, all; and the calendars that show
them.
"""

from __future__ import annotations

from typing import Any

import pytest
from uuid_utils.compat import uuid7

from services.crm.usecases.occurrences import detached_id
from services.kit.actor import Actor
from services.kit.errors import Forbidden, Invalid, NotFound
from tests.crm.agenda import (
    ACTIVITY,
    command,
    lines,
    made,
    person,
    read,
    reasons,
    seen,
    tell,
    transitions,
    utc,
    week,
)
from tests.support.owners import NORTH, SOUTH, OwnerUnderTest, create, delete, everything, update, within

APPOINTMENT = "crm.appointment"


@pytest.fixture
def nora(crm: OwnerUnderTest) -> Actor:
    return person(crm, *everything("crm"), name="Nora")


def meeting(crm: OwnerUnderTest, author: Actor, **fields: Any) -> str:
    """Every Monday at nine in Rome, for an hour, from the week before clocks change."""
    times = {"starts_at": utc("2026-03-23T08:00"), "ends_at": utc("2026-03-23T09:00")}
    named = {"kind": "meeting", "subject": "Riunione", "recurrence": "FREQ=WEEKLY;BYDAY=MO"}
    return made(crm, author, ACTIVITY, **{**named, **times, **fields})


SECOND = utc("2026-03-30T07:00")


def test_a_meeting_is_at_nine_before_and_after_clocks_change(crm: OwnerUnderTest, nora: Actor) -> None:
    meeting(crm, nora)
    assert lines(week(crm, nora, "2026-03-25")) == ["Mon 23 09:00 Riunione"]
    assert lines(week(crm, nora, "2026-03-30")) == ["Mon 30 09:00 Riunione"]
    assert lines(week(crm, nora, "2026-10-26")) == ["Mon 26 09:00 Riunione"]
    assert lines(week(crm, nora, "2026-03-29", view="day")) == []


def test_a_month_is_the_whole_weeks_that_it_touches(crm: OwnerUnderTest, nora: Actor) -> None:
    made(crm, nora, ACTIVITY, kind="visit", subject="Fiera", starts_on="2026-03-30", ends_on="2026-04-02")
    answer = week(crm, nora, "2026-04-15", view="month")
    assert (f"{answer.first}", f"{answer.end}") == ("2026-03-30", "2026-05-04")
    assert lines(answer) == ["Mon 30 Fiera"]
    assert lines(week(crm, nora, "2026-04-02", view="day")) == ["Mon 30 Fiera"]
    assert lines(week(crm, nora, "2026-04-03", view="day")) == []


def test_whole_days_are_the_same_days_wherever_one_looks_from(crm: OwnerUnderTest, nora: Actor) -> None:
    made(crm, nora, ACTIVITY, kind="other", subject="Ferie", starts_on="2026-03-29", time_zone="Europe/Rome")
    (item,) = week(crm, nora, "2026-03-29", view="day").calendars[0].items
    assert item.occurrence.days(item.zone) == {"starts_on": "2026-03-29", "ends_on": "2026-03-29"}
    # 23 hours long: clocks change.
    assert (item.occurrence.ends - item.occurrence.begins).total_seconds() == 23 * 3600


def test_this_one_only_becomes_an_activity_of_its_own(crm: OwnerUnderTest, nora: Actor) -> None:
    series = meeting(crm, nora)
    own = tell(crm, nora, ACTIVITY, series, "detach", recurrence_id=SECOND)
    assert own == detached_id(series, SECOND)
    # The change that follows may be of the same group: the id is known beforehand.
    later = {"starts_at": utc("2026-03-31T12:00"), "ends_at": utc("2026-03-31T13:00"), "subject": "Spostata"}
    crm.one(nora, update(ACTIVITY, own, **later))
    assert lines(week(crm, nora, "2026-03-30")) == ["Tue 31 14:00 Spostata"]
    assert lines(week(crm, nora, "2026-04-06")) == ["Mon 06 09:00 Riunione"]
    assert tell(crm, nora, ACTIVITY, series, "detach", recurrence_id=SECOND) == own
    crm.one(nora, delete(ACTIVITY, own))
    assert lines(week(crm, nora, "2026-03-30")) == ["Mon 30 09:00 Riunione"]
    assert tell(crm, nora, ACTIVITY, series, "detach", recurrence_id=SECOND) == own
    assert read(crm, ACTIVITY, own)["subject"] == "Riunione"


def test_detached_and_changed_in_one_group(crm: OwnerUnderTest, nora: Actor) -> None:
    series = meeting(crm, nora)
    own = detached_id(series, SECOND)
    items = [
        command(ACTIVITY, series, "detach", recurrence_id=SECOND) | {"group": "g"},
        update(ACTIVITY, own, subject="Speciale") | {"group": "g"},
    ]
    assert [each.outcome for each in crm.apply(nora, *items)] == ["applied", "applied"]
    assert lines(week(crm, nora, "2026-03-30")) == ["Mon 30 09:00 Speciale"]


def test_cut_in_two_and_what_follows_deleted_in_one_group(crm: OwnerUnderTest, nora: Actor) -> None:
    series, following = meeting(crm, nora), str(uuid7())
    items = [
        command(ACTIVITY, series, "split", recurrence_id=SECOND, new_id=following) | {"group": "g"},
        delete(ACTIVITY, following, base_version=0) | {"group": "g"},
    ]
    assert [each.outcome for each in crm.apply(nora, *items)] == ["applied", "applied"]
    assert lines(week(crm, nora, "2026-03-30")) == []


def test_one_occurrence_is_completed_and_the_series_goes_on(crm: OwnerUnderTest, nora: Actor) -> None:
    series = meeting(crm, nora)
    assert reasons(crm.one(nora, command(ACTIVITY, series, "complete", outcome="Fatta"))) == [
        "OCCURRENCE_MISSING"
    ]
    first = utc("2026-03-23T08:00")
    own = tell(crm, nora, ACTIVITY, series, "complete", outcome="Fatta", recurrence_id=first, minutes=45)
    assert (read(crm, ACTIVITY, own)["state"], read(crm, ACTIVITY, own)["minutes"]) == ("done", 45)
    assert transitions(crm, own) == [("planned", "done", "complete")]
    assert read(crm, ACTIVITY, series)["state"] == "planned"
    assert reasons(crm.one(nora, delete(ACTIVITY, series))) == ["SERIES_HAS_HISTORY"]
    # Cancelled it leaves the calendar, but for what was done.
    tell(crm, nora, ACTIVITY, series, "cancel", reason="Progetto chiuso")
    assert lines(week(crm, nora, "2026-03-23")) == ["Mon 23 09:00 Riunione"]
    assert lines(week(crm, nora, "2026-03-30")) == []


def test_one_occurrence_is_cancelled_or_left_out(crm: OwnerUnderTest, nora: Actor) -> None:
    series = meeting(crm, nora)
    tell(crm, nora, ACTIVITY, series, "cancel", reason="Festa", recurrence_id=SECOND)
    assert lines(week(crm, nora, "2026-03-30")) == []
    third = "2026-04-06T09:00:00+02:00"
    crm.one(nora, update(ACTIVITY, series, excluded={"add": [third]}))
    assert read(crm, ACTIVITY, series)["excluded"] == [utc("2026-04-06T07:00")]
    assert lines(week(crm, nora, "2026-04-06")) == []
    refused = crm.one(nora, command(ACTIVITY, series, "detach", recurrence_id=third))
    assert reasons(refused) == ["NOT_AN_OCCURRENCE"]


def test_two_devices_that_leave_out_different_occurrences_meet_no_conflict(
    crm: OwnerUnderTest, nora: Actor
) -> None:
    series = meeting(crm, nora)
    for name in (SECOND, utc("2026-04-06T07:00")):
        item = update(ACTIVITY, series, 1, excluded={"add": [name]})
        assert crm.one(nora, item).outcome in ("applied", "merged")
    assert len(read(crm, ACTIVITY, series)["excluded"]) == 2


def test_this_and_following_is_a_new_series(crm: OwnerUnderTest, nora: Actor) -> None:
    series = meeting(crm, nora, recurrence="FREQ=WEEKLY;COUNT=5", excluded=[utc("2026-04-13T07:00")])
    tell(crm, nora, ACTIVITY, series, "cancel", reason="Festa", recurrence_id=utc("2026-04-06T07:00"))
    new = str(uuid7())
    later = {"starts_at": utc("2026-03-30T13:00"), "ends_at": utc("2026-03-30T14:00")}
    items = [
        command(ACTIVITY, series, "split", recurrence_id=SECOND, new_id=new) | {"group": "g"},
        update(ACTIVITY, new, **later) | {"group": "g"},
    ]
    assert [each.outcome for each in crm.apply(nora, *items)] == ["applied", "applied"]
    assert read(crm, ACTIVITY, series)["recurrence"] == "FREQ=WEEKLY;UNTIL=20260323T080000Z"
    assert read(crm, ACTIVITY, new)["recurrence"] == "FREQ=WEEKLY;COUNT=4"
    weeks = ("2026-03-23", "2026-03-30", "2026-04-06", "2026-04-13", "2026-04-20", "2026-04-27")
    found = [lines(week(crm, nora, on)) for on in weeks]
    # Cancelled and left out as before, an hour later in the day; the fifth is the last.
    assert found == [
        ["Mon 23 09:00 Riunione"],
        ["Mon 30 15:00 Riunione"],
        [],
        [],
        ["Mon 20 15:00 Riunione"],
        [],
    ]
    for name, reason in (
        (utc("2026-03-30T13:00"), "FIRST_OCCURRENCE"),
        (utc("2026-03-31T13:00"), "NOT_AN_OCCURRENCE"),
        ("tomorrow", "request.recurrence_id INVALID_RECURRENCE_ID"),
    ):
        assert reasons(crm.one(nora, command(ACTIVITY, new, "split", recurrence_id=name))) == [reason]
    assert crm.count("activity") == 3


def test_all_is_a_change_of_the_series_that_exceptions_follow(crm: OwnerUnderTest, nora: Actor) -> None:
    series = meeting(crm, nora, excluded=[SECOND])
    own = tell(crm, nora, ACTIVITY, series, "detach", recurrence_id=utc("2026-04-06T07:00"))
    moved = {"starts_at": utc("2026-03-23T13:00"), "ends_at": utc("2026-03-23T14:00")}
    crm.one(nora, update(ACTIVITY, series, **moved, subject="Pomeriggio"))
    assert read(crm, ACTIVITY, series)["excluded"] == [utc("2026-03-30T12:00")]
    assert read(crm, ACTIVITY, own)["recurrence_id"] == utc("2026-04-06T12:00")
    assert lines(week(crm, nora, "2026-03-30")) == []
    assert lines(week(crm, nora, "2026-04-06")) == ["Mon 06 09:00 Riunione"]
    assert lines(week(crm, nora, "2026-04-13")) == ["Mon 13 14:00 Pomeriggio"]


def test_an_occurrence_becomes_one_record_whoever_makes_it(crm: OwnerUnderTest, nora: Actor) -> None:
    series = meeting(crm, nora)
    fields = {"kind": "meeting", "subject": "Mia", "series_id": series, "recurrence_id": SECOND}
    made(crm, nora, ACTIVITY, **fields)
    assert reasons(crm.one(nora, create(ACTIVITY, **fields))) == ["NOT_UNIQUE"]
    plain = made(crm, nora, ACTIVITY, kind="call", subject="Chiamata")
    refused = crm.one(nora, create(ACTIVITY, **{**fields, "series_id": plain}))
    assert reasons(refused) == ["series_id SERIES_EXPECTED"]
    for name in ("detach", "split"):
        assert reasons(crm.one(nora, command(ACTIVITY, plain, name, recurrence_id=SECOND))) == [
            "NOT_A_SERIES"
        ]


def test_the_last_end_of_a_series_is_known(crm: OwnerUnderTest, nora: Actor) -> None:
    series = meeting(crm, nora, recurrence="FREQ=WEEKLY;COUNT=3")
    assert read(crm, ACTIVITY, series)["last_ends_at"] == utc("2026-04-06T08:00")
    crm.one(nora, update(ACTIVITY, series, recurrence="FREQ=WEEKLY"))
    assert read(crm, ACTIVITY, series).get("last_ends_at") is None
    assert lines(week(crm, nora, "2046-03-26")) == ["Mon 26 09:00 Riunione"]


# Colleagues


def test_of_a_colleague_one_sees_what_one_may_read_and_else_that_the_time_is_taken(
    crm: OwnerUnderTest, nora: Actor
) -> None:
    silvio = person(crm, within(SOUTH), name="Silvio", territory_ids=[str(SOUTH)])
    north = made(crm, nora, "crm.party", name="Rossi Nord", territory_id=str(NORTH))
    south = made(crm, nora, "crm.party", name="Bianchi Sud", territory_id=str(SOUTH))
    for party, subject, hour in ((north, "Segreta", 8), (south, "Nota", 10)):
        times = {"starts_at": utc(f"2026-03-23T{hour:02}:00"), "ends_at": utc(f"2026-03-23T{hour:02}:30")}
        made(crm, nora, ACTIVITY, party_id=party, kind="visit", subject=subject, **times)
    made(crm, nora, ACTIVITY, party_id=north, kind="task", subject="Compito", due_at=utc("2026-03-23T15:00"))
    private = {"starts_at": utc("2026-03-24T08:00"), "ends_at": utc("2026-03-24T09:00")}
    made(crm, nora, APPOINTMENT, subject="Dentista", location="Via Roma", **private)
    answer = week(crm, silvio, "2026-03-23", nora)
    assert [each.name for each in answer.calendars] == ["Silvio", "Nora"]
    assert lines(answer, 1) == ["Mon 23 09:00 busy", "Mon 23 11:00 Nota", "Tue 24 09:00 busy"]
    assert [item.party_name for item in answer.calendars[1].items] == ["", "Bianchi Sud", ""]
    # Whoever may read everything reads no appointment of others, in no way.
    manager = person(crm, *everything("crm", "offers", "mail", "catalogue"), name="Marta")
    assert lines(week(crm, manager, "2026-03-23", nora), 1)[-1] == "Tue 24 09:00 busy"
    assert seen(crm, manager, APPOINTMENT) == []
    assert [each.id for each in seen(crm, nora, APPOINTMENT)]
    assert lines(week(crm, nora, "2026-03-23"))[-1] == "Tue 24 09:00 Dentista"


def test_who_takes_part_sees_it_in_their_own_calendar(crm: OwnerUnderTest, nora: Actor) -> None:
    silvio = person(crm, within(SOUTH), name="Silvio", territory_ids=[str(SOUTH)])
    party = made(crm, nora, "crm.party", name="Rossi Nord", territory_id=str(NORTH))
    meeting(crm, nora, party_id=party, participant_ids=[str(silvio.user_id)])
    (item,) = week(crm, silvio, "2026-03-23").calendars[0].items
    assert (item.values["subject"], item.participates, item.party_name) == ("Riunione", True, "")


def test_personal_records_stay_their_owners(crm: OwnerUnderTest, nora: Actor) -> None:
    silvio = person(crm, *everything("crm"), name="Silvio")
    times = {"starts_at": utc("2026-03-24T08:00")}
    mine = made(crm, nora, APPOINTMENT, subject="Dentista", **times)
    other = str(silvio.user_id)
    assert reasons(crm.one(nora, update(APPOINTMENT, mine, owner_id=other))) == ["owner_id IMMUTABLE"]
    given = create(APPOINTMENT, subject="Sorpresa", owner_id=other, **times)
    assert reasons(crm.one(nora, given)) == ["NOT_GRANTED"]
    for item in (
        update(APPOINTMENT, mine, subject="Letto"),
        delete(APPOINTMENT, mine),
        command(APPOINTMENT, mine, "detach", recurrence_id=SECOND),
    ):
        assert reasons(crm.one(silvio, item)) == ["RECORD_NOT_FOUND"]
    assert reasons(crm.one(nora, create(APPOINTMENT, subject="Mai"))) == ["starts_at REQUIRED"]


def test_appointments_repeat_like_activities(crm: OwnerUnderTest, nora: Actor) -> None:
    times = {"starts_at": utc("2026-03-23T17:00"), "ends_at": utc("2026-03-23T18:00")}
    gym = made(crm, nora, APPOINTMENT, subject="Palestra", recurrence="FREQ=DAILY;BYDAY=MO,WE", **times)
    own = tell(crm, nora, APPOINTMENT, gym, "detach", recurrence_id=utc("2026-03-25T17:00"))
    crm.one(nora, update(APPOINTMENT, own, subject="Piscina"))
    assert lines(week(crm, nora, "2026-03-23")) == ["Mon 23 18:00 Palestra", "Wed 25 18:00 Piscina"]
    new = tell(crm, nora, APPOINTMENT, gym, "split", recurrence_id=utc("2026-03-30T16:00"))
    crm.one(nora, delete(APPOINTMENT, new))
    assert lines(week(crm, nora, "2026-03-30")) == []
    crm.one(nora, delete(APPOINTMENT, gym))
    assert lines(week(crm, nora, "2026-03-23")) == []


def test_what_is_late_says_so(crm: OwnerUnderTest, nora: Actor) -> None:
    made(crm, nora, ACTIVITY, kind="task", subject="Ieri", due_at=utc("2026-03-24T10:00"))
    made(crm, nora, ACTIVITY, kind="task", subject="Domani", due_at=utc("2026-03-26T10:00"))
    made(crm, nora, ACTIVITY, kind="other", subject="Oggi", starts_on="2026-03-25")
    meeting(crm, nora)
    items = week(crm, nora, "2026-03-23").calendars[0].items
    assert [item.values["subject"] for item in items if item.is_overdue] == ["Ieri"]
    # A day is over when it is over where it is, not before.
    tomorrow = week(crm, nora, "2026-03-23", now="2026-03-25T23:30").calendars[0].items
    assert [item.values["subject"] for item in tomorrow if item.is_overdue] == ["Ieri", "Oggi"]


def test_a_question_that_makes_no_sense_is_refused(crm: OwnerUnderTest, nora: Actor) -> None:
    hostile: list[tuple[dict[str, str], type[Exception], str]] = [
        ({"view": "decade"}, Invalid, "INVALID_REQUEST"),
        ({"on": "1066-10-14"}, Invalid, "INVALID_REQUEST"),
        ({"on": "9999-12-31"}, Invalid, "INVALID_REQUEST"),
        ({"time_zone": "Mars/Base"}, Invalid, "INVALID_FIELDS"),
    ]
    for asked, kind, reason in hostile:
        with pytest.raises(kind, match=reason):
            week(crm, nora, asked.get("on", "2026-03-23"), **{k: v for k, v in asked.items() if k != "on"})
    stranger = Actor(user_id=uuid7())
    with pytest.raises(NotFound, match="RECORD_NOT_FOUND"):
        week(crm, nora, "2026-03-23", stranger)
    with pytest.raises(Invalid, match="INVALID_REQUEST"):
        week(crm, nora, "2026-03-23", *[stranger] * 0, *[Actor(user_id=uuid7()) for _ in range(20)])
    outsider = person(crm, name="Esterno")
    assert lines(week(crm, outsider, "2026-03-23")) == []
    with pytest.raises(Forbidden, match="NOT_GRANTED"):
        week(crm, outsider, "2026-03-23", nora)


def test_a_calendar_that_is_too_full_says_so(
    crm: OwnerUnderTest, nora: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.crm.usecases.calendars.MOST_RECORDS", 2)
    for number in range(3):
        made(crm, nora, ACTIVITY, kind="call", subject=f"{number}", starts_at=utc("2026-03-23T08:00"))
    with pytest.raises(Invalid, match="CALENDAR_TOO_FULL"):
        week(crm, nora, "2026-03-23")
