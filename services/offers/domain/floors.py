"""Guard rails for those who may not see cost: a published floor price and a traffic light.

Whoever sees cost publishes, per article, a floor (never sell below) and a target (good above). The floor is
rounded up to two significant digits and the target follows from it, so that neither they, nor the policy
behind them, nor any series of questions gives the cost away; the light compares prices with published
figures only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from typing import Final

from services.kit.errors import Invalid
from services.kit.values import EXACT, ROUNDING, Number, parse_decimal, to_minor
from services.offers.domain.margins import price_from_margin, read_margin
from services.offers.domain.priced import PricedLine, RevisionTotals

GREEN, YELLOW, RED, UNKNOWN = "green", "yellow", "red", "unknown"
PUBLISHED_DIGITS: Final = 2
_HUNDRED: Final = Decimal(100)
_UP: Final = Context(prec=PUBLISHED_DIGITS, rounding=ROUND_CEILING)


@dataclass(frozen=True, slots=True)
class Guard:
    """Published net unit prices of an article: `floor` and, at or above it, `target`."""

    floor: Number
    target: Number


def publish_guard(unit_cost: Number, *, least_margin: Number, target_margin: Number) -> Guard:
    """The guard of an article from its cost and two margins in percent.

    Raises:
        Invalid: MARGIN_OUT_OF_RANGE, COST_NEGATIVE, GUARD_ORDER (the target margin is below the least one).
    """
    least, good = read_margin(least_margin), read_margin(target_margin)
    if good < least:
        raise Invalid("GUARD_ORDER")
    published = _published(price_from_margin(unit_cost, least_margin))
    # From the published floor, not from the cost: two figures that are rounded each by itself can enclose the
    # cost to the cent (6.25 with 22 and 32 %: 8.10 and 9.20 leave no other).
    at_floor = EXACT.multiply(published, EXACT.subtract(_HUNDRED, least))
    return Guard(published, _published(ROUNDING.divide(at_floor, EXACT.subtract(_HUNDRED, good))))


def _published(price: Decimal) -> Decimal:
    return Decimal(format(_UP.plus(price), "f"))


@dataclass(frozen=True, slots=True)
class Lights:
    """The light of each counted line by position, and that of the offer: its sum against the sums of the
    guards.
    """

    lines: Mapping[int, str]
    offer: str


def lights(totals: RevisionTotals, guards: Mapping[str, Guard]) -> Lights:
    """Traffic lights of a priced revision, after line and header discounts; `guards` by line id.

    A line without a guard is `unknown`, and so is an offer without any guarded line; lines without a guard
    take no part in the offer's light.
    """
    found: dict[int, str] = {}
    net = floor = target = 0
    for line in totals.lines:
        if not line.counted:
            continue
        guard = guards.get(line.id)
        if guard is None:
            found[line.read.position] = UNKNOWN
            continue
        least, good = _worth(line, guard.floor), _worth(line, guard.target)
        found[line.read.position] = _light(line.net_minor, least, good)
        net, floor, target = net + line.net_minor, floor + least, target + good
    guarded = any(light != UNKNOWN for light in found.values())
    return Lights(found, _light(net, floor, target) if guarded else UNKNOWN)


def _worth(line: PricedLine, unit_price: Number) -> int:
    return to_minor(EXACT.multiply(line.read.quantity, parse_decimal(unit_price)), line.places)


def _light(net: int, floor: int, target: int) -> str:
    if net < floor:
        return RED
    return GREEN if net >= target else YELLOW
