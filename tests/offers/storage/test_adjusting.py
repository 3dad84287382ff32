"""Goal-seek in the service: a figure comes to an amount, or the reason why not."""

from __future__ import annotations

from typing import Any

import pytest

from services.kit.actor import Actor
from tests.offers.storage.conftest import OfferItems, command, know_party
from tests.offers.storage.steps import done, frozen, made, reason, stored
from tests.support.owners import OwnerUnderTest


@pytest.fixture(autouse=True)
def customer(offers: OwnerUnderTest) -> None:
    know_party(offers, erp_code="C00017")


def machines() -> OfferItems:
    items = OfferItems(header_discounts="2")
    items.line(quantity="1", unit_price="61250.00", discounts="5", position=1)
    items.line(quantity="2", unit_price="18400.00", discounts="10+3", position=2)
    return items.line(quantity="1", unit_price="1200.00", lock="price", position=3)


def adjust(items: OfferItems, **request: Any) -> dict[str, Any]:
    return command("offers.revision", items.revision_id, "adjust", **request)


def line(offers: OwnerUnderTest, items: OfferItems, position: int) -> dict[str, Any]:
    return stored(offers, "offers.line", items.parts[position]["record_id"])


def test_the_taxable_amount_comes_to_what_was_asked(offers: OwnerUnderTest, seller: Actor) -> None:
    items = made(offers, seller, machines())
    done(offers, seller, adjust(items, figure="taxable", amount="88000.00"))
    assert str(stored(offers, "offers.revision", items.revision_id)["taxable"]) == "88000.00"
    moved, locked = line(offers, items, 0), line(offers, items, 2)
    assert (str(moved["list_price"]), moved["discounts"]) == ("61250", "5")
    assert moved["unit_price"] < moved["list_price"]
    assert [step["code"] for step in moved["price_trail"]] == ["MANUAL", "GOAL"]
    assert moved["price_trail"][-1]["by"] == str(seller.user_id)
    assert (str(locked["unit_price"]), locked["list_price"]) == ("1200.00", None)
    done(offers, seller, command("offers.revision", items.revision_id, "freeze"))


def test_a_total_between_cents_says_so_and_the_nearest_can_be_taken(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    items = made(offers, seller, machines())
    refused = offers.one(seller, adjust(items, amount="110000.00"))
    assert reason(refused) == "GOAL_BETWEEN_CENTS"
    assert refused.error is not None
    nearest = refused.error.params["nearest"]
    assert str(line(offers, items, 0)["unit_price"]) == "61250.00"
    done(offers, seller, adjust(items, amount="110000.00", nearest=True))
    assert str(stored(offers, "offers.revision", items.revision_id)["total"]) == nearest


@pytest.mark.parametrize(
    ("request_fields", "expected"),
    [
        ({}, "NUMBER_MALFORMED"),
        ({"amount": "100.001"}, "MONEY_TOO_FINE"),
        ({"amount": "-5"}, "GOAL_NEGATIVE"),
        ({"amount": "5", "figure": "colour"}, "WORD_UNKNOWN"),
        ({"amount": "5", "figure": "net"}, "GOAL_BELOW_LEAST"),
        ({"amount": "25", "figure": "margin"}, "FACET_NOT_GRANTED"),
    ],
)
def test_what_cannot_be_reached_changes_nothing(
    offers: OwnerUnderTest, seller: Actor, request_fields: dict[str, str], expected: str
) -> None:
    items = made(offers, seller, machines())
    assert reason(offers.one(seller, adjust(items, **request_fields))) == expected
    assert str(line(offers, items, 0)["unit_price"]) == "61250.00"


def test_a_margin_is_for_those_who_see_costs(offers: OwnerUnderTest, manager: Actor) -> None:
    items = machines()
    for part, cost in zip(items.parts, ("40000", "12000", "800"), strict=True):
        part["fields"]["unit_cost"] = cost
    made(offers, manager, items)
    done(offers, manager, adjust(items, figure="margin", amount="25"))
    assert str(stored(offers, "offers.revision", items.revision_id)["margin_percent"]) == "25.00"


def test_a_frozen_revision_is_not_adjusted(offers: OwnerUnderTest, seller: Actor) -> None:
    items = frozen(offers, seller, machines())
    assert reason(offers.one(seller, adjust(items, amount="5"))) == "REVISION_NOT_DRAFT"
