"""Splitting an amount so that the parts add up to it, to the cent.

Every split of the product is this one: header discount and charges over VAT groups, either of them over
lines, a freight over machines. Method: largest remainder (Hamilton). "The last line takes the rest" is not
used because it makes the last line wrong by up to a cent per line.

    >>> largest_remainder(-1000, [1, 1, 1])
    [-334, -333, -333]
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from services.kit.errors import Invalid
from services.kit.values import EXACT, from_minor, to_minor


def largest_remainder(amount: int, weights: Sequence[int]) -> list[int]:
    """Shares of `amount` (minor units, any sign) in proportion to `weights`, in their order, with exactly its
    sum.

    Each share is the exact quota cut towards zero, plus one unit for those that lost most; equal losses go to
    the larger weight, then to the earlier one. A zero weight gets nothing, and an amount of 0 needs no
    weight.

    Raises:
        Invalid: WEIGHT_NEGATIVE (with `position`), WEIGHT_MISSING when all weights are 0 and the amount is
        not.
    """
    if not amount:
        return [0] * len(weights)
    total = 0
    for position, weight in enumerate(weights):
        if weight < 0:
            raise Invalid("WEIGHT_NEGATIVE", params={"position": str(position)})
        total += weight
    if not total:
        raise Invalid("WEIGHT_MISSING")
    sign, units = (1, amount) if amount > 0 else (-1, -amount)
    shares, lost = [], []
    for weight in weights:
        share, rest = divmod(units * weight, total)
        shares.append(share)
        lost.append(rest)
    missing = units - sum(shares)
    if missing:
        order = sorted(range(len(weights)), key=lambda i: (-lost[i], -weights[i], i))
        for i in order[:missing]:
            shares[i] += 1
    return shares if sign > 0 else [-share for share in shares]


def allocate(amount: Decimal, weights: Sequence[Decimal], places: int = 2) -> tuple[Decimal, ...]:
    """`largest_remainder` for decimals: `amount` is rounded half up to `places`, weights may have any
    decimals.

    Raises:
        Invalid: those of `largest_remainder`.
    """
    shares = largest_remainder(to_minor(amount, places), whole_weights(weights))
    return tuple(from_minor(share, places) for share in shares)


def whole_weights(weights: Sequence[Decimal]) -> list[int]:
    """Integers in the same exact proportion as `weights`."""
    scale = max((-int(weight.as_tuple().exponent) for weight in weights), default=0)
    return [int(EXACT.scaleb(weight, max(scale, 0))) for weight in weights]
