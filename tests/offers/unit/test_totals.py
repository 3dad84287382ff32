from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.errors import Invalid
from services.offers.domain.charges import Charge
from services.offers.domain.totals import price_revision
from tests.offers.unit import oracle
from tests.offers.unit.builders import line, lines_of, price, vectors
from tests.offers.unit.strategies import RandomOffer, offers


@pytest.mark.parametrize("case", vectors("offers.json"))
def test_every_offer_of_the_vectors_has_its_totals(case: dict[str, Any]) -> None:
    given_ = case["input"]
    priced = price_revision(
        lines_of(given_), given_["header_discounts"], [Charge(amount) for amount in given_["charges"]]
    )
    assert priced.as_plain() == case["expect"]


@settings(max_examples=300, deadline=None)
@given(offers())
def test_any_offer_equals_the_calculation_in_exact_fractions(offer: RandomOffer) -> None:
    priced = price_revision(offer.lines, offer.header, offer.charges)
    expected = oracle.price(offer.oracle_lines, offer.header, offer.oracle_charges)

    assert [cents(row.amount) for row in priced.lines] == expected.line_amounts
    assert [cents(row.net) for row in priced.lines] == expected.line_nets
    assert cents(priced.lines_net) == expected.lines_net
    assert cents(priced.header_discount) == expected.header_discount
    assert [cents(row.amount) for row in priced.charges] == expected.charges
    groups = [(row.vat_class.rate, row.vat_class.natura) for row in priced.vat_groups]
    assert groups == [(Decimal(int(rate)), natura) for (rate, natura), _, _ in expected.groups]
    assert [(cents(row.taxable), cents(row.vat)) for row in priced.vat_groups] == [
        (taxable, vat) for _, taxable, vat in expected.groups
    ]
    assert (cents(priced.taxable), cents(priced.total)) == (expected.taxable, expected.total)


@settings(max_examples=200, deadline=None)
@given(offers())
def test_what_is_shown_adds_up(offer: RandomOffer) -> None:
    priced = price_revision(offer.lines, offer.header, offer.charges)
    counted = [row for row in priced.lines if row.counted]
    billed = sum((row.amount for row in priced.charges if row.mode != "absorbed"), Decimal(0))

    assert sum(row.amount for row in counted) == priced.lines_net
    assert sum(row.header_discount for row in priced.lines) == priced.header_discount
    assert priced.lines_net + priced.header_discount + billed == priced.taxable
    assert sum(group.taxable for group in priced.vat_groups) == priced.taxable
    assert sum(group.vat for group in priced.vat_groups) == priced.vat
    assert priced.taxable + priced.vat == priced.total


@settings(max_examples=150, deadline=None)
@given(offers(), st.sampled_from(["shown", "spread"]))
def test_showing_or_spreading_a_charge_never_moves_vat(offer: RandomOffer, mode: str) -> None:
    before = price_revision(offer.lines, offer.header, offer.charges)
    moved = [charge if charge.mode == "absorbed" else replace(charge, mode=mode) for charge in offer.charges]
    after = price_revision(offer.lines, offer.header, moved)

    assert after.as_plain() == before.as_plain()


@settings(max_examples=100, deadline=None)
@given(offers(), st.randoms(use_true_random=False))
def test_the_order_of_the_charges_decides_nothing(offer: RandomOffer, random: Any) -> None:
    shuffled = list(offer.charges)
    random.shuffle(shuffled)

    assert (
        price_revision(offer.lines, offer.header, shuffled).as_plain()
        == price_revision(offer.lines, offer.header, offer.charges).as_plain()
    )


def test_a_line_is_rounded_once() -> None:
    assert price(line("48.65", "100", discounts="33,42")).line_amounts == (Decimal("3239.12"),)


def test_vat_is_rounded_once_per_group() -> None:
    priced = price(line("348.35", "16", discounts="4"))
    assert (priced.taxable, priced.vat, priced.total) == money("5350.66", "1177.15", "6527.81")
    assert price(line("55.55", rate="23"), line("11.11", rate="23")).vat == Decimal("15.33")


def test_transport_follows_the_rates_of_what_it_carries() -> None:
    priced = price(line("1000.00"), line("333.33", rate="10"), charges=(Charge("50.00"),))
    assert [group.taxable for group in priced.vat_groups] == list(money("1037.50", "345.83"))
    assert [group.vat for group in priced.vat_groups] == list(money("228.25", "34.58"))
    assert priced.vat == Decimal("262.83")


def test_half_a_cent_of_header_discount_is_rounded_away_from_zero() -> None:
    assert price(line("0.50"), header="5").header_discount == Decimal("-0.03")


def test_the_header_discount_does_not_touch_charges() -> None:
    priced = price(line("100.00"), header="10", charges=(Charge("50.00"),))
    assert priced.taxable == Decimal("140.00")


