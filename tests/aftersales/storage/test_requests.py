"""Requests on their way: states, clocks, warranty, tasks; each step with who, when made and arrived."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from services.aftersales.usecases.setup import CALENDAR, SLA
from services.kit import schema
from services.kit.actor import Actor
from services.kit.company_time import company_date
from services.kit.errors import Invalid, NotAllowedNow, SalesError
from tests.aftersales.storage.conftest import (
    CLOCK_EVENT,
    OTHER_PARTY,
    PARTY,
    PRODUCT,
    REQUEST,
    TASK,
    WARRANTY,
    bodies,
    body,
    call,
    know,
    machine,
    warranty,
)
from tests.support.owners import OwnerUnderTest, create, delete, update

#: A Monday at nine in Rome; the standard promise for `normal` is 240 minutes to respond, 2,400 to resolve.
MONDAY = "2026-03-23T08:00:00Z"


def request(**fields: Any) -> dict[str, Any]:
    fixed = {"party_id": PARTY, "title": "Press stands still", "reported_at": MONDAY}
    return create(REQUEST, **{**fixed, **fields})


def opened(service: OwnerUnderTest, actor: Actor, **fields: Any) -> str:
    """Open a request; return its id."""
    item = request(**fields)
    done(service, actor, item)
    return str(item["record_id"])


def done(service: OwnerUnderTest, actor: Actor, item: dict[str, Any]) -> None:
    decision = service.one(actor, item)
    assert decision.outcome == "applied", decision.error


def refused(service: OwnerUnderTest, actor: Actor, item: dict[str, Any]) -> SalesError:
    decision = service.one(actor, item)
    assert decision.outcome == "refused"
    assert decision.error is not None
    return decision.error


def reasons(error: SalesError) -> set[tuple[str, str]]:
    return {(violation.field, violation.reason) for violation in error.violations}


@pytest.fixture
def on_the_road(service: OwnerUnderTest, technician: Actor) -> Actor:
    """The technician at a device, so that each item may have a time of its own."""
    return replace(technician, device_id=uuid7())


def at(item: dict[str, Any], moment: str) -> dict[str, Any]:
    return item | {"made_at": moment}


def test_a_new_request_has_a_number_two_deadlines_and_a_state(
    service: OwnerUnderTest, technician: Actor
) -> None:
    first, second = (body(service, REQUEST, opened(service, technician)) for _ in range(2))
    year = company_date(datetime.now(UTC)).year
    assert [each["number"] for each in (first, second)] == [f"REQ-{year}-00001", f"REQ-{year}-00002"]
    assert (first["state"], first["priority"], first["sla_policy_id"]) == ("new", "normal", SLA)
    # Nine o'clock and 240 minutes: 14:30, after lunch. 2,400 minutes: five days of eight hours.
    assert first["response_due_at"] == "2026-03-23T13:30:00Z"
    assert first["resolution_due_at"] == "2026-03-30T07:00:00Z"


def test_a_deadline_over_easter_and_the_change_of_clocks_is_that_of_the_calendar(
    service: OwnerUnderTest, technician: Actor
) -> None:
    # Friday 3 April 2026, 17:30 in Rome; critical: 60 minutes to respond. Monday the 6th is a holiday.
    shown = body(
        service,
        REQUEST,
        opened(service, technician, reported_at="2026-04-03T15:30:00Z", priority="critical"),
    )
    assert shown["response_due_at"] == "2026-04-07T07:00:00Z"


def test_the_whole_way_is_stored_with_who_made_it_when_and_when_it_arrived(
    service: OwnerUnderTest, on_the_road: Actor
) -> None:
    record = opened(service, on_the_road)
    steps = [
        ("assign", {}, "2026-03-23T09:00:00Z"),
        ("start", {}, "2026-03-23T10:00:00Z"),
        ("wait", {"waiting_for": "parts", "reason": "Valve ordered"}, "2026-03-23T10:30:00Z"),
        ("resume", {}, "2026-03-25T14:00:00Z"),
        ("resolve", {"resolution": "Valve replaced"}, "2026-03-25T15:00:00Z"),
        ("close", {}, "2026-03-26T08:00:00Z"),
        ("reopen", {"reason": "Leaks again"}, "2026-03-30T08:00:00Z"),
    ]
    for name, parameters, moment in steps:
        done(service, on_the_road, at(call(REQUEST, record, name, **parameters), moment))
    table = schema.transition
    with service.owner.database.read() as connection:
        rows = connection.execute(
            sa.select(table).where(table.c.entity == REQUEST).order_by(table.c.id)
        ).mappings()
        passages = [dict(row) for row in rows]
    assert [(row["command"], row["to_state"]) for row in passages] == [
        ("open", "new"),
        ("assign", "assigned"),
        ("start", "in_progress"),
        ("wait_for_parts", "waiting_for_parts"),
        ("resume", "in_progress"),
        ("resolve", "resolved"),
        ("close", "closed"),
        ("reopen", "reopened"),
    ]
    assert {row["by_id"] for row in passages} == {on_the_road.user_id}
    assert passages[3]["reason"] == "Valve ordered"
    assert passages[3]["made_at"] == datetime.fromisoformat("2026-03-23T10:30:00Z")
    assert all(row["arrived_at"] > row["made_at"] for row in passages)


def test_the_clock_stands_while_parts_are_waited_for_and_runs_on_when_it_is_reopened(
    service: OwnerUnderTest, on_the_road: Actor
) -> None:
    record = opened(service, on_the_road, priority="critical")  # 480 minutes to resolve
    for name, parameters, moment in [
        ("start", {}, "2026-03-23T08:30:00Z"),
        ("wait", {"waiting_for": "parts"}, "2026-03-23T10:00:00Z"),
    ]:
        done(service, on_the_road, at(call(REQUEST, record, name, **parameters), moment))
    waiting = body(service, REQUEST, record)
    assert "resolution_due_at" not in waiting
    assert waiting["resolution_left_s"] == 6 * 3600
    done(service, on_the_road, at(call(REQUEST, record, "resume"), "2026-03-25T14:00:00Z"))
    # The vector of domain.md: Monday 9:00 and 480, paused from 11:00 to Wednesday 15:00.
    assert body(service, REQUEST, record)["resolution_due_at"] == "2026-03-26T10:30:00Z"
    resolved = at(call(REQUEST, record, "resolve", resolution="Valve"), "2026-03-25T15:00:00Z")
    done(service, on_the_road, resolved)
    assert body(service, REQUEST, record)["resolution_left_s"] == 5 * 3600
    done(service, on_the_road, at(call(REQUEST, record, "reopen", reason="Leaks"), "2026-03-30T06:30:00Z"))
    reopened = body(service, REQUEST, record)
    assert (reopened["state"], reopened["resolution_due_at"]) == ("reopened", "2026-03-30T13:00:00Z")
    assert "resolved_at" not in reopened
    kinds = [
        (e["clock"], e["kind"]) for e in sorted(bodies(service, CLOCK_EVENT), key=lambda e: e["position"])
    ]
    assert kinds == [
        ("response", "start"),
        ("resolution", "start"),
        ("resolution", "pause"),
        ("resolution", "resume"),
        ("resolution", "stop"),
        ("resolution", "resume"),
    ]


def test_another_priority_promises_anew_and_keeps_what_is_gone(
    service: OwnerUnderTest, on_the_road: Actor
) -> None:
    record = opened(service, on_the_road)
    done(service, on_the_road, at(update(REQUEST, record, priority="critical"), "2026-03-23T10:00:00Z"))
    shown = body(service, REQUEST, record)
    # Two hours are gone: 60 minutes to respond are missed at once, of 480 to resolve six hours are left.
    assert shown["response_due_at"] == "2026-03-23T10:00:00Z"
    assert shown["resolution_due_at"] == "2026-03-24T08:00:00Z"
    done(service, on_the_road, at(update(REQUEST, record, title="Still stands"), "2026-03-23T11:00:00Z"))
    assert len(bodies(service, CLOCK_EVENT)) == 4


def test_a_new_holiday_moves_the_deadlines_of_open_requests_only(
    service: OwnerUnderTest, on_the_road: Actor, manager: Actor
) -> None:
    still_open, over = opened(service, on_the_road), opened(service, on_the_road)
    for name, parameters in (("start", {}), ("resolve", {"resolution": "Done"})):
        done(service, on_the_road, at(call(REQUEST, over, name, **parameters), "2026-03-23T08:30:00Z"))
    before = body(service, REQUEST, over)["version"]
    holidays = [*body(service, "aftersales.business_calendar", CALENDAR)["holidays"]]
    holidays.append({"on": "2026-03-24", "name": "Company outing"})
    done(service, manager, update("aftersales.business_calendar", CALENDAR, holidays=holidays))
    assert body(service, REQUEST, still_open)["resolution_due_at"] == "2026-03-31T07:00:00Z"
    assert body(service, REQUEST, over)["version"] == before


def test_a_policy_that_changes_binds_new_requests_only(
    service: OwnerUnderTest, technician: Actor, manager: Actor
) -> None:
    before = opened(service, technician)
    targets = [{"priority": "normal", "response_minutes": 30, "resolution_minutes": 60}]
    done(service, manager, update("aftersales.sla_policy", SLA, targets=targets))
    after = opened(service, technician)
    done(service, technician, update(REQUEST, before, description="More of it"))
    due = [body(service, REQUEST, each)["response_due_at"] for each in (before, after)]
    assert due == ["2026-03-23T13:30:00Z", "2026-03-23T08:30:00Z"]


def test_the_first_reply_stops_the_response_clock_and_a_second_changes_nothing(
    service: OwnerUnderTest, on_the_road: Actor
) -> None:
    record = opened(service, on_the_road)
    for moment in ("2026-03-23T09:00:00Z", "2026-03-23T10:00:00Z"):
        done(service, on_the_road, at(call(REQUEST, record, "respond"), moment))
    shown = body(service, REQUEST, record)
    assert shown["responded_at"] == "2026-03-23T09:00:00Z"
    assert "response_due_at" not in shown


def test_a_device_whose_clock_is_slow_breaks_no_order(service: OwnerUnderTest, on_the_road: Actor) -> None:
    record = opened(service, on_the_road)
    for name, parameters, moment in [
        ("start", {}, "2026-03-23T12:00:00Z"),
        ("wait", {"waiting_for": "customer"}, "2026-03-23T12:00:00Z"),
        ("resume", {}, "2026-03-23T09:00:00Z"),
    ]:
        done(service, on_the_road, at(call(REQUEST, record, name, **parameters), moment))
    assert body(service, REQUEST, record)["resolution_due_at"] == "2026-03-30T07:00:00Z"


@pytest.mark.parametrize(
    ("name", "parameters", "reason"),
    [
        ("resume", {}, "WRONG_STATE"),
        ("close", {}, "WRONG_STATE"),
        ("reopen", {"reason": "x"}, "WRONG_STATE"),
        ("wait", {"waiting_for": "parts"}, "WRONG_STATE"),
        ("resolve", {"resolution": "Done"}, "WRONG_STATE"),
        ("resolve", {"resolution": "  "}, "RESOLUTION_MISSING"),
        ("wait", {}, "INVALID_FIELDS"),
        ("wait", {"waiting_for": "godot"}, "INVALID_FIELDS"),
        ("assign", {"assignee_id": str(uuid7())}, "INVALID_FIELDS"),
        ("assign", {"assignee_id": "me"}, "INVALID_FIELDS"),
        ("assign", {"whom": "me"}, "INVALID_FIELDS"),
        ("decide_coverage", {"covered": True}, "REASON_MISSING"),
        ("resolve", {"resolution": "x" * 10_001}, "INVALID_FIELDS"),
    ],
)
def test_a_step_that_cannot_be_is_refused_and_nothing_moves(
    service: OwnerUnderTest, technician: Actor, name: str, parameters: dict[str, Any], reason: str
) -> None:
    record = opened(service, technician)
    before = body(service, REQUEST, record)
    assert refused(service, technician, call(REQUEST, record, name, **parameters)).reason == reason
    assert body(service, REQUEST, record) == before
    assert len(bodies(service, CLOCK_EVENT)) == 2


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"reported_at": "2999-01-01T00:00:00Z"}, "reported_at", "IN_THE_FUTURE"),
        ({"reported_at": "0001-01-01T00:00:00Z"}, "reported_at", "DATE_IMPLAUSIBLE"),
        ({"reported_at": "9999-12-31T23:59:59-12:00"}, "reported_at", "INVALID_TIME"),
        ({"reported_at": "yesterday"}, "reported_at", "INVALID_TIME"),
        ({"fault_on": "2026-03-24"}, "fault_on", "FAULT_AFTER_REPORT"),
        ({"fault_on": "0001-01-01"}, "fault_on", "DATE_IMPLAUSIBLE"),
        ({"usage": "-1"}, "usage", "OUT_OF_RANGE"),
        ({"usage": "1e9"}, "usage", "INVALID_DECIMAL"),
        ({"title": ""}, "title", "REQUIRED"),
        ({"priority": "urgent"}, "priority", "UNKNOWN_VALUE"),
        ({"state": "closed"}, "state", "OUTPUT_ONLY"),
        ({"number": "REQ-1"}, "number", "OUTPUT_ONLY"),
        ({"assignee_id": str(uuid7())}, "assignee_id", "OUTPUT_ONLY"),
        ({"coverage": "covered"}, "coverage", "OUTPUT_ONLY"),
        ({"installed_product_id": str(uuid7())}, "installed_product_id", "REFERENCE_NOT_FOUND"),
        ({"sla_policy_id": CALENDAR}, "sla_policy_id", "REFERENCE_NOT_FOUND"),
        ({"party_id": str(uuid7())}, "party_id", "REFERENCE_NOT_FOUND"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_with_its_field(
    service: OwnerUnderTest, technician: Actor, fields: dict[str, Any], field: str, reason: str
) -> None:
    item = request(**fields)
    assert (field, reason) in reasons(refused(service, technician, item))
    assert service.stored(REQUEST, item["record_id"]) is None
    assert service.count("number_series") == 0


def test_clock_events_are_made_by_the_service_alone(service: OwnerUnderTest, technician: Actor) -> None:
    record = opened(service, technician)
    (event, *_) = bodies(service, CLOCK_EVENT)
    forged = create(CLOCK_EVENT, request_id=record)
    for item in (forged, update(CLOCK_EVENT, event["id"], minutes=9), delete(CLOCK_EVENT, event["id"])):
        assert refused(service, technician, item).reason == "OPERATION_CLOSED"


def test_a_machine_of_another_customer_is_refused_unless_this_one_uses_it(
    service: OwnerUnderTest, technician: Actor
) -> None:
    theirs, used_here = machine(party_id=OTHER_PARTY), machine(party_id=OTHER_PARTY, end_user_id=PARTY)
    for item in (theirs, used_here):
        done(service, technician, item)
    wrong = request(installed_product_id=theirs["record_id"])
    assert reasons(refused(service, technician, wrong)) == {
        ("installed_product_id", "PRODUCT_OF_ANOTHER_PARTY")
    }
    opened(service, technician, installed_product_id=used_here["record_id"])


def test_codes_stand_where_they_belong(service: OwnerUnderTest, technician: Actor, manager: Actor) -> None:
    codes = {
        kind: create("aftersales.code", kind=kind, code=f"{kind}-1", name=kind)
        for kind in ("symptom", "cause", "component", "remedy")
    }
    for item in codes.values():
        done(service, manager, item)
    ids = {kind: item["record_id"] for kind, item in codes.items()}
    opened(
        service,
        technician,
        symptom_id=ids["symptom"],
        cause_id=ids["cause"],
        component_code_id=ids["component"],
        remedy_id=ids["remedy"],
    )
    assert reasons(refused(service, technician, request(symptom_id=ids["cause"]))) == {
        ("symptom_id", "WRONG_CODE_KIND")
    }
    twice = create("aftersales.code", kind="symptom", code="symptom-1", name="again")
    assert refused(service, manager, twice).reason == "NOT_UNIQUE"


# Warranty


def covered(service: OwnerUnderTest, record: str) -> tuple[str, str]:
    shown = body(service, REQUEST, record)
    return shown["coverage"], shown["coverage_reason"]


def test_the_warranty_is_judged_at_the_date_of_the_fault_and_again_when_a_date_changes(
    service: OwnerUnderTest, technician: Actor
) -> None:
    press = machine(delivered_on="2024-03-01")
    done(service, technician, press)
    done(service, technician, warranty(press["record_id"], ("delivery", 24)))
    late = opened(service, technician, installed_product_id=press["record_id"])
    in_time = opened(service, technician, installed_product_id=press["record_id"], fault_on="2026-03-01")
    assert covered(service, late) == ("not_covered", "expired")
    assert covered(service, in_time) == ("covered", "within_term")
    done(service, technician, update(PRODUCT, press["record_id"], delivered_on="2024-04-01"))
    assert covered(service, late) == ("covered", "within_term")
    (promise,) = bodies(service, WARRANTY)
    assert body(service, REQUEST, late)["warranty_id"] == promise["id"]


def test_without_machine_or_warranty_the_request_says_so(service: OwnerUnderTest, technician: Actor) -> None:
    assert covered(service, opened(service, technician)) == ("undecided", "no_product")
    press = machine()
    done(service, technician, press)
    record = opened(service, technician, installed_product_id=press["record_id"])
    assert covered(service, record) == ("not_covered", "no_warranty")


def test_a_reading_decides_where_use_is_limited_and_an_excluded_cause_loses_the_cover(
    service: OwnerUnderTest, technician: Actor, manager: Actor
) -> None:
    press = machine(delivered_on="2025-06-01")
    done(service, technician, press)
    done(
        service,
        technician,
        warranty(press["record_id"], ("delivery", 24), usage_limit="2000", usage_unit="h"),
    )
    wear = create("aftersales.code", kind="cause", code="WEAR", name="Wear", excluded_from_warranty=True)
    done(service, manager, wear)
    record = opened(service, technician, installed_product_id=press["record_id"])
    assert covered(service, record) == ("undecided", "usage_unknown")
    done(service, technician, update(REQUEST, record, usage="1999.5"))
    assert covered(service, record) == ("covered", "within_term")
    done(service, technician, update(REQUEST, record, cause_id=wear["record_id"]))
    assert covered(service, record) == ("not_covered", "cause_excluded")


def test_what_a_person_decided_stays_with_its_reason(service: OwnerUnderTest, technician: Actor) -> None:
    record = opened(service, technician)
    decided = call(REQUEST, record, "decide_coverage", covered=True, reason="Goodwill of the sales manager")
    done(service, technician, decided)
    done(service, technician, update(REQUEST, record, usage="10"))
    assert covered(service, record) == ("covered", "by_hand")
    assert body(service, REQUEST, record)["coverage_note"] == "Goodwill of the sales manager"


# Tasks


def task(record: str, **fields: Any) -> dict[str, Any]:
    return create(TASK, request_id=record, **{"title": "Order the valve", **fields})


def test_a_request_with_open_tasks_is_not_resolved(service: OwnerUnderTest, technician: Actor) -> None:
    record = opened(service, technician)
    first, second = task(record), task(record, title="Call the customer")
    for item in (first, second, call(REQUEST, record, "start")):
        done(service, technician, item)
    assert [each["position"] for each in bodies(service, TASK)] == [1, 2]
    resolve = call(REQUEST, record, "resolve", resolution="Done")
    error = refused(service, technician, resolve)
    assert (error.reason, error.params["count"]) == ("TASKS_OPEN", "2")
    done(service, technician, call(TASK, first["record_id"], "complete", outcome="Ordered"))
    done(service, technician, call(TASK, second["record_id"], "cancel", reason="Not needed"))
    done(service, technician, call(REQUEST, record, "resolve", resolution="Done"))
    states = {each["title"]: (each["state"], each["outcome"]) for each in bodies(service, TASK)}
    assert states == {
        "Order the valve": ("done", "Ordered"),
        "Call the customer": ("cancelled", "Not needed"),
    }


def test_a_task_is_due_by_its_time_or_by_minutes_of_business_time(
    service: OwnerUnderTest, on_the_road: Actor
) -> None:
    record = opened(service, on_the_road)
    by_minutes = task(record, due_minutes=240)
    done(service, on_the_road, at(by_minutes, "2026-03-27T16:00:00Z"))  # Friday, 17:00 in Rome
    assert body(service, TASK, by_minutes["record_id"])["due_at"] == "2026-03-30T09:30:00Z"
    by_time = task(record, due_at="2026-04-01T10:00:00Z", due_minutes=240)
    done(service, on_the_road, by_time)
    assert body(service, TASK, by_time["record_id"])["due_at"] == "2026-04-01T10:00:00Z"


def test_what_is_over_does_not_change(service: OwnerUnderTest, technician: Actor) -> None:
    record = opened(service, technician)
    item = task(record)
    done(service, technician, item)
    done(service, technician, call(TASK, item["record_id"], "complete"))
    assert refused(service, technician, update(TASK, item["record_id"], title="x")).reason == "TASK_CLOSED"
    assert refused(service, technician, call(TASK, item["record_id"], "cancel")).reason == "WRONG_STATE"
    for name, parameters in (("start", {}), ("resolve", {"resolution": "Done"}), ("close", {})):
        done(service, technician, call(REQUEST, record, name, **parameters))
    for change in (update(REQUEST, record, title="x"), task(record), delete(REQUEST, record)):
        error = refused(service, technician, change)
        assert isinstance(error, NotAllowedNow) and error.reason == "REQUEST_CLOSED"


def test_a_request_made_and_corrected_in_one_group_starts_its_clocks_once(
    service: OwnerUnderTest, technician: Actor
) -> None:
    item = request()
    correction = update(REQUEST, item["record_id"], priority="critical")
    group = [each | {"group": "g"} for each in (item, correction, task(item["record_id"]))]
    for decision in service.apply(technician, *group):
        assert decision.outcome in ("applied", "merged"), decision.error
    shown = body(service, REQUEST, item["record_id"])
    assert (shown["number"][-5:], shown["version"]) == ("00001", 1)
    started = [e for e in bodies(service, CLOCK_EVENT) if e["kind"] == "start"]
    assert len(started) == 2


def test_a_request_that_was_a_mistake_goes_with_all_that_is_its(
    service: OwnerUnderTest, technician: Actor
) -> None:
    record = opened(service, technician)
    done(service, technician, task(record))
    done(service, technician, delete(REQUEST, record))
    assert bodies(service, REQUEST) == bodies(service, TASK) == bodies(service, CLOCK_EVENT) == []


def test_somebody_else_takes_over_work_that_has_begun(service: OwnerUnderTest, technician: Actor) -> None:
    record, colleague = opened(service, technician), str(uuid7())
    know(service, "identity.user", colleague)
    done(service, technician, call(REQUEST, record, "start"))
    assert body(service, REQUEST, record)["assignee_id"] == str(technician.user_id)
    done(service, technician, call(REQUEST, record, "assign", assignee_id=colleague))
    shown = body(service, REQUEST, record)
    assert (shown["assignee_id"], shown["state"]) == (colleague, "in_progress")


# Setup


@pytest.mark.parametrize(
    ("windows", "reason"),
    [
        ([], "TOO_FEW"),
        ([{"days": [], "opens": "09:00", "closes": "12:00"}], "TOO_FEW"),
        ([{"days": ["monday"], "opens": "9:00", "closes": "12:00"}], "INVALID_TIME"),
        ([{"days": ["monday"], "opens": "25:00", "closes": "26:00"}], "INVALID_TIME"),
        ([{"days": ["monday"], "opens": "18:00", "closes": "09:00"}], "WINDOW_EMPTY"),
        ([{"days": ["monday"], "opens": "24:00", "closes": "24:00"}], "INVALID_TIME"),
        ([{"days": ["moonday"], "opens": "09:00", "closes": "12:00"}], "UNKNOWN_VALUE"),
        ([{"days": ["unspecified"], "opens": "09:00", "closes": "12:00"}], "UNKNOWN_VALUE"),
        (
            [
                {"days": ["monday"], "opens": "09:00", "closes": "12:00"},
                {"days": ["monday"], "opens": "11:00", "closes": "13:00"},
            ],
            "WINDOWS_OVERLAP",
        ),
    ],
)
def test_hours_that_make_no_sense_are_refused(
    service: OwnerUnderTest, manager: Actor, windows: list[dict[str, Any]], reason: str
) -> None:
    item = create("aftersales.business_calendar", name="Ours", windows=windows)
    assert reason in {found for _, found in reasons(refused(service, manager, item))}


def test_a_zone_that_is_none_and_holidays_without_a_day_are_refused(
    service: OwnerUnderTest, manager: Actor
) -> None:
    windows = [{"days": ["monday"], "opens": "09:00", "closes": "24:00"}]
    for zone in ("Mars/Olympus", "../etc/passwd", "/etc/passwd"):
        item = create("aftersales.business_calendar", name="Ours", windows=windows, time_zone=zone)
        assert ("time_zone", "UNKNOWN_TIME_ZONE") in reasons(refused(service, manager, item))
    item = create(
        "aftersales.business_calendar", name="Ours", windows=windows, holidays=[{"name": "Nameless"}]
    )
    assert ("holidays[0].on", "REQUIRED") in reasons(refused(service, manager, item))
    done(service, manager, create("aftersales.business_calendar", name="Ours", windows=windows))


def test_a_calendar_in_use_and_the_only_standard_policy_stay(service: OwnerUnderTest, manager: Actor) -> None:
    assert (
        refused(service, manager, delete("aftersales.business_calendar", CALENDAR)).reason
        == "CALENDAR_IN_USE"
    )
    assert refused(service, manager, delete("aftersales.sla_policy", SLA)).reason == "STANDARD_NEEDED"


def test_a_promise_for_the_same_priority_is_made_once(service: OwnerUnderTest, manager: Actor) -> None:
    targets = [{"priority": "low", "resolution_minutes": 10}, {"priority": "low", "resolution_minutes": 20}]
    item = create("aftersales.sla_policy", name="Twice", calendar_id=CALENDAR, targets=targets)
    assert reasons(refused(service, manager, item)) == {("targets", "TARGET_TWICE")}


def test_a_promise_that_no_calendar_can_keep_is_refused(service: OwnerUnderTest, manager: Actor) -> None:
    minute = [{"days": ["monday"], "opens": "09:00", "closes": "09:01"}]
    calendar = create("aftersales.business_calendar", name="A minute a week", windows=minute)
    targets = [{"priority": "normal", "resolution_minutes": 1_000_000}]
    policy = create("aftersales.sla_policy", name="Never", calendar_id=calendar["record_id"], targets=targets)
    for item in (calendar, policy):
        done(service, manager, item)
    error = refused(service, manager, request(sla_policy_id=policy["record_id"]))
    assert isinstance(error, Invalid) and error.reason == "NO_BUSINESS_TIME"


def test_what_a_company_begins_with_is_provided_once_and_stays_deleted(
    service: OwnerUnderTest, manager: Actor
) -> None:
    from services.aftersales.usecases import setup
    from services.kit.actor import SYSTEM

    done(service, manager, delete("aftersales.warranty_policy", setup.WARRANTY))
    with service.owner.database.unit_of_work(SYSTEM) as uow:
        assert not setup.provide(uow)
    assert bodies(service, "aftersales.warranty_policy") == []
    holidays = body(service, "aftersales.business_calendar", CALENDAR)["holidays"]
    last = max(holiday["on"] for holiday in holidays)
    assert last > (datetime.now(UTC) + timedelta(days=3650)).date().isoformat()
    assert orjson.dumps(holidays).count(b"2026-04-06") == 1
