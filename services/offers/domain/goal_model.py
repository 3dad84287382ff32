"""A revision as goal-seek sees it: a few groups of lines whose sums decide every figure of the offer.

The totals of an offer depend on its lines only through sums: by VAT class and by the charges that serve them.
So the free lines are gathered into classes, the others into a fixed rest, and a candidate answer is priced on
these few sums instead of hundreds of lines, by the same arithmetic (`totals.price_read`). In one case the
single lines matter too: a header discount together with a charge that serves a part of a VAT class and whose
amount or split follows from what that part is worth, because the discount's cents on single lines then enter
it. Candidates are then priced on all lines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from services.kit.errors import Invalid
from services.kit.values import EXACT, Number, parse_decimal, to_minor
from services.offers.domain.charges import ABSORBED, PER_KG, PER_PIECE, PERCENT, ReadCharge
from services.offers.domain.charges import NET as BY_NET
from services.offers.domain.least_change import PRECISION, Moves, least_moves
from services.offers.domain.lines import NO_LOCK, PRICED_KINDS, Line, ReadLine
from services.offers.domain.priced import RevisionTotals
from services.offers.domain.reading import ReadRevision
from services.offers.domain.revision import LINES_NET, NET, PAYABLE, TAXABLE, TOTAL
from services.offers.domain.steering import MAX_DECIMALS, can_reach_every_cent
from services.offers.domain.totals import price_read
from services.offers.domain.vat import VatClass

FEW_LINES: Final = 6
"""Up to here each line is a class of its own when single lines matter, and the least change is then proven.
"""

_MOST_PRICE: Final = Decimal(10**12) - Decimal(1).scaleb(-MAX_DECIMALS)
_ONE: Final = Decimal(1)
_Key = tuple[VatClass, tuple[int, ...], int]


@dataclass(frozen=True, slots=True)
class FreeClass:
    """Lines that count alike in the goal. `weight` is what one unit of them is worth in the goal's own money:
    1 + VAT rate where the goal includes VAT, else 1. `low` and `high` bound the change of each line."""

    positions: tuple[int, ...]
    amounts: tuple[int, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]
    weight: Decimal

    @property
    def total(self) -> int:
        """The sum of the amounts."""
        return sum(self.amounts)


class GoalModel:
    """Prices candidate changes of the free classes, and remembers what it has priced."""

    def __init__(self, read: ReadRevision, figure: str, floors: Mapping[str, Number]) -> None:
        self.read = read
        self.figure = figure
        self.priced = 0
        self.by_line = _single_lines_matter(read)
        free = [line for line in read.lines if is_free(line, read.places)]
        self.apart = self.by_line and len(free) <= FEW_LINES
        self.classes = _free_classes(read, free, figure, floors, apart=self.apart)
        self._small = _gather(read, self.classes)
        self._waiting = len(price_read(read).waiting)
        self._figures: dict[tuple[int, ...], int | None] = {}
        self._moves: dict[tuple[int, int], Moves | None] = {}

    def figure_at(self, changes: tuple[int, ...]) -> int | None:
        """The figure, in minor units, when class i changes by `changes[i]`; None where no offer exists (a VAT
        group would fall below zero)."""
        if changes not in self._figures:
            self.priced += 1
            self._figures[changes] = self._price(changes)
        return self._figures[changes]

    def moves(self, index: int, change: int) -> Moves | None:
        """The least moves of the lines of a class for a change of its sum."""
        key = (index, change)
        if key not in self._moves:
            found = self.classes[index]
            self._moves[key] = least_moves(change, found.amounts, found.low, found.high)
        return self._moves[key]

    def unevenness_of_lines(self, changes: Sequence[int]) -> Fraction:
        """How far the lines stray from the common percentage of their class."""
        uneven = Fraction(0)
        for index, change in enumerate(changes):
            moves = self.moves(index, change)
            if moves is not None:
                own = Fraction(moves.measure, 1 << PRECISION)
                even = Fraction(change * change, self.classes[index].total)
                uneven += Fraction(self.classes[index].weight) * (own - even)
        return uneven

    def line_changes(self, changes: Sequence[int]) -> dict[int, int]:
        """Line position -> change in minor units, for a change of every class that is within bounds."""
        found: dict[int, int] = {}
        for index, change in enumerate(changes):
            moves = self.moves(index, change)
            if moves is not None:
                found.update(zip(self.classes[index].positions, moves.changes, strict=True))
        return found

    def rough_at(self, changes: tuple[int, ...]) -> int | None:
        """The figure priced on sums only: exact unless single lines matter, then within a few cents."""
        return self._price_sums(changes) if self.by_line else self.figure_at(changes)

    def _price(self, changes: tuple[int, ...]) -> int | None:
        if not self.by_line:
            return self._price_sums(changes)
        return _figure(_moved(self.read, self.line_changes(changes)), self.figure, self._waiting)

    def _price_sums(self, changes: tuple[int, ...]) -> int | None:
        return _figure(_moved(self._small, dict(enumerate(changes))), self.figure, self._waiting)


def _figure(read: ReadRevision, figure: str, waiting: int) -> int | None:
    try:
        totals = price_read(read)
    except Invalid:
        return None
    return None if len(totals.waiting) > waiting else figure_of(totals, figure)


def _moved(read: ReadRevision, changes: Mapping[int, int]) -> ReadRevision:
    lines = list(read.lines)
    for position, change in changes.items():
        if change:
            line = lines[position]
            lines[position] = replace(line, amount_minor=line.amount_minor + change)
    return replace(read, lines=tuple(lines))


_FIGURES: Final[Mapping[str, Callable[[RevisionTotals], Decimal]]] = {
    TOTAL: lambda totals: totals.total,
    TAXABLE: lambda totals: totals.taxable,
    NET: lambda totals: EXACT.add(totals.lines_net, totals.header_discount),
    LINES_NET: lambda totals: totals.lines_net,
    PAYABLE: lambda totals: totals.payable,
}


def figure_of(totals: RevisionTotals, figure: str) -> int:
    """A figure of a priced revision in minor units; `net` is after all discounts, before charges."""
    return to_minor(_FIGURES[figure](totals), -int(totals.total.as_tuple().exponent))


def _single_lines_matter(read: ReadRevision) -> bool:
    if read.factor == _ONE:
        return False
    return any(_depends_on_single_lines(read, charge) for charge in read.charges)


def _depends_on_single_lines(read: ReadRevision, charge: ReadCharge) -> bool:
    """Whether a charge serves a part of a VAT class whose worth decides the charge's amount or split."""
    if charge.serves is None or charge.charge.mode == ABSORBED:
        return False
    served = {line.vat for line in read.lines if line.counted and line.position in charge.serves}
    others = {line.vat for line in read.lines if line.counted and line.position not in charge.serves}
    by_worth = charge.charge.formula == PERCENT and charge.charge.base == BY_NET
    return bool(served & others) and (by_worth or (len(served) > 1 and charge.own is None))


