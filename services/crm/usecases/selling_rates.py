"""Rates of selling: what is checked when an administrator writes one."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from services.kit.database import Row, UnitOfWork
from services.kit.errors import Invalid, Violation
from services.kit.values import minor_units

_CURRENCY: Final = "EUR"


def prepare_selling_rate(uow: UnitOfWork, row: Row) -> None:
    """Check the currency and that nothing is negative; a rate may have more decimals than its currency.

    Raises:
        Invalid: INVALID_FIELDS with CURRENCY_UNKNOWN or AMOUNT_NEGATIVE.
    """
    rate = row.values
    rate["currency"] = rate["currency"].strip().upper() or _CURRENCY
    violations = [
        Violation(name, "AMOUNT_NEGATIVE", "0 or more is expected")
        for name in ("hourly_rate", "kilometre_rate")
        if rate[name] and Decimal(rate[name]) < 0
    ]
    try:
        minor_units(rate["currency"])
    except Invalid:
        violations.append(Violation("currency", "CURRENCY_UNKNOWN", "an ISO 4217 code is expected"))
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
