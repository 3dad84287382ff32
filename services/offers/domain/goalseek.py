"""Goal-seek: "make the total 98,000.00", "make the margin 23 %", "make this line 1,250.00 a piece".

The free lines' unit prices move; locked lines, quantities, discounts and charges stay. The answer is exact to
the cent and the least change, which is the most even one: the same percentage off every line, as nearly as
whole cents allow. A change is measured by how far it strays from its own common percentage k,

    sum of (change - k x amount)**2 / amount,

in minor units: first over the groups of lines that count alike (same VAT class, same charges; with their VAT
if the goal includes it), then by its size, then over the lines of each group. No change of a smaller measure
reaches the goal. (The plain sum of squared changes was tried and dropped: it prefers answers that win half a
cent of VAT rounding and pays for it with visibly different percentages.)

A line's discounts are kept, its former unit price stays as `list_price`, so list values and list margins do
not move. When no answer exists the reason says why, and the nearest figure that can be reached comes with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from services.kit.errors import Invalid
from services.kit.values import EXACT, Number, canonical, from_minor, minor_units, parse_decimal, to_minor
from services.offers.domain.costing import Costs, line_cost, total_cost
from services.offers.domain.goal_model import GoalModel, figure_of
from services.offers.domain.goal_search import Found, GoalSearch, unevenness
from services.offers.domain.lines import NO_LOCK, Line, ReadLine
from services.offers.domain.margins import price_from_margin, read_margin
from services.offers.domain.reading import ReadRevision, read_revision
from services.offers.domain.revision import FIGURES, NET, Revision
from services.offers.domain.steering import price_for_minor
from services.offers.domain.trail import Step

NO_FREE_LINE: Final = "GOAL_NO_FREE_LINE"
BELOW_LEAST: Final = "GOAL_BELOW_LEAST"
ABOVE_MOST: Final = "GOAL_ABOVE_MOST"
BETWEEN_CENTS: Final = "GOAL_BETWEEN_CENTS"
NOT_FOUND: Final = "GOAL_NOT_FOUND"
LOCKED: Final = "GOAL_LINE_LOCKED"
NO_SUCH_PRICE: Final = "GOAL_NO_SUCH_PRICE"


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A line whose unit price moved; amounts are the line's, before the header discount."""

    line_id: str
    position: int
    price_before: Decimal
    price_after: Decimal
    amount_before: Decimal
    amount_after: Decimal

    @property
    def step(self) -> Step:
        """The step that this change adds to the line's price trail."""
        return Step("GOAL", figure=canonical(self.price_after))


@dataclass(frozen=True, slots=True)
class GoalAnswer:
    """What goal-seek found.

    `figure` is what the goal's figure comes to in `revision`: `wanted` when `reached`, else the nearest that
    can be reached, and `reason` (of `reasons.py`) says why. `percent` is the common percentage of the change,
    `measure` how far groups and then lines stray from it, all to 6 decimals. `least`: it is proven that
    nothing smaller reaches the goal.
    """

    wanted: Decimal
    figure: Decimal
    reached: bool
    revision: Revision
    changes: tuple[PriceChange, ...]
    percent: Decimal
    measure: tuple[Decimal, Decimal]
    least: bool
    reason: str = ""


def seek_figure(
    revision: Revision, figure: str, amount: Number, *, floors: Mapping[str, Number] | None = None
) -> GoalAnswer:
    """Bring a figure of the offer to an amount of money by moving the free lines.

    `figure`: `total` (with VAT), `taxable`, `net` (after line and header discounts, before charges),
    `lines_net` or `payable`. `floors`: line id -> net unit price below which a line's amount must not fall.
    Free lines are counted, unlocked, worth something, and of quantities that can be steered to the cent (up
    to a million pieces).

    Raises:
        Invalid: those of pricing; WORD_UNKNOWN, MONEY_TOO_FINE, GOAL_NEGATIVE.
    """
    if figure not in FIGURES:
        params = {"field": "figure", "value": str(figure)[:40], "allowed": ", ".join(FIGURES)}
        raise Invalid("WORD_UNKNOWN", params=params)
    read = _read(revision)
    target = _target(amount, revision.currency)
    model = GoalModel(read, figure, floors or {})
    if not model.classes or model.figure_at((0,) * len(model.classes)) == target:
        return _unmoved(revision, read, figure, target, NO_FREE_LINE)
    beyond = _beyond(model, target)
    if beyond:
        side, reason = beyond
        return _answer(revision, model, target, side, reason=reason)
    return _judge(revision, model, target, GoalSearch(model, target).run())


