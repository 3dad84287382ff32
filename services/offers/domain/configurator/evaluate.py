"""The value of a formula in one complete configuration: exact, and total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from services.offers.domain.configurator import formulas as f
from services.offers.domain.configurator import model as m


@dataclass(frozen=True, slots=True)
class Filled:
    """A module with its values: the codes chosen in each attribute (none: no value) and what is inside.

    `path` is the way from the machine: empty for the machine itself, `line[2]` for its second module.
    """

    module: m.Module
    path: str
    chosen: Mapping[str, tuple[str, ...]]
    modules: Mapping[str, tuple[Filled, ...]] = field(default_factory=dict)
    parent: Filled | None = None
    position: int = 0

    def attribute(self, code: str) -> m.Attribute:
        """An attribute of this module by its code."""
        return next(attribute for attribute in self.module.attributes if attribute.code == code)

    def figure(self, code: str, figure: str) -> Fraction:
        """The figure of what is chosen in an attribute."""
        chosen = self.chosen.get(code, ())
        return sum(
            (
                option.figures.get(figure, Fraction(0))
                for option in self.attribute(code).options
                if option.code in chosen
            ),
            Fraction(0),
        )

    def total(self, figure: str) -> Fraction:
        """The sum of a figure from here down, not multiplied by this module's own quantity."""
        found = sum((self.figure(code, figure) for code in self.chosen), Fraction(0))
        for places in self.modules.values():
            for inner in places:
                found += inner.total(figure) * inner.equal()
        return found

    def equal(self) -> Fraction:
        """How many equal modules this one stands for."""
        if not self.module.quantity:
            return Fraction(1)
        chosen = self.chosen.get(self.module.quantity, ())
        return Fraction(chosen[0]) if chosen else Fraction(0)


def holds(condition: f.Condition, at: Filled) -> bool:
    """Whether a condition holds there."""
    if isinstance(condition, f.Known):
        return condition.value
    if isinstance(condition, f.Chosen):
        return not condition.options.isdisjoint(_at(condition.ref, at).chosen.get(condition.ref.code, ()))
    if isinstance(condition, f.Answered):
        owner = _at(condition.ref, at)
        yes_no = owner.attribute(condition.ref.code).kind in (m.BOOLEAN, m.TEXT)
        return yes_no or bool(owner.chosen.get(condition.ref.code))
    if isinstance(condition, f.Not):
        return not holds(condition.inner, at)
    if isinstance(condition, f.Both):
        test = all if condition.every else any
        return test(holds(part, at) for part in condition.parts)
    if isinstance(condition, f.Same):
        return holds(condition.left, at) == holds(condition.right, at)
    if isinstance(condition, f.Among):
        test = all if condition.every else any
        return test(holds(condition.inner, inner) for inner in _modules(condition.slot, at))
    return compare(condition.sign, amount(condition.left, at), amount(condition.right, at))


def amount(quantity: f.Quantity, at: Filled) -> Fraction:
    """The number that a formula gives there."""
    if isinstance(quantity, f.Number):
        return quantity.low
    if isinstance(quantity, f.Value):
        chosen = _at(quantity.ref, at).chosen.get(quantity.ref.code, ())
        return Fraction(chosen[0]) if chosen else Fraction(0)
    if isinstance(quantity, f.FigureOf):
        return _at(quantity.ref, at).figure(quantity.ref.code, quantity.figure)
    if isinstance(quantity, f.Sum):
        right = amount(quantity.right, at)
        return amount(quantity.left, at) + (-right if quantity.minus else right)
    if isinstance(quantity, f.Product):
        left, right = amount(quantity.left, at), amount(quantity.right, at)
        if not quantity.divided:
            return left * right
        return left / right if right else Fraction(0)
    if isinstance(quantity, f.Either):
        return amount(quantity.left if holds(quantity.when, at) else quantity.right, at)
    if isinstance(quantity, f.Apply):
        numbers = [amount(argument, at) for argument in quantity.arguments]
        if quantity.name in ("min", "max"):
            return min(numbers) if quantity.name == "min" else max(numbers)
        return f.rounded(quantity.name, numbers[0])
    if isinstance(quantity, f.Total):
        return at.total(quantity.figure)
    inside = (amount(quantity.inner, inner) for inner in _modules(quantity.slot, at))
    return sum(inside, Fraction(0))


def compare(sign: str, left: Fraction, right: Fraction) -> bool:
    """`left` and `right` compared by one of `<= < >= > = !=`."""
    if sign == "=":
        return left == right
    if sign == "!=":
        return left != right
    if sign in ("<=", "<"):
        return left < right or (sign == "<=" and left == right)
    return left > right or (sign == ">=" and left == right)


def _at(ref: f.Ref, at: Filled) -> Filled:
    found = at
    for _ in range(ref.up):
        if found.parent is None:
            raise AssertionError("names are checked when the model is read")
        found = found.parent
    if ref.beside and found.parent is not None:
        slot = found.path.rpartition(".")[2].partition("[")[0]
        found = found.parent.modules[slot][found.position]
    return found


def _modules(ref: f.Ref, at: Filled) -> tuple[Filled, ...]:
    return _at(ref, at).modules.get(ref.code, ())
