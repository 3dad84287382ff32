"""Cascading discounts as people type them: `50+10+5`, `33,42`, `40 + -5`.

Each step applies to what the one before left, so `50+10+5` leaves 0.4275 of the price, not 35 %. Only the
product of all steps is exact; rounding after each step would give 3.33 where 3.32 is right (7.77 less
`50+10+5`), so nothing is rounded here. A negative step is a surcharge: 600 with `50+-5` is 315.00. Rule:
domain.md, part 3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from services.kit.errors import Invalid
from services.kit.values import EXACT

MAX_TEXT: Final = 60
MAX_STEPS: Final = 10

_STEP = re.compile(r" *(- *)?([0-9]+)(?:[.,]([0-9]+))? *")
_HUNDRED: Final = Decimal(100)
_ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Cascade:
    """A discount text, its steps in percent as read, and the exact share of the price that it leaves.

    `factor` 1 is no discount, 0 is free, above 1 is a surcharge.
    """

    text: str
    steps: tuple[Decimal, ...]
    factor: Decimal

    def __bool__(self) -> bool:
        """Whether there is any step."""
        return bool(self.steps)


def parse_cascade(text: str) -> Cascade:
    """Read a cascade; an empty or blank text is no discount.

    Steps are separated by `+`, lie in (-100, 100], take a dot or a comma, and spaces anywhere but inside a
    number.

    Raises:
        Invalid: DISCOUNT_MALFORMED, DISCOUNT_TOO_LONG (text of more than 60 characters),
            DISCOUNT_TOO_MANY_STEPS (more than 10), DISCOUNT_OUT_OF_RANGE.
    """
    if not isinstance(text, str):
        raise Invalid("DISCOUNT_MALFORMED", params={"value": type(text).__name__})
    if len(text) > MAX_TEXT:
        raise Invalid("DISCOUNT_TOO_LONG", params={"max": str(MAX_TEXT)})
    return _parse(text)


@lru_cache(maxsize=4096)
def _parse(text: str) -> Cascade:
    if not text.strip(" "):
        return Cascade(text, (), _ONE)
    written = text.split("+")
    if len(written) > MAX_STEPS:
        raise Invalid("DISCOUNT_TOO_MANY_STEPS", params={"max": str(MAX_STEPS)})
    steps = tuple(_step(part, text) for part in written)
    factor = _ONE
    for step in steps:
        factor = EXACT.multiply(factor, EXACT.scaleb(EXACT.subtract(_HUNDRED, step), -2))
    return Cascade(text, steps, factor)


def _step(part: str, text: str) -> Decimal:
    match = _STEP.fullmatch(part)
    if match is None:
        raise Invalid("DISCOUNT_MALFORMED", params={"value": text})
    sign, whole, places = match.groups()
    step = Decimal(f"{'-' if sign else ''}{whole}.{places or '0'}")
    if not -_HUNDRED < step <= _HUNDRED:
        raise Invalid("DISCOUNT_OUT_OF_RANGE", params={"value": part.strip()})
    return step
