"""The price of a line comes from the list that the rules name, and says why."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sales.erp.v1 import events_pb2 as erp_pb2

from services.kit.actor import SYSTEM, Actor
from services.kit.errors import Invalid
from services.offers.usecases import catalogue
from tests.offers.storage.conftest import ARTICLE, OfferItems, know_party
from tests.offers.storage.steps import done, made, stored
from tests.support.owners import OwnerUnderTest, create, update


@pytest.fixture(autouse=True)
def customer(offers: OwnerUnderTest) -> None:
    know_party(offers, erp_code="C00017")


def told_list(offers: OwnerUnderTest, code: str, *rows: dict[str, Any], **fields: Any) -> str:
    """Let the ERP tell a list with prices of the press; return its id."""
    prices = [erp_pb2.ListPrice(article_code="PR-100", **row) for row in rows]
    message = erp_pb2.PriceListChanged(code=code, currency="EUR", prices=prices, **fields)
    with offers.owner.database.unit_of_work(SYSTEM) as uow:
        assert catalogue.store_price_list(uow, message) == []
    return catalogue.price_list_id(code)


def press(quantity: str = "1", revision: dict[str, Any] | None = None, **fields: Any) -> OfferItems:
    items = OfferItems(**revision or {})
    line = {"revision_id": items.revision_id, "article_id": ARTICLE, "quantity": quantity, **fields}
    items.parts.append(create("offers.line", **line))
    return items


def priced(offers: OwnerUnderTest, actor: Actor, items: OfferItems) -> tuple[str, str, list[str]]:
    """Unit price, discounts and the codes of the trail of the only line."""
    made(offers, actor, items)
    line = stored(offers, "offers.line", items.parts[0]["record_id"])
    return str(line["unit_price"]), line["discounts"], [step["code"] for step in line["price_trail"]]


def test_the_standard_list_gives_the_greatest_break_reached(offers: OwnerUnderTest, seller: Actor) -> None:
    assert priced(offers, seller, press("1")) == ("98000.00", "", ["STANDARD", "ROW"])
    assert priced(offers, seller, press("3")) == ("95000.00", "", ["STANDARD", "BREAK", "ROW"])


def test_a_contract_comes_before_the_customers_list_and_both_before_the_standard(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    told_list(offers, "K17", {"unit_price": "91000"}, source="customer", customer_code="C00017")
    assert priced(offers, seller, press())[0] == "91000"
    told_list(offers, "CT17", {"unit_price": "90000", "net": True}, source="contract", customer_code="C00017")
    assert priced(offers, seller, press()) == ("90000", "", ["CONTRACT", "ROW", "NET"])


def test_another_customers_list_prices_nothing(offers: OwnerUnderTest, seller: Actor) -> None:
    told_list(offers, "K99", {"unit_price": "1"}, source="contract", customer_code="C00099")
    assert priced(offers, seller, press())[0] == "98000.00"


def test_a_campaigns_discounts_apply_to_the_standard_price(offers: OwnerUnderTest, seller: Actor) -> None:
    told_list(offers, "FIERA", {"discounts": "10+5"}, source="campaign", valid_to="2999-12-31")
    assert priced(offers, seller, press()) == (
        "98000.00",
        "10+5",
        ["CAMPAIGN", "STANDARD", "ROW", "LIST_DISCOUNTS"],
    )
    typed = priced(offers, seller, press(discounts="3"))
    assert (typed[0], typed[1], typed[2][-1]) == ("98000.00", "3", "TYPED_DISCOUNTS")


def test_a_list_that_is_over_prices_nothing_and_says_so(offers: OwnerUnderTest, seller: Actor) -> None:
    told_list(offers, "OLD", {"unit_price": "1"}, source="campaign", valid_to="2020-12-31")
    assert priced(offers, seller, press()) == ("98000.00", "", ["LIST_NOT_IN_DATE", "STANDARD", "ROW"])


def test_a_list_chosen_for_the_line_comes_before_the_offers(offers: OwnerUnderTest, seller: Actor) -> None:
    dealer = told_list(offers, "DEALER", {"unit_price": "80000"})
    friend = told_list(offers, "FRIEND", {"unit_price": "70000"})
    assert priced(offers, seller, press())[0] == "98000.00"
    whole = {"price_list_id": dealer}
    assert priced(offers, seller, press(revision=whole)) == ("80000", "", ["OFFER_LIST", "ROW"])
    assert priced(offers, seller, press(revision=whole, price_list_id=friend))[0] == "70000"


def test_a_chosen_list_without_a_price_leaves_it_to_the_others(offers: OwnerUnderTest, seller: Actor) -> None:
    empty = told_list(offers, "EMPTY")
    found = priced(offers, seller, press(revision={"price_list_id": empty}))
    assert found == ("98000.00", "", ["LIST_WITHOUT_PRICE", "STANDARD", "ROW"])


def test_a_price_typed_by_hand_says_by_whom(offers: OwnerUnderTest, seller: Actor) -> None:
    items = press(unit_price="97000.00")
    assert priced(offers, seller, items) == ("97000.00", "", ["MANUAL"])
    line = stored(offers, "offers.line", items.parts[0]["record_id"])
    assert line["price_trail"][0] == {
        "code": "MANUAL",
        "source": "",
        "figure": "97000.00",
        "by": str(seller.user_id),
    }


def test_an_emptied_price_is_found_again(offers: OwnerUnderTest, seller: Actor) -> None:
    items = press(unit_price="97000.00")
    made(offers, seller, items)
    line_id = items.parts[0]["record_id"]
    done(offers, seller, update("offers.line", line_id, unit_price=""))
    line = stored(offers, "offers.line", line_id)
    assert (str(line["unit_price"]), str(line["amount"])) == ("98000.00", "98000.00")


def test_every_line_without_a_price_is_named(offers: OwnerUnderTest, seller: Actor) -> None:
    items = press(revision={"currency": "USD"})
    items.parts.append(create("offers.line", **items.parts[0]["fields"]))
    refused = offers.apply(seller, *items.items())[-1]
    assert refused.error is not None
    assert [v.field for v in refused.error.violations] == ["lines[0].unit_price", "lines[1].unit_price"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, "PRICE_ROW_EMPTY"),
        ({"unit_price": "-1"}, "PRICE_NEGATIVE"),
        ({"unit_price": "5", "net": True, "discounts": "5"}, "PRICE_ROW_NET"),
        ({"unit_price": "5", "discounts": "110"}, "DISCOUNT_OUT_OF_RANGE"),
    ],
)
def test_a_row_that_no_offer_could_use_is_refused_at_the_border(
    offers: OwnerUnderTest, row: dict[str, Any], expected: str
) -> None:
    before = offers.count("price")
    with pytest.raises(Invalid, match=expected):
        told_list(offers, "BAD", row)
    assert offers.count("price") == before


def test_the_prices_of_many_lines_are_one_question(offers: OwnerUnderTest, seller: Actor) -> None:
    items = press()
    items.parts.extend(create("offers.line", **items.parts[0]["fields"]) for _ in range(19))
    asked: list[str] = []
    engine = offers.owner.database.engine

    sa.event.listen(engine, "before_cursor_execute", lambda c, cu, statement, *_: asked.append(statement))
    made(offers, seller, items)
    assert sum("JOIN price_list" in statement for statement in asked) == 1
