"""What formulas compute with: types, numbers as they are kept, comparisons and functions.

Nothing here raises for a value of its types: what has no result is None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from typing import Any, Final, TypeAlias

from services.kit.values import ROUNDING, canonical

#: Characters of a text that a formula makes; what is beyond is cut.
MAX_TEXT: Final = 4000
DECIMALS: Final = 12
_LIMIT: Final = Decimal(10) ** 18
#: Quotients need rounding, and powers of ten below what is kept say nothing.
_DIVIDING: Final = Context(prec=60, rounding=ROUND_HALF_UP, Emin=-999, Emax=999, traps=[])


class Type(StrEnum):
    """What a part of a formula is."""

    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    #: Several texts, such as the choices of a multiple choice.
    SET = "set"
    #: Something of which only `given` can be asked: a link, an amount with its currency.
    OTHER = "other"


Scope: TypeAlias = Mapping[str, Type]
Record: TypeAlias = Mapping[str, Any]
"""Decimal, str, bool, date, datetime or a set of texts by name; None or no entry is empty."""
Run: TypeAlias = Callable[[Record], Any]


def kept(number: Decimal | None) -> Decimal | None:
    """Return a number as formulas keep it, None for one that is beyond what they keep."""
    if number is None or not number.is_finite() or number.copy_abs() >= _LIMIT:
        return None
    if -int(number.as_tuple().exponent) > DECIMALS:
        number = ROUNDING.quantize(number, Decimal(1).scaleb(-DECIMALS))
    return number if number else number.copy_abs()


ARITHMETIC: Final[Mapping[str, Callable[[Decimal, Decimal], Decimal | None]]] = {
    "+": lambda a, b: kept(_DIVIDING.add(a, b)),
    "-": lambda a, b: kept(_DIVIDING.subtract(a, b)),
    "*": lambda a, b: kept(_DIVIDING.multiply(a, b)),
    "/": lambda a, b: kept(_DIVIDING.divide(a, b)) if b else None,
}
COMPARISON: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": lambda a, b: bool(a == b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


# Functions


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language: what it takes and gives, and how it is made from its arguments."""

    least: int
    most: int
    #: Types of each argument, the last for all that follow; an empty one takes anything.
    takes: tuple[tuple[Type, ...], ...]
    #: None: what the first argument is.
    gives: Type | None
    make: Callable[[tuple[Run, ...]], Run]
    alike: bool = False


def _of_values(compute: Callable[..., Any]) -> Callable[[tuple[Run, ...]], Run]:
    """A function that is empty where one of its arguments is."""

    def make(runs: tuple[Run, ...]) -> Run:
        def run(record: Record) -> Any:
            values = [each(record) for each in runs]
            return None if any(value is None for value in values) else compute(*values)

        return run

    return make


def _of_given(choose: Callable[[list[Any]], Any]) -> Callable[[tuple[Run, ...]], Run]:
    """A function of those of its arguments that are not empty; empty where all are."""

    def make(runs: tuple[Run, ...]) -> Run:
        def run(record: Record) -> Any:
            values = [value for each in runs if (value := each(record)) is not None]
            return choose(values) if values else None

        return run

    return make


def _rounded(number: Decimal, places: Decimal = Decimal(0)) -> Decimal:
    whole = min(max(int(places), 0), DECIMALS)
    return ROUNDING.quantize(number, Decimal(1).scaleb(-whole))


def _whole(rounding: str) -> Callable[[Decimal], Decimal | None]:
    return lambda number: kept(number.to_integral_value(rounding))


def _moved(day: date, number: Decimal) -> date | None:
    try:
        return day + timedelta(days=int(number))
    except OverflowError:
        return None


def _date_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _given(runs: tuple[Run, ...]) -> Run:
    (run,) = runs
    return lambda record: run(record) not in (None, "", (), frozenset())


_NUMBER, _TEXT, _DAY = (Type.NUMBER,), (Type.TEXT,), (Type.DATE,)
FUNCTIONS: Final[Mapping[str, Function]] = {
    "given": Function(1, 1, ((),), Type.BOOLEAN, _given),
    "first": Function(
        2,
        20,
        ((Type.NUMBER, Type.TEXT, Type.BOOLEAN, Type.DATE, Type.TIME),),
        None,
        _of_given(lambda v: v[0]),
        alike=True,
    ),
    "min": Function(1, 20, ((Type.NUMBER, Type.DATE),), None, _of_given(min), alike=True),
    "max": Function(1, 20, ((Type.NUMBER, Type.DATE),), None, _of_given(max), alike=True),
    "abs": Function(1, 1, (_NUMBER,), Type.NUMBER, _of_values(Decimal.copy_abs)),
    "round": Function(1, 2, (_NUMBER,), Type.NUMBER, _of_values(_rounded)),
    "floor": Function(1, 1, (_NUMBER,), Type.NUMBER, _of_values(_whole(ROUND_FLOOR))),
    "ceil": Function(1, 1, (_NUMBER,), Type.NUMBER, _of_values(_whole(ROUND_CEILING))),
    "length": Function(1, 1, (_TEXT,), Type.NUMBER, _of_values(lambda text: Decimal(len(text)))),
    "lower": Function(1, 1, (_TEXT,), Type.TEXT, _of_values(lambda text: text.lower()[:MAX_TEXT])),
    "upper": Function(1, 1, (_TEXT,), Type.TEXT, _of_values(lambda text: text.upper()[:MAX_TEXT])),
    "contains": Function(
        2, 2, (_TEXT,), Type.BOOLEAN, _of_values(lambda text, part: part.casefold() in text.casefold())
    ),
    "text": Function(1, 1, (_NUMBER,), Type.TEXT, _of_values(canonical)),
    "date": Function(1, 1, (_TEXT,), Type.DATE, _of_values(_date_of)),
    "year": Function(1, 1, (_DAY,), Type.NUMBER, _of_values(lambda day: Decimal(day.year))),
    "month": Function(1, 1, (_DAY,), Type.NUMBER, _of_values(lambda day: Decimal(day.month))),
    "days": Function(2, 2, (_DAY,), Type.NUMBER, _of_values(lambda a, b: Decimal((b - a).days))),
    "add_days": Function(2, 2, (_DAY, _NUMBER), Type.DATE, _of_values(_moved)),
}
