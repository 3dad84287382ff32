from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.kit.errors import Invalid
from services.offers.domain.charges import Charge
from services.offers.domain.costing import Costs
from services.offers.domain.floors import Guard, lights, publish_guard
from services.offers.domain.lines import Line
from services.offers.domain.margins import LEVELS, Margin, margins, price_from_margin
from services.offers.domain.revision import Revision
from services.offers.domain.spreading import spread
from tests.offers.unit.builders import line
from tests.offers.unit.strategies import RandomOffer, offers

D = Decimal


def test_margin_and_markup_of_eighty_sold_at_a_hundred() -> None:
    margin = Margin(D("100.00"), D("80.00"))
    assert (margin.amount, margin.percent, margin.markup) == (D("20.00"), D("20.00"), D("25.00"))


@pytest.mark.parametrize(("value", "cost"), [("0.00", "80.00"), ("100.00", None), ("0.00", "0.00")])
def test_what_is_undefined_is_not_zero(value: str, cost: str | None) -> None:
    assert Margin(D(value), None if cost is None else D(cost)).percent is None


def test_a_loss_is_negative_and_rounded_away_from_zero() -> None:
    assert Margin(D("80.00"), D("100.00")).percent == D("-25.00")
    assert Margin(D("160.00"), D("160.008")).percent == D("-0.01")


def test_price_from_margin() -> None:
    assert price_from_margin("80", "20") == 100
    assert price_from_margin("80", "-25") == 64
    for wrong in ("100", "100.5", "-1001"):
        with pytest.raises(Invalid, match="MARGIN_OUT_OF_RANGE"):
            price_from_margin("80", wrong)


OFFER = Revision(
    lines=(
        Line(kind="section", id="s1"),
        line("100.00", "10", id="a", discounts="10"),
        line("500.00", id="b", rate="10"),
        Line(kind="section", id="s2"),
        line("300.00", id="c"),
        line("999.00", id="o", presence="option"),
    ),
    header_discounts="5",
    charges=(
        Charge("100.00", id="freight", mode="spread"),
        Charge("60.00", id="packing"),
        Charge("40.00", id="training", mode="absorbed"),
    ),
)
COSTS = Costs(
    units={"a": "60.00", "b": "400.00", "c": "200.00"},
    charges={"packing": "45.00"},
    commissions={"c": "10"},
    commission="2",
)


def test_every_level_of_the_offer() -> None:
    totals = OFFER.totals()
    found = margins(totals, COSTS, runs=[spread(totals, "freight")]).offer
    assert {level: (str(m.value), str(m.cost)) for level, m in found.items()} == {
        "list": ("1800.00", "1200.00"),
        "net": ("1615.00", "1200.00"),
        "after_spread": ("1715.00", "1300.00"),
        "after_commission": ("1715.00", "1355.10"),
        "contribution": ("1775.00", "1440.10"),
    }
    assert found["contribution"].value == totals.taxable


def test_what_is_passed_on_is_no_product_margin() -> None:
    totals = OFFER.totals()
    found = margins(totals, COSTS, runs=[spread(totals, "freight")]).offer
    assert found["after_spread"].amount == found["net"].amount


def test_groups_are_the_sections_unless_the_caller_names_others() -> None:
    found = margins(OFFER.totals(), COSTS)
    assert {name: levels["list"].value for name, levels in found.groups.items()} == {
        "s1": D("1500.00"),
        "s2": D("300.00"),
    }
    by_rate = margins(
        OFFER.totals(), COSTS, group_of=lambda row: row.read.vat.rate_text if row.read.vat else ""
    )
    assert set(by_rate.groups) == {"22", "10"}


def test_a_missing_cost_leaves_margins_unsaid_and_is_named() -> None:
    found = margins(OFFER.totals(), Costs(units={"a": "1"}))
    assert found.missing == ("b", "c")
    assert found.offer["net"].percent is None
    assert found.groups["s1"]["net"].amount is None
    assert found.lines[1]["net"].percent is not None
    assert 5 not in found.lines


@pytest.mark.parametrize(
    "costs",
    [
        Costs(units={"a": "-1"}),
        Costs(units={"a": "1", "b": "1", "c": "1"}, commission="-2"),
    ],
)
def test_negative_costs_are_refused(costs: Costs) -> None:
    with pytest.raises(Invalid, match="COST_NEGATIVE"):
        margins(OFFER.totals(), costs)


@settings(max_examples=100, deadline=None)
@given(offers(), st.integers(0, 10**6))
def test_levels_of_lines_add_up_to_groups_and_offer(offer: RandomOffer, cost: int) -> None:
    revision = Revision(tuple(offer.lines), offer.header, tuple(offer.charges))
    totals = revision.totals()
    unit = str(D(cost) / 1000)
    found = margins(totals, Costs(units={row.id: unit for row in totals.lines}, commission="1.5"))
    for level in LEVELS:
        offer_level = found.offer[level]
        for parts in (found.lines.values(), found.groups.values()):
            assert sum(part[level].value for part in parts) == offer_level.value
            costs = [part[level].cost for part in parts]
            assert sum(c for c in costs if c is not None) == offer_level.cost
    waiting = sum((row.amount for row in totals.charges if row.waiting), D(0))
    assert waiting == 0
    assert found.offer["contribution"].value == totals.taxable


# ---- guard rails without cost


def test_the_light_compares_with_published_prices() -> None:
    guards = {"a": Guard("80", "90"), "b": Guard("480", "520"), "c": Guard("290", "300")}
    found = lights(OFFER.totals(), guards)
    assert found.lines == {1: "yellow", 2: "red", 4: "red"}
    assert found.offer == "yellow"
    assert lights(OFFER.totals(), {"b": guards["b"]}).offer == "red"
    free = Revision(lines=OFFER.lines)
    assert lights(free.totals(), guards).lines == {1: "green", 2: "yellow", 4: "green"}
    assert lights(free.totals(), guards).offer == "yellow"
    assert lights(free.totals(), {}).offer == "unknown"


@pytest.mark.parametrize(("cost", "floor", "target"), [("80", "95", "110"), ("123.45", "150", "170")])
def test_published_prices_are_rounded_up_to_two_digits(cost: str, floor: str, target: str) -> None:
    guard = publish_guard(cost, least_margin="15", target_margin="25")
    assert (str(guard.floor), str(guard.target)) == (floor, target)


@given(st.decimals(0, 10**6, places=2), st.integers(0, 60), st.integers(0, 30))
def test_a_target_earns_its_margin(cost: Decimal, least: int, more: int) -> None:
    guard = publish_guard(cost, least_margin=least, target_margin=least + more)
    assert D(str(guard.target)) * (100 - least - more) >= cost * 100
    assert D(str(guard.floor)) <= D(str(guard.target))


# Below 5, two digits are cents.
@given(st.decimals(5, 10**6, places=2), st.integers(0, 60))
@example(cost=D("6.25"), margin=22)
def test_many_costs_share_one_guard_so_no_question_recovers_a_cost(cost: Decimal, margin: int) -> None:
    guard = publish_guard(cost, least_margin=margin, target_margin=margin + 10)
    same = [
        other
        for percent in range(-60, 61)
        if (other := (cost * (1000 + percent) / 1000).quantize(D("0.01"))) != cost
        and publish_guard(other, least_margin=margin, target_margin=margin + 10) == guard
    ]
    assert same


def test_a_target_below_the_floor_is_refused() -> None:
    with pytest.raises(Invalid, match="GUARD_ORDER"):
        publish_guard("80", least_margin="25", target_margin="15")
