"""One row of a revision, and what it is worth.

A line is rounded once: quantity x unit price x discount factor, to the currency's minor unit. The amount is
the truth; unit prices are only its explanation and keep up to 8 decimals. 100 pieces at 48.65 less 33.42 %
are 3239.12; rounding the unit price first would give 3239.00.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

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
    numbers = _numbers_of(line, places)
    counted = numbers.vat is not None and (line.presence == STANDARD or line.selected)
    return ReadLine(position, line, numbers.vat, counted, *numbers[1:])


class _Numbers(NamedTuple):
    """What the numbers of a line say, wherever it stands and whatever it is called."""

    vat: VatClass | None
    quantity: Decimal
    unit_price: Decimal
    factor: Decimal
    weight_kg: Decimal
    list_minor: int
    amount_minor: int


def _numbers_of(line: Line, places: int) -> _Numbers:
    values = (
        line.kind,
        line.quantity,
        line.unit_price,
        line.list_price,
        line.discounts,
        line.vat_rate,
        line.natura,
        line.weight_kg,
        places,
    )
    try:
        return _known_numbers(*values)
    except TypeError:
        # What has no hash is no number; reading it says so.
        return _read_numbers(*values)


def _read_numbers(
    kind: str,
    quantity: Number,
    unit_price: Number,
    list_price: Number,
    discounts: str,
    vat_rate: Number,
    natura: str,
    weight_kg: Number,
    places: int,
) -> _Numbers:
    pieces = _quantity(quantity)
    price = _unit_price(kind, unit_price, discounts)
    factor = parse_cascade(discounts).factor
    full = EXACT.multiply(pieces, price)
    full_minor = list_minor = to_minor(full, places)
    if list_price != "":
        list_minor = to_minor(EXACT.multiply(pieces, _list_price(list_price)), places)
    return _Numbers(
        _vat(kind, vat_rate, natura),
        pieces,
        price,
        factor,
        _weight(weight_kg),
        list_minor,
        full_minor if factor == _ONE else to_minor(EXACT.multiply(full, factor), places),
    )


# An offer is priced again at every keystroke, which changes one line of it: remembered, the others cost half.
_known_numbers = lru_cache(maxsize=8192, typed=True)(_read_numbers)


def _check_words(line: Line) -> None:
    for value, allowed in ((line.kind, KINDS), (line.presence, PRESENCES), (line.lock, LOCKS)):
        if value not in allowed:
            raise Invalid(
                "WORD_UNKNOWN", params={"value": str(value)[:40], "allowed": ", ".join(filter(None, allowed))}
            )


def _quantity(value: Number) -> Decimal:
    quantity = parse_decimal(value, decimals=6)
    if quantity < 0:
        raise Invalid("QUANTITY_NEGATIVE")
    return quantity


def _unit_price(kind: str, value: Number, discounts: str) -> Decimal:
    price = parse_decimal(value)
    if kind == TRADE_IN and (price < 0 or discounts):
        raise Invalid("TRADE_IN_NOT_PLAIN")
    return price


def _list_price(value: Number) -> Decimal:
    return parse_decimal(value) if value != "" else _ZERO


def _weight(value: Number) -> Decimal:
    weight = parse_decimal(value, decimals=6)
    if weight < 0:
        raise Invalid("WEIGHT_NEGATIVE")
    return weight


def _vat(kind: str, rate: Number, natura: str) -> VatClass | None:
    return None if kind == TRADE_IN else vat_class(rate, natura)


_FIELDS: Final[tuple[tuple[str, Callable[[Line], object]], ...]] = (
    ("kind", _check_words),
    ("quantity", lambda line: _quantity(line.quantity)),
    ("unit_price", lambda line: _unit_price(line.kind, line.unit_price, line.discounts)),
    ("list_price", lambda line: _list_price(line.list_price)),
    ("discounts", lambda line: parse_cascade(line.discounts)),
    ("vat_rate", lambda line: _vat(line.kind, line.vat_rate, line.natura)),
    ("weight_kg", lambda line: _weight(line.weight_kg)),
)


def _report(position: int, line: Line, problems: Problems) -> None:
    for field, read in _FIELDS:
        try:
            read(line)
        except Invalid as error:
            place = "natura" if error.reason.startswith("NATURA") else field
            problems.add_error(f"lines[{position}].{place}", error)
