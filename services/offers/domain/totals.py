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
from decimal import Decimal
from typing import Final

from services.kit.values import EXACT, from_minor, to_minor
from services.offers.domain.allocation import largest_remainder
from services.offers.domain.charges import ABSORBED, Charge, ReadCharge, Served
from services.offers.domain.lines import TRADE_IN, Line, ReadLine
from services.offers.domain.priced import PricedCharge, PricedLine, RevisionTotals, VatGroup
from services.offers.domain.problems import Problems
from services.offers.domain.reading import ReadRevision, read_revision
from services.offers.domain.vat import VatClass

__all__ = ["RevisionTotals", "price_read", "price_revision"]

_ONE: Final = Decimal(1)
_Groups = dict[VatClass, list[ReadLine]]


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
    return price_read(read_revision(lines, header_discounts, charges, currency, split_payment=split_payment))


def price_read(read: ReadRevision) -> RevisionTotals:
    """Price a revision that is already read; see `price_revision`."""
    groups = _group(read.lines)
    lines_net = sum(line.amount_minor for line in read.lines if line.counted)
    header = to_minor(EXACT.multiply(Decimal(lines_net), EXACT.subtract(read.factor, _ONE)), 0)
    shares = _header_shares(len(read.lines), groups, header)
    lines = [PricedLine(line, share, read.places) for line, share in zip(read.lines, shares, strict=True)]
    charges = _price_charges(read.charges, lines, read.places)
    return _sum_up(
        read,
        lines=lines,
        charges=charges,
        lines_net=lines_net,
        header=header,
        taxables=_taxables(groups, shares, charges),
    )


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
    everything = _served([line for line in lines if line.counted])
    priced = []
    for read in charges:
        served = everything
        if read.serves is not None:
            served = _served([lines[position] for position in sorted(read.serves) if lines[position].counted])
        priced.append(_price_charge(read, served, places, problems))
    problems.raise_if_any()
    return priced


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
    read: ReadRevision,
    *,
    lines: Sequence[PricedLine],
    charges: Sequence[PricedCharge],
    lines_net: int,
    header: int,
    taxables: dict[VatClass, int],
) -> RevisionTotals:
    taxes = {
        vat: to_minor(EXACT.multiply(Decimal(taxable), EXACT.scaleb(vat.rate, -2)), 0)
        for vat, taxable in taxables.items()
    }
    taxable, vat_sum = sum(taxables.values()), sum(taxes.values())
    total = taxable + vat_sum
    payable = taxable if read.split_payment else total
    trade_in = sum(line.read.amount_minor for line in lines if line.read.line.kind == TRADE_IN)

    def money(minor: int) -> Decimal:
        return from_minor(minor, read.places)

    return RevisionTotals(
        currency=read.currency,
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
