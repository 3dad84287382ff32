"""Reports on a schedule: each time is sent once, also after a night without workers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from uuid_utils.compat import uuid7

from services.kit.actor import SYSTEM, Actor
from services.kit.errors import Invalid
from services.kit.records.copies import copy_identity
from services.kit.reports import following, schedules
from services.kit.worker import deliver
from tests.kit.fields.shaping import wrong
from tests.kit.reports.counting import OPPORTUNITY, Reports
from tests.support.owners import create, foreign, received, update

REPORT = "crm.report"
#: Monday at eight in Rome, in winter and after the clocks changed.
MONDAY = datetime(2027, 3, 22, 7, 0, tzinfo=UTC)
NEXT = datetime(2027, 3, 29, 6, 0, tzinfo=UTC)


def people(crm: Reports, *actors: Actor, **body: Any) -> None:
    """Let the CRM know the users' records."""
    told = {"email": "x@example.com", "language": "en", "inactive": False, **body}
    records = [
        foreign("identity.user", str(actor.user_id), version=2)
        | {"fragments": {"base": orjson.dumps(told).decode()}}
        for actor in actors
    ]
    with crm.owner.database.unit_of_work(SYSTEM) as uow:
        copy_identity(uow, records)


def scheduled(*recipients: Actor, **values: Any) -> dict[str, Any]:
    schedule = {
        "recurrence": "FREQ=WEEKLY;BYDAY=MO",
        "starts": "2027-03-22T08:00",
        "recipient_ids": [str(each.user_id) for each in recipients],
        "format": "csv",
        **values,
    }
    return {"names": {"it": "Fonti"}, "definition": {"source": OPPORTUNITY}, "schedule": schedule}


def send(crm: Reports, now: datetime) -> list[dict[str, Any]]:
    """Let the timer run at a moment; return what it asked mail for."""
    before = len(crm.events())
    with crm.owner.database.unit_of_work(SYSTEM, now=now) as uow:
        schedules.send_due(uow)
    return [each["data"] for each in crm.events()[before:] if each["type"] == "crm.report_due.v1"]


def test_each_time_is_sent_once_at_the_companys_hour(crm: Reports, seller: Actor, manager: Actor) -> None:
    people(crm, seller, manager)
    record_id = crm.make(seller, REPORT, **scheduled(seller, manager))

    assert send(crm, MONDAY - timedelta(seconds=1)) == []
    first = send(crm, MONDAY + timedelta(seconds=5))
    assert send(crm, MONDAY + timedelta(seconds=9)) == []
    second = send(crm, NEXT)

    assert {each["recipient_id"] for each in first} == {str(seller.user_id), str(manager.user_id)}
    assert {(each["report_id"], each["requested_by"]) for each in first} == {(record_id, str(seller.user_id))}
    assert [each["due_at"] for each in first + second] == ["2027-03-22T07:00:00Z"] * 2 + [
        "2027-03-29T06:00:00Z"
    ] * 2
    assert len({each["message_id"] for each in first + second}) == 4
    assert first[0]["subject"] == "Fonti · 22/03/2027"


def test_what_was_missed_is_made_good_once_with_its_last_time(crm: Reports, seller: Actor) -> None:
    people(crm, seller)
    crm.make(seller, REPORT, **scheduled(seller))

    found = send(crm, NEXT + timedelta(days=3))

    assert [each["due_at"] for each in found] == ["2027-03-29T06:00:00Z"]
    assert send(crm, NEXT + timedelta(days=4)) == []
    assert len(send(crm, NEXT + timedelta(days=7))) == 1


def test_a_change_of_the_name_does_not_skip_a_time_that_waits(crm: Reports, seller: Actor) -> None:
    people(crm, seller)
    record_id = crm.make(seller, REPORT, **scheduled(seller))
    crm.one(seller, update(REPORT, record_id, names={"it": "Fonti nuove"}))
    assert [each["subject"] for each in send(crm, MONDAY)] == ["Fonti nuove · 22/03/2027"]


def test_nothing_is_sent_when_paused_deleted_over_or_to_who_is_gone(crm: Reports, seller: Actor) -> None:
    people(crm, seller)
    over = scheduled(seller, recurrence="FREQ=DAILY;COUNT=1", starts="2026-01-01T08:00")
    crm.make(seller, REPORT, **over)
    paused = crm.make(seller, REPORT, **scheduled(seller, paused=True))
    deleted = crm.make(seller, REPORT, **scheduled(seller))
    crm.one(seller, {**create(REPORT, deleted), "op": "delete", "fields": {}})
    assert send(crm, NEXT) == []

    crm.one(seller, update(REPORT, paused, **{"schedule": scheduled(seller)["schedule"]}))
    people_gone = foreign("identity.user", str(seller.user_id), version=3) | {"deleted": True}
    with crm.owner.database.unit_of_work(SYSTEM) as uow:
        copy_identity(uow, [people_gone])
    assert send(crm, NEXT) == []