def _free_classes(
    read: ReadRevision,
    free: Sequence[ReadLine],
    figure: str,
    floors: Mapping[str, Number],
    *,
    apart: bool,
) -> tuple[FreeClass, ...]:
    """Free lines by class, the largest class last; `apart`: each line is a class of its own."""
    found: dict[_Key, list[ReadLine]] = {}
    for line in free:
        if line.vat is not None:
            served = _served_by(line.position, read.charges)
            key = (line.vat, served, line.position if apart else -1)
            found.setdefault(key, []).append(line)
    with_vat = figure == TOTAL or (figure == PAYABLE and not read.split_payment)
    room = _room(read, free)
    classes = [
        FreeClass(
            positions=tuple(line.position for line in lines),
            amounts=tuple(line.amount_minor for line in lines),
            low=tuple(_low(line, read, room[line.vat], floors) for line in lines),
            high=tuple(_high(line, read.places) for line in lines),
            weight=EXACT.add(_ONE, EXACT.scaleb(key[0].rate, -2)) if with_vat else _ONE,
        )
        for key, lines in found.items()
    ]
    return tuple(sorted(classes, key=lambda item: item.total))


def is_free(line: ReadLine, places: int) -> bool:
    """Whether goal-seek may change the line's price: counted, unlocked, worth something, steerable to the
    cent.
    """
    return (
        line.counted
        and line.line.kind in PRICED_KINDS
        and line.line.lock == NO_LOCK
        and line.amount_minor > 0
        and can_reach_every_cent(line.quantity, line.factor, places)
    )


