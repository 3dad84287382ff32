"""Technical and commercial bill of material from one configuration, traced both ways.

Each technical line knows the choices that made it and the commercial line that pays for it; *coverage* lists
technical lines that nobody pays and commercial lines with nothing behind them. Two configurations can be
compared line by line, with the difference of price.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from services.kit.values import round_half_up
from services.offers.domain.configurator import formulas as f
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.choices import Choice
from services.offers.domain.configurator.evaluate import Filled, amount, holds


@dataclass(frozen=True, slots=True)
class Line:
    """A line of either bill.

    `at` is the module that it is for (empty: the machine). `quantity` has at most 6 decimals, `unit_price` 8,
    None where price lists decide. `because` are the values that its condition and quantity read.
    `paid_by` is the id of a commercial line (empty: nobody's, or the line is commercial itself).
    """

    rule: str
    at: str
    article: str
    texts: m.Texts
    quantity: Decimal
    unit: str
    because: tuple[Choice, ...]
    unit_price: Decimal | None = None
    paid_by: str = ""

    @property
    def id(self) -> str:
        """The same in every configuration in which the line occurs: rule and module."""
        return f"{self.rule}@{self.at}" if self.at else self.rule


@dataclass(frozen=True, slots=True)
class Bom:
    """Both bills, and what is wrong between them: `unpaid` technical lines, `empty` commercial lines."""

    technical: tuple[Line, ...]
    commercial: tuple[Line, ...]
    unpaid: tuple[Line, ...]
    empty: tuple[Line, ...]

    def paid_by(self, commercial: Line) -> tuple[Line, ...]:
        """The technical lines that a commercial line pays for."""
        return tuple(line for line in self.technical if line.paid_by == commercial.id)


@dataclass(frozen=True, slots=True)
class Difference:
    """A line that is in one of two bills only, or in both with another quantity or price.

    `price` is what the second costs more than the first; None where a price is not known here.
    """

    before: Line | None
    after: Line | None
    price: Decimal | None


def bill(model: m.Model, configuration: Filled) -> Bom:
    """Both bills of a whole configuration, in the order of the rules, modules in theirs."""
    commercial = tuple(_lines(model.commercial, configuration, {}))
    by_rule: dict[str, list[Line]] = {}
    for line in commercial:
        by_rule.setdefault(line.rule, []).append(line)
    technical = tuple(_lines(model.technical, configuration, by_rule))
    payers = {line.paid_by for line in technical}
    free = {rule.code for rule in model.technical if rule.included}
    service = {rule.code for rule in model.commercial if rule.service}
    return Bom(
        technical,
        commercial,
        tuple(line for line in technical if not line.paid_by and line.rule not in free),
        tuple(line for line in commercial if line.id not in payers and line.rule not in service),
    )


def _lines(rules: tuple[m.BomRule, ...], machine: Filled, payers: Mapping[str, list[Line]]) -> Iterator[Line]:
    for rule in rules:
        for at in machine.modules.get(rule.each, ()) if rule.each else (machine,):
            if rule.when is not None and not holds(rule.when, at):
                continue
            quantity = amount(rule.quantity, at)
            if rule.each:
                quantity *= at.equal()
            rounded = round_half_up(_decimal(quantity), 6)
            if rounded <= 0:
                continue
            price = None
            if rule.price is not None:
                price = round_half_up(_decimal(amount(rule.price, at)), 8)
            yield Line(
                rule=rule.code,
                at=at.path,
                article=rule.article,
                texts=rule.texts,
                quantity=rounded.normalize() if rounded % 1 else Decimal(int(rounded)),
                unit=rule.unit,
                because=tuple(_because(rule, at)),
                unit_price=price,
                paid_by=_payer(rule, at, payers),
            )


def _payer(rule: m.BomRule, at: Filled, payers: Mapping[str, list[Line]]) -> str:
    """The commercial line that pays: of the same module where there is one, else of the whole machine."""
    for code in rule.paid_by:
        lines = payers.get(code, [])
        for line in lines:
            if line.at == at.path:
                return line.id
        for line in lines:
            if not line.at:
                return line.id
    return ""


def _decimal(value: Fraction) -> Decimal:
    """A fraction to 12 decimals, which is more than any place rounds to."""
    scaled = value * 10**12
    whole = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if value >= 0 else -whole).scaleb(-12)


# What a line rests on


def _because(rule: m.BomRule, at: Filled) -> Iterator[Choice]:
    found: dict[tuple[str, str], None] = {}
    for part in (rule.when, rule.quantity):
        if part is not None:
            for owner, ref in read_by(part, at):
                found.setdefault((f"{owner.path}.{ref}" if owner.path else ref, ref), None)
    owners = {
        owner.path: owner for part in (rule.when, rule.quantity) if part for owner, _ in read_by(part, at)
    }
    for path, code in found:
        owner = owners[path[: -len(code) - 1] if path != code else ""]
        values = owner.chosen.get(code, ())
        if not values and owner.attribute(code).kind == m.BOOLEAN:
            values = ("false",)
        for value in values:
            yield Choice(path, value)


def read_by(part: f.Formula, at: Filled) -> Iterator[tuple[Filled, str]]:
    """The attributes that a formula reads there, each with the module that has it."""
    if isinstance(part, f.Chosen | f.Answered | f.Value | f.FigureOf):
        owner = at
        for _ in range(part.ref.up):
            owner = owner.parent or owner
        yield owner, part.ref.code
    elif isinstance(part, f.Not):
        yield from read_by(part.inner, at)
    elif isinstance(part, f.Both):
        for each in part.parts:
            yield from read_by(each, at)
    elif isinstance(part, f.Apply):
        for argument in part.arguments:
            yield from read_by(argument, at)
    elif isinstance(part, f.Either):
        yield from read_by(part.when, at)
        yield from read_by(part.left if holds(part.when, at) else part.right, at)
    elif isinstance(part, f.Same | f.Compare | f.Sum | f.Product):
        yield from read_by(part.left, at)
        yield from read_by(part.right, at)
    elif isinstance(part, f.Over | f.Among):
        owner = at
        for _ in range(part.slot.up):
            owner = owner.parent or owner
        yield owner, part.slot.code
        for inner in owner.modules.get(part.slot.code, ()):
            yield from read_by(part.inner, inner)
    elif isinstance(part, f.Total):
        yield from _carrying(part.figure, at)


def _carrying(figure: str, at: Filled) -> Iterator[tuple[Filled, str]]:
    for code in at.chosen:
        if at.figure(code, figure):
            yield at, code
    for places in at.modules.values():
        for inner in places:
            yield from _carrying(figure, inner)


# Differences


def compare(before: Bom, after: Bom) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """The technical and the commercial differences of two configurations of one model."""
    return _differences(before.technical, after.technical), _differences(before.commercial, after.commercial)


def _differences(before: tuple[Line, ...], after: tuple[Line, ...]) -> tuple[Difference, ...]:
    old, new = {line.id: line for line in before}, {line.id: line for line in after}
    found = []
    for key in [*old, *(key for key in new if key not in old)]:
        left, right = old.get(key), new.get(key)
        if left and right and (left.quantity, left.unit_price) == (right.quantity, right.unit_price):
            continue
        found.append(Difference(left, right, _more(left, right)))
    return tuple(found)


def _more(left: Line | None, right: Line | None) -> Decimal | None:
    total = Decimal(0)
    for line, sign in ((left, -1), (right, 1)):
        if line is None:
            continue
        if line.unit_price is None:
            return None
        total += sign * round_half_up(line.quantity * line.unit_price, 2)
    return total
