"""Charges folded into the lines that they serve, and taken out again."""

from __future__ import annotations

from services.kit.database import Row, UnitOfWork
from services.kit.errors import Forbidden
from services.kit.records.rules import CommandCall
from services.offers.domain.documents import spread_fields, unspread_fields
from services.offers.domain.spreading import COST, NET
from services.offers.usecases.pricing import parts_of, price, unit_costs
from services.offers.usecases.revisions import guard_part


def spread_charge(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Store a spread run with a charge; with the same lines it is the same run.

    Raises:
        NotAllowedNow: REVISION_NOT_DRAFT, OFFER_CLOSED.
        Forbidden: FACET_NOT_GRANTED, a spread by cost for somebody who does not see costs.
        Invalid: SPREAD_LINE_LOCKED, SPREAD_NO_WEIGHT, SPREAD_COST_MISSING, …, with the lines.
    """
    guard_part(uow, row)
    method = call.request["method"] if call.request["method"] != "unspecified" else NET
    if method == COST and "cost" not in call.facets:
        raise Forbidden("FACET_NOT_GRANTED")
    revision = uow.require("offers.revision", row.values["revision_id"])
    lines, charges = parts_of(uow, revision)
    fields = spread_fields(
        revision.values,
        [line.values for line in lines],
        [charge.values for charge in charges],
        row.id,
        method,
        weights=call.request["weights"],
        unit_costs=unit_costs(lines) if method == COST else None,
    )
    row.values.update(fields)
    price(uow, revision)


def unspread_charge(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Forget the run and show the charge: everything is as it was before.

    Raises:
        NotAllowedNow: REVISION_NOT_DRAFT, OFFER_CLOSED.
    """
    guard_part(uow, row)
    row.values.update(unspread_fields())
    price(uow, uow.require("offers.revision", row.values["revision_id"]))