def _served_by(position: int, charges: Sequence[ReadCharge]) -> tuple[int, ...]:
    return tuple(
        charge.position for charge in charges if charge.serves is not None and position in charge.serves
    )


def _room(read: ReadRevision, free: Sequence[ReadLine]) -> dict[VatClass | None, tuple[int, int]]:
    """By VAT class: how far its free lines may fall together (their sum less what rebates need), and that
    sum.
    """
    total: dict[VatClass | None, int] = {}
    worth: dict[VatClass | None, int] = {}
    for line in free:
        total[line.vat] = total.get(line.vat, 0) + line.amount_minor
    for line in read.lines:
        if line.counted:
            worth[line.vat] = worth.get(line.vat, 0) + line.amount_minor
    return {vat: (min(worth[vat], amount), amount) for vat, amount in total.items()}


def _low(line: ReadLine, read: ReadRevision, room: tuple[int, int], floors: Mapping[str, Number]) -> int:
    """How far a line may fall: to nothing, to a cent while charges need lines to stand on, to its floor, or
    to what keeps its VAT group from falling below zero."""
    fall, total = room
    low = -(line.amount_minor * fall // total)
    if read.charges:
        low = max(low, 1 - line.amount_minor)
    floor = floors.get(line.line.id)
    if floor is not None:
        least = EXACT.multiply(line.quantity, parse_decimal(floor))
        low = max(low, min(0, to_minor(least, read.places) - line.amount_minor))
    return low


def _high(line: ReadLine, places: int) -> int:
    most = EXACT.multiply(EXACT.multiply(line.quantity, line.factor), _MOST_PRICE)
    return max(0, to_minor(most, places) - 1 - line.amount_minor)


def _gather(read: ReadRevision, classes: Sequence[FreeClass]) -> ReadRevision:
    """The revision with one line per free class, in their order, then one per group of the other lines."""
    groups = [list(found.positions) for found in classes]
    taken = {position for group in groups for position in group}
    rest: dict[tuple[VatClass | None, tuple[int, ...]], list[int]] = {}
    for line in read.lines:
        if line.counted and line.position not in taken:
            rest.setdefault((line.vat, _served_by(line.position, read.charges)), []).append(line.position)
    groups.extend(rest.values())
    lines = tuple(_one_line(index, [read.lines[i] for i in group]) for index, group in enumerate(groups))
    charges = tuple(_gathered_charge(charge, read, groups) for charge in read.charges)
    return replace(read, lines=lines, charges=charges)


def _one_line(index: int, lines: Sequence[ReadLine]) -> ReadLine:
    return ReadLine(
        position=index,
        line=Line(),
        vat=lines[0].vat,
        counted=True,
        quantity=_ONE,
        unit_price=_ONE,
        factor=_ONE,
        weight_kg=_ONE,
        list_minor=sum(line.list_minor for line in lines),
        amount_minor=sum(line.amount_minor for line in lines),
    )


def _gathered_charge(charge: ReadCharge, read: ReadRevision, groups: Sequence[Sequence[int]]) -> ReadCharge:
    units, serves = charge.units, charge.serves
    if units is None and charge.charge.formula in (PER_KG, PER_PIECE):
        units = _units(charge, read)
    if serves is not None:
        serves = frozenset(index for index, group in enumerate(groups) if group[0] in serves)
    return replace(charge, units=units, serves=serves)


def _units(charge: ReadCharge, read: ReadRevision) -> Decimal:
    total = Decimal(0)
    for line in read.lines:
        if line.counted and (charge.serves is None or line.position in charge.serves):
            each = line.weight_kg if charge.charge.formula == PER_KG else _ONE
            total = EXACT.fma(line.quantity, each, total)
    return total
