"""What the ERP delivers is told with all that was agreed about it, once for each delivery."""

from __future__ import annotations

from typing import Any

import pytest
from uuid_utils.compat import uuid7

from services.kit.actor import Actor
from services.kit.errors import Invalid
from services.kit.worker import NotYet, deliver
from services.offers.worker.erp import record_delivery
from tests.offers.storage.conftest import ARTICLE, PARTY, OfferItems, know_party
from tests.offers.storage.steps import accepted, stored, told
from tests.support.owners import OwnerUnderTest, create, received


def delivery(order_id: str, number: str, *lines: dict[str, Any], day: str = "2026-06-15") -> Any:
    data = {"order_key": order_id, "delivery_number": number, "delivery_date": day, "lines": list(lines)}
    return received("erp", "erp.goods_delivered.v1", data)


def sold_press(offers: OwnerUnderTest, seller: Actor, quantity: str = "2") -> tuple[str, str]:
    """Sell presses at a discount; return the order and its line."""
    know_party(offers, erp_code="C00017")
    items = OfferItems()
    line = create(
        "offers.line",
        revision_id=items.revision_id,
        article_id=ARTICLE,
        quantity=quantity,
        discounts="10",
    )
    items.parts.append(line)
    return accepted(offers, seller, items), line["record_id"]


def test_a_delivery_tells_what_was_sold_with_price_and_serial_numbers(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    order_id, line_id = sold_press(offers, seller)
    line = {"line_id": line_id, "article_code": "PR-100", "quantity": "2", "serial_numbers": ["A1", "A2"]}
    assert deliver(offers.owner.database, record_delivery, delivery(order_id, "D1", line))

    (event,) = told(offers, "goods_delivered")
    order = stored(offers, "offers.order", order_id)
    offer = stored(offers, "offers.offer", str(order["offer_id"]))
    assert event == {
        "order_id": order_id,
        "offer_id": str(offer["id"]),
        "offer_number": offer["number"],
        "party_id": PARTY,
        "revision_id": str(order["revision_id"]),
        "delivery_number": "D1",
        "delivery_date": "2026-06-15",
        "lines": [
            {
                "line_id": line_id,
                "article_code": "PR-100",
                "description": "Pressa idraulica 100 t",
                "quantity": "2",
                "unit": "pz",
                "unit_price": "95000.00",
                "discounts": "10",
                "amount": "171000.00",
                "currency": "EUR",
                "serial_numbers": ["A1", "A2"],
                "family": "Presse",
                "product_line": "press",
            }
        ],
        "order_number": order["number"],
        "revision_label": "rev. 1",
    }
    assert order["delivered_at"].date().isoformat() == "2026-06-15"


def test_two_part_deliveries_are_told_each_with_its_own_worth(offers: OwnerUnderTest, seller: Actor) -> None:
    order_id, line_id = sold_press(offers, seller)
    for number, day in (("D1", "2026-06-15"), ("D2", "2026-07-01")):
        line = {"line_id": line_id, "article_code": "PR-100", "quantity": "1", "serial_numbers": [number]}
        assert deliver(offers.owner.database, record_delivery, delivery(order_id, number, line, day=day))

    events = told(offers, "goods_delivered")
    assert [event["lines"][0]["amount"] for event in events] == ["85500.00", "85500.00"]
    order = stored(offers, "offers.order", order_id)
    assert order["delivery_numbers"] == ["D1", "D2"]
    assert order["delivered_at"].date().isoformat() == "2026-06-15"


def test_a_delivery_told_twice_by_the_erp_is_told_once(offers: OwnerUnderTest, seller: Actor) -> None:
    order_id, line_id = sold_press(offers, seller)
    line = {"line_id": line_id, "article_code": "PR-100", "quantity": "2"}
    for _ in range(2):
        assert deliver(offers.owner.database, record_delivery, delivery(order_id, "D1", line))
    assert len(told(offers, "goods_delivered")) == 1


def test_what_the_erp_added_is_told_without_a_price(offers: OwnerUnderTest, seller: Actor) -> None:
    order_id, _ = sold_press(offers, seller)
    added = {"article_code": "OIL-5", "quantity": "3"}
    assert deliver(offers.owner.database, record_delivery, delivery(order_id, "D1", added))
    (line,) = told(offers, "goods_delivered")[0]["lines"]
    assert (line["line_id"], line["article_code"], line["quantity"], line["amount"]) == ("", "OIL-5", "3", "")


@pytest.mark.parametrize("day", ["", "15/06/2026"])
def test_a_delivery_without_a_readable_date_changes_nothing(
    offers: OwnerUnderTest, seller: Actor, day: str
) -> None:
    order_id, _ = sold_press(offers, seller)
    with pytest.raises(Invalid, match="INVALID_EVENT"):
        deliver(offers.owner.database, record_delivery, delivery(order_id, "D1", day=day))
    assert stored(offers, "offers.order", order_id)["delivered_at"] is None


def test_a_delivery_of_an_order_that_has_not_arrived_is_waited_for(offers: OwnerUnderTest) -> None:
    with pytest.raises(NotYet):
        deliver(offers.owner.database, record_delivery, delivery(str(uuid7()), "D1"))
