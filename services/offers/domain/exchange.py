"""Exchange rates frozen on an offer: agreed once, the same for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.kit.errors import Invalid
from services.kit.values import EXACT, Number, minor_units, parse_decimal, round_half_up
from services.offers.domain.trail import Step


@dataclass(frozen=True, slots=True)
class FrozenRate:
    """How many units of `to` one unit of `of` is worth, as agreed on `day` from `source` (a bank, the
    ECB).
    """

    of: str
    to: str
    rate: Number
    day: date
    source: str = ""

    def __post_init__(self) -> None:
        minor_units(self.of)
        minor_units(self.to)
        rate = parse_decimal(self.rate, decimals=12)
        if rate <= 0:
            raise Invalid("RATE_NOT_POSITIVE", params={"of": self.of, "to": self.to})
        object.__setattr__(self, "rate", rate)

    @property
    def factor(self) -> Decimal:
        """The rate as a number."""
        return parse_decimal(self.rate, decimals=12)


def converted(
    price: Decimal, of: str, to: str, rates: Sequence[FrozenRate]
) -> tuple[Decimal, tuple[Step, ...]]:
    """A unit price in another currency and the step that says how.

    The result has the decimals of the price, and at least those of the currency; it is rounded half up. No
    rate is ever inverted or chained: what is not frozen on the offer does not exist.

    Raises:
        Invalid: RATE_MISSING.
    """
    if of == to:
        return price, ()
    for rate in rates:
        if (rate.of, rate.to) == (of, to):
            places = max(minor_units(to), min(8, -int(price.as_tuple().exponent)))
            figure = round_half_up(EXACT.multiply(price, rate.factor), places)
            step = Step(
                "CONVERTED", f"{of}/{to} {rate.day.isoformat()} {rate.source}".rstrip(), str(rate.rate)
            )
            return figure, (step,)
    raise Invalid("RATE_MISSING", params={"of": of, "to": to})
