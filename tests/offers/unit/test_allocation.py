from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.errors import Invalid
from services.offers.domain.allocation import allocate, largest_remainder
from tests.offers.unit import oracle
from tests.offers.unit.builders import vectors

AMOUNTS = st.integers(-(10**12), 10**12)
WEIGHTS = st.lists(st.integers(0, 10**10), min_size=1, max_size=30).filter(any)


@pytest.mark.parametrize("case", vectors("spread.json"))
def test_every_case_of_the_vectors_has_its_shares(case: dict[str, Any]) -> None:
    shares = allocate(Decimal(case["amount"]), [Decimal(weight) for weight in case["weights"]])
    assert [str(share) for share in shares] == case["shares"]


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        ("123.22", "1 1 1", "41.08 41.07 41.07"),
        ("1500.00", "5000 3000 900", "842.70 505.62 151.68"),
        ("-10.00", "1 1 1", "-3.34 -3.33 -3.33"),
        ("0.05", "1 1 1 1 1 1 1", "0.01 0.01 0.01 0.01 0.01 0.00 0.00"),
        ("0.01", "1 2", "0.00 0.01"),
        ("10.00", "0 1 0", "0.00 10.00 0.00"),
        ("0.00", "0 0", "0.00 0.00"),
    ],
)
def test_the_examples_of_the_rules(amount: str, weights: str, shares: str) -> None:
    found = allocate(Decimal(amount), [Decimal(weight) for weight in weights.split()])
    assert found == tuple(Decimal(share) for share in shares.split())


@given(AMOUNTS, WEIGHTS)
def test_shares_add_up_and_stay_within_a_cent_of_their_quota(amount: int, weights: list[int]) -> None:
    shares = largest_remainder(amount, weights)
    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - Fraction(amount * weight, sum(weights))) < 1
        assert weight or not share


@given(AMOUNTS, WEIGHTS)
def test_shares_are_those_of_exact_fractions(amount: int, weights: list[int]) -> None:
    assert largest_remainder(amount, weights) == oracle.split(amount, [Fraction(w) for w in weights])


@given(AMOUNTS, WEIGHTS)
def test_a_negative_amount_mirrors_the_positive_one(amount: int, weights: list[int]) -> None:
    assert largest_remainder(-amount, weights) == [-share for share in largest_remainder(amount, weights)]


@given(AMOUNTS, WEIGHTS, st.integers(1, 1000))
def test_only_the_proportion_of_the_weights_matters(amount: int, weights: list[int], times: int) -> None:
    assert largest_remainder(amount, [weight * times for weight in weights]) == largest_remainder(
        amount, weights
    )


def test_an_amount_without_weight_is_refused() -> None:
    for weights in ([], [0, 0]):
        with pytest.raises(Invalid, match="WEIGHT_MISSING"):
            largest_remainder(1, weights)


def test_a_negative_weight_is_refused_with_its_position() -> None:
    with pytest.raises(Invalid) as caught:
        largest_remainder(1, [1, -1])
    assert (caught.value.reason, caught.value.params["position"]) == ("WEIGHT_NEGATIVE", "1")
