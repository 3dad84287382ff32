"""Conditions as clauses, where they must hold, and as literals, where another condition speaks of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from services.offers.domain.configurator import formulas as f
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.clauses import Clauses
from services.offers.domain.configurator.evaluate import compare
from services.offers.domain.configurator.ground import TRUE, Cell, Place, cell_at, places_at
from services.offers.domain.configurator.linear import Linear, Numbers
from services.offers.domain.configurator.sat import Literal


class Conditions:
    """Writes conditions; the same condition at the same place is written once."""

    def __init__(self, clauses: Clauses) -> None:
        self._clauses = clauses
        self._numbers = Numbers(clauses, self.literal)
        self._formulas: dict[tuple[f.Condition, int], Literal] = {}

    def total(self, place: Place, figure: str) -> Linear:
        """See `linear.Numbers.total`."""
        return self._numbers.total(place, figure)

    def require(self, condition: f.Condition, place: Place, unless: list[Literal]) -> None:
        """The condition holds, or one of `unless` does."""
        if isinstance(condition, f.Not):
            inner = f.negated(condition.inner)
            if isinstance(inner, f.Not):
                self._clauses.add([*unless, self.literal(inner, place)])
            else:
                self.require(inner, place, unless)
        elif isinstance(condition, f.Both):
            self._assert_both(condition, place, unless)
        elif isinstance(condition, f.Compare):
            self._assert_compare(condition, place, unless)
        elif isinstance(condition, f.Among) and condition.every:
            for inner_place in places_at(condition.slot, place):
                self.require(condition.inner, inner_place, [*unless, -inner_place.exists])
        else:
            self._clauses.add([*unless, self.literal(condition, place)])

    def _assert_both(self, condition: f.Both, place: Place, unless: list[Literal]) -> None:
        if condition.every:
            for part in condition.parts:
                self.require(part, place, unless)
            return
        # One comparison or conjunction may stay as it is, guarded by the others.
        parts = [_plain(part) for part in condition.parts]
        rich = [part for part in parts if isinstance(part, f.Compare | f.Both | f.Among)]
        kept = rich[-1] if rich else None
        literals = [self.literal(part, place) for part in parts if part is not kept]
        if kept is None:
            self._clauses.add([*unless, *literals])
        else:
            self.require(kept, place, [*unless, *literals])

    def _assert_compare(self, condition: f.Compare, place: Place, unless: list[Literal]) -> None:
        sign = condition.sign
        if sign == "!=":
            self._clauses.add([*unless, self.literal(condition, place)])
            return
        difference = self._difference(condition, place)
        if len(difference.terms) <= 1:
            self._clauses.add([*unless, self.literal(condition, place)])
            return
        if sign in ("<=", "<", "="):
            self._sum(difference, sign == "<", unless)
        if sign in (">=", ">", "="):
            self._sum(Linear(Fraction(0), {}).plus(difference, Fraction(-1)), sign == ">", unless)

    def _difference(self, condition: f.Compare, place: Place) -> Linear:
        left = self._numbers.linear(condition.left, place)
        return left.plus(self._numbers.linear(condition.right, place), Fraction(-1))

    def _sum(self, linear: Linear, strict: bool, unless: Sequence[Literal]) -> None:
        """`linear <= 0`, or `< 0`, unless one of these literals holds."""
        if TRUE in unless:
            return
        groups = [
            [(x, values.get(x, Fraction(0))) for x in literals] for literals, values in linear.terms.items()
        ]
        scale = lcm(
            linear.constant.denominator, *(value.denominator for group in groups for _, value in group)
        )
        bound = -int(linear.constant * scale) - strict
        whole = []
        for group in groups:
            base = min(value for _, value in group)
            bound -= int(base * scale)
            if any(value != base for _, value in group):
                whole.append(tuple((x, int((value - base) * scale)) for x, value in group))
        kept = tuple(x for x in unless if x != -TRUE)
        if bound < 0:
            self._clauses.add(kept)
        elif sum(max(value for _, value in group) for group in whole) > bound:
            self._clauses.add_sum(tuple(whole), bound, kept)

    # As literals

    def literal(self, condition: f.Condition, place: Place) -> Literal:
        """A literal that is true exactly when the condition holds."""
        if isinstance(condition, f.Chosen | f.Not | f.Known):
            return self._make(condition, place)
        key = (condition, id(place))
        found = self._formulas.get(key)
        if found is None:
            found = self._formulas[key] = self._make(condition, place)
        return found

    def _make(self, condition: f.Condition, place: Place) -> Literal:
        if isinstance(condition, f.Known):
            return TRUE if condition.value else -TRUE
        if isinstance(condition, f.Chosen):
            cell = cell_at(condition.ref, place)
            return self._clauses.one_of({cell.literals[code] for code in condition.options}, set(cell.all()))
        if isinstance(condition, f.Answered):
            return self._answered(cell_at(condition.ref, place))
        if isinstance(condition, f.Not):
            return -self.literal(condition.inner, place)
        if isinstance(condition, f.Both):
            literals = [self.literal(part, place) for part in condition.parts]
            if condition.every:
                return self._clauses.all_of(literals)
            return -self._clauses.all_of([-x for x in literals])
        if isinstance(condition, f.Same):
            return self._same(self.literal(condition.left, place), self.literal(condition.right, place))
        if isinstance(condition, f.Among):
            parts = []
            for inner in places_at(condition.slot, place):
                holds = self.literal(condition.inner, inner)
                both = [inner.exists, -holds if condition.every else holds]
                parts.append(-self._clauses.all_of(both))
            joined = self._clauses.all_of(parts)
            return joined if condition.every else -joined
        return self._compared(condition, place)

    def _answered(self, cell: Cell) -> Literal:
        if cell.attribute.kind == m.MULTIPLE:
            return -self._clauses.all_of([-x for x in cell.literals.values()])
        if cell.exclusive:
            return -cell.absent if cell.absent else TRUE
        return TRUE if cell.place.parent is None else cell.place.exists

    def _same(self, left: Literal, right: Literal) -> Literal:
        one, other = self._clauses.all_of([left, right]), self._clauses.all_of([-left, -right])
        return -self._clauses.all_of([-one, -other])

    def _compared(self, condition: f.Compare, place: Place) -> Literal:
        difference = self._difference(condition, place)
        if not difference.terms:
            return TRUE if compare(condition.sign, difference.constant, Fraction(0)) else -TRUE
        if len(difference.terms) == 1:
            ((group, values),) = difference.terms.items()
            holds = {
                x
                for x in group
                if compare(condition.sign, difference.constant + values.get(x, Fraction(0)), Fraction(0))
            }
            return self._clauses.one_of(holds, set(group))
        if condition.sign in ("=", "!="):
            parts = [f.Compare(sign, condition.left, condition.right) for sign in ("<=", ">=")]
            both = self._clauses.all_of([self.literal(part, place) for part in parts])
            return both if condition.sign == "=" else -both
        literal = self._clauses.new()
        opposite = f.negated(condition)
        with self._clauses.as_structure():
            if isinstance(opposite, f.Compare):
                self._assert_compare(condition, place, [-literal])
                self._assert_compare(opposite, place, [literal])
        return literal


def _plain(condition: f.Condition) -> f.Condition:
    return f.negated(condition.inner) if isinstance(condition, f.Not) else condition
