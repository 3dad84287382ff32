from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.errors import Invalid
from services.offers.domain.exchange import FrozenRate, converted
from services.offers.domain.pricelists import PriceList, PriceRow, price_book
from services.offers.domain.prices import CostPlus, FoundPrice, PriceQuestion, find_price
from services.offers.domain.trail import explain, seen_without_cost

TODAY = date(2026, 3, 16)


def asked(*lists: PriceList, **rest: Any) -> FoundPrice:
    told: dict[str, Any] = {"article": "PR-100", "quantity": "1", "on": TODAY, "user": "ann"} | rest
    return find_price(price_book(lists), PriceQuestion(**told))


def of(source: str, *rows: PriceRow, id: str = "", **rest: Any) -> PriceList:
    return PriceList(id=id or source, source=source, rows=rows, **rest)


def row(price: str, name: str = "PR-100", **rest: Any) -> PriceRow:
    return PriceRow(id=f"r{price}", name=name, unit_price=price, **rest)


EVERY = [
    of("contract", row("10")),
    of("customer", row("20")),
    of("group", row("30")),
    of("campaign", row("40")),
    of("standard", row("50")),
]


@pytest.mark.parametrize("first", range(5))
def test_sources_are_asked_in_order_of_precedence(first: int) -> None:
    found = asked(*reversed(EVERY[first:]))
    assert found.unit_price == Decimal((first + 1) * 10)
    assert found.list_id == EVERY[first].id


def test_the_users_choice_comes_before_every_source_and_the_lines_before_the_offers() -> None:
    chosen = [of("", row("1"), id="for-line"), of("", row("2"), id="for-offer")]
    assert asked(*EVERY, *chosen, line_list="for-line", offer_list="for-offer").unit_price == 1
    assert asked(*EVERY, *chosen, offer_list="for-offer").unit_price == 2
    assert asked(*EVERY, *chosen).unit_price == 10


def test_a_locked_manual_price_comes_before_all() -> None:
    found = asked(*EVERY, manual_price="77.5", discounts="5")
    assert (found.unit_price, found.discounts) == (Decimal("77.5"), "5")
    assert explain(found.trail, "en") == ("manual price 77.5, locked by ann", "discounts by ann: 5")


def test_cost_plus_markup_comes_last_and_its_figures_are_for_those_who_see_cost() -> None:
    rule = CostPlus(unit_cost="80.00", markup="25", reference="standard cost 2026-01")
    found = asked(of("standard", row("1", "OTHER")), cost_plus=rule)
    assert found.unit_price == Decimal("100.00")
    assert "80" in explain(found.trail, "en")[-1]
    shown = explain(seen_without_cost(found.trail), "en")
    assert "80" not in " ".join(shown) and "25" not in " ".join(shown)
    assert len(shown) == len(found.trail)


@pytest.mark.parametrize(
    ("question", "price"),
    [
        ({"configuration": "cfg-9"}, 1),
        ({}, 2),
        ({"article": "X", "families": ("machines", "presses", "hydraulic")}, 3),
        ({"article": "X", "families": ("machines", "presses")}, 4),
        ({"article": "X", "families": ("machines", "lathes")}, 5),
        ({"article": "X"}, 6),
    ],
)
def test_inside_a_list_the_nearest_target_wins(question: dict[str, Any], price: int) -> None:
    rows = (
        row("6", "", target="all"),
        row("5", "machines", target="family"),
        row("4", "presses", target="family"),
        row("3", "hydraulic", target="family"),
        row("2"),
        row("1", "cfg-9", target="configuration"),
    )
    assert asked(of("standard", *rows), **question).unit_price == price


@pytest.mark.parametrize(("quantity", "price"), [("1", 10), ("9.999", 10), ("10", 8), ("49", 8), ("50", 7)])
def test_the_greatest_break_reached_counts(quantity: str, price: int) -> None:
    rows = (row("10"), row("8", min_quantity="10"), row("7", min_quantity="50"))
    assert asked(of("standard", *rows), quantity=quantity).unit_price == price


def test_of_equal_breaks_the_latest_start_counts_then_the_id() -> None:
    old = row("10", valid_from=date(2025, 1, 1))
    new = row("11", valid_from=date(2026, 1, 1))
    later = row("12", valid_from=date(2026, 4, 1))
    assert asked(of("standard", old, later, new)).unit_price == 11
    same = [replace(new, id="b", unit_price="13"), replace(new, id="a", unit_price="14")]
    assert asked(of("standard", *same)).unit_price == 14


def test_first_and_last_day_are_included() -> None:
    spring = of("campaign", row("5"), valid_from=TODAY, valid_to=TODAY)
    assert asked(spring, EVERY[4]).unit_price == 5
    for day in (date(2026, 3, 15), date(2026, 3, 17)):
        assert asked(spring, EVERY[4], on=day).unit_price == 50


def test_two_campaigns_are_asked_by_latest_start() -> None:
    winter = of("campaign", row("5"), id="winter", valid_from=date(2026, 1, 1))
    spring = of("campaign", row("6"), id="spring", valid_from=date(2026, 3, 1))
    assert asked(winter, spring).list_id == "spring"


def test_a_row_of_discounts_alone_takes_the_price_of_the_next_source() -> None:
    agreement = of("customer", PriceRow(id="r", name="PR-100", discounts="20+5"))
    found = asked(agreement, EVERY[4])
    assert (found.unit_price, found.discounts) == (Decimal(50), "20+5")
    assert found.list_id == "standard"
    assert [step.code for step in found.trail] == ["CUSTOMER", "STANDARD", "ROW", "LIST_DISCOUNTS"]