def seek_margin(
    revision: Revision, percent: Number, costs: Costs, *, floors: Mapping[str, Number] | None = None
) -> GoalAnswer:
    """Bring the margin of the offer after discounts to `percent` by moving the free lines; needs the cost
    facet.

    The goal is the net value cost / (1 - margin), rounded to money: no other amount of cents has a margin
    nearer to the one asked for. `wanted` and `figure` are that net value.

    Raises:
        Invalid: as `seek_figure`; MARGIN_OUT_OF_RANGE, COST_MISSING.
    """
    cost = total_cost(revision.totals(), costs)
    places = minor_units(revision.currency)
    net = to_minor(price_from_margin(from_minor(cost, places), read_margin(percent)), places)
    return seek_figure(revision, NET, from_minor(net, places), floors=floors)


def seek_line_price(revision: Revision, line_id: str, each: Number) -> GoalAnswer:
    """Make one line worth `each` a piece after its discounts; `figure` and `wanted` are the line's amount.

    Raises:
        Invalid: those of pricing; GOAL_LINE_UNKNOWN, GOAL_NEGATIVE.
    """
    price = parse_decimal(each)
    if price < 0:
        raise Invalid("GOAL_NEGATIVE")
    read = _read(revision)
    line = _line(read, line_id)
    return _move_line(revision, read, line, EXACT.multiply(line.quantity, price))


def seek_line_margin(revision: Revision, line_id: str, percent: Number, costs: Costs) -> GoalAnswer:
    """Bring the margin of one line, before the header discount, to `percent`; needs the cost facet.

    Raises:
        Invalid: those of pricing; GOAL_LINE_UNKNOWN, MARGIN_OUT_OF_RANGE, COST_MISSING.
    """
    read = _read(revision)
    line = _line(read, line_id)
    priced = revision.totals().lines[line.position]
    cost = line_cost(priced, costs)
    if cost is None:
        raise Invalid("COST_MISSING", params={"field": f"lines[{line.position}].unit_cost", "line": line_id})
    return _move_line(revision, read, line, price_from_margin(from_minor(cost, read.places), percent))


def _read(revision: Revision) -> ReadRevision:
    return read_revision(
        revision.lines,
        revision.header_discounts,
        revision.charges,
        revision.currency,
        split_payment=revision.split_payment,
    )


def _target(amount: Number, currency: str) -> int:
    places = minor_units(currency)
    number = parse_decimal(amount, integer_digits=18)
    target = to_minor(number, places)
    if from_minor(target, places) != number:
        raise Invalid(
            "MONEY_TOO_FINE", params={"field": "amount", "value": str(number), "currency": currency}
        )
    if target < 0:
        raise Invalid("GOAL_NEGATIVE")
    return target


def _line(read: ReadRevision, line_id: str) -> ReadLine:
    for line in read.lines:
        if line_id and line.line.id == line_id and line.vat is not None:
            return line
    raise Invalid("GOAL_LINE_UNKNOWN", params={"value": str(line_id)[:80]})


def _beyond(model: GoalModel, target: int) -> tuple[tuple[int, ...], str] | None:
    """Whether the goal lies outside of what the free lines can do, with the end that comes nearest."""
    least = tuple(sum(item.low) for item in model.classes)
    most = tuple(sum(item.high) for item in model.classes)
    low, high = model.figure_at(least), model.figure_at(most)
    if low is not None and target < low:
        return least, BELOW_LEAST
    return (most, ABOVE_MOST) if high is not None and target > high else None


def _judge(revision: Revision, model: GoalModel, target: int, found: Found) -> GoalAnswer:
    if found.exact is not None:
        return _answer(revision, model, target, found.exact, least=found.least)
    reason = BETWEEN_CENTS if found.exhausted else NOT_FOUND
    if found.near is None:
        return _unmoved(revision, model.read, model.figure, target, reason)
    return _answer(revision, model, target, found.near, reason=reason, least=found.least)


