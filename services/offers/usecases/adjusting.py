"""Goal-seek on a draft: "make it 98,000.00"."""

from __future__ import annotations

from services.kit.database import Row, UnitOfWork
from services.kit.errors import Forbidden, Invalid, NotAllowedNow
from services.kit.records.rules import CommandCall
from services.kit.values import canonical, parse_decimal
from services.offers.domain.costing import Costs
from services.offers.domain.documents import revision_of
from services.offers.domain.goalseek import GoalAnswer, seek_figure, seek_margin
from services.offers.domain.revision import TOTAL, Revision
from services.offers.usecases.pricing import parts_of, price, unit_costs
from services.offers.usecases.revisions import guard_revision

#: The figure that is a percentage and needs the sight of costs.
MARGIN = "margin"


def adjust_revision(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Move the prices of the free lines so that a figure of the revision comes to an amount, exactly or, if
    `nearest` is asked for, as near as cents allow.

    Quantities, discounts, charges and locked lines stay; a line keeps its former price as its list price.

    Raises:
        NotAllowedNow: REVISION_NOT_DRAFT, OFFER_CLOSED; GOAL_NO_FREE_LINE, GOAL_BELOW_LEAST, GOAL_ABOVE_MOST,
            GOAL_BETWEEN_CENTS, …, with the nearest figure.
        Forbidden: FACET_NOT_GRANTED, a margin for somebody who does not see costs.
        Invalid: those of pricing; WORD_UNKNOWN, MONEY_TOO_FINE, GOAL_NEGATIVE, MARGIN_OUT_OF_RANGE,
            COST_MISSING.
    """
    guard_revision(uow, row)
    lines, charges = parts_of(uow, row)
    inputs = revision_of(row.values, [line.values for line in lines], [each.values for each in charges])
    answer = _answer(call, inputs, lines)
    if not answer.reached and not call.request["nearest"]:
        params = {"value": format(answer.wanted, "f"), "nearest": format(answer.figure, "f")}
        raise NotAllowedNow(answer.reason, params=params)
    for change in answer.changes:
        line, moved = lines[change.position].values, answer.revision.lines[change.position]
        line["unit_price"] = format(change.price_after, "f")
        line["list_price"] = canonical(parse_decimal(moved.list_price)) if moved.list_price != "" else ""
        step = change.step
        by = str(uow.actor.user_id or "")
        line["price_trail"] = [
            *line["price_trail"],
            {"code": step.code, "source": step.source, "figure": step.figure, "by": by},
        ]
    price(uow, row)


def _answer(call: CommandCall, inputs: Revision, lines: list[Row]) -> GoalAnswer:
    figure, amount = call.request["figure"] or TOTAL, call.request["amount"]
    if not amount:
        raise Invalid("NUMBER_MALFORMED", params={"field": "amount", "value": ""})
    if figure != MARGIN:
        return seek_figure(inputs, figure, amount)
    if "cost" not in call.facets:
        raise Forbidden("FACET_NOT_GRANTED")
    return seek_margin(inputs, amount, Costs(units=unit_costs(lines)))
