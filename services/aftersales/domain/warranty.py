"""Warranties: from when to when, and whether one pays for a fault.

Source: domain.md, part 3. A warranty counts from a date of the machine, never from today; of several terms
("12 months from commissioning, at most 18 from delivery") the one that ends first holds; months are calendar
months counted from the start, extensions included; the end day is covered; a fault is judged at its date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from services.aftersales.domain.months import add_months


class Outcome(StrEnum):
    """Does the warranty pay?"""

    COVERED = "covered"
    NOT_COVERED = "not_covered"
    UNDECIDED = "undecided"


class Why(StrEnum):
    """The reason of an outcome."""

    WITHIN_TERM = "within_term"
    NO_PRODUCT = "no_product"
    NO_WARRANTY = "no_warranty"
    BEFORE_START = "before_start"
    EXPIRED = "expired"
    USAGE_EXCEEDED = "usage_exceeded"
    USAGE_UNKNOWN = "usage_unknown"
    START_UNKNOWN = "start_unknown"
    NOTICE_LATE = "notice_late"
    CAUSE_EXCLUDED = "cause_excluded"


@dataclass(frozen=True, slots=True)
class Term:
    """So many months from one of the machine's dates; `fixed_on` for the basis `fixed` only."""

    basis: str
    months: int
    fixed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """A warranty: its terms, the months by which it was extended, and its limits.

    `usage_limit` is a reading of the machine's counter, in the warranty's own unit; `notice_days` counts from
    the discovery of the fault, 0 means no such rule.
    """

    id: str
    terms: Sequence[Term]
    extension_months: int = 0
    usage_limit: Decimal | None = None
    notice_days: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day of cover; None where it is not known (yet)."""

    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Fault:
    """What a decision needs to know: day of discovery, day of notice, the counter, an excluded cause."""

    on: date
    notified_on: date
    usage: Decimal | None = None
    cause_excluded: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome, its reason and the warranty that decided ("" if none)."""

    outcome: Outcome
    why: Why
    warranty_id: str = ""


def period(promise: Promise, dates: Mapping[str, date | None]) -> Period:
    """The days that a warranty covers, as far as the machine's `dates` (by basis) tell.

    Terms whose date is not known yet say nothing: with only the delivery known, "12 from commissioning, at
    most 18 from delivery" ends 18 months after delivery.
    """
    starts, ends = [], []
    for term in promise.terms:
        start = term.fixed_on if term.basis == "fixed" else dates.get(term.basis)
        if start is not None:
            starts.append(start)
            # A term beyond the last year of the calendar ends with the calendar.
            ends.append(add_months(start, term.months + promise.extension_months) or date.max)
    return Period(min(starts), min(ends)) if starts else Period(None, None)


def judge(promise: Promise, dates: Mapping[str, date | None], fault: Fault) -> Decision:
    """Whether this warranty pays for this fault, judged at the date of the fault."""
    covered = period(promise, dates)

    def decided(outcome: Outcome, why: Why) -> Decision:
        return Decision(outcome, why, promise.id)

    if covered.first is None or covered.last is None:
        return decided(Outcome.UNDECIDED, Why.START_UNKNOWN)
    if fault.on < covered.first:
        return decided(Outcome.NOT_COVERED, Why.BEFORE_START)
    if fault.on > covered.last:
        return decided(Outcome.NOT_COVERED, Why.EXPIRED)
    if fault.cause_excluded:
        return decided(Outcome.NOT_COVERED, Why.CAUSE_EXCLUDED)
    if promise.notice_days and fault.notified_on - fault.on > timedelta(days=promise.notice_days):
        return decided(Outcome.NOT_COVERED, Why.NOTICE_LATE)
    if promise.usage_limit is not None:
        if fault.usage is None:
            return decided(Outcome.UNDECIDED, Why.USAGE_UNKNOWN)
        if fault.usage > promise.usage_limit:
            return decided(Outcome.NOT_COVERED, Why.USAGE_EXCEEDED)
    return decided(Outcome.COVERED, Why.WITHIN_TERM)


_BEST_FIRST = (Outcome.COVERED, Outcome.UNDECIDED, Outcome.NOT_COVERED)


def decide(promises: Sequence[Promise], dates: Mapping[str, date | None], fault: Fault) -> Decision:
    """Whether any warranty of a machine pays: one that covers, else one that may, else the last to end."""
    if not promises:
        return Decision(Outcome.NOT_COVERED, Why.NO_WARRANTY)

    def rank(promise: Promise) -> tuple[int, int, str]:
        last = period(promise, dates).last
        outcome = judge(promise, dates, fault).outcome
        return _BEST_FIRST.index(outcome), -(last.toordinal() if last else 0), promise.id

    return judge(min(promises, key=rank), dates, fault)
