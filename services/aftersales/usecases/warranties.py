"""Warranties of machines: given at delivery, dated by the machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

from services.aftersales.domain.warranty import Promise, Term, period
from services.aftersales.usecases.times import day
from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import Values
from services.kit.errors import Invalid, Violation

PRODUCT, WARRANTY, POLICY = (
    "aftersales.installed_product",
    "aftersales.warranty",
    "aftersales.warranty_policy",
)
_BASES = {
    "delivery": "delivered_on",
    "commissioning": "commissioned_on",
    "invoice": "invoiced_on",
    "resale": "resold_on",
}
_TAKEN_OVER = (
    "name", "terms", "usage_limit", "usage_unit", "notice_days",
    "covers_parts", "covers_labour", "covers_travel", "conditions",
)  # fmt: skip


def prepare_terms(uow: UnitOfWork, row: Row) -> None:
    """A date where the basis is fixed, and nowhere else. Serves warranties and their policies.

    Raises:
        Invalid: INVALID_FIELDS with FIXED_DATE_REQUIRED.
    """
    wrong = [
        Violation(f"terms[{number}].fixed_on", "FIXED_DATE_REQUIRED")
        for number, term in enumerate(row.values["terms"])
        if (term["basis"] == "fixed") != bool(term["fixed_on"])
    ]
    if wrong:
        raise Invalid("INVALID_FIELDS", violations=wrong)


def promise_of(warranty: Values) -> Promise:
    """What a warranty's record promises."""
    return Promise(
        id=warranty["id"],
        terms=tuple(Term(term["basis"], term["months"], day(term["fixed_on"])) for term in warranty["terms"]),
        extension_months=sum(extension["months"] for extension in warranty["extensions"]),
        usage_limit=Decimal(warranty["usage_limit"]) if warranty["usage_limit"] else None,
        notice_days=warranty["notice_days"],
    )


def dates_of(product: Values) -> Mapping[str, date | None]:
    """The machine's dates by the basis that they are for a warranty."""
    return {basis: day(product[field]) for basis, field in _BASES.items()}


def refresh(uow: UnitOfWork, product: Row) -> None:
    """Write the first and last day of each warranty, as the machine's dates make them."""
    for warranty in uow.children(WARRANTY, product.id):
        covered = period(promise_of(warranty.values), dates_of(product.values))
        warranty.values["starts_on"] = covered.first.isoformat() if covered.first else ""
        warranty.values["ends_on"] = covered.last.isoformat() if covered.last else ""


def policies(uow: UnitOfWork) -> list[Row]:
    """The policies by which warranties are given."""
    return uow.find(POLICY, uow.tables[POLICY].c.inactive.is_(False))


def give(uow: UnitOfWork, product: Row, offered: Sequence[Row]) -> None:
    """Give a delivered machine the warranty of the most exact policy; none if none fits."""
    policy = _policy_for(product.values, offered)
    if policy is None:
        return
    uow.create(
        WARRANTY,
        {name: policy.values[name] for name in _TAKEN_OVER}
        | {
            "id": str(uuid5(UUID(product.id), "warranty")),
            "installed_product_id": product.id,
            "policy_id": policy.id,
        },
    )
    refresh(uow, product)


def _policy_for(product: Values, offered: Sequence[Row]) -> Row | None:
    fitting = [
        row
        for row in offered
        if row.values["article_code"] in ("", product["article_code"])
        and row.values["for_product_line"] in ("", product["product_line"])
    ]
    if not fitting:
        return None
    return min(
        fitting,
        key=lambda row: (
            not row.values["article_code"],
            not row.values["for_product_line"],
            row.values["created_at"],
            row.id,
        ),
    )
