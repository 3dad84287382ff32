"""What a revision's snapshots hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.kit.database import Row
from services.kit.entities.canonical import Values

_REVISION = (
    "id", "offer_id", "ordinal", "alternative", "currency", "language", "valid_until", "payment_terms",
    "delivery_terms", "introduction", "header_discounts", "lines_net", "header_discount", "taxable",
    "vat_groups",
    "total",
)  # fmt: skip
_LINE = (
    "id", "position", "article_id", "code", "description", "quantity", "unit", "unit_price", "discounts",
    "vat_rate", "natura", "amount",
)  # fmt: skip
_CHARGE = ("id", "position", "description", "amount", "mode")


def public_content(
    revision: Values, offer: Values, lines: Sequence[Row], charges: Sequence[Row]
) -> dict[str, Any]:
    """Return what the customer sees and what is hashed. The number stays outside, the ids inside.

    Personal data stays outside too: the party enters by its id.
    """
    return {
        "revision": _texts(revision, _REVISION),
        "offer": {"id": offer["id"], "party_id": offer["party_id"]},
        "lines": [_texts(row.values, _LINE) for row in in_order(lines)],
        "charges": [_texts(row.values, _CHARGE) for row in in_order(charges)],
    }


def internal_content(revision: Values, lines: Sequence[Row]) -> dict[str, Any]:
    """Return cost and margin at the moment of freezing."""
    return {
        "revision_id": revision["id"],
        "cost_total": revision["cost_total"],
        "margin_percent": revision["margin_percent"],
        "lines": [{"id": row.id, "unit_cost": row.values["unit_cost"]} for row in in_order(lines)],
    }


def in_order(rows: Sequence[Row]) -> list[Row]:
    """Return lines or charges in the order of the document."""
    return sorted(rows, key=lambda row: (row.values["position"], row.id))


def _texts(values: Values, names: Sequence[str]) -> dict[str, Any]:
    """Snapshots hold texts only: a number's text is the same on every machine."""
    return {name: str(values[name]) if isinstance(values[name], int) else values[name] for name in names}
