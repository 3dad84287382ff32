"""VAT rates and natura codes, and the pair of both by which an offer's amounts are grouped.

Rate 0 always says why (its *natura*, the codes of the Italian electronic invoice, FatturaPA 1.2.2 and later),
any other rate never does. Rates are data with dates; this module knows those of Italy, a caller may pass any
other table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from services.kit.errors import Invalid
from services.kit.values import Number, canonical, parse_decimal

NATURA: Final = frozenset(
    (
        *("N1", "N2.1", "N2.2", "N3.1", "N3.2", "N3.3", "N3.4", "N3.5", "N3.6", "N4", "N5"),
        *("N6.1", "N6.2", "N6.3", "N6.4", "N6.5", "N6.6", "N6.7", "N6.8", "N6.9", "N7"),
    )
)
RETIRED_NATURA: Final = frozenset({"N2", "N3", "N6"})
"""Replaced by their dotted children since 1 January 2021 (Agenzia delle Entrate, provv. 99922/2020)."""

MAX_RATE: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class VatClass:
    """A VAT rate in percent and, for rate 0 only, its natura. Equal classes form one group of the offer."""

    rate: Decimal
    natura: str = ""

    @property
    def rate_text(self) -> str:
        """The rate as plain text: `"22"`, `"5.5"`."""
        return canonical(self.rate)

    @property
    def order(self) -> tuple[Decimal, str]:
        """Sort key of the printed order: falling rate, then natura."""
        return (-self.rate, self.natura)


EXCLUDED: Final = VatClass(Decimal(0), "N1")
"""Amounts outside the taxable base, such as expenses paid in the customer's name (art. 15 DPR 633/1972)."""


def vat_class(rate: Number, natura: str = "") -> VatClass:
    """The class of a rate and natura, checked against each other but not against a rate table.

    Raises:
        Invalid: those of `parse_decimal`, VAT_RATE_OUT_OF_RANGE (not in 0 to 100), NATURA_MISSING,
            NATURA_NOT_ALLOWED, NATURA_UNKNOWN, NATURA_RETIRED.
    """
    if not isinstance(natura, str):
        raise Invalid("NATURA_UNKNOWN", params={"value": type(natura).__name__})
    return _vat_class(rate, natura) if isinstance(rate, str) else _read_class(rate, natura)


def _read_class(rate: Number, natura: str) -> VatClass:
    percent = parse_decimal(rate, integer_digits=3, decimals=4)
    if not 0 <= percent <= MAX_RATE:
        raise Invalid("VAT_RATE_OUT_OF_RANGE", params={"value": canonical(percent)})
    if percent and natura:
        raise Invalid("NATURA_NOT_ALLOWED", params={"value": natura[:20], "rate": canonical(percent)})
    if not percent:
        _check_natura(natura)
    return VatClass(Decimal(canonical(percent)), natura)


_vat_class = lru_cache(maxsize=1024)(_read_class)


def _check_natura(natura: str) -> None:
    if not natura:
        raise Invalid("NATURA_MISSING")
    if natura in RETIRED_NATURA:
        raise Invalid("NATURA_RETIRED", params={"value": natura})
    if natura not in NATURA:
        raise Invalid("NATURA_UNKNOWN", params={"value": natura[:20]})


@dataclass(frozen=True, slots=True)
class RatePeriod:
    """A rate in force from a day to a day, both included; `until` None: still in force."""

    rate: Decimal
    since: date
    until: date | None = None


ITALY: Final = (
    RatePeriod(Decimal(22), date(2013, 10, 1)),
    RatePeriod(Decimal(21), date(2011, 9, 17), date(2013, 9, 30)),
    RatePeriod(Decimal(20), date(1997, 10, 1), date(2011, 9, 16)),
    RatePeriod(Decimal(10), date(1995, 2, 24)),
    RatePeriod(Decimal(5), date(2016, 1, 1)),
    RatePeriod(Decimal(4), date(1989, 1, 1)),
    RatePeriod(Decimal(0), date(1973, 1, 1)),
)


def rates_in_force(on: date, table: Sequence[RatePeriod] = ITALY) -> frozenset[Decimal]:
    """The rates that a document of that day may use."""
    return frozenset(
        period.rate for period in table if period.since <= on and (period.until is None or on <= period.until)
    )


def check_in_force(vat: VatClass, on: date, table: Sequence[RatePeriod] = ITALY) -> None:
    """Refuse a rate that the table does not have on that day.

    Raises:
        Invalid: VAT_RATE_NOT_IN_FORCE.
    """
    if vat.rate not in rates_in_force(on, table):
        raise Invalid("VAT_RATE_NOT_IN_FORCE", params={"value": vat.rate_text, "date": on.isoformat()})
