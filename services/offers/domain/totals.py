"""What a revision comes to: line amounts, header discount, charges, VAT by group, total.

    >>> from services.offers.domain.lines import Line
    >>> priced = price_revision([Line(quantity="16", unit_price="348.35", discounts="4", vat_rate="22")])
    >>> priced.taxable, priced.vat, priced.total
    (Decimal('5350.66'), Decimal('1177.15'), Decimal('6527.81'))

Order of the arithmetic (domain.md, part 3): list price, line discounts, quantity, rounding of the line;
header discount, rounded once on the net of the lines and split over the VAT groups by value, inside a group
over its lines; charges, each split by what the lines that it serves are worth in each group after that
discount; VAT on the sum of each group, rounded once. Every split is by largest remainder, ties to the larger
group, then the higher rate.

Inside, money is a count of minor units; outside it is `Decimal` with exactly the currency's decimals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypedDict

from services.kit.errors import Invalid
from services.kit.values import EXACT, from_minor, minor_units, to_minor
from services.offers.domain.allocation import largest_remainder
from services.offers.domain.charges import ABSORBED, Charge, ReadCharge, Served, read_charge
from services.offers.domain.discounts import parse_cascade
from services.offers.domain.lines import ALTERNATIVE, TRADE_IN, Line, ReadLine, read_line
from services.offers.domain.problems import Problems
from services.offers.domain.vat import VatClass

MAX_LINES: Final = 5000
MAX_CHARGES: Final = 500


class PlainVatGroup(TypedDict):
    """A VAT group as plain text, the form of the contracts."""

    vat_rate: str
    natura: str
    taxable: str
    vat: str


class PlainTotals(TypedDict):
    """Totals as plain text, the form of the contracts."""

    line_amounts: list[str]
    lines_net: str
    header_discount: str
    taxable: str
    vat_groups: list[PlainVatGroup]
    total: str


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its amounts; `header_minor` is its part of the header discount in minor units."""

    read: ReadLine
    header_minor: int
    places: int

    @property
    def id(self) -> str:
        """The id of the line that was priced."""
        return self.read.line.id

    @property
    def counted(self) -> bool:
        """Whether it enters the totals; an option not ticked has an amount but is not counted."""
        return self.read.counted

    @property
    def list_amount(self) -> Decimal:
        """Quantity x unit price, before any discount."""
        return from_minor(self.read.list_minor, self.places)

    @property
    def amount(self) -> Decimal:
        """The line's amount: after its own discounts, before the header discount."""
        return from_minor(self.read.amount_minor, self.places)

    @property
    def header_discount(self) -> Decimal:
        """Its part of the header discount, 0 or less for a discount; used for margin and ERP."""
        return from_minor(self.header_minor, self.places)

    @property
    def net_minor(self) -> int:
        """`net` in minor units."""
        return self.read.amount_minor + self.header_minor

    @property
    def net(self) -> Decimal:
        """What the line is worth after line and header discounts, without any charge."""
        return from_minor(self.net_minor, self.places)


@dataclass(frozen=True, slots=True)
class PricedCharge:
    """A charge with its amount and, unless absorbed or waiting, its part in each VAT group (minor units).

    A charge is `waiting` while no line that it serves is worth anything: its rates are then unknown, it is in
    no total, and the revision cannot be frozen.
    """

    read: ReadCharge
    amount_minor: int
    shares: tuple[tuple[VatClass, int], ...]
    waiting: bool
    places: int

    @property
    def id(self) -> str:
        """The id of the charge that was priced."""
        return self.read.charge.id

    @property
    def mode(self) -> str:
        """`shown`, `spread` or `absorbed`, as stored."""
        return self.read.charge.mode

    @property
    def amount(self) -> Decimal:
        """What the formula comes to, rounded once."""
        return from_minor(self.amount_minor, self.places)


@dataclass(frozen=True, slots=True)
class VatGroup:
    """Taxable amount and VAT of one rate and natura."""

    vat_class: VatClass
    taxable: Decimal
    vat: Decimal


@dataclass(frozen=True, slots=True)
class RevisionTotals:
    """A priced revision. All money has exactly the currency's decimals.

    `lines` and `charges` are in the order of the input, one for each. `lines_net` is the sum of the counted
    lines, `header_discount` what the header takes from it (negative), `taxable` both and the billed charges,
    `vat_groups` by falling rate, then natura. `payable` is `taxable` under split payment, else `total`;
    `trade_in` is what we pay for goods taken back, `balance` what then remains.
    """

    currency: str
    lines: tuple[PricedLine, ...]
    charges: tuple[PricedCharge, ...]
    lines_net: Decimal
    header_discount: Decimal
    taxable: Decimal
    vat_groups: tuple[VatGroup, ...]
    vat: Decimal
    total: Decimal
    payable: Decimal
    trade_in: Decimal
    balance: Decimal

    @property
    def line_amounts(self) -> tuple[Decimal, ...]:
        """The amount of every line, in order; 0 for sections and notes."""
        return tuple(line.amount for line in self.lines)

    @property
    def waiting(self) -> tuple[int, ...]:
        """Positions of the charges that wait for a line worth something."""
        return tuple(charge.read.position for charge in self.charges if charge.waiting)

    def as_plain(self) -> PlainTotals:
        """The figures as canonical text under the names of the contracts."""
        return {
            "line_amounts": [format(line.amount, "f") for line in self.lines],
            "lines_net": format(self.lines_net, "f"),
            "header_discount": format(self.header_discount, "f"),
            "taxable": format(self.taxable, "f"),
            "vat_groups": [
                {
                    "vat_rate": group.vat_class.rate_text,
                    "natura": group.vat_class.natura,
                    "taxable": format(group.taxable, "f"),
                    "vat": format(group.vat, "f"),
                }
                for group in self.vat_groups
            ],
            "total": format(self.total, "f"),
        }


