from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.errors import Invalid
from services.kit.values import canonical
from services.offers.domain.charges import Charge
from services.offers.domain.costing import Costs
from services.offers.domain.goal_model import figure_of
from services.offers.domain.goalseek import (
    GoalAnswer,
    seek_figure,
    seek_line_margin,
    seek_line_price,
    seek_margin,
)
from services.offers.domain.lines import Line
from services.offers.domain.margins import margins
from services.offers.domain.reasons import REASONS
from services.offers.domain.revision import Revision
from tests.offers.unit.builders import line
from tests.offers.unit.strategies import RandomOffer, offers

MACHINES = Revision(
    lines=(
        line("61250.00", id="press", discounts="5"),
        line("18400.00", "2", id="robot", discounts="10+3"),
        line("1340.50", "3", id="guard", rate="10"),
        line("400.00", id="training", kind="free", lock="price"),
        line("2500.00", id="spare", presence="option"),
    ),
    charges=(Charge("850.00", id="transport"),),
)


def test_the_total_becomes_exactly_what_was_asked_for() -> None:
    answer = seek_figure(MACHINES, "total", "98000.00")
    assert (answer.reached, answer.least, answer.reason) == (True, True, "")
    assert answer.revision.totals().total == answer.figure == Decimal("98000.00")


def test_every_free_line_moves_by_the_same_percentage_and_no_other_line_moves() -> None:
    answer = seek_figure(MACHINES, "taxable", "90000.00")
    assert {change.line_id for change in answer.changes} == {"press", "robot", "guard"}
    for change in answer.changes:
        moved = (change.amount_after - change.amount_before) / change.amount_before * 100
        assert abs(moved - answer.percent) < Decimal("0.001")
    locked, option = answer.revision.lines[3], answer.revision.lines[4]
    assert (locked, option) == (MACHINES.lines[3], MACHINES.lines[4])


def test_discounts_and_list_values_stay() -> None:
    answer = seek_figure(MACHINES, "taxable", "90000.00")
    assert [row.discounts for row in answer.revision.lines] == [row.discounts for row in MACHINES.lines]
    before, after = MACHINES.totals(), answer.revision.totals()
    assert [row.list_amount for row in after.lines] == [row.list_amount for row in before.lines]
    again = seek_figure(answer.revision, "taxable", "91000.00")
    assert again.revision.lines[0].list_price == "61250.00"


def test_a_goal_that_is_already_met_changes_nothing() -> None:
    answer = seek_figure(MACHINES, "total", MACHINES.totals().total)
    assert answer.revision == MACHINES
    assert answer.reached
    assert not answer.changes


@pytest.mark.parametrize("figure", ["total", "taxable", "net", "lines_net", "payable"])
def test_every_figure_can_be_a_goal(figure: str) -> None:
    revision = replace(MACHINES, header_discounts="3", split_payment=True)
    answer = seek_figure(revision, figure, "80000.00")
    assert answer.reached
    assert figure_of(answer.revision.totals(), figure) == 8_000_000


