"""Margin of a line, a group and the offer, at five levels; exact, and undefined rather than wrong.

| level | value | cost |
|---|---|---|
| `list` | quantity x list price | cost |
| `net` | after line and header discounts | cost |
| `after_spread` | plus the charges spread into the line | plus what these charges cost |
| `after_commission` | the same | plus commission |
| `contribution` | plus the shown charges of the lines | plus their cost, and that of absorbed charges |

Margin = (value - cost) / value, markup = (value - cost) / cost: 80 sold at 100 is 20 % and 25 %. A value of 0
has no margin, and where a cost is missing nothing is said. Charges without a stated cost cost what they are
billed at, so amounts that are passed on are no product margin. Levels of lines add up to those of groups and
of the offer; the contribution of the offer has the taxable amount as its value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from services.kit.errors import Invalid
from services.kit.values import EXACT, ROUNDING, Number, from_minor, parse_decimal, round_half_up, to_minor
from services.offers.domain.allocation import largest_remainder
from services.offers.domain.charges import ABSORBED
from services.offers.domain.costing import Costs, charge_cost, line_commission, line_cost
from services.offers.domain.lines import SECTION
from services.offers.domain.priced import PricedCharge, PricedLine, RevisionTotals
from services.offers.domain.spreading import SpreadRun, current_runs

LIST, NET, AFTER_SPREAD, AFTER_COMMISSION, CONTRIBUTION = (
    "list",
    "net",
    "after_spread",
    "after_commission",
    "contribution",
)
LEVELS: Final = (LIST, NET, AFTER_SPREAD, AFTER_COMMISSION, CONTRIBUTION)


@dataclass(frozen=True, slots=True)
class Margin:
    """Value and cost of something, in money; `cost` None: unknown, and then so are the others."""

    value: Decimal
    cost: Decimal | None

    @property
    def amount(self) -> Decimal | None:
        """Value less cost."""
        return None if self.cost is None else EXACT.subtract(self.value, self.cost)

    @property
    def percent(self) -> Decimal | None:
        """Margin in percent of the value, 2 decimals; None for a value of 0."""
        return _percent(self.amount, self.value)

    @property
    def markup(self) -> Decimal | None:
        """Markup in percent of the cost, 2 decimals; None for a cost of 0."""
        return _percent(self.amount, self.cost)


def _percent(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    if part is None or not whole:
        return None
    return round_half_up(ROUNDING.divide(ROUNDING.multiply(part, Decimal(100)), whole), 2)


Levels = Mapping[str, Margin]


@dataclass(frozen=True, slots=True)
class Margins:
    """Margins at every level. `lines` by position, counted lines only; `groups` by name; `missing` are the
    ids of the counted lines without a cost."""

    lines: Mapping[int, Levels]
    groups: Mapping[str, Levels]
    offer: Levels
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sums:
    """Values and costs at each level, in minor units, in the order of `LEVELS`."""

    values: tuple[int, ...]
    costs: tuple[int, ...] | None

    def plus(self, other: _Sums) -> _Sums:
        costs = None
        if self.costs is not None and other.costs is not None:
            costs = tuple(a + b for a, b in zip(self.costs, other.costs, strict=True))
        return _Sums(tuple(a + b for a, b in zip(self.values, other.values, strict=True)), costs)

    def levels(self, places: int) -> Levels:
        known: Sequence[int | None] = self.costs if self.costs is not None else [None] * len(LEVELS)
        return {
            level: Margin(from_minor(value, places), None if cost is None else from_minor(cost, places))
            for level, value, cost in zip(LEVELS, self.values, known, strict=True)
        }


_NOTHING: Final = _Sums((0,) * len(LEVELS), (0,) * len(LEVELS))


def margins(
    totals: RevisionTotals,
    costs: Costs,
    *,
    runs: Sequence[SpreadRun] = (),
    group_of: Callable[[PricedLine], str] | None = None,
) -> Margins:
    """Margins of a priced revision for users who see cost; groups default to the sections of the offer.

    Raises:
        Invalid: COST_NEGATIVE and those of `parse_decimal`.
    """
    places = -int(totals.total.as_tuple().exponent)
    parts = _Parts(totals, costs, runs)
    groups = (
        _sections(totals)
        if group_of is None
        else {line.read.position: group_of(line) for line in totals.lines}
    )
    lines: dict[int, Levels] = {}
    grouped: dict[str, _Sums] = {}
    offer, missing = _NOTHING, []
    for line in totals.lines:
        if not line.counted:
            continue
        sums = parts.line(line)
        if sums.costs is None:
            missing.append(line.id)
        lines[line.read.position] = sums.levels(places)
        name = groups[line.read.position]
        grouped[name] = grouped.get(name, _NOTHING).plus(sums)
        offer = offer.plus(sums)
    offer = offer.plus(parts.homeless())
    return Margins(
        lines=lines,
        groups={name: sums.levels(places) for name, sums in grouped.items()},
        offer=offer.levels(places),
        missing=tuple(missing),
    )


def _sections(totals: RevisionTotals) -> dict[int, str]:
    found, current = {}, ""
    for line in totals.lines:
        if line.read.line.kind == SECTION:
            current = line.id or str(line.read.position)
        found[line.read.position] = current
    return found


class _Parts:
    """What each line carries of the charges: values and costs, split once for the whole offer."""

    def __init__(self, totals: RevisionTotals, costs: Costs, runs: Sequence[SpreadRun]) -> None:
        count = len(totals.lines)
        self.costs = costs
        self.spread, self.spread_cost = [0] * count, [0] * count
        self.billed, self.billed_cost = [0] * count, [0] * count
        self._rest = [0, 0]
        current = {run.charge_id: run for run in current_runs(totals, runs)}
        for charge in totals.charges:
            if charge.waiting:
                continue
            if charge.id in current:
                self._add_run(totals, charge, current[charge.id])
            else:
                self._add_billed(totals, charge)

    def line(self, line: PricedLine) -> _Sums:
        at = line.read.position
        net, spread = line.net_minor, line.net_minor + self.spread[at]
        values = (line.read.list_minor, net, spread, spread, spread + self.billed[at])
        cost = line_cost(line, self.costs)
        if cost is None:
            return _Sums(values, None)
        with_spread = cost + self.spread_cost[at]
        with_commission = with_spread + line_commission(line, self.costs)
        return _Sums(
            values, (cost, cost, with_spread, with_commission, with_commission + self.billed_cost[at])
        )

    def homeless(self) -> _Sums:
        """Charges of an offer without any counted line."""
        value, cost = self._rest
        return _Sums((0, 0, 0, 0, value), (0, 0, 0, 0, cost))

    def _add_run(self, totals: RevisionTotals, charge: PricedCharge, run: SpreadRun) -> None:
        position = {line.id: line.read.position for line in totals.lines}
        shares = [to_minor(share.amount, charge.places) for share in run.allocations]
        cost = charge_cost(charge.id, charge.amount_minor, charge.places, self.costs)
        split = largest_remainder(cost, [abs(share) for share in shares]) if any(shares) else shares
        for allocation, share, part in zip(run.allocations, shares, split, strict=True):
            self.spread[position[allocation.line_id]] += share
            self.spread_cost[position[allocation.line_id]] += part

    def _add_billed(self, totals: RevisionTotals, charge: PricedCharge) -> None:
        value = 0 if charge.mode == ABSORBED else charge.amount_minor
        cost = charge_cost(charge.id, charge.amount_minor, charge.places, self.costs)
        serves = charge.read.serves
        lines = totals.lines if serves is None else [totals.lines[i] for i in sorted(serves)]
        served = [line for line in lines if line.counted] or [line for line in totals.lines if line.counted]
        if not served:
            self._rest[0] += value
            self._rest[1] += cost
            return
        weights = [max(line.net_minor, 0) for line in served]
        if not any(weights):
            weights = [1] * len(served)
        for line, share, part in zip(
            served, largest_remainder(value, weights), largest_remainder(cost, weights), strict=True
        ):
            self.billed[line.read.position] += share
            self.billed_cost[line.read.position] += part


def price_from_margin(cost: Number, margin: Number) -> Decimal:
    """The exact price at which `cost` earns `margin` percent: cost / (1 - margin), not rounded to money.

    Raises:
        Invalid: MARGIN_OUT_OF_RANGE (100 % or more, or below -1000 %), COST_NEGATIVE.
    """
    percent = read_margin(margin)
    amount = parse_decimal(cost)
    if amount < 0:
        raise Invalid("COST_NEGATIVE", params={"field": "cost"})
    return ROUNDING.divide(EXACT.multiply(amount, Decimal(100)), EXACT.subtract(Decimal(100), percent))


def read_margin(margin: Number) -> Decimal:
    """A margin in percent, from -1000 to below 100."""
    percent = parse_decimal(margin, decimals=6)
    if not -1000 <= percent < 100:
        raise Invalid("MARGIN_OUT_OF_RANGE", params={"value": str(percent)})
    return percent
