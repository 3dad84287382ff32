"""Charges (*voci di piede*): transport, packing, installation, expenses; what they cost the customer.

A charge has a formula (how much), a mode (how it is shown) and a VAT behaviour (under which rates). It serves
lines: they are the base of its percentage, they weigh and count for it, and they alone decide the rates of an
accessory charge (art. 12 DPR 633/1972), whether it is shown or spread. So showing or spreading never moves
VAT.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from services.kit.errors import Invalid
from services.kit.values import EXACT, Number, parse_decimal
from services.offers.domain.problems import Problems
from services.offers.domain.vat import EXCLUDED, VatClass, vat_class

FIXED, PERCENT = "fixed", "percent"
PER_KG, PER_PIECE, PER_KM, PER_DAY = "per_kg", "per_piece", "per_km", "per_day"
FORMULAS: Final = (FIXED, PERCENT, PER_KG, PER_PIECE, PER_KM, PER_DAY)

NET, LINES_NET, LIST = "net", "lines_net", "list"
BASES: Final = (NET, LINES_NET, LIST)

SHOWN, SPREAD, ABSORBED = "shown", "spread", "absorbed"
MODES: Final = (SHOWN, SPREAD, ABSORBED)

ACCESSORY, OWN_RATE, OUTSIDE = "accessory", "own_rate", "excluded"
BEHAVIOURS: Final = (ACCESSORY, OWN_RATE, OUTSIDE)


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge as stored; numbers are canonical text (or int, or Decimal).

    `formula`: `fixed` uses `amount`; `percent` takes `rate` % of `base`; `per_kg`, `per_piece`, `per_km` and
    `per_day` take `rate` money per unit. Kilograms and pieces are those of the served lines unless `units`
    says otherwise; kilometres and days are always in `units`. `base`: `net` (after line and header
    discounts), `lines_net` (before the header discount) or `list` (before any discount), always of the served
    lines. Cost is no base: a printed percentage of it would give it away. `serves`: ids of lines; empty is
    all counted lines. `mode`: `shown` below the lines, `spread` into them, or `absorbed` by us. `vat`:
    `accessory` (the rates of the served lines, by value), `own_rate` (`vat_rate`, `natura`) or `excluded`
    (outside the taxable base, N1). Amounts may be negative (a rebate).
    """

    amount: Number = "0"
    id: str = ""
    formula: str = FIXED
    rate: Number = "0"
    units: Number = ""
    base: str = NET
    serves: tuple[str, ...] = ()
    mode: str = SHOWN
    vat: str = ACCESSORY
    vat_rate: Number = ""
    natura: str = ""


@dataclass(frozen=True, slots=True)
class Served:
    """What the served, counted lines of a charge come to; money in minor units.

    `by_class` is what those of each VAT class are worth after the header discount.
    """

    net: int
    lines_net: int
    list: int
    kilograms: Decimal
    pieces: Decimal
    by_class: Mapping[VatClass, int]


@dataclass(frozen=True, slots=True)
class ReadCharge:
    """A charge with its numbers read.

    `own` is the VAT class of a charge that is not accessory; `serves` the positions of the lines that it
    names, None when it serves all counted lines.
    """

    position: int
    charge: Charge
    amount: Decimal
    rate: Decimal
    units: Decimal | None
    own: VatClass | None
    serves: frozenset[int] | None = None

    def worth(self, served: Served, places: int) -> Decimal:
        """The exact amount in money, not yet rounded."""
        formula = self.charge.formula
        if formula == FIXED:
            return self.amount
        if formula == PERCENT:
            base = Decimal(_base(self.charge.base, served)).scaleb(-places, EXACT)
            return EXACT.multiply(base, EXACT.scaleb(self.rate, -2))
        units = self.units
        if units is None:
            units = served.kilograms if formula == PER_KG else served.pieces
        return EXACT.multiply(self.rate, units)


def _base(base: str, served: Served) -> int:
    if base == NET:
        return served.net
    return served.lines_net if base == LINES_NET else served.list


def read_charge(position: int, charge: Charge, problems: Problems) -> ReadCharge | None:
    """Read one charge; whatever is wrong goes to `problems` as `charges[position].field`; the result is then
    None.
    """
    try:
        _check_words(charge)
        return ReadCharge(
            position, charge, _amount(charge), parse_decimal(charge.rate), _units(charge), _own_class(charge)
        )
    except Invalid:
        _report(position, charge, problems)
        return None


def _check_words(charge: Charge) -> None:
    for value, allowed in (
        (charge.formula, FORMULAS),
        (charge.base, BASES),
        (charge.mode, MODES),
        (charge.vat, BEHAVIOURS),
    ):
        if value not in allowed:
            raise Invalid("WORD_UNKNOWN", params={"value": str(value)[:40], "allowed": ", ".join(allowed)})


def _amount(charge: Charge) -> Decimal:
    return parse_decimal(charge.amount)


def _units(charge: Charge) -> Decimal | None:
    if charge.units == "":
        if charge.formula in (PER_KM, PER_DAY):
            raise Invalid("CHARGE_UNITS_MISSING", params={"formula": charge.formula})
        return None
    units = parse_decimal(charge.units, decimals=6)
    if units < 0:
        raise Invalid("QUANTITY_NEGATIVE")
    return units


def _own_class(charge: Charge) -> VatClass | None:
    if charge.vat == OWN_RATE:
        return vat_class(charge.vat_rate, charge.natura)
    return EXCLUDED if charge.vat == OUTSIDE else None


_FIELDS: Final[tuple[tuple[str, Callable[[Charge], object]], ...]] = (
    ("formula", _check_words),
    ("amount", _amount),
    ("rate", lambda charge: parse_decimal(charge.rate)),
    ("units", _units),
    ("vat_rate", _own_class),
)


def _report(position: int, charge: Charge, problems: Problems) -> None:
    for field, read in _FIELDS:
        try:
            read(charge)
        except Invalid as error:
            place = "natura" if error.reason.startswith("NATURA") else field
            problems.add_error(f"charges[{position}].{place}", error)
