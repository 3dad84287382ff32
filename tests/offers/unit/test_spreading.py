from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.errors import Invalid
from services.kit.values import to_minor
from services.offers.domain.charges import Charge
from services.offers.domain.lines import Line
from services.offers.domain.priced import RevisionTotals
from services.offers.domain.printing import printed
from services.offers.domain.revision import Revision
from services.offers.domain.spreading import SpreadRun, current_runs, is_stale, spread, stale_charges, undo
from tests.offers.unit.builders import line
from tests.offers.unit.strategies import RandomOffer, offers

FREIGHT = Charge("1500.00", id="freight", mode="spread")
PRESSES = Revision(
    lines=(
        line("90000.00", id="a", weight_kg="5000"),
        line("30000.00", id="b", weight_kg="3000"),
        line("4000.00", "3", id="c", weight_kg="300"),
    ),
    charges=(FREIGHT,),
)


def shares(run: SpreadRun) -> list[str]:
    return [str(share.amount) for share in run.allocations]


@pytest.mark.parametrize(
    ("method", "rest", "expected"),
    [
        ("weight", {}, ["842.70", "505.62", "151.68"]),
        ("net", {}, ["1022.73", "340.91", "136.36"]),
        ("list", {}, ["1022.73", "340.91", "136.36"]),
        ("quantity", {}, ["300.00", "300.00", "900.00"]),
        ("equal", {}, ["500.00", "500.00", "500.00"]),
        ("cost", {"costs": {"a": "50000", "b": "20000", "c": "1000"}}, ["1027.40", "410.96", "61.64"]),
        ("manual", {"weights": {"a": "1000", "c": "500"}}, ["1000.00", "0.00", "500.00"]),
    ],
)
def test_every_method_splits_to_the_cent(method: str, rest: dict[str, Any], expected: list[str]) -> None:
    assert shares(spread(PRESSES.totals(), "freight", method, **rest)) == expected


def test_each_vat_group_carries_its_own_part() -> None:
    revision = Revision(
        lines=(line("1000.00", id="a", weight_kg="1"), line("333.33", id="b", rate="10", weight_kg="999")),
        charges=(Charge("50.00", id="t", mode="spread"),),
    )
    assert shares(spread(revision.totals(), "t", "weight")) == ["37.50", "12.50"]


def test_only_essential_lines_carry() -> None:
    revision = replace(
        PRESSES,
        lines=(
            *PRESSES.lines,
            line("500.00", id="o", presence="option", selected=True),
            line("500.00", id="v", presence="alternative", selected=True),
            line("500.00", id="f", kind="free"),
            line("500.00", id="u", presence="option"),
        ),
    )
    assert [s.line_id for s in spread(revision.totals(), "freight").allocations] == ["a", "b", "c"]


@pytest.mark.parametrize("method", ["equal", "weight", "quantity"])
def test_a_line_free_of_charge_carries_nothing(method: str) -> None:
    gift = line("4000.00", id="gift", weight_kg="300", discounts="100")
    given_away = replace(PRESSES, lines=(*PRESSES.lines[:2], gift))
    run = spread(given_away.totals(), "freight", method)
    assert [share.line_id for share in run.allocations] == ["a", "b"]
    view = printed(given_away.totals(), [run])
    assert str(view.lines[2].amount) == "0.00"


def test_only_served_lines_carry() -> None:
    revision = replace(PRESSES, charges=(replace(FREIGHT, serves=("b", "c")),))
    assert [s.line_id for s in spread(revision.totals(), "freight").allocations] == ["b", "c"]


def test_a_locked_line_is_an_error_that_names_it() -> None:
    lines = (PRESSES.lines[0], replace(PRESSES.lines[1], lock="price", code="RB-2"), PRESSES.lines[2])
    with pytest.raises(Invalid) as caught:
        spread(replace(PRESSES, lines=lines).totals(), "freight")
    assert [(v.field, v.reason) for v in caught.value.violations] == [("lines[1].lock", "SPREAD_LINE_LOCKED")]
    assert caught.value.params["line"] == "RB-2"


def test_no_weight_is_an_error_that_names_the_lines() -> None:
    lines = tuple(replace(row, weight_kg="0") for row in PRESSES.lines)
    with pytest.raises(Invalid) as caught:
        spread(replace(PRESSES, lines=lines).totals(), "freight", "weight")
    assert {v.reason for v in caught.value.violations} == {"SPREAD_NO_WEIGHT"}
    assert [v.field for v in caught.value.violations] == ["lines[0]", "lines[1]", "lines[2]"]