def price_revision(
    lines: Sequence[Line],
    header_discounts: str = "",
    charges: Sequence[Charge] = (),
    currency: str = "EUR",
    *,
    split_payment: bool = False,
) -> RevisionTotals:
    """Price a revision from what its user typed. Depends on nothing but its arguments.

    Raises:
        Invalid: with a violation for each mistake, at `lines[i].field`, `charges[i].field` or
            `header_discounts`; see `reasons.py`. A VAT group or a charge's weight below zero is
            VAT_GROUP_NEGATIVE, CHARGE_WEIGHT_NEGATIVE.
    """
    places = minor_units(currency)
    read_lines, factor, read_charges = _read(lines, header_discounts, charges, places)
    groups = _group(read_lines)
    lines_net = sum(line.amount_minor for line in read_lines if line.counted)
    header = to_minor(EXACT.multiply(Decimal(lines_net), EXACT.subtract(factor, _ONE)), 0)
    shares = _header_shares(len(read_lines), groups, header)
    priced = [PricedLine(line, share, places) for line, share in zip(read_lines, shares, strict=True)]
    priced_charges = _price_charges(read_charges, priced, places)
    taxables = _taxables(groups, shares, priced_charges)
    return _sum_up(
        currency,
        places,
        lines=priced,
        charges=priced_charges,
        lines_net=lines_net,
        header=header,
        taxables=taxables,
        split_payment=split_payment,
    )


_ONE: Final = Decimal(1)
_Groups = dict[VatClass, list[ReadLine]]


def _read(
    lines: Sequence[Line], header_discounts: str, charges: Sequence[Charge], places: int
) -> tuple[list[ReadLine], Decimal, list[ReadCharge]]:
    if len(lines) > MAX_LINES or len(charges) > MAX_CHARGES:
        raise Invalid("REVISION_TOO_LONG", params={"lines": str(MAX_LINES), "charges": str(MAX_CHARGES)})
    problems = Problems()
    read_lines = [read_line(position, line, places, problems) for position, line in enumerate(lines)]
    read_charges = [read_charge(position, charge, problems) for position, charge in enumerate(charges)]
    factor = _ONE
    try:
        factor = parse_cascade(header_discounts).factor
    except Invalid as error:
        problems.add_error("header_discounts", error)
    _check_alternatives(lines, problems)
    problems.raise_if_any()
    return [line for line in read_lines if line], factor, [charge for charge in read_charges if charge]


def _check_alternatives(lines: Sequence[Line], problems: Problems) -> None:
    chosen: set[str] = set()
    for position, line in enumerate(lines):
        if line.presence == ALTERNATIVE and line.selected and line.group:
            if line.group in chosen:
                problems.add(f"lines[{position}].selected", "ALTERNATIVE_CHOSEN_TWICE", group=line.group)
            chosen.add(line.group)


def _group(lines: Sequence[ReadLine]) -> _Groups:
    """The counted lines by VAT class, in printed order; no class may be worth less than nothing."""
    found: _Groups = {}
    for line in lines:
        if line.counted and line.vat is not None:
            found.setdefault(line.vat, []).append(line)
    problems = Problems()
    for vat, members in found.items():
        if sum(line.amount_minor for line in members) < 0:
            for line in members:
                if line.amount_minor < 0:
                    problems.add(f"lines[{line.position}].unit_price", "VAT_GROUP_NEGATIVE", **_named(vat))
    problems.raise_if_any()
    return {vat: found[vat] for vat in sorted(found, key=lambda vat: vat.order)}


def _named(vat: VatClass) -> dict[str, str]:
    return {"rate": vat.rate_text, "natura": vat.natura}


def _header_shares(count: int, groups: _Groups, header: int) -> list[int]:
    """Each line's part of the header discount: over the groups by value, then inside each over the lines by
    value.

    Rebate lines (negative amounts) carry nothing.
    """
    shares = [0] * count
    if not header:
        return shares
    values = [sum(line.amount_minor for line in members) for members in groups.values()]
    for members, group_share in zip(groups.values(), largest_remainder(header, values), strict=True):
        weights = [max(line.amount_minor, 0) for line in members]
        for line, share in zip(members, largest_remainder(group_share, weights), strict=True):
            shares[line.position] = share
    return shares


