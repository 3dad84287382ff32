"""What formulas mean: conditions of rules, quantities of bills of material, as values.

`parsing.py` reads them from text, `evaluate.py` computes them in one configuration, `conditions.py` and
`linear.py` make clauses and sums of them. Every quantity carries the least and the greatest value that it can
take, so that what could divide by zero is known before anybody chooses anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias


class Ref(NamedTuple):
    """An attribute seen from where the formula stands: `up` levels above, in the `beside`-th module after."""

    code: str
    up: int = 0
    beside: int = 0


# What a formula means. Numbers carry the least and the greatest value that they can take.


@dataclass(frozen=True, slots=True)
class Known:
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whether one of these options is chosen; of a yes/no attribute, the only option is `true`."""

    ref: Ref
    options: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answered:
    """Whether an attribute has a value."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    inner: Condition


@dataclass(frozen=True, slots=True)
class Both:
    """Whether all of these hold (`every`), or at least one."""

    parts: tuple[Condition, ...]
    every: bool


@dataclass(frozen=True, slots=True)
class Same:
    """Whether both hold or neither does."""

    left: Condition
    right: Condition


@dataclass(frozen=True, slots=True)
class Compare:
    """`left` compared with `right` by one of `<= < >= > = !=`."""

    sign: str
    left: Quantity
    right: Quantity


@dataclass(frozen=True, slots=True)
class Among:
    """Whether the condition holds in all modules of a slot (`every`), or in at least one."""

    slot: Ref
    inner: Condition
    every: bool


@dataclass(frozen=True, slots=True)
class Number:
    """A constant; also a yes/no condition counted as 1 or 0 when `when` is set."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True)
class Value:
    """The number that an attribute has."""

    low: Fraction
    high: Fraction
    ref: Ref


@dataclass(frozen=True, slots=True)
class FigureOf:
    """A figure of what is chosen in an attribute: of the option, or per unit times the number."""

    low: Fraction
    high: Fraction
    ref: Ref
    figure: str


@dataclass(frozen=True, slots=True)
class Sum:
    """`left + right`, or `left - right` when `minus`."""

    low: Fraction
    high: Fraction
    left: Quantity
    right: Quantity
    minus: bool


@dataclass(frozen=True, slots=True)
class Product:
    """`left * right`, or `left / right` when `divided`; the divisor is never 0."""

    low: Fraction
    high: Fraction
    left: Quantity
    right: Quantity
    divided: bool


@dataclass(frozen=True, slots=True)
class Either:
    """`if when then left else right`."""

    low: Fraction
    high: Fraction
    when: Condition
    left: Quantity
    right: Quantity


@dataclass(frozen=True, slots=True)
class Apply:
    """`ceil`, `floor`, `round` (halves away from zero), `abs`, `min` or `max` of its arguments."""

    low: Fraction
    high: Fraction
    name: str
    arguments: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True)
class Over:
    """The sum of a quantity over the modules of a slot; counting is the sum of 1."""

    low: Fraction
    high: Fraction
    slot: Ref
    inner: Quantity


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of a figure over everything chosen from here down, modules times their quantity."""

    low: Fraction
    high: Fraction
    figure: str


Condition: TypeAlias = Known | Chosen | Answered | Not | Both | Same | Compare | Among
Quantity: TypeAlias = Number | Value | FigureOf | Sum | Product | Either | Apply | Over | Total
Formula: TypeAlias = Condition | Quantity


# Conditions turned round


_OPPOSITE: Final = {"<=": ">", ">": "<=", "<": ">=", ">=": "<", "=": "!=", "!=": "="}


def negated(condition: Condition) -> Condition:
    """The contrary, with the `not` moved as far inside as it goes."""
    if isinstance(condition, Not):
        return condition.inner
    if isinstance(condition, Known):
        return Known(not condition.value)
    if isinstance(condition, Both):
        return Both(tuple(negated(part) for part in condition.parts), not condition.every)
    if isinstance(condition, Same):
        return Same(negated(condition.left), condition.right)
    if isinstance(condition, Compare):
        return Compare(_OPPOSITE[condition.sign], condition.left, condition.right)
    if isinstance(condition, Among):
        return Among(condition.slot, negated(condition.inner), not condition.every)
    return Not(condition)


# Numbers with their bounds


def constant(value: Fraction) -> Number:
    """A number that is always the same."""
    return Number(value, value)


def add(left: Quantity, right: Quantity, *, minus: bool) -> Quantity:
    """`left + right` or `left - right`."""
    low, high = (right.high, right.low) if minus else (right.low, right.high)
    if minus:
        low, high = left.low - low, left.high - high
    else:
        low, high = left.low + low, left.high + high
    if isinstance(left, Number) and isinstance(right, Number):
        return Number(low, high)
    return Sum(low, high, left, right, minus)


def multiply(left: Quantity, right: Quantity, *, divided: bool) -> Quantity:
    """`left * right` or `left / right`; the caller has made sure that the divisor's bounds leave out 0."""
    ends = [x / y if divided else x * y for x in {left.low, left.high} for y in {right.low, right.high}]
    low, high = min(ends), max(ends)
    if isinstance(left, Number) and isinstance(right, Number):
        return Number(low, high)
    return Product(low, high, left, right, divided)


def apply(name: str, arguments: tuple[Quantity, ...]) -> Quantity:
    """A function of numbers, with bounds."""
    lows, highs = [x.low for x in arguments], [x.high for x in arguments]
    if name in ("min", "max"):
        pick = min if name == "min" else max
        return Apply(pick(lows), pick(highs), name, arguments)
    low, high = lows[0], highs[0]
    if name == "abs":
        near = Fraction(0) if low <= 0 <= high else min(abs(low), abs(high))
        return Apply(near, max(abs(low), abs(high)), name, arguments)
    return Apply(rounded(name, low), rounded(name, high), name, arguments)


def rounded(name: str, value: Fraction) -> Fraction:
    """`ceil`, `floor`, `round` (halves away from zero) or `abs` of a number."""
    if name == "ceil":
        return Fraction(-(-value.numerator // value.denominator))
    if name == "floor":
        return Fraction(value.numerator // value.denominator)
    if name == "abs":
        return abs(value)
    whole = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return Fraction(whole if value >= 0 else -whole)