def test_a_group_without_essential_lines_cannot_carry_its_part() -> None:
    revision = replace(PRESSES, lines=(*PRESSES.lines, line("100.00", id="f", kind="free", rate="4")))
    with pytest.raises(Invalid) as caught:
        spread(revision.totals(), "freight")
    assert [v.field for v in caught.value.violations] == ["lines[3]"]


def test_a_negative_weight_is_an_error() -> None:
    revision = replace(PRESSES, lines=(*PRESSES.lines, line("-100.00", id="r")))
    with pytest.raises(Invalid, match="SPREAD_WEIGHT_NEGATIVE"):
        spread(revision.totals(), "freight")


@pytest.mark.parametrize(
    ("charge_id", "charge", "method", "reason"),
    [
        ("nowhere", FREIGHT, "net", "SPREAD_CHARGE_UNKNOWN"),
        ("", replace(FREIGHT, id=""), "net", "SPREAD_CHARGE_UNKNOWN"),
        ("freight", replace(FREIGHT, mode="absorbed"), "net", "SPREAD_CHARGE_NOT_BILLED"),
        ("freight", FREIGHT, "volume", "WORD_UNKNOWN"),
        ("freight", FREIGHT, "cost", "SPREAD_COST_MISSING"),
        ("freight", FREIGHT, "manual", "SPREAD_NO_WEIGHT"),
    ],
)
def test_what_cannot_be_spread_is_refused(charge_id: str, charge: Charge, method: str, reason: str) -> None:
    with pytest.raises(Invalid) as caught:
        spread(replace(PRESSES, charges=(charge,)).totals(), charge_id, method)
    assert {v.reason for v in caught.value.violations} in ({reason}, set())
    assert caught.value.reason in (reason, "SEVERAL_MISTAKES")


def test_a_charge_with_its_own_rate_is_carried_by_lines_of_that_rate_only() -> None:
    own = replace(FREIGHT, vat="own_rate", vat_rate="22")
    mixed = replace(PRESSES, lines=(*PRESSES.lines, line("900.00", id="d", rate="10")), charges=(own,))
    assert shares(spread(mixed.totals(), "freight"))[-1] == "0.00"
    with pytest.raises(Invalid, match="SPREAD_NO_WEIGHT"):
        spread(replace(mixed, lines=mixed.lines[3:]).totals(), "freight")


def test_running_again_gives_the_same_run() -> None:
    again = replace(PRESSES, lines=tuple(replace(row, description="new text") for row in PRESSES.lines))
    assert spread(PRESSES.totals(), "freight") == spread(again.totals(), "freight")


@pytest.mark.parametrize(
    "edit",
    [
        {"quantity": "2"},
        {"unit_price": "89999.99"},
        {"discounts": "0.01"},
        {"vat_rate": "10"},
        {"weight_kg": "1"},
        {"presence": "option", "selected": True},
        {"kind": "free"},
    ],
)
@pytest.mark.parametrize("method", ["net", "equal", "manual"])
def test_a_changed_line_makes_a_run_stale(edit: dict[str, Any], method: str) -> None:
    weights = {"a": "1", "b": "1", "c": "1"} if method == "manual" else None
    run = spread(PRESSES.totals(), "freight", method, weights=weights)
    changed = replace(PRESSES, lines=(replace(PRESSES.lines[0], **edit), *PRESSES.lines[1:]))
    assert not is_stale(PRESSES.totals(), run)
    assert is_stale(changed.totals(), run)
    assert stale_charges(changed.totals(), [run]) == ("freight",)
    assert current_runs(changed.totals(), [run]) == ()


def test_a_changed_charge_or_header_makes_a_run_stale() -> None:
    run = spread(PRESSES.totals(), "freight")
    for changed in (
        replace(PRESSES, charges=(replace(FREIGHT, amount="1500.01"),)),
        replace(PRESSES, charges=()),
        replace(PRESSES, charges=(replace(FREIGHT, mode="absorbed"),)),
        replace(PRESSES, header_discounts="1"),
    ):
        assert is_stale(changed.totals(), run)


def test_numbers_written_otherwise_do_not_make_a_run_stale() -> None:
    run = spread(PRESSES.totals(), "freight")
    lines = tuple(replace(row, unit_price=str(row.unit_price).removesuffix(".00")) for row in PRESSES.lines)
    assert not is_stale(replace(PRESSES, lines=lines).totals(), run)


def test_a_stale_charge_is_shown_until_it_is_spread_again() -> None:
    run = spread(PRESSES.totals(), "freight")
    changed = replace(PRESSES, header_discounts="1").totals()
    assert printed(changed, [run]).charges == (("freight", Decimal("1500.00")),)


