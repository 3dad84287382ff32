"""Figures of the service: how often, how fast, how well. Nothing here is invented where there is no data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from services.kit.values import ROUNDING, round_half_up

_K = TypeVar("_K", bound=Hashable)


def attainment(met: int, missed: int) -> Decimal | None:
    """Kept promises, in percent with one decimal: met / (met + missed); None without any."""
    if met + missed == 0:
        return None
    return round_half_up(ROUNDING.divide(Decimal(100 * met), Decimal(met + missed)), 1)


@dataclass(frozen=True, slots=True)
class MeanTime:
    """Days in use for each failure. `more_than`: there was no failure, so it is longer than `days`."""

    days: Decimal
    more_than: bool


def time_between_failures(days_in_use: int, failures: int) -> MeanTime | None:
    """Mean days in use between failures; without any failure "more than" the days seen, never infinity."""
    if days_in_use <= 0:
        return None
    if failures <= 0:
        return MeanTime(Decimal(days_in_use), more_than=True)
    return MeanTime(round_half_up(ROUNDING.divide(Decimal(days_in_use), Decimal(failures)), 1), False)


def age_class(days: int) -> str:
    """The age of a machine at a fault, in classes that warranties and reports speak of."""
    for limit, name in ((0, "before delivery"), (91, "0-3 months"), (366, "4-12 months"), (731, "2nd year")):
        if days < limit:
            return name
    return "3rd year and later"


def frequency(keys: Iterable[_K]) -> list[tuple[_K, int]]:
    """How often each key occurs, the most frequent first, then by key."""
    return sorted(Counter(keys).items(), key=lambda pair: (-pair[1], str(pair[0])))
