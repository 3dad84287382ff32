"""Numbers as sums over literals: `3 if this is chosen, 5 if that, …`, each group of literals one choice.

Adding is exact and small. A product or a function of several attributes is listed, as a table over the
combinations of their values, up to a limit; that is FORMULA_TOO_WIDE.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Final

from services.offers.domain.configurator import formulas as f
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.clauses import Clauses
from services.offers.domain.configurator.ground import TRUE, Cell, Place, cell_at, places_at
from services.offers.domain.configurator.problems import refused
from services.offers.domain.configurator.sat import Literal

MAX_JOINT: Final = 4096


@dataclass(slots=True)
class Linear:
    """A number as a constant plus what each group of exclusive literals adds."""

    constant: Fraction
    terms: dict[tuple[Literal, ...], dict[Literal, Fraction]]

    def plus(self, other: Linear, factor: Fraction) -> Linear:
        terms = {group: dict(values) for group, values in self.terms.items()}
        for group, values in other.terms.items():
            mine = terms.setdefault(group, {})
            for literal, value in values.items():
                mine[literal] = mine.get(literal, Fraction(0)) + factor * value
        return Linear(self.constant + factor * other.constant, terms)


class Numbers:
    """Makes numbers of formulas; `literal` gives the literal of a condition inside one."""

    def __init__(self, clauses: Clauses, literal: Callable[[f.Condition, Place], Literal]) -> None:
        self._clauses = clauses
        self._literal = literal
        self._joints: dict[tuple[tuple[Literal, ...], ...], list[tuple[Literal, tuple[Literal, ...]]]] = {}

    def linear(self, quantity: f.Quantity, place: Place) -> Linear:
        """A formula at a place as a number.

        Raises:
            Invalid: FORMULA_TOO_WIDE.
        """
        if isinstance(quantity, f.Number):
            return Linear(quantity.low, {})
        if isinstance(quantity, f.Value):
            cell = cell_at(quantity.ref, place)
            return _term(cell, {x: Fraction(code) for code, x in cell.literals.items()})
        if isinstance(quantity, f.FigureOf):
            return self._figure(cell_at(quantity.ref, place), quantity.figure)
        if isinstance(quantity, f.Sum):
            right = self.linear(quantity.right, place)
            return self.linear(quantity.left, place).plus(right, Fraction(-1 if quantity.minus else 1))
        if isinstance(quantity, f.Either):
            return self._either(quantity, place)
        if isinstance(quantity, f.Over):
            return self._over(quantity, place)
        if isinstance(quantity, f.Total):
            return self.total(place, quantity.figure)
        return self._function(quantity, place)

    @staticmethod
    def _figure(cell: Cell, figure: str) -> Linear:
        carried = {
            cell.literals[option.code]: option.figures[figure]
            for option in cell.attribute.options
            if figure in option.figures
        }
        if cell.attribute.kind != m.MULTIPLE:
            return _term(cell, carried)
        found = Linear(Fraction(0), {})
        for literal, value in carried.items():
            found.terms[(literal, -literal)] = {literal: value}
        return found

    def _either(self, quantity: f.Either, place: Place) -> Linear:
        when = self._literal(quantity.when, place)
        left, right = self.linear(quantity.left, place), self.linear(quantity.right, place)
        if abs(when) == TRUE:
            return left if when == TRUE else right
        return self._times(when, left).plus(self._times(-when, right), Fraction(1))

    def _times(self, when: Literal, linear: Linear) -> Linear:
        """The number where the literal holds, 0 elsewhere."""
        if abs(when) == TRUE:
            return linear if when == TRUE else Linear(Fraction(0), {})
        pair = (abs(when), -abs(when))
        found = Linear(Fraction(0), {pair: {when: linear.constant}} if linear.constant else {})
        for values in linear.terms.values():
            made = {self._clauses.all_of((when, x)): value for x, value in values.items() if value}
            found = found.plus(self._with_rest(made), Fraction(1))
        return found

    def _with_rest(self, values: dict[Literal, Fraction]) -> Linear:
        """A term of literals that exclude each other; one more literal stands for all that adds nothing."""
        values.pop(-TRUE, None)
        if not values:
            return Linear(Fraction(0), {})
        rest = self._clauses.all_of([-x for x in values])
        return Linear(Fraction(0), {(*values, rest): values})

    def _over(self, quantity: f.Over, place: Place) -> Linear:
        found = Linear(Fraction(0), {})
        for inner in places_at(quantity.slot, place):
            found = found.plus(self._where_it_exists(inner, self.linear(quantity.inner, inner)), Fraction(1))
        return found

    def _where_it_exists(self, place: Place, linear: Linear) -> Linear:
        """The number of a module, 0 if the module is not there; what has no value adds nothing by itself."""
        absent = {cell.absent for cell in place.cells.values() if cell.absent}
        absent |= {-x for cell in place.cells.values() if not cell.exclusive for x in cell.literals.values()}
        safe = Linear(Fraction(0), {})
        other = Linear(linear.constant, {})
        for group, values in linear.terms.items():
            silent = [x for x in group if x in absent]
            target = safe if silent and not any(values.get(x) for x in silent) else other
            target.terms[group] = values
        return safe.plus(self._times(place.exists, other), Fraction(1))

    def total(self, place: Place, figure: str) -> Linear:
        """The total of a figure over everything from a place down."""
        found = Linear(Fraction(0), {})
        for cell in place.cells.values():
            if cell.attribute.module is None or any(figure in x.figures for x in cell.attribute.options):
                found = found.plus(self._figure(cell, figure), Fraction(1))
        for places in place.modules.values():
            for inner in places:
                inside = self.total(inner, figure)
                if inner.module.quantity:
                    inside = self._multiplied(inside, inner.cells[inner.module.quantity])
                found = found.plus(inside, Fraction(1))
        return found

    def _multiplied(self, linear: Linear, quantity: Cell) -> Linear:
        number = {x: Fraction(code) for code, x in quantity.literals.items()}
        group = tuple(quantity.all())
        found = Linear(Fraction(0), {group: {x: n * linear.constant for x, n in number.items()}})
        for values in linear.terms.values():
            made = {
                self._clauses.all_of((x, y)): n * value
                for x, n in number.items()
                for y, value in values.items()
                if n and value
            }
            found = found.plus(self._with_rest(made), Fraction(1))
        return found

    def _function(self, quantity: f.Product | f.Apply, place: Place) -> Linear:
        """A product or a function as a table over the values of what is in it."""
        if isinstance(quantity, f.Product):
            parts = [self.linear(quantity.left, place), self.linear(quantity.right, place)]
            if not parts[1].terms:
                factor = 1 / parts[1].constant if quantity.divided else parts[1].constant
                return Linear(Fraction(0), {}).plus(parts[0], factor)
            if not parts[0].terms and not quantity.divided:
                return Linear(Fraction(0), {}).plus(parts[1], parts[0].constant)
        else:
            parts = [self.linear(argument, place) for argument in quantity.arguments]
        groups = list(dict.fromkeys(group for part in parts for group in part.terms))
        if not groups:
            return Linear(_computed(quantity, [part.constant for part in parts]), {})
        values = {}
        joint = self._joint(groups)
        for literal, chosen in joint:
            numbers = [
                part.constant
                + sum(
                    (
                        part.terms[group].get(x, Fraction(0))
                        for group, x in zip(groups, chosen, strict=True)
                        if group in part.terms
                    ),
                    Fraction(0),
                )
                for part in parts
            ]
            values[literal] = _computed(quantity, numbers)
        return Linear(Fraction(0), {tuple(x for x, _ in joint): values})

    def _joint(self, groups: Sequence[tuple[Literal, ...]]) -> list[tuple[Literal, tuple[Literal, ...]]]:
        """One literal for each combination of one literal per group; exactly one of them is true."""
        key = tuple(groups)
        if key in self._joints:
            return self._joints[key]
        if prod(len(group) for group in groups) > MAX_JOINT:
            raise refused("FORMULA_TOO_WIDE", self._clauses.about, max=str(MAX_JOINT))
        found: list[tuple[Literal, tuple[Literal, ...]]] = []
        if len(groups) == 1:
            found = [(x, (x,)) for x in groups[0]]
        else:
            for chosen in product(*groups):
                if any(-x in chosen for x in chosen):
                    continue
                found.append((self._clauses.all_of(chosen), chosen))
            with self._clauses.as_structure():
                self._clauses.add([x for x, _ in found])
        self._joints[key] = found
        return found


def _term(cell: Cell, values: Mapping[Literal, Fraction]) -> Linear:
    if not values:
        return Linear(Fraction(0), {})
    return Linear(Fraction(0), {tuple(cell.all()): dict(values)})


def _computed(quantity: f.Product | f.Apply, numbers: list[Fraction]) -> Fraction:
    if isinstance(quantity, f.Product):
        if quantity.divided:
            # 0 only in combinations that cannot be: the divisor's bounds leave out 0.
            return numbers[0] / numbers[1] if numbers[1] else Fraction(0)
        return numbers[0] * numbers[1]
    if quantity.name == "min":
        return min(numbers)
    if quantity.name == "max":
        return max(numbers)
    return f.rounded(quantity.name, numbers[0])
