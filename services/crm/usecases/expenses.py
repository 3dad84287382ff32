"""Expenses of activities: amounts that fit their currency."""

from __future__ import annotations

from decimal import Decimal

from services.crm.domain import calendar
from services.kit.company_time import company_zone
from services.kit.database import Row, UnitOfWork
from services.kit.errors import Invalid, NotAllowedNow, Violation
from services.kit.values import Money


def prepare_expense(uow: UnitOfWork, row: Row) -> None:
    """Store the amount with its currency's decimals; by default in euro, on the day of the activity.

    Raises:
        Invalid: INVALID_FIELDS with NOT_POSITIVE, MONEY_TOO_FINE, CURRENCY_UNKNOWN, OUT_OF_RANGE.
        NotAllowedNow: EXPENSE_OF_SERIES, EXPENSE_OF_CANCELLED.
    """
    values = row.values
    activity = uow.require("crm.activity", values["activity_id"])
    if activity.values["recurrence"]:
        raise NotAllowedNow("EXPENSE_OF_SERIES")
    if activity.values["state"] == "cancelled":
        raise NotAllowedNow("EXPENSE_OF_CANCELLED")
    values["currency"] = values["currency"].strip().upper() or "EUR"
    violations = list(calendar.check_range(values, ("spent_on",)))
    if values["amount"] and Decimal(values["amount"]) <= 0:
        violations.append(Violation("amount", "NOT_POSITIVE", "more than nothing"))
    elif values["amount"]:
        try:
            values["amount"] = Money.of(values["amount"], values["currency"]).text
        except Invalid as error:
            field = "currency" if error.reason == "CURRENCY_UNKNOWN" else "amount"
            violations.append(Violation(field, error.reason, error.detail))
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    if not values["spent_on"]:
        zone = calendar.zone_of_record(activity.values, company_zone())
        when = calendar.single(activity.values, company_zone())
        values["spent_on"] = (when.begins if when else uow.made_at).astimezone(zone).date().isoformat()
