"""Figures of the service, from what really happened, and only of what the caller may see."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from services.aftersales.reports.faults import FaultCount, faults
from services.aftersales.reports.history import request_history
from services.aftersales.reports.overview import open_requests
from services.aftersales.reports.service_figures import service_figures
from services.kit.actor import Actor
from services.kit.errors import Forbidden, NotFound
from services.kit.records.reading import Reader
from tests.aftersales.storage.conftest import PRODUCT, REQUEST, call, machine
from tests.aftersales.storage.test_requests import at, done, on_the_road, opened  # noqa: F401
from tests.support.owners import SOUTH, OwnerUnderTest, create, within

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)


@pytest.fixture
def told(service: OwnerUnderTest, on_the_road: Actor, manager: Actor) -> dict[str, str]:  # noqa: F811
    """Two presses of one batch and one saw; four requests, one of them still open."""
    ids: dict[str, str] = {}
    for name, kind in (("LEAK", "symptom"), ("NOISE", "symptom"), ("SEAL", "cause")):
        item = create("aftersales.code", kind=kind, code=name, name=name.title())
        done(service, manager, item)
        ids[name] = item["record_id"]
    for name, fields in {
        "press1": {"model": "Press", "batch": "B1", "delivered_on": "2026-01-01"},
        "press2": {"model": "Press", "batch": "B1", "delivered_on": "2024-01-01"},
        "saw": {"model": "Saw", "batch": "B2", "delivered_on": "2026-03-01"},
    }.items():
        item = machine(**fields)
        done(service, manager, item)
        ids[name] = item["record_id"]
    for name, product, symptom, reported in [
        ("first", "press1", "LEAK", "2026-03-23T08:00:00Z"),
        ("second", "press2", "LEAK", "2026-04-01T08:00:00Z"),
        ("third", "press1", "NOISE", "2026-04-02T08:00:00Z"),
        ("fourth", "saw", "LEAK", "2026-05-04T08:00:00Z"),
    ]:
        ids[name] = opened(
            service,
            on_the_road,
            installed_product_id=ids[product],
            symptom_id=ids[symptom],
            reported_at=reported,
            priority="critical",
        )
    # First: answered after half an hour, two hours in hand, in time. Second: answered and resolved late.
    for name, steps in {
        "first": [
            ("respond", {}, "2026-03-23T08:30:00Z"),
            ("start", {}, "2026-03-23T08:30:00Z"),
            ("wait", {"waiting_for": "parts"}, "2026-03-23T09:30:00Z"),
            ("resume", {}, "2026-03-24T09:00:00Z"),
            ("resolve", {"resolution": "Seal"}, "2026-03-24T10:00:00Z"),
        ],
        "second": [
            ("respond", {}, "2026-04-01T12:00:00Z"),
            ("start", {}, "2026-04-01T12:00:00Z"),
            ("resolve", {"resolution": "Seal"}, "2026-04-10T12:00:00Z"),
            ("reopen", {"reason": "Again"}, "2026-04-13T08:00:00Z"),
            ("start", {}, "2026-04-13T08:00:00Z"),
            ("resolve", {"resolution": "Seal"}, "2026-04-13T09:00:00Z"),
        ],
    }.items():
        for verb, parameters, moment in steps:
            done(service, on_the_road, at(call(REQUEST, ids[name], verb, **parameters), moment))
    return ids


def counted(found: list[FaultCount]) -> list[tuple[str, str, int, int, int]]:
    return [(each.group, each.code, each.requests, each.machines, each.installed) for each in found]


def test_faults_are_counted_by_model_batch_and_age(
    service: OwnerUnderTest, manager: Actor, told: dict[str, str]
) -> None:
    def ask(by: str, kind: str = "symptom", **days: date | None) -> list[tuple[str, str, int, int, int]]:
        access = service.accesses.get(manager)
        limits: dict[str, Any] = {"since": None, "until": None, **days}
        return counted(faults(service.owner.database, access, by=by, kind=kind, **limits))

    assert ask("model") == [("Press", "LEAK", 2, 2, 2), ("Press", "NOISE", 1, 1, 2), ("Saw", "LEAK", 1, 1, 1)]
    assert ask("batch") == [("B1", "LEAK", 2, 2, 2), ("B1", "NOISE", 1, 1, 2), ("B2", "LEAK", 1, 1, 1)]
    assert ask("age") == [
        ("0-3 months", "LEAK", 2, 2, 0),
        ("3rd year and later", "LEAK", 1, 1, 0),
        ("4-12 months", "NOISE", 1, 1, 0),
    ]
    assert ask("model", "cause") == [("Press", "", 3, 2, 2), ("Saw", "", 1, 1, 1)]
    assert ask("model", since=date(2026, 4, 1), until=date(2026, 4, 1)) == [("Press", "LEAK", 1, 1, 2)]


def test_figures_tell_promises_kept_and_repair_apart_from_resolution(
    service: OwnerUnderTest, manager: Actor, told: dict[str, str]
) -> None:
    access = service.accesses.get(manager)
    found = service_figures(
        service.owner.database, access, since=date(2026, 3, 1), until=date(2026, 6, 30), now=NOW
    )
    assert (found.requests, found.resolved, found.reopened) == (4, 2, 1)
    # Critical: 60 minutes to respond, 480 to resolve.
    assert (found.response.met, found.response.missed, found.response.percent) == (1, 1, Decimal("50.0"))
    assert (found.resolution.met, found.resolution.missed) == (1, 1)
    assert (found.time_to_respond.median_s, found.time_to_respond.p90_s) == (1800, 4 * 3600)
    assert found.time_to_resolve.median_s == 26 * 3600
    assert found.time_to_repair.median_s == 2 * 3600
    assert found.time_to_repair.count == 2
    # Days in use in these 122 days: 122 of each press, 122 of the saw; four requests.
    assert found.time_between_failures is not None
    assert (found.time_between_failures.days, found.time_between_failures.more_than) == (
        Decimal("91.5"),
        False,
    )


def test_without_failures_the_time_between_them_is_more_than_what_was_seen(
    service: OwnerUnderTest, manager: Actor
) -> None:
    access = service.accesses.get(manager)
    empty = service_figures(service.owner.database, access, since=None, until=date(2026, 6, 30), now=NOW)
    assert (empty.requests, empty.response.percent, empty.time_between_failures) == (0, None, None)
    done(service, manager, machine(delivered_on="2026-06-21"))
    found = service_figures(service.owner.database, access, since=None, until=date(2026, 6, 30), now=NOW)
    assert found.time_between_failures is not None
    assert (found.time_between_failures.days, found.time_between_failures.more_than) == (Decimal(10), True)


def test_the_history_of_a_request_is_its_stays(
    service: OwnerUnderTest, manager: Actor, told: dict[str, str]
) -> None:
    access = service.accesses.get(manager)
    reader = Reader(service.owner.database)
    stays = request_history(service.owner.database, reader, access, told["first"])
    assert [(stay.state, stay.seconds(NOW)) for stay in stays[:-1]] == [
        ("new", 1800),
        ("in_progress", 3600),
        ("waiting_for_parts", 23 * 3600 + 1800),
        ("in_progress", 3600),
    ]
    assert (stays[-1].state, stays[-1].until) == ("resolved", None)


def test_who_may_not_see_the_party_sees_no_figure_of_it(
    service: OwnerUnderTest, manager: Actor, told: dict[str, str]
) -> None:
    south = service.accesses.get(service.accesses.give(within(SOUTH, "service")))
    database, reader = service.owner.database, Reader(service.owner.database)
    assert faults(database, south, by="model", kind="symptom", since=None, until=None) == []
    found = service_figures(database, south, since=date(2026, 1, 1), until=date(2026, 12, 31), now=NOW)
    assert (found.requests, found.time_between_failures) == (0, None)
    with pytest.raises(NotFound):
        request_history(database, reader, south, told["first"])
    nobody = service.accesses.get(service.accesses.give(within(SOUTH, "crm")))
    with pytest.raises(Forbidden):
        service_figures(database, nobody, since=None, until=None, now=NOW)
    with pytest.raises(Forbidden):
        faults(database, nobody, by="model", kind="symptom", since=None, until=None)


def test_prometheus_hears_of_open_and_late_requests(
    service: OwnerUnderTest,
    on_the_road: Actor,  # noqa: F811
    told: dict[str, str],
) -> None:
    done(service, on_the_road, call(REQUEST, told["third"], "start"))
    with service.owner.database.read() as connection:
        found = open_requests(connection, now=NOW)
    assert {state: count for state, count in found.by_state.items() if count} == {"new": 1, "in_progress": 1}
    assert found.overdue == {"response": 2, "resolution": 2}


def test_a_retired_machine_is_in_use_until_its_last_day(
    service: OwnerUnderTest, manager: Actor, technician: Actor
) -> None:
    press = machine(delivered_on="2026-06-01")
    done(service, manager, press)
    road = replace(technician, device_id=uuid7())
    retired = at(call(PRODUCT, press["record_id"], "retire", reason="Fire"), "2026-06-10T08:00:00Z")
    done(service, road, retired)
    access = service.accesses.get(manager)
    found = service_figures(service.owner.database, access, since=None, until=date(2026, 6, 30), now=NOW)
    assert found.time_between_failures is not None
    assert found.time_between_failures.days == Decimal(10)
