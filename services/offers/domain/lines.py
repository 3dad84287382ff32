"""One row of a revision, and what it is worth.

A line is rounded once: quantity x unit price x discount factor, to the currency's minor unit. The amount is
the truth; unit prices are only its explanation and keep up to 8 decimals. 100 pieces at 48.65 less 33.42 %
are 3239.12; rounding the unit price first would give 3239.00.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from services.kit.errors import Invalid
from services.kit.values import EXACT, Number, parse_decimal, to_minor
from services.offers.domain.discounts import parse_cascade
from services.offers.domain.problems import Problems
from services.offers.domain.vat import VatClass, vat_class

ITEM, FREE, SECTION, NOTE, TRADE_IN = "item", "free", "section", "note", "trade_in"
KINDS: Final = (ITEM, FREE, SECTION, NOTE, TRADE_IN)
PRICED_KINDS: Final = (ITEM, FREE)

STANDARD, OPTION, ALTERNATIVE = "standard", "option", "alternative"
PRESENCES: Final = (STANDARD, OPTION, ALTERNATIVE)

NO_LOCK, PRICE_LOCK, MARGIN_LOCK = "", "price", "margin"
LOCKS: Final = (NO_LOCK, PRICE_LOCK, MARGIN_LOCK)

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Line:
    """One row as stored; numbers are canonical text (or int, or Decimal).

    `kind`: `item` (an article), `free` (typed by hand), `section` (a heading), `note`, `trade_in` (what we
    buy back: positive price, shown below the total, no discounts, no VAT class). `presence`: `standard`,
    `option` (counts when `selected`, that is ticked) or `alternative` (counts when chosen; at most one per
    `group`).

    `quantity` is 0 or more, `unit_price` may be negative (a rebate line), `weight_kg` is the weight of one
    unit. `list_price` is the catalogue's price of a line whose unit price was changed by hand or by
    goal-seek; empty: the unit price is the catalogue's. `lock`: `price`, or `margin` (`margin` percent, kept
    when the cost moves); re-pricing, spreading and goal-seek honour both.

    `origin` names the same line through all revisions (empty: its id); `code` and `description` are for
    documents and differences only.
    """

    quantity: Number = "1"
    unit_price: Number = "0"
    discounts: str = ""
    vat_rate: Number = ""
    natura: str = ""
    id: str = ""
    kind: str = ITEM
    presence: str = STANDARD
    selected: bool = False
    group: str = ""
    weight_kg: Number = "0"
    list_price: Number = ""
    lock: str = NO_LOCK
    margin: Number = ""
    code: str = ""
    description: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line with its numbers read and its own amounts in minor units, before the header discount.

    `position` is its place in the revision. `list_minor` is quantity x list price, `amount_minor` quantity x
    unit price after the line's discounts. `counted` lines enter totals, VAT and percentages; the others show
    their price only.
    """

    position: int
    line: Line
    vat: VatClass | None
    counted: bool
    quantity: Decimal
    unit_price: Decimal
    factor: Decimal
    weight_kg: Decimal
    list_minor: int
    amount_minor: int


def read_line(position: int, line: Line, places: int, problems: Problems) -> ReadLine | None:
    """Read one line; whatever is wrong goes to `problems` as `lines[position].field`, and the result is then
    None.
    """
    try:
        return _read(position, line, places)
    except Invalid:
        _report(position, line, problems)
        return None


def _read(position: int, line: Line, places: int) -> ReadLine:
    _check_words(line)
    if line.kind in (SECTION, NOTE):
        return ReadLine(position, line, None, False, _ZERO, _ZERO, _ONE, _ZERO, 0, 0)
    quantity = _quantity(line)
    unit_price = _unit_price(line)
    factor = parse_cascade(line.discounts).factor
    vat = _vat(line)
    counted = vat is not None and (line.presence == STANDARD or line.selected)
    full = EXACT.multiply(quantity, unit_price)
    full_minor = list_minor = to_minor(full, places)
    if line.list_price != "":
        list_minor = to_minor(EXACT.multiply(quantity, _list_price(line)), places)
    return ReadLine(
        position,
        line,
        vat,
        counted,
        quantity,
        unit_price,
        factor,
        _weight(line),
        list_minor,
        full_minor if factor == _ONE else to_minor(EXACT.multiply(full, factor), places),
    )


def _check_words(line: Line) -> None:
    for value, allowed in ((line.kind, KINDS), (line.presence, PRESENCES), (line.lock, LOCKS)):
        if value not in allowed:
            raise Invalid(
                "WORD_UNKNOWN", params={"value": str(value)[:40], "allowed": ", ".join(filter(None, allowed))}
            )


def _quantity(line: Line) -> Decimal:
    quantity = parse_decimal(line.quantity, decimals=6)
    if quantity < 0:
        raise Invalid("QUANTITY_NEGATIVE")
    return quantity


def _unit_price(line: Line) -> Decimal:
    price = parse_decimal(line.unit_price)
    if line.kind == TRADE_IN and (price < 0 or line.discounts):
        raise Invalid("TRADE_IN_NOT_PLAIN")
    return price


def _list_price(line: Line) -> Decimal:
    return parse_decimal(line.list_price) if line.list_price != "" else _ZERO


def _weight(line: Line) -> Decimal:
    weight = parse_decimal(line.weight_kg, decimals=6)
    if weight < 0:
        raise Invalid("WEIGHT_NEGATIVE")
    return weight


def _vat(line: Line) -> VatClass | None:
    return None if line.kind == TRADE_IN else vat_class(line.vat_rate, line.natura)


_FIELDS: Final[tuple[tuple[str, Callable[[Line], object]], ...]] = (
    ("kind", _check_words),
    ("quantity", _quantity),
    ("unit_price", _unit_price),
    ("list_price", _list_price),
    ("discounts", lambda line: parse_cascade(line.discounts)),
    ("vat_rate", _vat),
    ("weight_kg", _weight),
)


def _report(position: int, line: Line, problems: Problems) -> None:
    for field, read in _FIELDS:
        try:
            read(line)
        except Invalid as error:
            place = "natura" if error.reason.startswith("NATURA") else field
            problems.add_error(f"lines[{position}].{place}", error)
