"""Machines, their parts and warranties as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from services.kit.actor import Actor
from services.kit.errors import Forbidden, Invalid, NotAllowedNow, NotFound
from tests.aftersales.storage.conftest import (
    COMPONENT,
    OTHER_PARTY,
    PARTY,
    PRODUCT,
    WARRANTY,
    body,
    call,
    know,
    machine,
    warranty,
)
from tests.support.owners import SOUTH, OwnerUnderTest, create, update, within

TOMORROW = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()


def made(service: OwnerUnderTest, actor: Actor, **fields: Any) -> str:
    """Create a machine; return its id."""
    item = machine(**fields)
    decision = service.one(actor, item)
    assert decision.outcome == "applied", decision.error
    return str(item["record_id"])


def refusal(service: OwnerUnderTest, actor: Actor, item: dict[str, Any]) -> set[tuple[str, str]]:
    """Apply what must be refused; return field and reason of each violation."""
    decision = service.one(actor, item)
    assert decision.outcome == "refused"
    assert isinstance(decision.error, Invalid)
    return {(violation.field, violation.reason) for violation in decision.error.violations}


def test_a_machine_entered_by_hand_is_delivered_or_in_service(
    service: OwnerUnderTest, technician: Actor
) -> None:
    first = made(service, technician)
    second = made(service, technician, commissioned_on="2026-02-01")
    assert body(service, PRODUCT, first)["state"] == "delivered"
    assert body(service, PRODUCT, second)["state"] == "in_service"


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"delivered_on": "0205-01-15"}, "delivered_on", "DATE_IMPLAUSIBLE"),
        ({"delivered_on": "2999-01-15"}, "delivered_on", "DATE_IMPLAUSIBLE"),
        ({"delivered_on": "15.1.2026"}, "delivered_on", "INVALID_DATE"),
        ({"delivered_on": "2026-02-30"}, "delivered_on", "INVALID_DATE"),
        ({"commissioned_on": "2026-01-14"}, "commissioned_on", "BEFORE_DELIVERY"),
        ({"commissioned_on": TOMORROW}, "commissioned_on", "IN_THE_FUTURE"),
        ({"resold_on": "2025-12-31"}, "resold_on", "BEFORE_DELIVERY"),
        ({"description": ""}, "description", "REQUIRED"),
        ({"serial_number": "x" * 101}, "serial_number", "TOO_LONG"),
        ({"party_id": str(uuid7())}, "party_id", "REFERENCE_NOT_FOUND"),
        ({"state": "retired"}, "state", "OUTPUT_ONLY"),
        ({"as_sold": {}}, "as_sold", "OUTPUT_ONLY"),
        ({"site_id": str(uuid7())}, "site_id", "REFERENCE_NOT_FOUND"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    service: OwnerUnderTest, technician: Actor, fields: dict[str, Any], field: str, reason: str
) -> None:
    item = machine(**fields)
    assert (field, reason) in refusal(service, technician, item)
    assert service.stored(PRODUCT, item["record_id"]) is None


def test_a_serial_number_is_taken_once_while_its_machine_lives(
    service: OwnerUnderTest, technician: Actor
) -> None:
    first = made(service, technician, serial_number="A1")
    assert refusal(service, technician, machine(serial_number=" A1 ")) == {("serial_number", "SERIAL_EXISTS")}
    made(service, technician, serial_number="A1", article_code="PB-80")
    assert service.one(technician, call(PRODUCT, first, "retire", reason="Scrapped")).outcome == "applied"
    made(service, technician, serial_number="A1")


def test_prices_are_seen_and_written_only_by_who_may(
    service: OwnerUnderTest, technician: Actor, manager: Actor
) -> None:
    decision = service.one(technician, machine(sold_price="10.00"))
    assert isinstance(decision.error, Forbidden) and decision.error.reason == "FACET_NOT_GRANTED"
    made(service, manager, sold_price="31850.00", sold_currency="EUR")


def test_a_site_is_an_address_of_the_party_or_of_who_uses_the_machine(
    service: OwnerUnderTest, technician: Actor
) -> None:
    own, foreign_site = str(uuid7()), str(uuid7())
    know(service, "crm.address", own, body={"party_id": PARTY, "kind": "site"})
    know(service, "crm.address", foreign_site, body={"party_id": OTHER_PARTY, "kind": "site"})
    made(service, technician, site_id=own)
    wrong = machine(site_id=foreign_site)
    assert refusal(service, technician, wrong) == {("site_id", "SITE_OF_ANOTHER_PARTY")}
    made(service, technician, site_id=foreign_site, end_user_id=OTHER_PARTY)


def test_who_may_not_see_the_party_sees_no_machine_of_it(service: OwnerUnderTest, technician: Actor) -> None:
    product = made(service, technician)
    south = service.accesses.give(within(SOUTH, "service"), within(SOUTH, "crm"))
    decision = service.one(south, update(PRODUCT, product, location="Hall 3"))
    assert isinstance(decision.error, NotFound)
    assert service.one(south, machine()).outcome == "refused"


def test_a_machine_that_changes_hands_takes_its_parts_along(
    service: OwnerUnderTest, technician: Actor
) -> None:
    product = made(service, technician)
    part = create(COMPONENT, party_id=PARTY, installed_product_id=product, description="Motor", quantity="1")
    service.one(technician, part)
    assert service.one(technician, update(PRODUCT, product, party_id=OTHER_PARTY)).outcome == "applied"
    assert body(service, COMPONENT, part["record_id"])["party_id"] == OTHER_PARTY


def test_a_part_stands_where_its_machine_stands(service: OwnerUnderTest, technician: Actor) -> None:
    product = made(service, technician)
    part = create(COMPONENT, party_id=OTHER_PARTY, installed_product_id=product, description="Motor")
    assert refusal(service, technician, part) == {("installed_product_id", "PRODUCT_OF_ANOTHER_PARTY")}
    negative = create(COMPONENT, party_id=PARTY, description="Motor", quantity="-1")
    assert refusal(service, technician, negative) == {("quantity", "OUT_OF_RANGE")}


def test_commissioning_and_warranty_in_one_group_are_dated_at_the_end(
    service: OwnerUnderTest, technician: Actor
) -> None:
    item = machine(delivered_on="2026-01-15", commissioned_on="2026-02-28")
    promise = warranty(item["record_id"])
    for decision in service.apply(technician, item | {"group": "g"}, promise | {"group": "g"}):
        assert decision.outcome == "applied", decision.error
    stored = body(service, WARRANTY, promise["record_id"])
    assert (stored["starts_on"], stored["ends_on"]) == ("2026-01-15", "2027-02-28")


def test_a_corrected_delivery_moves_the_warranty(service: OwnerUnderTest, technician: Actor) -> None:
    product = made(service, technician, delivered_on="2024-02-29")
    promise = warranty(product, ("delivery", 12))
    service.one(technician, promise)
    assert body(service, WARRANTY, promise["record_id"])["ends_on"] == "2025-02-28"
    service.one(technician, update(PRODUCT, product, delivered_on="2024-08-31"))
    assert body(service, WARRANTY, promise["record_id"])["ends_on"] == "2025-08-31"
    service.one(technician, update(PRODUCT, product, delivered_on=""))
    assert body(service, WARRANTY, promise["record_id"])["ends_on"] == ""


def test_extensions_add_up_from_the_start_and_say_who_gave_them(
    service: OwnerUnderTest, technician: Actor
) -> None:
    product = made(service, technician, delivered_on="2024-08-31")
    promise = warranty(product, ("delivery", 6))
    service.one(technician, promise)
    for _ in range(2):
        extended = call(WARRANTY, promise["record_id"], "extend", months=3, reason="Goodwill")
        assert service.one(technician, extended).outcome == "applied"
    stored = body(service, WARRANTY, promise["record_id"])
    assert stored["ends_on"] == "2025-08-31"
    assert [each["granted_by"] for each in stored["extensions"]] == [str(technician.user_id)] * 2
    nameless = call(WARRANTY, promise["record_id"], "extend", months=3, reason=" ")
    decision = service.one(technician, nameless)
    assert isinstance(decision.error, Invalid) and decision.error.reason == "REASON_MISSING"


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ([], "TOO_FEW"),
        ([{"basis": "delivery", "months": 0}], "INT32_GTE_LTE"),
        ([{"basis": "today", "months": 12}], "UNKNOWN_VALUE"),
        ([{"months": 12}], "ENUM_NOT_IN"),
        ([{"basis": "fixed", "months": 12}], "FIXED_DATE_REQUIRED"),
        ([{"basis": "delivery", "months": 12, "fixed_on": "2026-01-01"}], "FIXED_DATE_REQUIRED"),
        ([{"basis": "delivery", "months": 12}] * 6, "TOO_MANY"),
    ],
)
def test_terms_that_make_no_sense_are_refused(
    service: OwnerUnderTest, technician: Actor, terms: list[dict[str, Any]], reason: str
) -> None:
    product = made(service, technician)
    item = warranty(product) | {"id": str(uuid7())}
    item["fields"]["terms"] = terms
    assert reason in {found for _, found in refusal(service, technician, item)}


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2026-01-14", "BEFORE_DELIVERY"),
        pytest.param(TOMORROW, "IN_THE_FUTURE", id="the day after tomorrow"),
        ("yesterday", "INVALID_DATE"),
        ("1890-01-01", "DATE_IMPLAUSIBLE"),
    ],
)
def test_a_day_of_commissioning_that_cannot_be_is_refused(
    service: OwnerUnderTest, technician: Actor, day: str, reason: str
) -> None:
    product = made(service, technician)
    found = refusal(service, technician, call(PRODUCT, product, "commission", commissioned_on=day))
    assert ("request.commissioned_on", reason) in found
    assert body(service, PRODUCT, product)["state"] == "delivered"


def test_without_a_day_a_machine_is_commissioned_today_and_a_retired_one_never(
    service: OwnerUnderTest, technician: Actor
) -> None:
    product = made(service, technician)
    assert service.one(technician, call(PRODUCT, product, "commission")).outcome == "applied"
    assert body(service, PRODUCT, product)["commissioned_on"] >= "2026-01-15"
    assert service.one(technician, call(PRODUCT, product, "retire", reason="Fire")).outcome == "applied"
    decision = service.one(technician, call(PRODUCT, product, "commission"))
    assert isinstance(decision.error, NotAllowedNow) and decision.error.reason == "WRONG_STATE"
