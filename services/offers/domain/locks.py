"""What stays when everything else moves: locked prices, locked margins, a locked figure of the offer.

A price lock keeps a line's price and discounts when lists change. A margin lock makes the price follow the
cost. A locked figure ("the total stays 98,000.00") is brought back by goal-seek over the lines that are still
free.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.kit.errors import Invalid
from services.kit.values import canonical, from_minor, to_minor
from services.offers.domain.costing import Costs, line_cost
from services.offers.domain.goalseek import GoalAnswer, repriced_line, seek_figure
from services.offers.domain.lines import MARGIN_LOCK, NO_LOCK, Line
from services.offers.domain.margins import price_from_margin
from services.offers.domain.priced import PricedLine
from services.offers.domain.prices import FoundPrice
from services.offers.domain.problems import Problems
from services.offers.domain.revision import Revision
from services.offers.domain.steering import price_for_minor


@dataclass(frozen=True, slots=True)
class Restored:
    """A revision with its locks back in force; `answer` is goal-seek's, if the offer has a locked figure."""

    revision: Revision
    answer: GoalAnswer | None = None


def with_found_prices(revision: Revision, found: Mapping[str, FoundPrice]) -> Revision:
    """The revision with prices and discounts from the lists, by line id; locked lines keep theirs."""
    return replace(revision, lines=tuple(_priced(line, found.get(line.id)) for line in revision.lines))


def _priced(line: Line, found: FoundPrice | None) -> Line:
    if found is None or line.lock != NO_LOCK:
        return line
    return replace(line, unit_price=canonical(found.unit_price), discounts=found.discounts, list_price="")


def restore_locks(revision: Revision, costs: Costs | None = None) -> Restored:
    """Bring locked margins, then the locked figure, back after a change.

    Without `costs` (a user who may not see them) lines with a locked margin keep their price; they are never
    free.

    Raises:
        Invalid: those of pricing and of `seek_figure`; COST_MISSING, MARGIN_OUT_OF_RANGE and
            GOAL_NO_SUCH_PRICE for lines with a locked margin, at `lines[i].margin`.
    """
    if costs is not None and any(line.lock == MARGIN_LOCK for line in revision.lines):
        revision = _follow_costs(revision, costs)
    if revision.locked is None:
        return Restored(revision)
    answer = seek_figure(revision, revision.locked.figure, revision.locked.amount)
    return Restored(answer.revision, answer)


def _follow_costs(revision: Revision, costs: Costs) -> Revision:
    problems = Problems()
    lines = list(revision.lines)
    for priced in revision.totals().lines:
        if priced.read.line.lock == MARGIN_LOCK and priced.read.vat is not None:
            position = priced.read.position
            try:
                lines[position] = _follow_cost(priced, costs)
            except Invalid as error:
                problems.add_error(f"lines[{position}].margin", error)
    problems.raise_if_any()
    return replace(revision, lines=tuple(lines))


def _follow_cost(line: PricedLine, costs: Costs) -> Line:
    cost = line_cost(line, costs)
    if cost is None:
        raise Invalid("COST_MISSING", params={"line": line.id})
    places = line.places
    target = to_minor(price_from_margin(from_minor(cost, places), line.read.line.margin), places)
    if target == line.read.amount_minor:
        return line.read.line
    price = price_for_minor(target, line.read.quantity, line.read.factor, places)
    if price is None:
        raise Invalid("GOAL_NO_SUCH_PRICE")
    return repriced_line(line.read.line, price)
