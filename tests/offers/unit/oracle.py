"""The rules of domain.md part 3 written once more, in exact fractions and without the kernel, to compare with
it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

Vat = tuple[Fraction, str]


def half_up(value: Fraction) -> int:
    """Nearest integer, halves away from zero."""
    return floor(value + Fraction(1, 2)) if value >= 0 else -floor(-value + Fraction(1, 2))


def cents(value: Fraction) -> int:
    return half_up(value * 100)


def cascade(text: str) -> Fraction:
    factor = Fraction(1)
    for step in re.sub(r"\s", "", text).replace(",", ".").split("+"):
        factor *= 1 - Fraction(step or "0") / 100
    return factor


def split(amount: int, weights: Sequence[Fraction]) -> list[int]:
    """Largest remainder: ties to the larger weight, then the earlier."""
    total = sum(weights)
    if not amount:
        return [0] * len(weights)
    sign = 1 if amount > 0 else -1
    quotas = [Fraction(abs(amount)) * weight / total for weight in weights]
    shares = [floor(quota) for quota in quotas]
    order = sorted(range(len(weights)), key=lambda i: (shares[i] - quotas[i], -weights[i], i))
    for i in order[: abs(amount) - sum(shares)]:
        shares[i] += 1
    return [sign * share for share in shares]


@dataclass
class OracleLine:
    quantity: str
    unit_price: str
    discounts: str
    vat_rate: str
    natura: str = ""
    counted: bool = True
    weight_kg: str = "0"


@dataclass
class OracleCharge:
    """`serves` holds positions of lines; None is all counted lines."""

    amount: str = "0"
    formula: str = "fixed"
    rate: str = "0"
    units: str = ""
    base: str = "net"
    serves: tuple[int, ...] | None = None
    billed: bool = True
    own: Vat | None = None


@dataclass
class OracleTotals:
    line_amounts: list[int]
    line_nets: list[int]
    lines_net: int
    header_discount: int
    charges: list[int]
    taxable: int
    groups: list[tuple[Vat, int, int]]
    total: int


def price(lines: Sequence[OracleLine], header: str, charges: Sequence[OracleCharge]) -> OracleTotals:
    full = [Fraction(row.quantity) * Fraction(row.unit_price) for row in lines]
    lists = [cents(value) for value in full]
    amounts = [cents(value * cascade(row.discounts)) for value, row in zip(full, lines, strict=True)]
    vats = [(Fraction(row.vat_rate), row.natura) for row in lines]
    counted = [i for i, row in enumerate(lines) if row.counted]
    lines_net = sum(amounts[i] for i in counted)
    discount = half_up(lines_net * (cascade(header) - 1))
    order = sorted({vats[i] for i in counted}, key=lambda vat: (-vat[0], vat[1]))
    members = {vat: [i for i in counted if vats[i] == vat] for vat in order}
    nets = list(amounts)
    values = [Fraction(sum(amounts[i] for i in members[vat])) for vat in order]
    for vat, share in zip(order, split(discount, values), strict=True):
        weights = [Fraction(max(amounts[i], 0)) for i in members[vat]]
        for i, part in zip(members[vat], split(share, weights), strict=True):
            nets[i] += part
    taxables: dict[Vat, int] = {vat: sum(nets[i] for i in members[vat]) for vat in order}
    worths = []
    for charge in charges:
        served = [i for i in counted if charge.serves is None or i in charge.serves]
        worth = cents(_worth(charge, served, lines, nets=nets, amounts=amounts, lists=lists))
        worths.append(worth)
        if not charge.billed:
            continue
        if charge.own is not None:
            taxables[charge.own] = taxables.get(charge.own, 0) + worth
            continue
        groups = [vat for vat in order if any(vats[i] == vat for i in served)]
        weights = [Fraction(sum(nets[i] for i in served if vats[i] == vat)) for vat in groups]
        for vat, share in zip(groups, split(worth, weights), strict=True):
            taxables[vat] += share
    printed = sorted(taxables, key=lambda vat: (-vat[0], vat[1]))
    found = [(vat, taxables[vat], half_up(taxables[vat] * vat[0] / 100)) for vat in printed]
    taxable = sum(row[1] for row in found)
    return OracleTotals(
        line_amounts=amounts,
        line_nets=nets,
        lines_net=lines_net,
        header_discount=discount,
        charges=worths,
        taxable=taxable,
        groups=found,
        total=taxable + sum(row[2] for row in found),
    )


def _worth(
    charge: OracleCharge,
    served: Sequence[int],
    lines: Sequence[OracleLine],
    *,
    nets: Sequence[int],
    amounts: Sequence[int],
    lists: Sequence[int],
) -> Fraction:
    if charge.formula == "fixed":
        return Fraction(charge.amount)
    rate = Fraction(charge.rate)
    if charge.formula == "percent":
        source = {"net": nets, "lines_net": amounts, "list": lists}[charge.base]
        return Fraction(sum(source[i] for i in served), 100) * rate / 100
    if charge.units:
        return rate * Fraction(charge.units)
    kilograms = charge.formula == "per_kg"
    units = [Fraction(lines[i].quantity) * (Fraction(lines[i].weight_kg) if kilograms else 1) for i in served]
    return rate * sum(units)
