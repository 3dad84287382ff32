"""Figures of the service say what happened, and say so where nothing did."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aftersales.domain.figures import (
    age_class,
    attainment,
    frequency,
    time_between_failures,
)
from services.aftersales.domain.holidays import easter, national_holidays
from services.kit.durations import spread


def test_median_and_p90_stand_beside_the_mean() -> None:
    found = spread([60, 60, 60, 60, 60, 60, 60, 60, 60, 6000])
    assert (found.count, found.mean_s, found.median_s, found.p90_s) == (10, 654, 60, 60)


def test_without_cases_there_are_no_figures() -> None:
    assert (spread([]).count, spread([]).mean_s) == (0, None)
    assert attainment(0, 0) is None
    assert time_between_failures(0, 0) is None


@given(st.lists(st.integers(0, 10**8), min_size=1))
def test_nine_of_ten_do_not_exceed_p90_and_it_happened(durations: list[int]) -> None:
    found = spread(durations)
    assert found.p90_s in durations and found.median_s in durations
    assert found.p90_s is not None and found.median_s is not None
    assert 10 * sum(1 for each in durations if each <= found.p90_s) >= 9 * len(durations)
    assert 2 * sum(1 for each in durations if each <= found.median_s) >= len(durations)


def test_attainment_is_met_of_met_and_missed() -> None:
    assert attainment(2, 1) == Decimal("66.7")


def test_no_failure_is_more_than_the_days_seen_and_never_infinity() -> None:
    found = time_between_failures(400, 0)
    assert found is not None and (found.days, found.more_than) == (Decimal(400), True)
    some = time_between_failures(400, 3)
    assert some is not None and (some.days, some.more_than) == (Decimal("133.3"), False)


@pytest.mark.parametrize(
    ("days", "name"),
    [
        (-1, "before delivery"),
        (0, "0-3 months"),
        (90, "0-3 months"),
        (91, "4-12 months"),
        (365, "4-12 months"),
        (366, "2nd year"),
        (731, "3rd year and later"),
    ],
)
def test_ages_fall_into_classes(days: int, name: str) -> None:
    assert age_class(days) == name


def test_the_most_frequent_comes_first_then_the_name() -> None:
    assert frequency(["b", "a", "b", "c"]) == [("b", 2), ("a", 1), ("c", 1)]


@pytest.mark.parametrize(
    ("year", "day"), [(2024, "2024-03-31"), (2025, "2025-04-20"), (2026, "2026-04-05"), (2038, "2038-04-25")]
)
def test_easter_falls_where_the_church_says(year: int, day: str) -> None:
    assert easter(year) == date.fromisoformat(day)


def test_italy_has_eleven_holidays_and_saint_francis_from_2026() -> None:
    before, now = (dict(national_holidays(year)) for year in (2025, 2026))
    assert date(2026, 4, 6) in now and date(2025, 4, 21) in before
    assert (len(before), len(now)) == (11, 12)
    assert now[date(2026, 10, 4)] == "San Francesco"