def test_typed_discounts_replace_those_of_the_lists() -> None:
    agreement = of("customer", PriceRow(id="r", name="PR-100", discounts="20+5"))
    assert asked(agreement, EVERY[4], discounts="30").discounts == "30"
    assert asked(agreement, EVERY[4], discounts="").discounts == ""


def test_a_net_price_takes_no_discount_and_the_trail_says_so() -> None:
    found = asked(of("standard", row("50", net=True)), discounts="10")
    assert (found.net, found.discounts) == (True, "")
    assert explain(found.trail, "it")[-2:] == (
        "prezzo netto: nessuno sconto",
        "sconti 10 non applicati",
    )


def test_no_price_is_an_error_that_says_where_it_looked() -> None:
    past = of("campaign", row("5"), valid_to=date(2025, 12, 31))
    breaks = of("contract", row("5", min_quantity="100"))
    with pytest.raises(Invalid) as caught:
        asked(past, breaks, of("standard", row("5", "OTHER")))
    assert caught.value.reason == "PRICE_NOT_FOUND"
    assert caught.value.params["looked"] == "contract, campaign, standard"


def test_a_chosen_list_must_exist() -> None:
    with pytest.raises(Invalid, match="PRICE_LIST_UNKNOWN"):
        asked(*EVERY, line_list="nowhere")


def test_the_trail_tells_every_list_that_was_passed_over_and_why() -> None:
    found = asked(
        of("contract", row("5", min_quantity="100")),
        of("group", row("5", "OTHER")),
        of("campaign", row("5"), valid_to=date(2025, 12, 31)),
        of("standard", row("50", min_quantity="1")),
    )
    assert explain(found.trail, "en") == (
        "list contract: the least quantity 100 is not reached",
        "list group has no price for it",
        "list campaign is not in force on the day",
        "standard list standard",
        "quantity break from 1",
        "row r50: 50 EUR",
    )


def test_another_currency_is_converted_at_the_frozen_rate_and_never_otherwise() -> None:
    dollars = of("standard", row("100.00"), currency="USD")
    rate = FrozenRate("USD", "EUR", "0.9234", date(2026, 3, 1), "ECB")
    found = asked(dollars, rates=(rate,))
    assert found.unit_price == Decimal("92.34")
    assert found.trail[-1].source == "USD/EUR 2026-03-01 ECB"
    for rates in ((), (FrozenRate("EUR", "USD", "1.08", TODAY),)):
        with pytest.raises(Invalid, match="RATE_MISSING"):
            asked(dollars, rates=rates)


def test_converted_prices_keep_the_decimals_of_price_and_currency() -> None:
    rates = [FrozenRate("EUR", "JPY", "163.21", TODAY), FrozenRate("EUR", "USD", "1.0837", TODAY)]
    assert converted(Decimal("1.5"), "EUR", "USD", rates)[0] == Decimal("1.63")
    assert str(converted(Decimal("0.00125"), "EUR", "USD", rates)[0]) == "0.00135"
    assert str(converted(Decimal("12"), "EUR", "JPY", rates)[0]) == "1959"


@pytest.mark.parametrize("rate", ["0", "-1", "x"])
def test_a_rate_is_above_zero(rate: str) -> None:
    with pytest.raises(Invalid):
        FrozenRate("USD", "EUR", rate, TODAY)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (PriceRow(id="r"), "PRICE_ROW_EMPTY"),
        (PriceRow(id="r", unit_price="-1"), "PRICE_NEGATIVE"),
        (PriceRow(id="r", net=True, discounts="5"), "PRICE_ROW_NET"),
        (PriceRow(id="r", unit_price="5", net=True, discounts="5"), "PRICE_ROW_NET"),
        (PriceRow(id="r", unit_price="1e3"), "NUMBER_MALFORMED"),
        (PriceRow(id="r", unit_price="1", min_quantity="-1"), "QUANTITY_NEGATIVE"),
        (PriceRow(id="r", unit_price="1", target="country"), "WORD_UNKNOWN"),
    ],
)
def test_a_wrong_row_is_named(wrong: PriceRow, reason: str) -> None:
    with pytest.raises(Invalid) as caught:
        price_book([of("standard", row("1"), wrong)])
    assert [(v.field, v.reason) for v in caught.value.violations] == [("lists[standard].rows[1]", reason)]


def test_wrong_lists_are_named() -> None:
    with pytest.raises(Invalid) as caught:
        price_book([of("standard", id="a"), of("standard", id="a"), of("friends"), of("group", currency="?")])
    assert [v.reason for v in caught.value.violations] == [
        "PRICE_LIST_REPEATED",
        "WORD_UNKNOWN",
        "CURRENCY_UNKNOWN",
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["contract", "customer", "group", "campaign", "standard"]), st.integers(1, 99)
        ),
        min_size=1,
        max_size=8,
    )
)
def test_precedence_does_not_depend_on_the_order_of_the_lists(found: list[tuple[str, int]]) -> None:
    lists = [of(source, row(str(price)), id=f"{i}") for i, (source, price) in enumerate(found)]
    assert asked(*lists) == asked(*reversed(lists))


def test_cost_plus_needs_a_cost() -> None:
    with pytest.raises(Invalid, match="COST_PLUS_NOT_POSITIVE"):
        asked(cost_plus=CostPlus("0", "30"))