def test_a_total_that_rounding_skips_is_explained_with_the_nearest() -> None:
    one = Revision(lines=(line("100.00", id="a"),))
    reachable = {Decimal(cents) / 100 + Decimal(f"{cents * 22 + 50}") // 100 / 100 for cents in range(1000)}
    skipped = [total for cents in range(900) if (total := Decimal(cents) / 100) not in reachable]
    assert len(skipped) > 100
    for total in skipped[:20]:
        answer = seek_figure(one, "total", total)
        assert (answer.reached, answer.reason) == (False, "GOAL_BETWEEN_CENTS")
        assert abs(answer.figure - total) == Decimal("0.01")
        assert answer.revision.totals().total == answer.figure


def test_a_second_rate_reaches_what_one_rate_skips() -> None:
    two = Revision(lines=(line("100.00", id="a"), line("100.00", id="b", rate="10")))
    for cents in range(20000, 20030):
        assert seek_figure(two, "total", Decimal(cents) / 100).reached


@pytest.mark.parametrize(
    ("revision", "goal", "reason", "nearest"),
    [
        (Revision(lines=(line("10.00", id="a", lock="price"),)), "5.00", "GOAL_NO_FREE_LINE", "10.00"),
        (Revision(lines=(line("10.00", id="a", lock="margin"),)), "5.00", "GOAL_NO_FREE_LINE", "10.00"),
        (Revision(), "5.00", "GOAL_NO_FREE_LINE", "0.00"),
        (Revision(lines=(line("0.00", id="a"),)), "5.00", "GOAL_NO_FREE_LINE", "0.00"),
        (
            Revision(lines=(line("10.00", id="a"), line("8.00", id="b", lock="price"))),
            "5.00",
            "GOAL_BELOW_LEAST",
            "8.00",
        ),
        (
            Revision(lines=(line("10.00", id="a", discounts="99"),)),
            "99999999999.99",
            "GOAL_ABOVE_MOST",
            "9999999999.99",
        ),
    ],
)
def test_an_impossible_goal_says_why_and_what_comes_nearest(
    revision: Revision, goal: str, reason: str, nearest: str
) -> None:
    answer = seek_figure(revision, "taxable", goal)
    assert (answer.reached, answer.reason) == (False, reason)
    assert answer.figure == Decimal(nearest) == answer.revision.totals().taxable
    assert reason in REASONS


def test_floors_hold() -> None:
    revision = Revision(lines=(line("100.00", id="a"), line("100.00", "2", id="b")))
    answer = seek_figure(revision, "taxable", "240.00", floors={"a": "95.00"})
    assert answer.reached
    assert answer.revision.totals().line_amounts == (Decimal("95.00"), Decimal("145.00"))
    below = seek_figure(revision, "taxable", "200.00", floors={"a": "95.00", "b": "80.00"})
    assert (below.reason, below.figure) == ("GOAL_BELOW_LEAST", Decimal("255.00"))


def test_a_line_already_below_its_floor_falls_no_further() -> None:
    revision = Revision(lines=(line("100.00", id="a"), line("100.00", id="b")))
    answer = seek_figure(revision, "taxable", "150.00", floors={"a": "120.00"})
    assert answer.revision.totals().line_amounts == (Decimal("100.00"), Decimal("50.00"))


def test_rebate_lines_stay_and_their_group_stays_above_zero() -> None:
    revision = Revision(lines=(line("100.00", id="a"), line("-30.00", id="r", lock="price")))
    assert seek_figure(revision, "taxable", "0.00").revision.totals().taxable == Decimal("0.00")
    assert seek_figure(revision, "taxable", "50.00").revision.totals().line_amounts[0] == Decimal("80.00")


@pytest.mark.parametrize("quantity", ["3", "7", "0.333", "12.25", "1000"])
def test_any_quantity_is_steered_to_the_cent(quantity: str) -> None:
    revision = Revision(lines=(line("17.31", quantity, id="a", discounts="33,42"),))
    for cents in (100, 101, 99999, 123457):
        answer = seek_figure(revision, "taxable", Decimal(cents) / 100)
        assert answer.reached


def test_a_million_pieces_are_the_border() -> None:
    for quantity, free in (("1000000", True), ("1000001", False)):
        answer = seek_figure(Revision(lines=(line("0.01", quantity, id="a"),)), "taxable", "5000.01")
        assert answer.reached is free


# ---- the measure, against brute force

Key = tuple[Fraction, Fraction, Fraction]


def measure(revision: Revision, deltas: Sequence[int], *, with_vat: bool) -> Key:
    """The stated measure, from its definition: groups, size, lines."""
    groups: dict[str, list[tuple[int, int]]] = {}
    rows = [(row, delta) for row, delta in zip(revision.lines, deltas, strict=True) if row.lock == ""]
    for row, delta in rows:
        groups.setdefault(str(row.vat_rate), []).append((delta, cents(row.unit_price)))
    weights = {rate: 1 + Fraction(rate) / 100 if with_vat else Fraction(1) for rate in groups}
    sums = {rate: [sum(column) for column in zip(*members, strict=True)] for rate, members in groups.items()}
    moved = sum((weights[rate] * d for rate, (d, _) in sums.items()), Fraction(0))
    k = moved / sum((weights[rate] * a for rate, (_, a) in sums.items()), Fraction(0))
    uneven = sum((weights[rate] * (d - k * a) ** 2 / a for rate, (d, a) in sums.items()), Fraction(0))
    inside = Fraction(0)
    for rate, members in groups.items():
        own = Fraction(*sums[rate])
        inside += sum((weights[rate] * (d - own * a) ** 2 / a for d, a in members), Fraction(0))
    return uneven, abs(moved), inside


def cents(price: object) -> int:
    return int(Decimal(str(price)) * 100)


def moved(revision: Revision, deltas: Sequence[int]) -> Revision:
    lines = tuple(
        replace(row, unit_price=canonical(Decimal(cents(row.unit_price) + delta).scaleb(-2)))
        for row, delta in zip(revision.lines, deltas, strict=True)
    )
    return replace(revision, lines=lines)


def all_moves(revision: Revision, answer: GoalAnswer, width: int) -> Iterator[tuple[int, ...]]:
    """Every change within `width` cents of the answer, down to nothing."""
    found = {change.position: change for change in answer.changes}
    sides = []
    for position, row in enumerate(revision.lines):
        at = 0
        if position in found:
            at = cents(found[position].amount_after) - cents(found[position].amount_before)
        fixed = row.lock != ""
        low = max(-cents(row.unit_price), at - width)
        sides.append([0] if fixed else range(low, at + width + 1))
    return product(*sides)


def test_of_equally_even_groups_the_one_with_more_even_lines_is_taken() -> None:
    """One cent on the first line and eight on the second, or two and seven: the lines tell them apart."""
    prices = (("0.07", "10"), ("0.33", "22"), ("0.02", "22"))
    lines = tuple(line(price, id=str(n), rate=rate) for n, (price, rate) in enumerate(prices))
    answer = seek_figure(Revision(lines=lines, charges=(Charge("0.10"),)), "taxable", "0.61")
    moves = {change.line_id: change.amount_after - change.amount_before for change in answer.changes}
    assert moves == {"0": Decimal("0.02"), "1": Decimal("0.07")}
    assert answer.least


# Always the same examples: some of the others take minutes to try all ways.
@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    prices=st.lists(st.integers(1, 40), min_size=1, max_size=3),
    rates=st.lists(st.sampled_from(["22", "10", "4"]), min_size=3, max_size=3),
    header=st.sampled_from(["", "", "3", "20"]),
    charge=st.sampled_from([None, Charge("0.10"), Charge(formula="percent", rate="30")]),
    figure=st.sampled_from(["total", "taxable"]),
    percent=st.integers(-60, 60),
)
def test_no_smaller_change_reaches_the_goal(
    prices: list[int],
    rates: list[str],
    header: str,
    charge: Charge | None,
    figure: str,
    percent: int,
) -> None:
    revision = Revision(
        lines=tuple(line(f"0.{p:02d}", id=str(i), rate=rates[i]) for i, p in enumerate(prices)),
        header_discounts=header,
        charges=(charge,) if charge else (),
    )
    goal = figure_of(revision.totals(), figure) * (100 + percent) // 100
    answer = seek_figure(revision, figure, Decimal(goal).scaleb(-2))
    assert figure_of(answer.revision.totals(), figure) == cents(answer.figure)
    mine = [0] * len(prices)
    for change in answer.changes:
        mine[change.position] = cents(change.amount_after) - cents(change.amount_before)
    key = measure(revision, mine, with_vat=figure == "total")
    width = 30 if len(prices) < 3 else 9
    for deltas in all_moves(revision, answer, width):
        if not answer.reached or measure(revision, deltas, with_vat=figure == "total") < key:
            totals = moved(revision, deltas).totals()
            if totals.waiting or (charge and 0 in [cents(row.amount) for row in totals.lines]):
                continue
            at = figure_of(totals, figure)
            assert at != goal
            assert answer.reached or abs(at - goal) >= abs(cents(answer.figure) - goal)


