"""What a delivered line becomes, and what each of its units was sold for."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aftersales.domain.delivered import MOST_SERIALS, quantity_of, serials_of, unit_amount
from services.kit.errors import Invalid


def test_units_of_a_line_add_up_to_its_amount() -> None:
    shares = [unit_amount(Decimal("100.00"), Decimal(3), n, 2) for n in range(3)]
    assert [str(share) for share in shares] == ["33.33", "33.34", "33.33"]


@given(
    st.decimals("-1000000", "1000000", places=2),
    st.integers(1, 200),
    st.sampled_from([0, 2, 3]),
)
def test_units_always_add_up(amount: Decimal, quantity: int, places: int) -> None:
    amount = amount.quantize(Decimal(1).scaleb(-places))
    shares = [unit_amount(amount, Decimal(quantity), n, places) for n in range(quantity)]
    assert sum(shares) == amount
    assert max(shares) - min(shares) <= Decimal(1).scaleb(-places)


def test_more_serial_numbers_than_pieces_share_what_there_is() -> None:
    shares = [unit_amount(Decimal("10.00"), Decimal(1), n, 2) for n in range(2)]
    assert [str(share) for share in shares] == ["10.00", "0.00"]


def test_blank_and_repeated_serial_numbers_are_none() -> None:
    assert serials_of([" A1 ", "", "A1", "A2", "  "], field="f") == ("A1", "A2")


@pytest.mark.parametrize("numbers", [["x" * 101], [str(n) for n in range(MOST_SERIALS + 1)]])
def test_serial_numbers_without_measure_are_refused(numbers: list[str]) -> None:
    with pytest.raises(Invalid, match="INVALID_EVENT"):
        serials_of(numbers, field="f")


@pytest.mark.parametrize("text", ["-1", "one", "1e3", "NaN", "1" * 30])
def test_a_quantity_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="INVALID_EVENT"):
        quantity_of(text, field="f")


def test_no_quantity_is_nothing() -> None:
    assert quantity_of("", field="f") == 0
