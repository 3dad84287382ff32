"""The `cost` facet of a revision: what its lines and charges cost us, and what agents earn on them.

Everything here is for users whose grants name the `cost` facet. Pricing never needs it, so a revision has the
same totals, snapshot and hash whether its reader may see cost or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from services.kit.errors import Invalid
from services.kit.values import EXACT, Number, parse_decimal, to_minor
from services.offers.domain.priced import PricedLine, RevisionTotals
from services.offers.domain.problems import Problems


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs as stored, in the revision's currency.

    `units`: line id -> cost of one unit. `charges`: charge id -> what the charge costs us; a charge that is
    missing costs what it is billed at, so passing it on earns nothing. `commissions`: line id -> percent of
    the line's net value; `commission`: for all other lines.
    """

    units: Mapping[str, Number] = field(default_factory=dict)
    charges: Mapping[str, Number] = field(default_factory=dict)
    commissions: Mapping[str, Number] = field(default_factory=dict)
    commission: Number = "0"


def line_cost(line: PricedLine, costs: Costs) -> int | None:
    """What a line costs in minor units, rounded once; None when its unit cost is unknown.

    Raises:
        Invalid: COST_NEGATIVE and those of `parse_decimal`, with the line as `field`.
    """
    if line.id not in costs.units:
        return None
    path = f"costs.units[{line.id}]"
    unit = _read(costs.units[line.id], path)
    return to_minor(EXACT.multiply(line.read.quantity, unit), line.places)


def line_commission(line: PricedLine, costs: Costs) -> int:
    """The agents' commission on a line in minor units: percent of its net value, rounded once; never
    negative.
    """
    path = f"costs.commissions[{line.id}]"
    percent = _read(costs.commissions.get(line.id, costs.commission), path)
    share = to_minor(EXACT.multiply(Decimal(line.net_minor), EXACT.scaleb(percent, -2)), 0)
    return max(share, 0)


def charge_cost(charge_id: str, billed_minor: int, places: int, costs: Costs) -> int:
    """What a charge costs us in minor units; without a figure, what it is billed at."""
    if charge_id not in costs.charges:
        return billed_minor
    return to_minor(_read(costs.charges[charge_id], f"costs.charges[{charge_id}]", signed=True), places)


def total_cost(totals: RevisionTotals, costs: Costs) -> int:
    """The cost of all counted lines, in minor units.

    Raises:
        Invalid: COST_MISSING with a violation per line that has none.
    """
    problems = Problems()
    total = 0
    for line in totals.lines:
        if line.counted:
            cost = line_cost(line, costs)
            if cost is None:
                problems.add(f"lines[{line.read.position}].unit_cost", "COST_MISSING", line=line.id)
            total += cost or 0
    problems.raise_if_any()
    return total


def _read(value: Number, path: str, *, signed: bool = False) -> Decimal:
    try:
        number = parse_decimal(value)
    except Invalid as error:
        raise Invalid(error.reason, params={**error.params, "field": path}) from error
    if number < 0 and not signed:
        raise Invalid("COST_NEGATIVE", params={"field": path})
    return number
