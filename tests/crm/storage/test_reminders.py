"""Reminders on real records: due and missed in one answer, fired by the clock, answered from any device."""

from __future__ import annotations

from typing import Any

import pytest
from uuid_utils.compat import uuid7

from services.crm.usecases import reminders as usecase
from services.kit.actor import Actor
from services.kit.errors import Invalid
from tests.crm.agenda import ACTIVITY, at, command, due, made, person, read, reasons, seen, tell, tick, utc
from tests.support.owners import NORTH, SOUTH, OwnerUnderTest, create, delete, everything, update, within

REMINDER = "crm.reminder"


@pytest.fixture
def nora(crm: OwnerUnderTest) -> Actor:
    return person(crm, *everything("crm"), name="Nora")


@pytest.fixture
def party(crm: OwnerUnderTest, nora: Actor) -> str:
    return made(crm, nora, "crm.party", name="Officine Rossi", territory_id=str(NORTH))


def visit(crm: OwnerUnderTest, author: Actor, party_id: str = "", **fields: Any) -> str:
    times = {"starts_at": utc("2036-03-25T09:00"), "ends_at": utc("2036-03-25T11:00")}
    return made(
        crm, author, ACTIVITY, **{"party_id": party_id, "kind": "visit", "subject": "Visita"} | times | fields
    )


def remind(crm: OwnerUnderTest, user: Actor, subject_id: str = "", **fields: Any) -> str:
    about = {"subject_entity": ACTIVITY, "subject_id": subject_id, "minutes_before": 15} if subject_id else {}
    return made(crm, user, REMINDER, **{**about, **fields})


def titles(crm: OwnerUnderTest, user: Actor, now: str) -> tuple[list[str], list[str]]:
    found = due(crm, user, now)
    return [each.title for each in found.due], [each.title for each in found.missed]


def test_a_reminder_fires_once_and_waits_for_an_answer(crm: OwnerUnderTest, nora: Actor, party: str) -> None:
    one = remind(crm, nora, visit(crm, nora, party))
    assert read(crm, REMINDER, one)["next_at"] == utc("2036-03-25T08:45")
    assert tick(crm, "2036-03-25T08:44") == 0
    before = len(crm.events())
    assert [tick(crm, "2036-03-25T08:45") for _ in range(3)] == [1, 0, 0]
    changed, fired = crm.events()[before:]
    assert [each["id"] for each in changed["data"]["records"]] == [one]
    assert fired["type"] == "crm.reminder_fired.v1"
    assert fired["data"]["user_id"] == str(nora.user_id)
    assert fired["data"]["due_at"] == utc("2036-03-25T08:45")
    found = due(crm, nora, "2036-03-25T08:50")
    (told,) = found.due
    assert (told.title, told.item and told.item.party_name) == ("Visita", "Officine Rossi")
    assert titles(crm, nora, "2036-03-25T11:01") == ([], ["Visita"])


