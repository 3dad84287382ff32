"""How long things take: durations as figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.kit.values import ROUNDING, round_half_up


@dataclass(frozen=True, slots=True)
class Spread:
    """Durations in seconds: how many, mean, median and the value that nine of ten do not exceed."""

    count: int
    mean_s: int | None
    median_s: int | None
    p90_s: int | None


def spread(durations_s: Iterable[int]) -> Spread:
    """Return the spread of durations; nearest rank, so every figure is one that happened (the mean is
    rounded).
    """
    ordered = sorted(durations_s)
    if not ordered:
        return Spread(0, None, None, None)
    mean = ROUNDING.divide(Decimal(sum(ordered)), Decimal(len(ordered)))
    return Spread(
        len(ordered), int(round_half_up(mean, 0)), _nearest_rank(ordered, 50), _nearest_rank(ordered, 90)
    )


def _nearest_rank(ordered: Sequence[int], percent: int) -> int:
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(rank, 1) - 1]