def test_spreading_and_undoing_restores_everything() -> None:
    shown = replace(PRESSES, charges=(replace(FREIGHT, mode="shown"),))
    run = spread(PRESSES.totals(), "freight")
    undone = replace(PRESSES, charges=shown.charges, spreads=undo((run,), "freight"))
    assert undone == shown
    assert printed(undone.totals(), undone.spreads) == printed(shown.totals())
    assert undo((run,), "other") == (run,)


def test_a_run_by_cost_hides_its_weights_from_those_who_do_not_see_cost() -> None:
    costs = {"a": "50000", "b": "20000", "c": "1000"}
    run = spread(PRESSES.totals(), "freight", "cost", costs=costs)
    hidden = run.without_cost()
    assert {share.weight for share in hidden.allocations} == {Decimal(0)}
    assert shares(hidden) == shares(run)
    assert not is_stale(PRESSES.totals(), hidden)
    other = spread(PRESSES.totals(), "freight", "cost", costs={"a": "1", "b": "1", "c": "1"})
    assert other.inputs == run.inputs
    by_net = spread(PRESSES.totals(), "freight", "net")
    assert by_net.without_cost() == by_net


# ---- properties


def spread_all(offer: RandomOffer) -> tuple[RevisionTotals, list[SpreadRun]]:
    """Every charge that can be spread, spread by net value."""
    totals = Revision(tuple(offer.lines), offer.header, tuple(offer.charges)).totals()
    runs = []
    for charge in totals.charges:
        try:
            runs.append(spread(totals, charge.id))
        except Invalid:
            continue
    return totals, runs


def named(offer: RandomOffer) -> RandomOffer:
    charges = [
        charge if charge.mode == "absorbed" else replace(charge, id=f"c{i}", mode="spread")
        for i, charge in enumerate(offer.charges)
    ]
    return replace(offer, charges=charges)


@settings(max_examples=150, deadline=None)
@given(offers())
def test_shares_add_up_to_the_charge_and_to_its_vat_groups(offer: RandomOffer) -> None:
    totals, runs = spread_all(named(offer))
    by_id = {row.id: row for row in totals.lines}
    for run in runs:
        charge = next(found for found in totals.charges if found.id == run.charge_id)
        assert sum(share.amount for share in run.allocations) == charge.amount
        for vat, minor in charge.shares:
            inside = [s.amount for s in run.allocations if by_id[s.line_id].read.vat == vat]
            assert to_minor(sum(inside, Decimal(0)), 2) == minor


@settings(max_examples=150, deadline=None)
@given(offers(), st.booleans())
def test_whatever_is_shown_spread_or_folded_the_customers_sums_agree(offer: RandomOffer, fold: bool) -> None:
    totals, runs = spread_all(named(offer))
    view = printed(totals, runs, fold_header=fold)
    lines = sum((row.amount for row in view.lines if row.counted), Decimal(0))
    shown = sum((amount for _, amount in view.charges), Decimal(0))
    assert lines + view.header_discount + shown == view.taxable == totals.taxable
    assert sum(section.subtotal for section in view.sections) == lines
    assert view.taxable + sum((g.vat for g in view.vat_groups), Decimal(0)) == view.total
    assert view.vat_groups == totals.vat_groups


@settings(max_examples=150, deadline=None)
@given(offers(), st.booleans())
def test_printed_prices_times_quantities_are_the_printed_amounts(offer: RandomOffer, fold: bool) -> None:
    totals, runs = spread_all(named(offer))
    for row, priced in zip(printed(totals, runs, fold_header=fold).lines, totals.lines, strict=True):
        if row.discounts or not priced.read.quantity or priced.read.quantity > 10**5:
            continue
        product = priced.read.quantity * row.unit_price
        assert to_minor(product, 2) == to_minor(row.amount, 2)
        assert -int(row.unit_price.as_tuple().exponent) <= 8


def test_the_header_discount_is_printed_as_an_amount_beside_spread_charges() -> None:
    revision = replace(PRESSES, header_discounts="3")
    totals = revision.totals()
    run = spread(totals, "freight")
    assert printed(totals).header == "percent"
    assert printed(totals, [run]).header == "amount"
    assert printed(totals, [run], fold_header=True).header == "folded"
    assert printed(PRESSES.totals(), fold_header=True).header == "none"


def test_sections_have_subtotals() -> None:
    revision = Revision(
        lines=(
            line("1.00", id="before"),
            Line(kind="section", id="s1"),
            line("10.00", id="a"),
            line("5.00", id="o", presence="option"),
            Line(kind="section", id="s2"),
            line("20.00", id="b"),
            Line(kind="note"),
        )
    )
    sections = printed(revision.totals()).sections
    assert [(s.position, str(s.subtotal)) for s in sections] == [(-1, "1.00"), (1, "10.00"), (4, "20.00")]