def test_one_that_cannot_be_read_keeps_no_other_from_firing(
    crm: OwnerUnderTest, nora: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = remind(crm, nora, text="Rotto", at=utc("2036-03-25T08:00"))
    sound = remind(crm, nora, text="Sano", at=utc("2036-03-25T08:00"))
    usual = usecase.reminders.triggers_of

    def triggers_of(reminder: Any, *others: Any) -> Any:
        if reminder["id"] == broken:
            raise Invalid("INVALID_FIELDS")
        return usual(reminder, *others)

    monkeypatch.setattr(usecase.reminders, "triggers_of", triggers_of)
    assert tick(crm, "2036-03-25T08:00") == 1
    assert read(crm, REMINDER, sound)["due_at"] == utc("2036-03-25T08:00")
    monkeypatch.undo()
    assert tick(crm, "2036-03-25T08:00") == 1


def test_what_is_due_is_told_even_before_the_clock_was_looked_at(crm: OwnerUnderTest, nora: Actor) -> None:
    remind(crm, nora, text="Compleanno", at=utc("2036-03-25T08:00"))
    assert titles(crm, nora, "2036-03-25T07:59") == ([], [])
    assert titles(crm, nora, "2036-03-25T08:00") == (["Compleanno"], [])
    assert titles(crm, nora, "2036-03-26T08:00") == ([], ["Compleanno"])


def test_a_rescheduled_activity_moves_its_reminders(crm: OwnerUnderTest, nora: Actor, party: str) -> None:
    one = visit(crm, nora, party)
    early, fixed = remind(crm, nora, one), remind(crm, nora, one, at=utc("2036-03-24T10:00"))
    tick(crm, "2036-03-25T08:50")
    later = {"starts_at": utc("2036-03-27T09:00"), "ends_at": utc("2036-03-27T11:00")}
    crm.one(nora, update(ACTIVITY, one, **later))
    values = read(crm, REMINDER, early)
    assert (values.get("due_at"), values["next_at"]) == (None, utc("2036-03-27T08:45"))
    assert read(crm, REMINDER, fixed)["due_at"] == utc("2036-03-24T10:00")
    assert tick(crm, "2036-03-27T08:45") == 1


def test_done_cancelled_and_deleted_ones_fall_silent(crm: OwnerUnderTest, nora: Actor, party: str) -> None:
    closing: list[Any] = [
        lambda one: command(ACTIVITY, one, "complete", outcome="Fatto"),
        lambda one: command(ACTIVITY, one, "cancel", reason="No"),
        lambda one: delete(ACTIVITY, one),
    ]
    for close in closing:
        one = visit(crm, nora, party)
        waiting, coming = remind(crm, nora, one, at=utc("2026-03-24T10:00")), remind(crm, nora, one)
        tick(crm, "2026-03-24T10:00")
        assert titles(crm, nora, "2026-03-24T10:00")[0] == ["Visita"]
        crm.one(nora, close(one))
        for each in (waiting, coming):
            assert read(crm, REMINDER, each).get("next_at") is None
        assert titles(crm, nora, "2036-03-25T08:50") == ([], [])
        assert tick(crm, "2036-03-25T08:50") == 0


def test_past_occurrences_of_a_series_are_one(crm: OwnerUnderTest, nora: Actor) -> None:
    meeting = visit(crm, nora, recurrence="FREQ=DAILY", subject="Riunione")
    remind(crm, nora, meeting)
    assert tick(crm, "2036-04-03T12:00") == 1
    (told,) = due(crm, nora, "2036-04-03T12:00").missed
    assert (told.due_at, told.item and told.item.occurrence.recurrence_id) == (
        at("2036-04-03T07:45"),
        utc("2036-04-03T08:00"),
    )


def test_a_reminder_of_a_series_speaks_of_occurrences_from_now_on(crm: OwnerUnderTest, nora: Actor) -> None:
    times = {"starts_at": utc("2020-01-06T08:00"), "ends_at": utc("2020-01-06T09:00")}
    one = remind(crm, nora, visit(crm, nora, recurrence="FREQ=WEEKLY", **times))
    values = read(crm, REMINDER, one)
    assert values.get("due_at") is None
    assert values["next_at"] > values["created_at"]


def test_an_occurrence_that_moved_is_reminded_of_at_its_new_time(crm: OwnerUnderTest, nora: Actor) -> None:
    meeting = visit(crm, nora, recurrence="FREQ=DAILY", subject="Riunione")
    one = remind(crm, nora, meeting)
    own = tell(crm, nora, ACTIVITY, meeting, "detach", recurrence_id=utc("2036-03-25T09:00"))
    later = {"starts_at": utc("2036-03-25T15:00"), "ends_at": utc("2036-03-25T16:00")}
    crm.one(nora, update(ACTIVITY, own, **later, subject="Spostata"))
    assert read(crm, REMINDER, one)["next_at"] == utc("2036-03-25T14:45")
    tick(crm, "2036-03-25T14:45")
    assert [each.item.values["subject"] for each in due(crm, nora, "2036-03-25T14:45").due if each.item] == [
        "Spostata"
    ]
    tell(crm, nora, ACTIVITY, own, "complete", outcome="Fatto")
    values = read(crm, REMINDER, one)
    assert (values.get("due_at"), values["next_at"]) == (None, utc("2036-03-26T08:45"))


def test_a_series_that_is_split_keeps_its_reminders_on_both_sides(crm: OwnerUnderTest, nora: Actor) -> None:
    meeting = visit(crm, nora, recurrence="FREQ=DAILY")
    remind(crm, nora, meeting)
    new = tell(crm, nora, ACTIVITY, meeting, "split", recurrence_id=utc("2036-03-27T09:00"))
    found = {each.id for each in seen(crm, nora, REMINDER)}
    about = {read(crm, REMINDER, each)["subject_id"]: read(crm, REMINDER, each)["next_at"] for each in found}
    assert about == {meeting: utc("2036-03-25T08:45"), new: utc("2036-03-27T08:45")}


def test_snoozed_on_one_device_dismissed_on_another_the_later_answer_counts(
    crm: OwnerUnderTest, nora: Actor
) -> None:
    one = remind(crm, nora, text="Richiamare", at=utc("2026-03-25T08:00"))
    tick(crm, "2026-11-29T00:00")
    phone, laptop = (Actor(nora.user_id, nora.session_id, device_id=uuid7()) for _ in range(2))
    snooze = command(REMINDER, one, "snooze", until=utc("2026-03-25T11:00")) | {
        "made_at": utc("2026-03-25T10:00")
    }
    dismiss = command(REMINDER, one, "dismiss") | {"made_at": utc("2026-03-25T10:05")}
    # What was said first arrives last; neither is refused as stale.
    for device, item in ((laptop, dismiss | {"base_version": 1}), (phone, snooze | {"base_version": 1})):
        assert crm.one(device, item).outcome == "applied"
    values = read(crm, REMINDER, one)
    assert (values.get("due_at"), values.get("snoozed_until"), values.get("next_at")) == (None, None, None)
    assert values["acknowledged_at"] == utc("2026-03-25T10:05")


def test_snoozed_it_comes_again(crm: OwnerUnderTest, nora: Actor) -> None:
    one = remind(crm, nora, text="Richiamare", at=utc("2026-03-25T08:00"))
    tick(crm, "2026-03-25T08:00")
    phone = Actor(nora.user_id, nora.session_id, device_id=uuid7())
    snooze = command(REMINDER, one, "snooze", until=utc("2026-03-25T10:30"))
    crm.one(phone, snooze | {"made_at": utc("2026-03-25T10:00")})
    assert read(crm, REMINDER, one).get("due_at") is None
    assert tick(crm, "2026-11-01T00:00") == 1
    assert read(crm, REMINDER, one)["due_at"] == utc("2026-03-25T10:30")


def test_all_are_dismissed_in_one_call(crm: OwnerUnderTest, nora: Actor) -> None:
    for number in range(5):
        remind(crm, nora, text=f"{number}", at=utc("2026-03-25T08:00"))
    now = "2026-11-01T00:00"
    tick(crm, now)
    shown = [each.reminder["id"] for each in due(crm, nora, now).missed]
    decisions = crm.apply(nora, *(command(REMINDER, each, "dismiss") for each in shown))
    assert [each.outcome for each in decisions] == ["applied"] * 5
    assert titles(crm, nora, now) == ([], [])


def test_late_activities_are_in_the_same_answer(crm: OwnerUnderTest, nora: Actor, party: str) -> None:
    late = {"starts_at": utc("2026-03-20T09:00"), "ends_at": utc("2026-03-20T10:00")}
    visit(crm, nora, party, subject="Dimenticata", **late)
    visit(crm, nora, party, subject="A venire")
    done = visit(crm, nora, party, subject="Fatta", **late)
    tell(crm, nora, ACTIVITY, done, "complete", outcome="Fatto")
    found = due(crm, nora, "2026-03-25T10:00")
    assert ([each.values["subject"] for each in found.overdue], found.overdue_count) == (["Dimenticata"], 1)
    assert found.overdue[0].party_name == "Officine Rossi"


def test_a_reminder_of_what_one_no_longer_sees_tells_nothing_of_it(
    crm: OwnerUnderTest, nora: Actor, party: str
) -> None:
    north = person(crm, within(NORTH), name="Nord", territory_ids=[str(NORTH)])
    one = visit(crm, nora, party)
    remind(crm, north, one)
    crm.one(nora, update("crm.party", party, territory_id=str(SOUTH)))
    tick(crm, "2036-03-25T08:50")
    (told,) = due(crm, north, "2036-03-25T08:50").due
    assert (told.title, told.item) == ("", None)


def test_nobody_sees_or_answers_anothers_reminders(crm: OwnerUnderTest, nora: Actor) -> None:
    marta = person(crm, *everything("crm", "offers"), name="Marta")
    one = remind(crm, nora, text="Mio", at=utc("2026-03-25T08:00"))
    assert seen(crm, marta, REMINDER) == []
    assert titles(crm, marta, "2026-03-25T09:00") == ([], [])
    for item in (
        command(REMINDER, one, "dismiss"),
        command(REMINDER, one, "snooze", until=utc("2026-12-25T08:00")),
        update(REMINDER, one, text="Letto"),
        delete(REMINDER, one),
    ):
        assert reasons(crm.one(marta, item)) == ["RECORD_NOT_FOUND"]
    given = create(REMINDER, text="Sorpresa", at=utc("2026-03-25T08:00"), owner_id=str(nora.user_id))
    assert reasons(crm.one(marta, given)) == ["NOT_GRANTED"]


def test_a_reminder_that_cannot_be_is_refused_and_changes_nothing(
    crm: OwnerUnderTest, nora: Actor, party: str
) -> None:
    one = visit(crm, nora, party)
    about = {"subject_entity": ACTIVITY, "subject_id": one}
    hostile: list[tuple[dict[str, Any], str]] = [
        ({}, "trigger REMINDER_WITHOUT_TIME"),
        ({"text": "Mai"}, "trigger REMINDER_WITHOUT_TIME"),
        ({"text": "Mai", "trigger": "at"}, "at REQUIRED"),
        ({"at": utc("2026-03-25T08:00")}, "text REQUIRED"),
        ({"at": "0001-01-01T00:00:00Z", "text": "x"}, "at OUT_OF_RANGE"),
        ({"at": "soon", "text": "x"}, "at INVALID_TIME"),
        ({**about, "minutes_before": 43201}, "minutes_before INT32_GTE_LTE"),
        ({**about, "subject_id": str(uuid7())}, "subject_id REFERENCE_NOT_FOUND"),
        ({"subject_entity": "crm.party", "subject_id": party}, "trigger REMINDER_WITHOUT_TIME"),
        ({**about, "next_at": utc("2026-03-25T08:00")}, "next_at OUTPUT_ONLY"),
        ({**about, "acknowledged_at": utc("2026-03-25T08:00")}, "acknowledged_at OUTPUT_ONLY"),
        ({**about, "text": "x" * 301}, "text TOO_LONG"),
    ]
    before = crm.count("outbox")
    for fields, expected in hostile:
        assert expected in reasons(crm.one(nora, create(REMINDER, **fields)))
    assert (crm.count("reminder"), crm.count("outbox")) == (0, before)
    good = remind(crm, nora, one)
    known, before = read(crm, REMINDER, good), crm.count("outbox")
    answers: list[tuple[dict[str, Any], str]] = [
        ({}, "request.until REQUIRED"),
        ({"until": utc("2099-01-01T00:00")}, "request.until OUT_OF_RANGE"),
        ({"until": "later"}, "request.until INVALID_TIME"),
    ]
    for request, expected in answers:
        assert reasons(crm.one(nora, command(REMINDER, good, "snooze", **request))) == [expected]
    assert (read(crm, REMINDER, good), crm.count("outbox")) == (known, before)