def test_a_header_surcharge_raises() -> None:
    assert price(line("100.00"), header="-2").taxable == Decimal("102.00")


def test_options_count_only_when_ticked() -> None:
    ticked = line("10.00", presence="option", selected=True)
    unticked = line("20.00", presence="option")
    priced = price(line("100.00"), ticked, unticked)
    assert priced.lines_net == Decimal("110.00")
    assert priced.line_amounts == money("100.00", "10.00", "20.00")


def test_an_alternative_counts_when_chosen_and_only_one_of_its_group() -> None:
    chosen = line("10.00", presence="alternative", selected=True, group="drive")
    other = line("12.00", presence="alternative", group="drive")
    assert price(chosen, other).lines_net == Decimal("10.00")
    with pytest.raises(Invalid) as caught:
        price(chosen, line("12.00", presence="alternative", selected=True, group="drive"))
    assert caught.value.reason == "ALTERNATIVE_CHOSEN_TWICE"
    assert caught.value.violations[0].field == "lines[1].selected"


def test_sections_and_notes_cost_nothing() -> None:
    priced = price(line(kind="section", quantity="x"), line("5.00"), line(kind="note", rate="?"))
    assert priced.total == Decimal("6.10")


def test_a_trade_in_stands_below_the_total_and_outside_vat() -> None:
    priced = price(line("1000.00"), line("200.00", kind="trade_in", rate=""))
    assert (priced.taxable, priced.vat, priced.total) == money("1000.00", "220.00", "1220.00")
    assert (priced.trade_in, priced.balance) == money("200.00", "1020.00")


def test_a_trade_in_has_no_discount_and_no_negative_price() -> None:
    for wrong in (line("-1.00", kind="trade_in"), line("1.00", kind="trade_in", discounts="5")):
        with pytest.raises(Invalid, match="TRADE_IN_NOT_PLAIN"):
            price(wrong)


def test_under_split_payment_the_customer_pays_the_taxable_amount() -> None:
    priced = price(line("100.00"), split_payment=True)
    assert (priced.vat, priced.total, priced.payable) == money("22.00", "122.00", "100.00")


def test_an_empty_offer_comes_to_nothing() -> None:
    priced = price()
    assert priced.as_plain()["total"] == "0.00"
    assert priced.vat_groups == ()


def test_a_rebate_line_lowers_its_group_and_carries_no_discount() -> None:
    priced = price(line("100.00"), line("-30.00"), header="10")
    assert priced.header_discount == Decimal("-7.00")
    assert [row.header_discount for row in priced.lines] == list(money("-7.00", "0.00"))


def test_a_group_below_zero_is_refused_and_names_the_line() -> None:
    with pytest.raises(Invalid) as caught:
        price(line("100.00"), line("10.00", rate="10"), line("-30.00", rate="10"))
    assert caught.value.reason == "VAT_GROUP_NEGATIVE"
    assert [found.field for found in caught.value.violations] == ["lines[2].unit_price"]


def test_a_charge_that_takes_its_group_below_zero_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        price(line("10.00"), charges=(Charge("-10.01"),))
    assert caught.value.reason == "VAT_GROUP_NEGATIVE"
    assert caught.value.violations[0].field == "charges[0].amount"


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        price(
            line("1e3", quantity="-1"),
            line("1", rate="0"),
            line("1", discounts="10%"),
            header="a",
            charges=(Charge("1,5"),),
        )
    assert caught.value.reason == "SEVERAL_MISTAKES"
    assert [(found.field, found.reason) for found in caught.value.violations] == [
        ("lines[0].quantity", "QUANTITY_NEGATIVE"),
        ("lines[0].unit_price", "NUMBER_MALFORMED"),
        ("lines[1].natura", "NATURA_MISSING"),
        ("lines[2].discounts", "DISCOUNT_MALFORMED"),
        ("charges[0].amount", "NUMBER_MALFORMED"),
        ("header_discounts", "DISCOUNT_MALFORMED"),
    ]


def test_a_float_is_refused_by_name() -> None:
    with pytest.raises(Invalid) as caught:
        price(line(0.1))  # type: ignore[arg-type]
    assert caught.value.reason == "NUMBER_IS_FLOAT"


def test_money_follows_the_minor_unit_of_its_currency() -> None:
    assert price(line("10.5"), currency="JPY").as_plain()["total"] == "13"
    assert price(line("10.5555"), currency="TND").as_plain()["lines_net"] == "10.556"


def test_the_longest_legal_line_is_still_exact() -> None:
    steps = "+".join(["99.99"] * 10)
    priced = price(line("999999999999.99999999", "999999999999.999999", discounts=steps))
    exact = oracle.cents(
        Fraction("999999999999.99999999") * Fraction("999999999999.999999") * oracle.cascade(steps)
    )
    assert cents(priced.lines_net) == exact


def money(*texts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(text) for text in texts)


def cents(amount: Decimal) -> int:
    return int(amount.scaleb(2))
