from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.errors import Invalid
from services.kit.values import (
    Money,
    canonical,
    from_minor,
    minor_units,
    parse_decimal,
    round_half_up,
    to_minor,
)
from tests.offers.unit import oracle

FINITE = st.decimals(-(10**9), 10**9, places=6, allow_nan=False)


@pytest.mark.parametrize("text", ["0", "-0.5", "12.25", "999999999999.99999999", "1.50"])
def test_plain_numbers_are_read_as_written(text: str) -> None:
    assert str(parse_decimal(text)) == text


def test_a_huge_integer_is_refused_without_being_written_out() -> None:
    with pytest.raises(Invalid, match="NUMBER_TOO_LONG"):
        parse_decimal(10**5000)


def test_minus_zero_is_zero() -> None:
    assert str(parse_decimal("-0.00")) == "0.00"


def test_integers_and_decimals_are_numbers() -> None:
    assert parse_decimal(3) == parse_decimal(Decimal("3.0")) == 3


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (0.1, "NUMBER_IS_FLOAT"),
        (float("nan"), "NUMBER_IS_FLOAT"),
        (True, "NUMBER_MALFORMED"),
        (None, "NUMBER_MALFORMED"),
        (b"1", "NUMBER_MALFORMED"),
        (["1"], "NUMBER_MALFORMED"),
        (Decimal("NaN"), "NUMBER_MALFORMED"),
        (Decimal("-Infinity"), "NUMBER_MALFORMED"),
        (Decimal("sNaN"), "NUMBER_MALFORMED"),
        (Decimal("1E+999999"), "NUMBER_TOO_LONG"),
        (10**70, "NUMBER_TOO_LONG"),
        (10**12, "NUMBER_TOO_LARGE"),
        (Decimal("1E+12"), "NUMBER_TOO_LARGE"),
        (Decimal("1E-9"), "NUMBER_TOO_FINE"),
        *(
            (text, "NUMBER_MALFORMED")
            for text in ("", " ", "+1", "1.", ".5", "01", "1e3", "1,5", "1 000", "1\n")
        ),
        *((text, "NUMBER_MALFORMED") for text in ("nan", "Infinity", "0x1F", "1_000", "١", "−1", "--1")),
        ("1" * 65, "NUMBER_TOO_LONG"),
        ("1000000000000", "NUMBER_TOO_LARGE"),
        ("0.000000001", "NUMBER_TOO_FINE"),
    ],
)
def test_anything_that_is_not_a_plain_number_is_refused(value: object, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        parse_decimal(value)  # type: ignore[arg-type]


def test_decimals_beyond_the_field_are_fine_when_they_are_zeros() -> None:
    assert parse_decimal("1.2500000000") == Decimal("1.25")


@given(FINITE)
def test_canonical_text_reads_back_and_is_the_only_one(number: Decimal) -> None:
    text = canonical(number)
    assert parse_decimal(text) == number
    assert canonical(number.normalize()) == text
    assert "E" not in text


@given(FINITE, st.integers(0, 4))
def test_rounding_is_half_up_away_from_zero(number: Decimal, places: int) -> None:
    exact = oracle.half_up(Fraction(number) * 10**places)
    assert to_minor(number, places) == exact
    rounded = round_half_up(number, places)
    assert rounded == from_minor(exact, places)
    assert -int(rounded.as_tuple().exponent) == places
    assert not (rounded == 0 and rounded.is_signed())


def test_half_even_would_differ() -> None:
    assert [str(round_half_up(Decimal(text), 2)) for text in ("0.125", "-0.125", "2.345")] == [
        "0.13",
        "-0.13",
        "2.35",
    ]


@pytest.mark.parametrize(("currency", "places"), [("EUR", 2), ("JPY", 0), ("TND", 3), ("CLF", 4)])
def test_each_currency_has_its_minor_unit(currency: str, places: int) -> None:
    assert minor_units(currency) == places


@pytest.mark.parametrize("currency", ["", "eur", "XXX", "EURO", "ITL"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(Invalid, match="CURRENCY_UNKNOWN"):
        minor_units(currency)


def test_money_keeps_its_decimals() -> None:
    assert Money.of("10", "EUR").text == "10.00"
    assert Money.of("10", "JPY").text == "10"
    assert (Money.of("0.10", "EUR") + Money.of("0.20", "EUR")).text == "0.30"
    assert (-Money.of("1.00", "EUR") - Money.of("1.00", "EUR")).minor == -200
    assert Money.of("1", "EUR") < Money.of("2", "EUR") <= Money.of("2.00", "EUR")


def test_money_never_rounds_by_itself() -> None:
    with pytest.raises(Invalid, match="MONEY_TOO_FINE"):
        Money.of("1.005", "EUR")
    assert Money.rounded(Decimal("1.005"), "EUR").text == "1.01"


def test_money_meets_no_float_and_no_other_currency() -> None:
    with pytest.raises(Invalid, match="NUMBER_IS_FLOAT"):
        Money(1.5, "EUR")  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="NUMBER_IS_FLOAT"):
        Money.rounded(1.5, "EUR")  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="CURRENCY_MIXED"):
        Money.of("1", "EUR") + Money.of("1", "USD")
    with pytest.raises(Invalid, match="MONEY_EXPECTED"):
        Money.of("1", "EUR") + 1  # type: ignore[operator]