def _price_charges(
    charges: Sequence[ReadCharge], lines: Sequence[PricedLine], places: int
) -> list[PricedCharge]:
    if not charges:
        return []
    problems = Problems()
    by_id = _positions(lines, problems) if any(read.charge.serves for read in charges) else {}
    everything = _served([line for line in lines if line.counted])
    priced = []
    for read in charges:
        served = everything
        if read.charge.serves:
            served = _served(_named_lines(read, lines, by_id, problems))
        priced.append(_price_charge(read, served, places, problems))
    problems.raise_if_any()
    return priced


def _positions(lines: Sequence[PricedLine], problems: Problems) -> dict[str, int]:
    found: dict[str, int] = {}
    for position, line in enumerate(lines):
        if line.id and line.id in found:
            problems.add(f"lines[{position}].id", "LINE_ID_REPEATED", value=line.id)
        found[line.id] = position
    found.pop("", None)
    return found


def _named_lines(
    read: ReadCharge, lines: Sequence[PricedLine], by_id: dict[str, int], problems: Problems
) -> list[PricedLine]:
    wanted = set()
    for line_id in read.charge.serves:
        if line_id in by_id:
            wanted.add(by_id[line_id])
        else:
            problems.add(f"charges[{read.position}].serves", "CHARGE_SERVES_UNKNOWN_LINE", value=line_id)
    return [lines[position] for position in sorted(wanted) if lines[position].counted]


def _served(lines: Sequence[PricedLine]) -> Served:
    kilograms = pieces = Decimal(0)
    by_class: dict[VatClass, int] = {}
    for line in lines:
        read = line.read
        kilograms = EXACT.fma(read.quantity, read.weight_kg, kilograms)
        pieces = EXACT.add(pieces, read.quantity)
        if read.vat is not None:
            by_class[read.vat] = by_class.get(read.vat, 0) + line.net_minor
    return Served(
        net=sum(by_class.values()),
        lines_net=sum(line.read.amount_minor for line in lines),
        list=sum(line.read.list_minor for line in lines),
        kilograms=kilograms,
        pieces=pieces,
        by_class={vat: by_class[vat] for vat in sorted(by_class, key=lambda vat: vat.order)},
    )


def _price_charge(read: ReadCharge, served: Served, places: int, problems: Problems) -> PricedCharge:
    amount = to_minor(read.worth(served, places), places)
    if read.charge.mode == ABSORBED:
        return PricedCharge(read, amount, (), waiting=False, places=places)
    if read.own is not None:
        return PricedCharge(read, amount, ((read.own, amount),), waiting=False, places=places)
    for vat, worth in served.by_class.items():
        if worth < 0:
            problems.add(f"charges[{read.position}].serves", "CHARGE_WEIGHT_NEGATIVE", **_named(vat))
            return PricedCharge(read, amount, (), waiting=True, places=places)
    weights = list(served.by_class.values())
    if amount and not sum(weights):
        return PricedCharge(read, amount, (), waiting=True, places=places)
    shares = zip(served.by_class, largest_remainder(amount, weights), strict=True)
    return PricedCharge(read, amount, tuple(shares), waiting=False, places=places)


def _taxables(groups: _Groups, shares: Sequence[int], charges: Sequence[PricedCharge]) -> dict[VatClass, int]:
    """Taxable amount of each group, in printed order; none may be below zero."""
    found = {
        vat: sum(line.amount_minor + shares[line.position] for line in members)
        for vat, members in groups.items()
    }
    for charge in charges:
        for vat, share in charge.shares:
            found[vat] = found.get(vat, 0) + share
    problems = Problems()
    for vat, taxable in found.items():
        if taxable < 0:
            for charge in charges:
                if any(group == vat and share < 0 for group, share in charge.shares):
                    problems.add(
                        f"charges[{charge.read.position}].amount", "VAT_GROUP_NEGATIVE", **_named(vat)
                    )
    problems.raise_if_any()
    return {vat: found[vat] for vat in sorted(found, key=lambda vat: vat.order)}


def _sum_up(
    currency: str,
    places: int,
    *,
    lines: Sequence[PricedLine],
    charges: Sequence[PricedCharge],
    lines_net: int,
    header: int,
    taxables: dict[VatClass, int],
    split_payment: bool,
) -> RevisionTotals:
    taxes = {
        vat: to_minor(EXACT.multiply(Decimal(taxable), EXACT.scaleb(vat.rate, -2)), 0)
        for vat, taxable in taxables.items()
    }
    taxable, vat_sum = sum(taxables.values()), sum(taxes.values())
    total = taxable + vat_sum
    payable = taxable if split_payment else total
    trade_in = sum(line.read.amount_minor for line in lines if line.read.line.kind == TRADE_IN)

    def money(minor: int) -> Decimal:
        return from_minor(minor, places)

    return RevisionTotals(
        currency=currency,
        lines=tuple(lines),
        charges=tuple(charges),
        lines_net=money(lines_net),
        header_discount=money(header),
        taxable=money(taxable),
        vat_groups=tuple(VatGroup(vat, money(taxables[vat]), money(taxes[vat])) for vat in taxables),
        vat=money(vat_sum),
        total=money(total),
        payable=money(payable),
        trade_in=money(trade_in),
        balance=money(payable - trade_in),
    )