@settings(max_examples=60, deadline=None)
@given(offers(max_lines=6), st.integers(50, 150))
def test_the_answer_of_any_offer_is_what_it_says(offer: RandomOffer, percent: int) -> None:
    revision = Revision(tuple(offer.lines), offer.header, tuple(offer.charges))
    goal = (revision.totals().total * percent / 100).quantize(Decimal("0.01"))
    answer = seek_figure(revision, "total", goal)
    assert answer.revision.totals().total == answer.figure
    assert answer.reached == (answer.figure == goal)
    assert answer.reached == (answer.reason == "")
    for before, after in zip(revision.lines, answer.revision.lines, strict=True):
        assert replace(before, unit_price="", list_price="") == replace(after, unit_price="", list_price="")


# ---- margins and single lines


def test_the_margin_becomes_what_was_asked_for() -> None:
    costs = Costs(units={"press": "41000", "robot": "11250.10", "guard": "901.33", "training": "250"})
    answer = seek_margin(MACHINES, "23", costs)
    assert answer.reached
    assert margins(answer.revision.totals(), costs).offer["net"].percent == Decimal("23.00")


def test_a_margin_needs_every_cost() -> None:
    with pytest.raises(Invalid) as caught:
        seek_margin(MACHINES, "23", Costs(units={"press": "1", "robot": "1"}))
    assert caught.value.reason == "SEVERAL_MISTAKES"
    assert [v.field for v in caught.value.violations] == ["lines[2].unit_cost", "lines[3].unit_cost"]


