"""What the ERP delivers becomes machines with their warranty, and parts; told twice or in parts, once."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_OID, uuid5

import orjson
import pytest
from uuid_utils.compat import uuid7

from services.aftersales.worker.offers import install_delivered
from services.kit.actor import Actor
from services.kit.errors import Invalid
from services.kit.worker import Event, NotYet, deliver
from tests.aftersales.storage.conftest import (
    COMPONENT,
    OTHER_PARTY,
    PARTY,
    PRODUCT,
    WARRANTY,
    bodies,
    body,
    call,
    know,
    machine,
)
from tests.support.owners import OwnerUnderTest, create, delete, received

ORDER, OFFER, REVISION, LINE = (str(uuid5(NAMESPACE_OID, name)) for name in ("o", "f", "r", "l"))


def line(*serials: str, **fields: Any) -> dict[str, Any]:
    fixed = {
        "line_id": LINE,
        "article_code": "PB-40",
        "description": "Press brake 40 t",
        "quantity": str(len(serials) or 1),
        "unit": "PZ",
        "unit_price": "31850.00",
        "discounts": "10",
        "amount": "100000.00",
        "currency": "EUR",
        "serial_numbers": list(serials),
        "family": "Press brakes",
        "product_line": "press",
    }
    return {**fixed, **fields}


def delivery(*lines: dict[str, Any], number: str = "D1", day: str = "2026-06-15", **fields: Any) -> Event:
    fixed = {
        "order_id": ORDER,
        "offer_id": OFFER,
        "offer_number": "OFF-2026-00001",
        "party_id": PARTY,
        "revision_id": REVISION,
        "delivery_number": number,
        "delivery_date": day,
        "lines": list(lines),
        "order_number": "SO-77",
        "revision_label": "rev. 2",
    }
    return received("offers", "offers.goods_delivered.v1", {**fixed, **fields})


def given(service: OwnerUnderTest, event: Event) -> None:
    assert deliver(service.owner.database, install_delivered, event)


def test_each_serial_number_becomes_a_machine_as_it_was_sold(service: OwnerUnderTest) -> None:
    given(service, delivery(line("A1", "A2", "A3")))
    machines = sorted(bodies(service, PRODUCT), key=lambda each: each["serial_number"])
    assert [each["serial_number"] for each in machines] == ["A1", "A2", "A3"]
    first = machines[0]
    told = {
        "party_id": PARTY,
        "state": "delivered",
        "delivered_on": "2026-06-15",
        "offer_number": "OFF-2026-00001",
        "order_number": "SO-77",
        "delivery_number": "D1",
        "offer_id": OFFER,
        "revision_id": REVISION,
        "order_id": ORDER,
        "line_id": LINE,
        "model": "Press brakes",
        "product_line": "press",
    }
    assert {name: first[name] for name in told} == told
    assert first["as_sold"]["revision"] == "rev. 2"
    assert "sold_price" not in first
    prices = [service.stored(PRODUCT, each["id"]) for each in machines]
    facets = [orjson.loads(each["facets_json"]["price"]) for each in prices if each]
    assert [each["sold_price"] for each in facets] == ["33333.33", "33333.34", "33333.33"]
    assert {each["sold_discounts"] for each in facets} == {"10"}


def test_a_delivered_machine_has_its_warranty_which_commissioning_makes_exact(
    service: OwnerUnderTest, technician: Actor
) -> None:
    given(service, delivery(line("A1")))
    (product,) = bodies(service, PRODUCT)
    (promise,) = bodies(service, WARRANTY)
    assert (promise["starts_on"], promise["ends_on"]) == ("2026-06-15", "2027-12-15")
    service.one(technician, call(PRODUCT, product["id"], "commission", commissioned_on="2026-07-01"))
    (promise,) = bodies(service, WARRANTY)
    assert (promise["starts_on"], promise["ends_on"]) == ("2026-06-15", "2027-07-01")
    assert body(service, PRODUCT, product["id"])["state"] == "in_service"


def test_the_same_delivery_twice_makes_one_machine(service: OwnerUnderTest) -> None:
    first = delivery(line("A1"), line(line_id="", article_code="OIL", quantity="3"))
    given(service, first)
    assert not deliver(service.owner.database, install_delivered, first)
    before = (bodies(service, PRODUCT), bodies(service, COMPONENT), bodies(service, WARRANTY))
    given(service, delivery(line("A1"), line(line_id="", article_code="OIL", quantity="3")))
    assert (bodies(service, PRODUCT), bodies(service, COMPONENT), bodies(service, WARRANTY)) == before


def test_a_serial_number_on_two_lines_of_a_delivery_is_one_machine(service: OwnerUnderTest) -> None:
    given(service, delivery(line("A1"), line("A1", line_id=str(uuid7()))))
    assert [each["serial_number"] for each in bodies(service, PRODUCT)] == ["A1"]
    assert len(bodies(service, WARRANTY)) == 1


def test_deliveries_in_parts_add_up(service: OwnerUnderTest) -> None:
    given(service, delivery(line("A1"), number="D1", day="2026-06-15"))
    given(service, delivery(line("A2"), line(line_id="", article_code="OIL"), number="D2", day="2026-07-01"))
    machines = {each["serial_number"]: each for each in bodies(service, PRODUCT)}
    assert {serial: each["delivered_on"] for serial, each in machines.items()} == {
        "A1": "2026-06-15",
        "A2": "2026-07-01",
    }
    assert len(bodies(service, WARRANTY)) == 2


def test_parts_without_a_serial_number_belong_to_the_only_machine_whichever_came_first(
    service: OwnerUnderTest,
) -> None:
    given(service, delivery(line(line_id="", article_code="TOOL", quantity="2"), number="D1"))
    (part,) = bodies(service, COMPONENT)
    assert (part["article_code"], part["quantity"], part["installed_product_id"]) == ("TOOL", "2", "")
    given(service, delivery(line("A1"), number="D2"))
    given(service, delivery(line(line_id="", article_code="MAT"), number="D3"))
    (product,) = bodies(service, PRODUCT)
    assert {each["installed_product_id"] for each in bodies(service, COMPONENT)} == {product["id"]}


def test_of_several_machines_nobody_guesses_whose_part_it_is(service: OwnerUnderTest) -> None:
    given(service, delivery(line("A1", "A2"), line(line_id="", article_code="TOOL")))
    assert [each["installed_product_id"] for each in bodies(service, COMPONENT)] == [""]


def test_pieces_beyond_the_serial_numbers_are_kept_as_parts(service: OwnerUnderTest) -> None:
    given(service, delivery(line("A1", quantity="3")))
    assert len(bodies(service, PRODUCT)) == 1
    assert [each["quantity"] for each in bodies(service, COMPONENT)] == ["2"]


def test_text_lines_leave_nothing(service: OwnerUnderTest) -> None:
    given(service, delivery(line(line_id="", article_code="", description="Transport")))
    assert bodies(service, PRODUCT) == bodies(service, COMPONENT) == []


def test_an_imported_machine_takes_over_its_sale_and_is_not_doubled(
    service: OwnerUnderTest, technician: Actor
) -> None:
    imported = machine(serial_number="A1", description="Our press", delivered_on="2026-06-10")
    assert service.one(technician, imported).outcome == "applied"
    given(service, delivery(line("A1")))
    (product,) = bodies(service, PRODUCT)
    assert product["id"] == imported["record_id"]
    assert (product["description"], product["delivered_on"]) == ("Our press", "2026-06-10")
    assert product["order_number"] == "SO-77"
    (promise,) = bodies(service, WARRANTY)
    assert promise["ends_on"] == "2027-12-10"


def test_a_machine_sold_again_to_another_customer_is_another_record(service: OwnerUnderTest) -> None:
    given(service, delivery(line("A1")))
    again = delivery(line("A1", line_id=str(uuid7())), order_id=str(uuid7()), party_id=OTHER_PARTY)
    given(service, again)
    assert {each["party_id"] for each in bodies(service, PRODUCT)} == {PARTY, OTHER_PARTY}


def test_a_machine_that_somebody_removed_does_not_come_back(
    service: OwnerUnderTest, technician: Actor
) -> None:
    given(service, delivery(line("A1")))
    for entity in (WARRANTY, PRODUCT):
        (record,) = bodies(service, entity)
        assert service.one(technician, delete(entity, record["id"])).outcome == "applied"
    given(service, delivery(line("A1")))
    assert bodies(service, PRODUCT) == []


def test_the_only_site_is_where_it_stands_and_of_two_nobody_guesses(service: OwnerUnderTest) -> None:
    site, second = str(uuid7()), str(uuid7())
    know(service, "crm.address", site, body={"party_id": PARTY, "kind": "site"})
    know(service, "crm.address", str(uuid7()), body={"party_id": PARTY, "kind": "legal"})
    given(service, delivery(line("A1")))
    know(service, "crm.address", second, body={"party_id": PARTY, "kind": "site"})
    given(service, delivery(line("A2"), number="D2"))
    sites = {each["serial_number"]: each["site_id"] for each in bodies(service, PRODUCT)}
    assert sites == {"A1": site, "A2": ""}


def test_the_machine_of_a_merged_party_belongs_to_the_survivor(service: OwnerUnderTest) -> None:
    know(service, "crm.party", PARTY, version=2, alias_of=OTHER_PARTY)
    given(service, delivery(line("A1")))
    assert [each["party_id"] for each in bodies(service, PRODUCT)] == [OTHER_PARTY]


def test_a_delivery_before_its_party_is_waited_for(service: OwnerUnderTest) -> None:
    with pytest.raises(NotYet):
        deliver(service.owner.database, install_delivered, delivery(line("A1"), party_id=str(uuid7())))
    assert service.count("inbox") == 0
    assert bodies(service, PRODUCT) == []


def test_the_most_exact_policy_gives_the_warranty(service: OwnerUnderTest, manager: Actor) -> None:
    policies = {"line": {"for_product_line": "press"}, "article": {"article_code": "PB-40"}, "none": {}}
    for name, fields in policies.items():
        terms = [{"basis": "delivery", "months": {"line": 24, "article": 36, "none": 6}[name]}]
        service.one(manager, create("aftersales.warranty_policy", name=name, terms=terms, **fields))
    given(service, delivery(line("A1")))
    given(service, delivery(line("B1", article_code="PB-80"), number="D2"))
    given(service, delivery(line("C1", article_code="X", product_line="saw"), number="D3"))
    products = {each["id"]: each["serial_number"] for each in bodies(service, PRODUCT)}
    ends = {products[each["installed_product_id"]]: each["ends_on"] for each in bodies(service, WARRANTY)}
    # Without article and product line both general policies fit: the older one, 18 months, holds.
    assert ends == {"A1": "2029-06-15", "B1": "2028-06-15", "C1": "2027-12-15"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"party_id": "nobody"},
        {"order_id": ""},
        {"offer_id": "OFF-1"},
        {"delivery_date": "15/06/2026"},
        {"delivery_date": ""},
        {"delivery_date": "0001-01-01"},
        {"delivery_date": "20260615"},
        {"lines": [line("A1", quantity="many")]},
        {"lines": [line("A1", quantity="-1")]},
        {"lines": [line("x" * 101)]},
        {"lines": [line("A1", line_id="first")]},
        {"lines": [line("A1", amount="much")]},
        {"lines": [line("A1", currency="LIRE")]},
        {"lines": "none"},
        {"lines": [{"serial_numbers": [7]}]},
    ],
)
def test_a_delivery_that_makes_no_sense_changes_nothing(
    service: OwnerUnderTest, wrong: dict[str, Any]
) -> None:
    before = len(service.events())
    with pytest.raises(Invalid, match="INVALID_EVENT"):
        deliver(service.owner.database, install_delivered, delivery(line("A0"), **wrong))
    assert bodies(service, PRODUCT) == []
    assert (len(service.events()), service.count("inbox")) == (before, 0)


def test_a_hundred_machines_of_one_delivery_are_told_at_once(service: OwnerUnderTest) -> None:
    before = len(service.events())
    given(service, delivery(line(*(f"S{n:03}" for n in range(100)))))
    events = service.events()[before:]
    assert {event["type"] for event in events} == {"aftersales.records_changed.v1"}
    assert sum(len(event["data"]["records"]) for event in events) == 200
