"""Warranties: their days, and whether they pay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aftersales.domain.months import add_months
from services.aftersales.domain.warranty import Fault, Outcome, Promise, Term, Why, decide, judge, period
from tests.aftersales.unit.calendars import VECTORS

D = date.fromisoformat
NOTHING: Mapping[str, date | None] = {}
DELIVERED = {"delivery": D("2025-01-15")}
TWO_YEARS = Promise("w", (Term("delivery", 24),))


def on(day: str, **more: Any) -> Fault:
    return Fault(D(day), more.pop("notified_on", D(day)), **more)


@pytest.mark.parametrize("case", VECTORS["warranty"])
def test_the_vectors_are_met(case: dict[str, Any]) -> None:
    first, *extensions = case["months"]
    promise = Promise("w", (Term("delivery", first),), extension_months=sum(extensions))
    assert period(promise, {"delivery": D(case["start"])}).last == D(case["last_day"])


def test_extensions_are_counted_from_the_start_and_not_from_a_shortened_end() -> None:
    clamped = add_months(add_months(D("2024-08-31"), 6) or date.min, 6)
    assert clamped == D("2025-08-28")
    promise = Promise("w", (Term("delivery", 6),), extension_months=6)
    assert period(promise, {"delivery": D("2024-08-31")}).last == D("2025-08-31")


def test_of_several_terms_the_one_that_ends_first_holds() -> None:
    promise = Promise("w", (Term("commissioning", 12), Term("delivery", 18)))
    delivered = {"delivery": D("2025-01-10")}
    assert period(promise, delivered).last == D("2026-07-10")
    soon = delivered | {"commissioning": D("2025-02-01")}
    assert period(promise, soon).last == D("2026-02-01")
    late = delivered | {"commissioning": D("2025-12-01")}
    assert period(promise, late).last == D("2026-07-10")


def test_a_fixed_start_needs_no_date_of_the_machine() -> None:
    promise = Promise("w", (Term("fixed", 12, D("2025-05-05")),))
    assert period(promise, NOTHING).last == D("2026-05-05")


@pytest.mark.parametrize(
    ("promise", "dates", "fault", "outcome", "why"),
    [
        (TWO_YEARS, DELIVERED, on("2027-01-15"), Outcome.COVERED, Why.WITHIN_TERM),
        (TWO_YEARS, DELIVERED, on("2027-01-16"), Outcome.NOT_COVERED, Why.EXPIRED),
        (TWO_YEARS, DELIVERED, on("2025-01-15"), Outcome.COVERED, Why.WITHIN_TERM),
        (TWO_YEARS, DELIVERED, on("2025-01-14"), Outcome.NOT_COVERED, Why.BEFORE_START),
        (TWO_YEARS, NOTHING, on("2025-06-01"), Outcome.UNDECIDED, Why.START_UNKNOWN),
        (TWO_YEARS, {"delivery": None}, on("2025-06-01"), Outcome.UNDECIDED, Why.START_UNKNOWN),
        (
            TWO_YEARS,
            DELIVERED,
            on("2025-06-01", cause_excluded=True),
            Outcome.NOT_COVERED,
            Why.CAUSE_EXCLUDED,
        ),
    ],
)
def test_a_fault_is_judged_at_its_date(
    promise: Promise, dates: dict[str, date | None], fault: Fault, outcome: Outcome, why: Why
) -> None:
    decision = judge(promise, dates, fault)
    assert (decision.outcome, decision.why, decision.warranty_id) == (outcome, why, "w")


@pytest.mark.parametrize(
    ("usage", "outcome", "why"),
    [
        (None, Outcome.UNDECIDED, Why.USAGE_UNKNOWN),
        ("2000", Outcome.COVERED, Why.WITHIN_TERM),
        ("2000.5", Outcome.NOT_COVERED, Why.USAGE_EXCEEDED),
    ],
)
def test_a_limit_of_use_asks_for_the_reading(usage: str | None, outcome: Outcome, why: Why) -> None:
    promise = Promise("w", (Term("delivery", 24),), usage_limit=Decimal(2000))
    decision = judge(promise, DELIVERED, on("2025-06-01", usage=Decimal(usage) if usage else None))
    assert (decision.outcome, decision.why) == (outcome, why)


def test_a_notice_that_comes_late_loses_the_cover_and_the_last_day_still_counts() -> None:
    promise = Promise("w", (Term("delivery", 24),), notice_days=8)
    in_time = judge(promise, DELIVERED, on("2025-06-01", notified_on=D("2025-06-09")))
    late = judge(promise, DELIVERED, on("2025-06-01", notified_on=D("2025-06-10")))
    assert (in_time.why, late.why) == (Why.WITHIN_TERM, Why.NOTICE_LATE)


def test_of_several_warranties_one_that_pays_is_enough() -> None:
    expired = Promise("a", (Term("delivery", 1),))
    unknown = Promise("b", (Term("commissioning", 24),))
    fault = on("2025-06-01")
    assert decide([expired, unknown, TWO_YEARS], DELIVERED, fault).warranty_id == "w"
    assert decide([expired, unknown], DELIVERED, fault).why is Why.START_UNKNOWN
    older = Promise("c", (Term("delivery", 2),))
    assert decide([expired, older], DELIVERED, fault).warranty_id == "c"
    assert decide([], DELIVERED, fault).why is Why.NO_WARRANTY


_days = st.dates(date(1950, 1, 1), date(2999, 12, 31))


@given(_days, st.integers(0, 600))
def test_months_later_is_the_same_day_of_the_month_or_its_last(start: date, months: int) -> None:
    later = add_months(start, months)
    assert later is not None
    assert (later.year * 12 + later.month) - (start.year * 12 + start.month) == months
    if later.day != start.day:
        assert later.day < start.day
        assert (later + timedelta(days=1)).day == 1


@given(_days, _days, st.integers(0, 600))
def test_who_starts_later_never_ends_earlier(one: date, other: date, months: int) -> None:
    first, second = sorted((one, other))
    assert (add_months(first, months) or date.max) <= (add_months(second, months) or date.max)


@given(
    st.lists(st.tuples(st.sampled_from(["delivery", "commissioning"]), st.integers(1, 60)), min_size=1),
    st.integers(0, 24),
    _days,
)
def test_another_term_never_lengthens_and_an_extension_never_shortens(
    terms: list[tuple[str, int]], extension: int, delivered: date
) -> None:
    dates = {"delivery": delivered, "commissioning": delivered + timedelta(days=30)}
    built = tuple(Term(basis, months) for basis, months in terms)
    one = period(Promise("w", built[:1]), dates).last
    all_of_them = period(Promise("w", built), dates).last
    extended = period(Promise("w", built, extension_months=extension), dates).last
    assert one is not None and all_of_them is not None and extended is not None
    assert all_of_them <= one
    assert extended >= all_of_them


def test_beyond_the_calendar_a_warranty_ends_with_it() -> None:
    assert add_months(D("9999-06-01"), 12) is None
    assert period(Promise("w", (Term("delivery", 12),)), {"delivery": D("9999-06-01")}).last == date.max