@pytest.mark.parametrize("percent", ["100", "-1000.1", "x"])
def test_an_impossible_margin_is_refused(percent: str) -> None:
    with pytest.raises(Invalid):
        seek_margin(
            MACHINES, percent, Costs(units=dict.fromkeys(("press", "robot", "guard", "training"), "1"))
        )


def test_a_line_becomes_so_much_a_piece() -> None:
    answer = seek_line_price(MACHINES, "robot", "1250.00")
    assert (answer.reached, answer.figure) == (True, Decimal("2500.00"))
    assert answer.revision.totals().lines[1].amount == Decimal("2500.00")
    assert answer.revision.lines[1].discounts == "10+3"


def test_a_line_gets_its_margin() -> None:
    answer = seek_line_margin(MACHINES, "guard", "20", Costs(units={"guard": "80.00"}))
    assert answer.revision.totals().lines[2].amount == Decimal("300.00")


def test_a_line_that_cannot_move_says_why() -> None:
    locked = seek_line_price(MACHINES, "training", "1.00")
    assert (locked.reached, locked.reason, locked.revision) == (False, "GOAL_LINE_LOCKED", MACHINES)
    free_of_charge = Revision(lines=(line("10.00", id="a", discounts="100"),))
    assert seek_line_price(free_of_charge, "a", "1.00").reason == "GOAL_NO_SUCH_PRICE"
    assert seek_line_price(free_of_charge, "a", "0").reached


@pytest.mark.parametrize(
    ("figure", "amount", "reason"),
    [
        ("profit", "1.00", "WORD_UNKNOWN"),
        ("total", "1.005", "MONEY_TOO_FINE"),
        ("total", "-1", "GOAL_NEGATIVE"),
        ("total", "1e3", "NUMBER_MALFORMED"),
    ],
)
def test_a_wrong_goal_is_refused(figure: str, amount: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        seek_figure(MACHINES, figure, amount)


def test_an_unknown_line_is_refused() -> None:
    for wrong in ("", "nowhere"):
        with pytest.raises(Invalid, match="GOAL_LINE_UNKNOWN"):
            seek_line_price(MACHINES, wrong, "1")


def test_single_lines_matter_when_a_discounted_part_of_a_class_is_served() -> None:
    revision = Revision(
        lines=tuple(line(f"{100 + i}.37", id=str(i), rate="22" if i % 2 else "10") for i in range(5)),
        header_discounts="3+1",
        charges=(Charge(formula="percent", rate="7", serves=("1", "2")), Charge("12.34", serves=("0",))),
    )
    for goal in ("500.00", "512.35", "640.01"):
        answer = seek_figure(revision, "total", goal)
        assert answer.reached
        assert answer.revision.totals().total == Decimal(goal)


def many(count: int, rates: Sequence[str]) -> tuple[Line, ...]:
    return tuple(
        line(f"{37 + i * 13 % 997}.{i % 100:02d}", str(i % 5 + 1), id=f"l{i}", rate=rates[i % len(rates)])
        for i in range(count)
    )


@pytest.mark.parametrize("header", ["", "5+2"])
@pytest.mark.parametrize("rates", [("22",), ("22", "10"), ("22", "10", "5", "4")])
def test_two_hundred_lines_are_steered(rates: tuple[str, ...], header: str) -> None:
    revision = Revision(
        lines=many(200, rates),
        header_discounts=header,
        charges=(Charge("500.00", id="c"), Charge("99.99", id="d", serves=("l1", "l2"))),
    )
    answer = seek_figure(revision, "taxable", "100000.00")
    assert answer.reached
    if len(rates) > 1:
        assert seek_figure(revision, "total", "123456.78").reached