def told(crm: Reports, report_id: str, recipient: Actor, **values: Any) -> None:
    """Let mail tell what became of a message."""
    texts = {"it": "Collegare una casella.", "en": "Connect a mailbox."}
    failed = {"reason": "MAILBOX_UNKNOWN", "texts": texts, "due_at": "2027-03-22T07:00:00Z", **values}
    fixed = {"service": "crm", "report_id": report_id, "recipient_id": str(recipient.user_id)}
    event = received("mail", "mail.report_sending_ended.v1", {"message_id": str(uuid7()), **fixed, **failed})
    deliver(crm.owner.database, following.record_report_sending, event)


def problem(crm: Reports, report_id: str) -> tuple[str, str, set[str]] | None:
    """Reason, time and recipients of what stands in the record."""
    row = crm.stored(REPORT, report_id)
    assert row is not None
    found = row["sending_problem"]
    if found is None:
        return None
    assert found["texts"] == {"en": "Connect a mailbox.", "it": "Collegare una casella."}
    return found["reason"], found["due_at"], set(found["recipient_ids"])


SENT: dict[str, Any] = {"reason": "", "texts": {}}
FIRST, SECOND = "2027-03-22T07:00:00Z", "2027-03-29T06:00:00Z"


def test_the_record_tells_who_did_not_get_it_and_why_until_they_do(
    crm: Reports, seller: Actor, manager: Actor
) -> None:
    people(crm, seller, manager)
    record_id = crm.make(seller, REPORT, **scheduled(seller, manager))
    one, two = str(seller.user_id), str(manager.user_id)
    assert problem(crm, record_id) is None

    told(crm, record_id, seller)
    told(crm, record_id, manager)
    told(crm, record_id, manager)
    assert problem(crm, record_id) == ("MAILBOX_UNKNOWN", FIRST, {one, two})
    row = crm.stored(REPORT, record_id)
    assert row is not None
    assert (row["sent_at"], str(row["owner_id"])) == (None, one)

    told(crm, record_id, seller, due_at=SECOND, **SENT)
    assert problem(crm, record_id) == ("MAILBOX_UNKNOWN", FIRST, {two})
    told(crm, record_id, manager, due_at=SECOND, reason="MAILBOX_PAUSED")
    told(crm, record_id, seller)
    told(crm, record_id, manager, due_at=FIRST, **SENT)
    assert problem(crm, record_id) == ("MAILBOX_PAUSED", SECOND, {two})
    told(crm, record_id, manager, due_at=SECOND, **SENT)
    assert problem(crm, record_id) is None
    row = crm.stored(REPORT, record_id)
    assert row is not None
    assert row["sent_at"] is not None


def test_a_problem_is_over_when_its_owner_changes_the_schedule(crm: Reports, seller: Actor) -> None:
    people(crm, seller)
    record_id = crm.make(seller, REPORT, **scheduled(seller))
    told(crm, record_id, seller)
    crm.one(seller, update(REPORT, record_id, names={"it": "Fonti nuove"}))
    assert problem(crm, record_id) is not None
    paused = scheduled(seller, paused=True)["schedule"]
    assert crm.one(seller, update(REPORT, record_id, schedule=paused)).outcome == "applied"
    assert problem(crm, record_id) is None


def test_nobody_writes_what_became_of_a_sending(crm: Reports, seller: Actor) -> None:
    people(crm, seller)
    record_id = crm.make(seller, REPORT, **scheduled(seller))
    told(crm, record_id, seller)
    before = problem(crm, record_id)
    for values in ({"sending_problem": None}, {"sent_at": FIRST}):
        decision = crm.one(seller, update(REPORT, record_id, **values))
        assert [place for place, _ in wrong(decision)] == list(values)
    assert problem(crm, record_id) == before


def test_what_is_told_of_others_reports_changes_nothing(crm: Reports, seller: Actor) -> None:
    people(crm, seller)
    record_id = crm.make(seller, REPORT, **scheduled(seller))
    told(crm, record_id, seller, service="offers")
    told(crm, str(uuid7()), seller)
    assert problem(crm, record_id) is None
    with pytest.raises(Invalid, match="INVALID_EVENT"):
        told(crm, "x", seller)


def test_a_schedule_that_cannot_be_kept_is_refused_with_its_place(crm: Reports, seller: Actor) -> None:
    people(crm, seller)
    unknown = crm.accesses.give()
    for values, place, reason in (
        ({"recipient_ids": []}, "schedule.recipient_ids", "REQUIRED"),
        ({"recipient_ids": [str(unknown.user_id)]}, "schedule.recipient_ids[0]", "REFERENCE_NOT_FOUND"),
        ({"recurrence": "FREQ=SECONDLY"}, "schedule.recurrence", None),
        ({"starts": "2027-02-30T08:00"}, "schedule.starts", "INVALID_TIME"),
        ({"format": "exe"}, "schedule.format", None),
    ):
        decision = crm.one(seller, {**create(REPORT), "fields": scheduled(seller, **values)})
        ((found, why),) = wrong(decision)
        assert (found, why) == (place, reason or why)
    people(crm, unknown, email="")
    refused = crm.one(seller, {**create(REPORT), "fields": scheduled(seller, unknown)})
    assert [reason for _, reason in wrong(refused)] == ["ADDRESS_MISSING"]
