"""What a delivery leaves at the customer: machines, and parts of them.

Only what has a serial number becomes an installed product, one for each number: that is what service is given
for, and how an ERP marks it. What is delivered without one (tools, options, spare parts) is kept as a
component; of a delivery to an order with exactly one machine it is that machine's, else nobody guesses.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from services.kit.errors import Invalid, Violation
from services.kit.values import EXACT, ROUNDING, parse_decimal, round_half_up

MOST_SERIALS = 1000
_LONGEST_SERIAL = 100


def serials_of(numbers: Sequence[str], *, field: str) -> tuple[str, ...]:
    """The serial numbers of a line, trimmed, each once, in the order given; blank ones are none.

    Raises:
        Invalid: INVALID_EVENT, one is too long, or there are too many.
    """
    found = tuple(dict.fromkeys(number.strip() for number in numbers if number.strip()))
    if len(found) > MOST_SERIALS or any(len(number) > _LONGEST_SERIAL for number in found):
        raise Invalid("INVALID_EVENT", violations=[Violation(field, "TOO_LONG")])
    return found


def quantity_of(text: str, *, field: str) -> Decimal:
    """A delivered quantity; empty is 0.

    Raises:
        Invalid: INVALID_EVENT, it is no number or negative.
    """
    try:
        quantity = parse_decimal(text or "0")
    except Invalid as error:
        raise Invalid("INVALID_EVENT", violations=[Violation(field, error.reason)]) from error
    if quantity < 0:
        raise Invalid("INVALID_EVENT", violations=[Violation(field, "OUT_OF_RANGE")])
    return quantity


def unit_amount(amount: Decimal, quantity: Decimal, ordinal: int, places: int) -> Decimal:
    """What the unit number `ordinal` (from 0) of a line of `quantity` units was sold for.

    Rounded half up to `places` decimals so that the units of a line add up to its amount: 100.00 over three
    units is 33.33, 33.34, 33.33.
    """
    if quantity <= 0:
        return round_half_up(amount, places)

    def up_to(count: int) -> Decimal:
        share = min(Decimal(count), quantity)
        return round_half_up(ROUNDING.divide(EXACT.multiply(amount, share), quantity), places)

    return EXACT.subtract(up_to(ordinal + 1), up_to(ordinal))
