"""What pricing a revision gives: its lines, charges, VAT groups and totals, as values.

All money has exactly the currency's decimals; `*_minor` fields count minor units.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict

from services.kit.values import from_minor
from services.offers.domain.charges import ReadCharge
from services.offers.domain.lines import ReadLine
from services.offers.domain.vat import VatClass


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