def _unmoved(revision: Revision, read: ReadRevision, figure: str, target: int, reason: str) -> GoalAnswer:
    at = figure_of(revision.totals(), figure)
    return GoalAnswer(
        wanted=from_minor(target, read.places),
        figure=from_minor(at, read.places),
        reached=at == target,
        revision=revision,
        changes=(),
        percent=Decimal(0),
        measure=(Decimal(0), Decimal(0)),
        least=True,
        reason="" if at == target else reason,
    )


def _answer(
    revision: Revision,
    model: GoalModel,
    target: int,
    changes: tuple[int, ...],
    *,
    reason: str = "",
    least: bool = True,
) -> GoalAnswer:
    """The answer for a change of every class, judged by pricing the whole revision once more."""
    moved, prices = _reprice(revision, model.read, model.line_changes(changes))
    at = figure_of(moved.totals(), model.figure)
    return GoalAnswer(
        wanted=from_minor(target, model.read.places),
        figure=from_minor(at, model.read.places),
        reached=at == target,
        revision=moved,
        changes=prices,
        percent=_percent(model, changes),
        measure=_measure(model, changes),
        least=least,
        reason="" if at == target else reason or NOT_FOUND,
    )


def _measure(model: GoalModel, changes: tuple[int, ...]) -> tuple[Decimal, Decimal]:
    """How far the groups, and within them the lines, stray from their common percentage."""
    weights = [Fraction(found.weight) for found in model.classes]
    groups, _ = unevenness(changes, [found.total for found in model.classes], weights)
    return _six_decimals(groups), _six_decimals(model.unevenness_of_lines(changes))


def _percent(model: GoalModel, changes: tuple[int, ...]) -> Decimal:
    moved = amount = Fraction(0)
    for change, found in zip(changes, model.classes, strict=True):
        moved += Fraction(found.weight) * change
        amount += Fraction(found.weight) * found.total
    return _six_decimals(100 * moved / amount)


def _six_decimals(measure: Fraction) -> Decimal:
    return Decimal(round(measure * 10**6)).scaleb(-6)


def _reprice(
    revision: Revision, read: ReadRevision, changes: Mapping[int, int]
) -> tuple[Revision, tuple[PriceChange, ...]]:
    """The revision with the unit prices that move each line's amount as asked."""
    lines, moved = list(revision.lines), []
    for position in sorted(changes):
        line, change = read.lines[position], changes[position]
        price = price_for_minor(line.amount_minor + change, line.quantity, line.factor, read.places)
        if not change or price is None:
            continue
        lines[position] = repriced_line(line.line, price)
        moved.append(
            PriceChange(
                line_id=line.line.id,
                position=position,
                price_before=line.unit_price,
                price_after=price,
                amount_before=from_minor(line.amount_minor, read.places),
                amount_after=from_minor(line.amount_minor + change, read.places),
            )
        )
    return replace(revision, lines=tuple(lines)), tuple(moved)


def repriced_line(line: Line, price: Decimal) -> Line:
    """The line at another unit price; its former one stays as list price unless it has one already."""
    listed = line.unit_price if line.list_price == "" else line.list_price
    return replace(line, unit_price=format(price, "f"), list_price=listed)


def _move_line(revision: Revision, read: ReadRevision, line: ReadLine, amount: Decimal) -> GoalAnswer:
    target = to_minor(amount, read.places)
    wanted, before = from_minor(target, read.places), from_minor(line.amount_minor, read.places)
    price = price_for_minor(target, line.quantity, line.factor, read.places)
    reason = ""
    if target == line.amount_minor:
        price = None
    elif line.line.lock != NO_LOCK:
        price, reason = None, LOCKED
    elif price is None or price.adjusted() >= 12:
        price, reason = None, NO_SUCH_PRICE
    moved = revision
    changes: tuple[PriceChange, ...] = ()
    if price is not None:
        moved, changes = _reprice(revision, read, {line.position: target - line.amount_minor})
    return GoalAnswer(
        wanted=wanted,
        figure=before if reason else wanted,
        reached=not reason,
        revision=moved,
        changes=changes,
        percent=_line_percent(0 if reason else target - line.amount_minor, line.amount_minor),
        measure=(Decimal(0), Decimal(0)),
        least=True,
        reason=reason,
    )


def _line_percent(change: int, amount: int) -> Decimal:
    return _six_decimals(Fraction(100 * change, abs(amount))) if amount else Decimal(0)
