from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.values import to_minor
from services.offers.domain.discounts import parse_cascade
from services.offers.domain.least_change import least_moves
from services.offers.domain.steering import can_reach_every_cent, price_for_minor, unit_price_for


@given(
    minor=st.integers(0, 10**9),
    quantity=st.decimals(Decimal("0.001"), 10**6, places=3),
    cascade=st.sampled_from(["", "10", "33,42", "50+10+5", "-7"]),
    places=st.sampled_from([0, 2, 3]),
)
def test_every_amount_has_a_price_that_gives_it(
    minor: int, quantity: Decimal, cascade: str, places: int
) -> None:
    factor = parse_cascade(cascade).factor
    price = price_for_minor(minor, quantity, factor, places)
    if not can_reach_every_cent(quantity, factor, places):
        return
    assert price is not None
    assert to_minor(price * quantity * factor, places) == minor
    assert -int(price.as_tuple().exponent) <= 8


@pytest.mark.parametrize(
    ("amount", "quantity", "price"),
    [("100.00", "1", "100.00"), ("100.00", "3", "33.333"), ("99.99", "3", "33.33"), ("0.01", "3", "0.003")],
)
def test_the_shortest_price_is_printed(amount: str, quantity: str, price: str) -> None:
    found = unit_price_for(Decimal(amount), Decimal(quantity), places=2)
    assert found == Decimal(price)


def test_without_quantity_or_beyond_eight_decimals_the_nearest_price_is_printed() -> None:
    assert unit_price_for(Decimal("5.00"), Decimal(0), places=2) == 0
    assert unit_price_for(Decimal("0.01"), Decimal(10**9), places=2) == 0
    assert price_for_minor(1, Decimal(10**9), Decimal(1), 2) is None
    assert price_for_minor(1, Decimal(1), Decimal(0), 2) is None


AMOUNTS = st.lists(st.integers(1, 60), min_size=1, max_size=4)


def measure(moves: tuple[int, ...] | list[int], amounts: list[int]) -> Fraction:
    return sum(
        (Fraction(move * move, amount) for move, amount in zip(moves, amounts, strict=True)), Fraction(0)
    )


@given(AMOUNTS, st.integers(-40, 40), st.data())
def test_no_exchange_of_a_cent_makes_moves_smaller(
    amounts: list[int], change: int, data: st.DataObject
) -> None:
    low = [-data.draw(st.integers(0, amount)) for amount in amounts]
    high = [data.draw(st.integers(0, 30)) for _ in amounts]
    found = least_moves(change, amounts, low, high)
    if found is None:
        assert not sum(low) <= change <= sum(high)
        return
    moves = list(found.changes)
    assert sum(moves) == change
    assert all(a <= move <= b for a, move, b in zip(low, moves, high, strict=True))
    best = measure(moves, amounts)
    for i in range(len(moves)):
        for j in range(len(moves)):
            if i != j and moves[i] < high[i] and moves[j] > low[j]:
                other = list(moves)
                other[i] += 1
                other[j] -= 1
                assert measure(other, amounts) >= best
    assert abs(Fraction(found.measure, 1 << 128) - best) < Fraction(1, 1 << 100)


def test_moves_over_thousands_of_lines_and_millions_of_cents_are_found_at_once() -> None:
    amounts = [1000 + i * 37 % 5000 for i in range(3000)]
    found = least_moves(-3_333_333, amounts, [-a // 2 for a in amounts], [0] * len(amounts))
    assert found is not None
    assert sum(found.changes) == -3_333_333
