from __future__ import annotations

from decimal import Decimal

import pytest

from services.kit.errors import Invalid
from services.offers.domain.charges import Charge
from tests.offers.unit.builders import line, price

HEAVY = line("1000.00", "2", id="heavy", weight_kg="150.5")
LIGHT = line("333.33", rate="10", id="light", weight_kg="1", discounts="10")


@pytest.mark.parametrize(
    ("charge", "amount"),
    [
        (Charge("49.995"), "50.00"),
        (Charge(formula="percent", rate="2"), "44.10"),
        (Charge(formula="percent", rate="2", base="lines_net"), "46.00"),
        (Charge(formula="percent", rate="2", base="list"), "46.67"),
        (Charge(formula="percent", rate="2", serves=("heavy",)), "38.35"),
        (Charge(formula="per_kg", rate="0.35"), "105.70"),
        (Charge(formula="per_kg", rate="0.35", units="100"), "35.00"),
        (Charge(formula="per_kg", rate="0.35", serves=("light",)), "0.35"),
        (Charge(formula="per_piece", rate="7.5"), "22.50"),
        (Charge(formula="per_km", rate="0.65", units="412"), "267.80"),
        (Charge(formula="per_day", rate="480", units="1.5"), "720.00"),
    ],
)
def test_a_charge_is_worth_what_its_formula_says(charge: Charge, amount: str) -> None:
    assert price(HEAVY, LIGHT, header="4.12", charges=(charge,)).charges[0].amount == Decimal(amount)


def test_a_charge_has_the_rates_of_the_lines_that_it_serves() -> None:
    priced = price(HEAVY, LIGHT, charges=(Charge("50.00", serves=("light",)),))
    assert [group.taxable for group in priced.vat_groups] == [Decimal("2000.00"), Decimal("350.00")]


def test_a_charge_with_its_own_rate_keeps_it() -> None:
    priced = price(LIGHT, charges=(Charge("50.00", vat="own_rate", vat_rate="22"),))
    assert [(g.vat_class.rate_text, g.taxable) for g in priced.vat_groups] == [
        ("22", Decimal("50.00")),
        ("10", Decimal("300.00")),
    ]


def test_an_excluded_charge_is_outside_the_taxable_base_under_n1() -> None:
    priced = price(HEAVY, charges=(Charge("16.00", vat="excluded"),))
    assert (priced.vat_groups[1].vat_class.natura, priced.vat_groups[1].vat) == ("N1", Decimal("0.00"))
    assert priced.total == Decimal("2456.00")


def test_an_absorbed_charge_is_worth_something_and_billed_nowhere() -> None:
    priced = price(HEAVY, charges=(Charge("50.00", mode="absorbed"),))
    assert priced.charges[0].amount == Decimal("50.00")
    assert priced.taxable == Decimal("2000.00")


def test_a_charge_waits_while_it_serves_nothing_of_worth() -> None:
    priced = price(line("0.00"), charges=(Charge("50.00"),))
    assert priced.waiting == (0,)
    assert priced.total == Decimal("0.00")


def test_a_charge_of_nothing_does_not_wait() -> None:
    assert price(charges=(Charge(formula="percent", rate="5"),)).waiting == ()


def test_an_unticked_option_is_neither_served_nor_a_base() -> None:
    option = line("500.00", rate="4", id="option", presence="option")
    priced = price(HEAVY, option, charges=(Charge(formula="percent", rate="1"),))
    assert priced.charges[0].amount == Decimal("20.00")
    assert [g.vat_class.rate_text for g in priced.vat_groups] == ["22"]


def test_a_charge_over_lines_worth_less_than_nothing_is_refused() -> None:
    rebate = line("-5.00", id="rebate")
    with pytest.raises(Invalid) as caught:
        price(HEAVY, rebate, charges=(Charge("1.00", serves=("rebate",)),))
    assert (caught.value.reason, caught.value.violations[0].field) == (
        "CHARGE_WEIGHT_NEGATIVE",
        "charges[0].serves",
    )


@pytest.mark.parametrize(
    ("charge", "field", "reason"),
    [
        (Charge("x"), "amount", "NUMBER_MALFORMED"),
        (Charge(formula="per_mile"), "formula", "WORD_UNKNOWN"),
        (Charge(formula="per_km", rate="1"), "units", "CHARGE_UNITS_MISSING"),
        (Charge(formula="per_km", rate="1", units="-3"), "units", "QUANTITY_NEGATIVE"),
        (Charge("1", vat="own_rate", vat_rate="0"), "natura", "NATURA_MISSING"),
        (Charge("1", vat="own_rate", vat_rate="101"), "vat_rate", "VAT_RATE_OUT_OF_RANGE"),
        (Charge("1", serves=("nowhere",)), "serves", "CHARGE_SERVES_UNKNOWN_LINE"),
    ],
)
def test_a_wrong_charge_is_refused_at_its_field(charge: Charge, field: str, reason: str) -> None:
    with pytest.raises(Invalid) as caught:
        price(HEAVY, charges=(Charge("1"), charge))
    assert [(v.field, v.reason) for v in caught.value.violations] == [(f"charges[1].{field}", reason)]


def test_two_lines_of_one_id_cannot_be_served() -> None:
    with pytest.raises(Invalid, match="LINE_ID_REPEATED"):
        price(HEAVY, HEAVY, charges=(Charge("1", serves=("heavy",)),))
