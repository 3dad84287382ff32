"""The offer as the customer reads it: what each line prints, what stands at its foot, and that both add up.

The customer multiplies, adds and compares; every figure here survives that. Spread charges are inside their
lines. The header discount stands at the foot (as a percentage, or as an amount once a charge is spread,
because the percentage no longer applies to what is printed), or is folded into the lines too. A charge whose
spread is missing or stale is shown. Printed unit prices have the fewest decimals, up to 8, that give the
line's amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.kit.values import ROUNDING, from_minor, round_half_up
from services.offers.domain.charges import ABSORBED
from services.offers.domain.lines import SECTION
from services.offers.domain.priced import PricedLine, RevisionTotals, VatGroup
from services.offers.domain.spreading import SpreadRun, current_runs
from services.offers.domain.steering import unit_price_for

NO_HEADER, PERCENT, AMOUNT, FOLDED = "none", "percent", "amount", "folded"


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One line on paper: quantity x `unit_price` less `discounts` is `amount`.

    `unit_price` and `discounts` are those typed unless something is folded in; then the price says it all and
    `discounts` is empty. `spread` is the part of `amount` that came from charges.
    """

    position: int
    id: str
    counted: bool
    unit_price: Decimal
    discounts: str
    amount: Decimal
    spread: Decimal


@dataclass(frozen=True, slots=True)
class Section:
    """The counted lines below a heading, up to the next one; `position` is the heading's, -1 before the
    first.
    """

    position: int
    subtotal: Decimal


@dataclass(frozen=True, slots=True)
class Printed:
    """An offer on paper. Counted lines + header discount + shown charges = taxable; taxable + VAT = total.

    `header` says how the header discount is printed: `none`, `percent`, `amount` or `folded`.
    """

    lines: tuple[PrintedLine, ...]
    sections: tuple[Section, ...]
    header: str
    header_discount: Decimal
    charges: tuple[tuple[str, Decimal], ...]
    taxable: Decimal
    vat_groups: tuple[VatGroup, ...]
    total: Decimal


def printed(totals: RevisionTotals, runs: Sequence[SpreadRun] = (), *, fold_header: bool = False) -> Printed:
    """The view of a priced revision with its spread runs; `fold_header` puts the header discount into the
    lines.
    """
    current = current_runs(totals, runs)
    spread = _carried(totals, current)
    fold = fold_header and bool(totals.header_discount)
    lines = [_line(line, spread[line.read.position], fold=fold) for line in totals.lines]
    gone = {run.charge_id for run in current}
    charges = tuple(
        (charge.id, charge.amount)
        for charge in totals.charges
        if charge.mode != ABSORBED and not charge.waiting and charge.id not in gone
    )
    return Printed(
        lines=tuple(lines),
        sections=_sections(totals, lines),
        header=_header(totals, fold=fold, any_spread=bool(current)),
        header_discount=totals.header_discount if not fold else from_minor(0, _places(totals)),
        charges=charges,
        taxable=totals.taxable,
        vat_groups=totals.vat_groups,
        total=totals.total,
    )


def _places(totals: RevisionTotals) -> int:
    return -int(totals.total.as_tuple().exponent)


def _header(totals: RevisionTotals, *, fold: bool, any_spread: bool) -> str:
    if not totals.header_discount:
        return NO_HEADER
    if fold:
        return FOLDED
    return AMOUNT if any_spread else PERCENT


def _carried(totals: RevisionTotals, runs: Sequence[SpreadRun]) -> list[Decimal]:
    """What each line carries of spread charges, by position."""
    zero = from_minor(0, _places(totals))
    carried = {line.id: zero for line in totals.lines}
    for run in runs:
        for share in run.allocations:
            carried[share.line_id] += share.amount
    return [carried[line.id] if line.id else zero for line in totals.lines]


def _line(line: PricedLine, spread: Decimal, *, fold: bool) -> PrintedLine:
    read = line.read
    amount = (line.net if fold else line.amount) + spread
    unit_price, discounts = _with_decimals(read.unit_price, line.places), read.line.discounts
    if amount != line.amount:
        unit_price = unit_price_for(amount, read.quantity, places=line.places)
        discounts = ""
    return PrintedLine(
        position=read.position,
        id=line.id,
        counted=line.counted,
        unit_price=unit_price,
        discounts=discounts,
        amount=amount,
        spread=spread,
    )


def _with_decimals(price: Decimal, places: int) -> Decimal:
    """The price with the money's decimals, or more where it has them: 100 -> 100.00, 0.125 -> 0.125."""
    finer = -int(price.normalize(ROUNDING).as_tuple().exponent)
    return round_half_up(price, max(places, finer))


def _sections(totals: RevisionTotals, lines: Sequence[PrintedLine]) -> tuple[Section, ...]:
    zero = from_minor(0, _places(totals))
    sections = [Section(-1, zero)]
    for priced, line in zip(totals.lines, lines, strict=True):
        if priced.read.line.kind == SECTION:
            sections.append(Section(line.position, zero))
        elif line.counted:
            last = sections[-1]
            sections[-1] = Section(last.position, last.subtotal + line.amount)
    return tuple(sections)
