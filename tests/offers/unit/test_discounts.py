from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.errors import Invalid
from services.offers.domain.discounts import parse_cascade
from tests.offers.unit import oracle


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("", "1"),
        ("   ", "1"),
        ("0", "1"),
        ("50+10+5", "0.4275"),
        ("33,42", "0.6658"),
        ("33.42", "0.6658"),
        ("40 + -5", "0.63"),
        ("50+-5", "0.525"),
        (" 10 + 5 ", "0.855"),
        ("100", "0"),
        ("-99.99", "1.9999"),
    ],
)
def test_a_cascade_leaves_the_product_of_its_steps(text: str, factor: str) -> None:
    cascade = parse_cascade(text)
    assert cascade.factor == Decimal(factor)
    assert cascade.text == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("10%", "DISCOUNT_MALFORMED"),
        ("50++5", "DISCOUNT_MALFORMED"),
        ("+5", "DISCOUNT_MALFORMED"),
        ("5+", "DISCOUNT_MALFORMED"),
        ("1 0", "DISCOUNT_MALFORMED"),
        ("1.2.3", "DISCOUNT_MALFORMED"),
        ("5.", "DISCOUNT_MALFORMED"),
        ("1e1", "DISCOUNT_MALFORMED"),
        ("--5", "DISCOUNT_MALFORMED"),
        ("٥", "DISCOUNT_MALFORMED"),
        ("5\n", "DISCOUNT_MALFORMED"),
        ("100.01", "DISCOUNT_OUT_OF_RANGE"),
        ("-100", "DISCOUNT_OUT_OF_RANGE"),
        ("1+" * 10 + "1", "DISCOUNT_TOO_MANY_STEPS"),
        ("1" + " " * 60, "DISCOUNT_TOO_LONG"),
    ],
)
def test_anything_else_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        parse_cascade(text)


def test_the_borders_of_length_and_steps_are_accepted() -> None:
    assert len(parse_cascade("+".join(["1"] * 10)).steps) == 10
    assert parse_cascade("1" + " " * 59).steps == (Decimal(1),)


def test_text_is_the_only_input() -> None:
    for wrong in (10, 1.5, None, b"5", ["5"]):
        with pytest.raises(Invalid, match="DISCOUNT_MALFORMED"):
            parse_cascade(wrong)  # type: ignore[arg-type]


@given(st.lists(st.decimals(Decimal("-99.99"), 100, places=2, allow_nan=False), min_size=1, max_size=8))
def test_the_factor_is_exact(steps: list[Decimal]) -> None:
    text = "+".join(format(step, "f") for step in steps)[:60].rstrip("+-.,")
    assert Fraction(parse_cascade(text).factor) == oracle.cascade(text)
