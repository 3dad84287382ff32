"""From an amount back to a unit price: the shortest one that gives a line exactly what it should be worth."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from services.kit.values import EXACT, ROUNDING, from_minor, to_minor

MAX_DECIMALS: Final = 8
_ONE: Final = Decimal(1)


def can_reach_every_cent(quantity: Decimal, factor: Decimal, places: int) -> bool:
    """Whether some unit price of 8 decimals gives every amount of minor units.

    One step of the price moves the exact amount by quantity x factor x 10**-8; that must not skip a cent. In
    euro it holds up to a million pieces.
    """
    step = EXACT.scaleb(EXACT.multiply(quantity, factor), places - MAX_DECIMALS)
    return 0 < step <= 1


def price_for_minor(minor: int, quantity: Decimal, factor: Decimal, places: int) -> Decimal | None:
    """The unit price with the fewest decimals (from `places` to 8) whose line amount is exactly `minor`.

    Of two with as few decimals, the one nearest to the exact quotient; None when no price of 8 decimals does
    it.
    """
    scale = EXACT.multiply(quantity, factor)
    if not scale:
        return None
    exact = ROUNDING.divide(from_minor(minor, places), scale)
    for decimals in range(places, MAX_DECIMALS + 1):
        step = _ONE.scaleb(-decimals)
        nearest = ROUNDING.quantize(exact, step)
        for price in (nearest, EXACT.subtract(nearest, step)):
            if to_minor(EXACT.multiply(price, scale), places) == minor:
                return price if price else abs(price)
    return None


def unit_price_for(amount: Decimal, quantity: Decimal, *, places: int) -> Decimal:
    """A unit price to print beside `amount`: exact where 8 decimals allow it, else the nearest; 0 for no
    quantity.
    """
    if not quantity:
        return from_minor(0, places)
    found = price_for_minor(to_minor(amount, places), quantity, _ONE, places)
    return ROUNDING.quantize(ROUNDING.divide(amount, quantity), _ONE.scaleb(-8)) if found is None else found
