"""The formula language of models, read and typed in one go.

    frame = large and stations >= 3
    labels has gs1 implies reader in (barcode, matrix)
    ceil(length / 500) * 2
    sum(line: length * quantity) <= 40000
    total(power) <= supply.capacity

It is small (this file is all of its grammar), total (every formula has one value for every configuration;
what might divide by zero is refused when the model is published), safe (no loops but those over modules, no
names but those of the model, exact fractions, limited size), and typed while it is read: an attribute, an
option, a figure that does not exist, or a number where yes or no is wanted, is an error with its column.

What has no answer counts as nothing: a number as 0, a yes/no as no, a choice as none of its options.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from services.offers.domain.configurator.formulas import (
    Among,
    Answered,
    Apply,
    Both,
    Chosen,
    Compare,
    Condition,
    Either,
    FigureOf,
    Formula,
    Known,
    Not,
    Number,
    Over,
    Product,
    Quantity,
    Ref,
    Same,
    Sum,
    Total,
    Value,
    add,
    apply,
    constant,
    multiply,
)
from services.offers.domain.configurator.names import Named, Scope
from services.offers.domain.configurator.words import WORDS, Words, wrong

MAX_DEPTH: Final = 40
MAX_DIGITS: Final = 15

_ROUNDERS: Final = frozenset({"ceil", "floor", "round", "abs"})
_OVER: Final = frozenset({"count", "sum", "any", "all"})
_FUNCTIONS: Final = _ROUNDERS | _OVER | {"min", "max", "total", "answered"}
RESERVED: Final = WORDS | _FUNCTIONS | {"this", "next"}
"""Words that no attribute, module or figure may be called; options may be called like functions."""


def parse_condition(text: str, scope: Scope, *, beside: bool = False) -> Condition:
    """The condition written in `text`.

    `beside`: the formula stands in a rule about neighbours, where `next.` speaks of the following module.

    Raises:
        Invalid: FORMULA_* with `column` (from 1) and, where it helps, `near` and `known`.
    """
    parser = _Parser(text, scope, beside)
    return parser.condition_of(parser.whole())


def parse_quantity(text: str, scope: Scope) -> Quantity:
    """The number written in `text`; errors as for `parse_condition`."""
    parser = _Parser(text, scope, beside=False)
    return parser.quantity_of(parser.whole())


@dataclass(frozen=True, slots=True)
class _Choice:
    """A choice or a set of options on its own: only `=`, `!=`, `in`, `has` make something of it."""

    ref: Ref
    named: Named


_Part: TypeAlias = Formula | _Choice
_NUMBERS: Final = (Number, Value, FigureOf, Sum, Product, Either, Apply, Over, Total)


class _Parser:
    """Recursive descent; each method reads one level of precedence and returns what it means."""

    def __init__(self, text: str, scope: Scope, beside: bool) -> None:
        self._words = Words(text)
        self._scopes = [scope]
        self._beside = beside
        self._depth = 0

    # Types

    def condition_of(self, part: _Part, place: int = 0) -> Condition:
        if isinstance(part, (*_NUMBERS, _Choice)):
            raise wrong("FORMULA_TYPE", place, wanted="yes or no", found=_what(part))
        return part

    def quantity_of(self, part: _Part, place: int = 0) -> Quantity:
        if not isinstance(part, _NUMBERS):
            raise wrong("FORMULA_TYPE", place, wanted="a number", found=_what(part))
        return part

    # Grammar

    def whole(self) -> _Part:
        part = self._implies()
        if self._words.now()[0] != "end":
            raise self._words.unexpected(wanted="an operator")
        return part

    def _implies(self) -> _Part:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise wrong("FORMULA_TOO_DEEP", self._words.place(), max=str(MAX_DEPTH))
        place = self._words.place()
        left = self._or()
        if self._words.take("implies"):
            place_right = self._words.place()
            right = self.condition_of(self._implies(), place_right)
            left = Both((Not(self.condition_of(left, place)), right), every=False)
        self._depth -= 1
        return left

    def _or(self) -> _Part:
        return self._joined("or", every=False)

    def _joined(self, word: str, *, every: bool) -> _Part:
        place = self._words.place()
        read = self._not if every else self._and
        first = read()
        if not self._words.sees(word):
            return first
        parts = [self.condition_of(first, place)]
        while self._words.take(word):
            place = self._words.place()
            parts.append(self.condition_of(read(), place))
        return Both(tuple(parts), every)

    def _and(self) -> _Part:
        return self._joined("and", every=True)

    def _not(self) -> _Part:
        count = 0
        while self._words.take("not"):
            count += 1
        place = self._words.place()
        part = self._comparison()
        if not count:
            return part
        inner = self.condition_of(part, place)
        return Not(inner) if count % 2 else inner

    def _comparison(self) -> _Part:
        place = self._words.place()
        left = self._sum()
        if isinstance(left, _Choice):
            return self._of_choice(left)
        if not self._words.sees("<=", "<", ">=", ">", "=", "!="):
            return left
        sign = self._words.next()[1]
        place_right = self._words.place()
        right = self._sum()
        if isinstance(left, _NUMBERS):
            return Compare(sign, left, self.quantity_of(right, place_right))
        if sign not in ("=", "!="):
            raise wrong("FORMULA_TYPE", place, wanted="a number", found=_what(left))
        same = Same(left, self.condition_of(right, place_right))
        return same if sign == "=" else Not(same)

    def _of_choice(self, left: _Choice) -> Condition:
        ref, named = left.ref, left.named
        if named.kind == "multiple":
            if not self._words.take("has"):
                raise self._words.unexpected(wanted="has")
            return Chosen(ref, frozenset({self._option(ref, named)}))
        if self._words.sees("=", "!="):
            sign = self._words.next()[1]
            found = Chosen(ref, frozenset({self._option(ref, named)}))
            return found if sign == "=" else Not(found)
        if not self._words.take("in"):
            raise self._words.unexpected(wanted="=, != or in")
        self._words.need("(")
        options = {self._option(ref, named)}
        while self._words.take(","):
            options.add(self._option(ref, named))
        self._words.need(")")
        return Chosen(ref, frozenset(options))

    def _option(self, ref: Ref, named: Named) -> str:
        place = self._words.place()
        code = self._words.code()
        if code not in named.options:
            known = ", ".join(sorted(named.options)[:12])
            raise wrong("FORMULA_OPTION_UNKNOWN", place, value=code, attribute=ref.code, known=known)
        return code

    def _sum(self) -> _Part:
        place = self._words.place()
        left = self._product()
        while self._words.sees("+", "-"):
            minus = self._words.next()[1] == "-"
            place_right = self._words.place()
            right = self.quantity_of(self._product(), place_right)
            left = add(self.quantity_of(left, place), right, minus=minus)
        return left

    def _product(self) -> _Part:
        place = self._words.place()
        left = self._unary()
        while self._words.sees("*", "/"):
            divided = self._words.next()[1] == "/"
            place_right = self._words.place()
            right = self.quantity_of(self._unary(), place_right)
            if divided and right.low <= 0 <= right.high:
                raise wrong("FORMULA_DIVISION", place_right)
            left = multiply(self.quantity_of(left, place), right, divided=divided)
        return left

    def _unary(self) -> _Part:
        count = 0
        while self._words.take("-"):
            count += 1
        place = self._words.place()
        part = self._atom()
        if not count:
            return part
        inner = self.quantity_of(part, place)
        return add(constant(Fraction(0)), inner, minus=True) if count % 2 else inner

    def _atom(self) -> _Part:
        kind, text, place = self._words.now()
        if kind == "number":
            self._words.next()
            if len(text) > MAX_DIGITS + 1:
                raise wrong("FORMULA_NUMBER", place, max=str(MAX_DIGITS))
            return constant(Fraction(text))
        if self._words.take("("):
            part = self._implies()
            self._words.need(")")
            return part
        if self._words.take("true", "false"):
            return Known(text == "true")
        if self._words.take("if"):
            return self._either()
        following = self._words.then()
        if kind == "name" and following[1] == "(":
            return self._function()
        return self._name()

    def _either(self) -> _Part:
        place = self._words.place()
        when = self.condition_of(self._implies(), place)
        self._words.need("then")
        place = self._words.place()
        left = self._implies()
        self._words.need("else")
        place_right = self._words.place()
        right = self._implies()
        if not isinstance(left, _NUMBERS):
            yes, no = self.condition_of(left, place), self.condition_of(right, place_right)
            return Both(
                (Both((Not(when), yes), every=False), Both((when, no), every=False)),
                every=True,
            )
        other = self.quantity_of(right, place_right)
        return Either(min(left.low, other.low), max(left.high, other.high), when, left, other)

    def _function(self) -> _Part:
        _, name, place = self._words.next()
        if name not in _FUNCTIONS:
            known = ", ".join(sorted(_FUNCTIONS))
            raise wrong("FORMULA_FUNCTION_UNKNOWN", place, value=name, known=known)
        self._words.need("(")
        if name == "total":
            part: _Part = self._total()
        elif name == "answered":
            part = Answered(self._reference()[0])
        elif name in _OVER:
            part = self._over(name)
        else:
            part = self._apply(name, place)
        self._words.need(")")
        return part

    def _total(self) -> Quantity:
        place = self._words.place()
        code = self._words.code()
        bounds = self._scopes[-1].total(code)
        if bounds is None:
            raise wrong("FORMULA_FIGURE_UNKNOWN", place, value=code)
        return Total(bounds[0], bounds[1], code)

    def _apply(self, name: str, place: int) -> Quantity:
        arguments = []
        while True:
            begin = self._words.place()
            arguments.append(self.quantity_of(self._implies(), begin))
            if not self._words.take(","):
                break
        if name in _ROUNDERS and len(arguments) != 1:
            raise wrong("FORMULA_ARGUMENTS", place, value=name)
        return apply(name, tuple(arguments))

    def _over(self, name: str) -> _Part:
        place = self._words.place()
        ref, named = self._reference()
        if named.kind != "modules" or named.inner is None:
            raise wrong("FORMULA_TYPE", place, wanted="modules", found=named.kind)
        if not self._words.take(":"):
            if name != "count":
                raise self._words.unexpected(wanted=":")
            return Over(named.low, named.high, ref, constant(Fraction(1)))
        self._scopes.append(named.inner)
        place = self._words.place()
        inner = self._implies()
        self._scopes.pop()
        if name in ("any", "all"):
            return Among(ref, self.condition_of(inner, place), name == "all")
        if name == "count":
            one = Either(
                Fraction(0),
                Fraction(1),
                self.condition_of(inner, place),
                constant(Fraction(1)),
                constant(Fraction(0)),
            )
            return Over(Fraction(0), named.high, ref, one)
        quantity = self.quantity_of(inner, place)
        low = min(quantity.low * named.low, quantity.low * named.high)
        return Over(low, max(quantity.high * named.low, quantity.high * named.high), ref, quantity)

    def _reference(self) -> tuple[Ref, Named]:
        place = self._words.place()
        code = self._words.code()
        beside = 0
        if code in ("this", "next") and self._words.sees("."):
            if code == "next" and not self._beside:
                raise wrong("FORMULA_NEXT", place)
            beside = int(code == "next")
            self._words.need(".")
            code = self._words.code()
        scope: Scope | None = self._scopes[-1]
        up = 0
        while scope is not None:
            named = scope.named(code)
            if named is not None:
                return Ref(code, up, beside), named
            scope = None if beside else scope.parent()
            up += 1
        raise wrong("FORMULA_NAME_UNKNOWN", place, value=code)

    def _name(self) -> _Part:
        place = self._words.place()
        ref, named = self._reference()
        if self._words.take("."):
            figure = self._words.code()
            if figure not in named.figures:
                raise wrong("FORMULA_FIGURE_UNKNOWN", place, value=figure)
            low, high = named.figures[figure]
            return FigureOf(low, high, ref, figure)
        if named.kind == "boolean":
            return Chosen(ref, frozenset({"true"}))
        if named.kind in ("choice", "multiple"):
            return _Choice(ref, named)
        if named.kind == "text":
            raise wrong("FORMULA_TEXT", place, value=ref.code)
        return Value(named.low, named.high, ref)


def _what(part: _Part) -> str:
    if isinstance(part, _Choice):
        return "a choice"
    return "a number" if isinstance(part, _NUMBERS) else "yes or no"
