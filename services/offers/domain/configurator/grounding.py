"""From a model to clauses and sums: what a SAT solver and bounds propagation can work with.

Every attribute of the machine, and of each module that could exist, becomes a *cell*: a set of literals of
which exactly one is true (its options, and that it has no value). Rules become clauses over these literals;
comparisons of numbers become sums of integers, `3 of this, 5 of that … at most 20`, each over groups of
literals that exclude one another. A function of one attribute is a table over its values, so nothing but the
product of two large ranges is out of reach; that is FORMULA_TOO_WIDE.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, pairwise, product
from math import lcm, prod
from typing import Final

from services.kit.errors import Invalid
from services.offers.domain.configurator import formulas as f
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.evaluate import compare
from services.offers.domain.configurator.problems import refused
from services.offers.domain.configurator.sat import Literal, SumRule

TRUE: Final = 1
"""The literal that is always true."""

MAX_JOINT: Final = 4096
MAX_VARIABLES: Final = 100_000
PAIRWISE: Final = 12

NO_VALUE: Final = ""
STRUCTURE: Final = -1
"""The owner of clauses that belong to no rule: a choice has one value."""


@dataclass(slots=True)
class Cell:
    """One attribute at one place: `line[2].kind`.

    `literals` by option code; a yes/no has `true` only. `absent` is the literal of having no value; 0 for
    attributes that always have one, or that are sets. `active` says when it is asked.
    """

    path: str
    attribute: m.Attribute
    place: Place
    literals: dict[str, Literal] = field(default_factory=dict)
    absent: Literal = 0
    active: Literal = TRUE

    @property
    def exclusive(self) -> bool:
        """Whether exactly one of its literals is true (not so for yes/no, multiple choice and text)."""
        return self.attribute.kind in (m.CHOICE, *m.NUMBERS)

    def all(self) -> list[Literal]:
        """The literals of which exactly one is true."""
        if self.attribute.kind == m.BOOLEAN:
            literal = self.literals[m.YES]
            return [literal, -literal]
        return [*self.literals.values(), self.absent] if self.absent else list(self.literals.values())


@dataclass(slots=True)
class Place:
    """The machine, or one module that may exist in it."""

    module: m.Module
    prefix: str
    parent: Place | None = None
    exists: Literal = TRUE
    cells: dict[str, Cell] = field(default_factory=dict)
    modules: dict[str, list[Place]] = field(default_factory=dict)
    following: Place | None = None

    def walk(self) -> Iterator[Place]:
        """This place and all below it, in the order of the model."""
        yield self
        for places in self.modules.values():
            for place in places:
                yield from place.walk()


@dataclass(slots=True)
class Ground:
    """A model as clauses and sums. Variables up to `shown` are options, the others are means to an end."""

    model: m.Model
    machine: Place
    cells: dict[str, Cell]
    rules: list[m.Rule]
    clauses: list[tuple[list[Literal], int]]
    sums: list[SumRule]
    variables: int
    shown: int
    option_of: dict[int, tuple[Cell, str]]
    totals: dict[str, SumRule]
    broken: dict[int, Literal] = field(default_factory=dict)
    """For the publishing check: by rule, a literal that is true exactly when the rule is broken."""


@dataclass(slots=True)
class _Linear:
    """A number as a constant plus what each group of exclusive literals adds."""

    constant: Fraction
    terms: dict[tuple[Literal, ...], dict[Literal, Fraction]]

    def plus(self, other: _Linear, factor: Fraction) -> _Linear:
        terms = {group: dict(values) for group, values in self.terms.items()}
        for group, values in other.terms.items():
            mine = terms.setdefault(group, {})
            for literal, value in values.items():
                mine[literal] = mine.get(literal, Fraction(0)) + factor * value
        return _Linear(self.constant + factor * other.constant, terms)


def ground(model: m.Model, total: str = "") -> Ground:
    """The clauses and sums of a model; with `total`, the total of that figure as a sum to be kept small.

    The options have the same literals either way.

    Raises:
        Invalid: FORMULA_TOO_WIDE, MODEL_TOO_LARGE (more than 100,000 variables).
    """
    return _Grounder(model, total).run()


def ground_with(model: m.Model, conditions: Sequence[f.Condition]) -> tuple[Ground, list[Literal | None]]:
    """Clauses and sums, literals for when each rule is broken, and one for each condition at the machine.

    None where a condition is too wide to be listed.

    Raises:
        Invalid: as for `ground`.
    """
    grounder = _Grounder(model)
    found = grounder.run()
    found.broken = grounder.broken(found.machine)
    literals = [grounder.reached(condition, found.machine) for condition in conditions]
    found.variables = grounder.variables
    return found, literals


class _Grounder:
    def __init__(self, model: m.Model, total: str = "") -> None:
        self._model = model
        self._figured = total
        self._variables = 1
        self._clauses: list[tuple[list[Literal], int]] = [([TRUE], STRUCTURE)]
        self._sums: list[SumRule] = []
        self._rules: list[m.Rule] = []
        self._owner = STRUCTURE
        self._owners: dict[object, int] = {}
        self._about = ""
        self._cells: dict[str, Cell] = {}
        self._options: dict[int, tuple[Cell, str]] = {}
        self._sets: dict[tuple[bool, frozenset[Literal]], Literal] = {}
        self._joints: dict[tuple[tuple[Literal, ...], ...], list[tuple[Literal, tuple[Literal, ...]]]] = {}
        self._formulas: dict[tuple[f.Condition, int], Literal] = {}

    def run(self) -> Ground:
        machine = Place(self._model.machine, "")
        self._open(machine)
        shown = self._variables
        for place in machine.walk():
            for cell in place.cells.values():
                self._structure(cell)
        for place in machine.walk():
            for cell in place.cells.values():
                self._activity(cell)
        for place in machine.walk():
            for rule in place.module.rules:
                self._own(rule, id(rule))
                self._rule(rule, place)
        totals = {self._figured: self._measure(machine, self._figured)} if self._figured else {}
        return Ground(
            self._model,
            machine,
            self._cells,
            self._rules,
            self._clauses,
            self._sums,
            self._variables,
            shown,
            self._options,
            totals,
        )

    def _measure(self, machine: Place, figure: str) -> SumRule:
        """The total of a figure as a sum, in millionths, without a limit; `bound` is what it has at least."""
        linear = self._total(machine, figure)
        scale = 1_000_000
        base = int(linear.constant * scale)
        groups = []
        for literals, values in linear.terms.items():
            numbers = [(x, int(values.get(x, Fraction(0)) * scale)) for x in literals]
            least = min(number for _, number in numbers)
            base += least
            groups.append(tuple((x, number - least) for x, number in numbers))
        return SumRule(tuple(groups), base, (), STRUCTURE)

    @property
    def variables(self) -> int:
        """How many variables there are by now."""
        return self._variables

    def broken(self, machine: Place) -> dict[int, Literal]:
        """For each rule with conditions, a literal for "it is broken somewhere"."""
        kept: dict[int, list[Literal]] = {}
        self._owner = STRUCTURE
        for place in machine.walk():
            for rule in place.module.rules:
                fine = kept.setdefault(self._owners[id(rule)], [])
                for inner, unless in self._where(rule, place):
                    guards = [*unless] if rule.when is None else [*unless, -self._literal(rule.when, inner)]
                    holds = self._all_of([self._literal(x, inner) for x in rule.conditions])
                    fine.append(-self._all_of([*(-x for x in guards), -holds]))
        return {owner: -self._all_of(literals) for owner, literals in kept.items()}

    def reached(self, condition: f.Condition, machine: Place) -> Literal | None:
        """A literal for a condition; None: too wide."""
        try:
            return self._literal(condition, machine)
        except Invalid:
            return None

    # Cells

    def _new(self) -> Literal:
        self._variables += 1
        if self._variables > MAX_VARIABLES:
            raise refused("MODEL_TOO_LARGE", self._about or "model", max=str(MAX_VARIABLES))
        return self._variables

    def _open(self, place: Place) -> None:
        """Literals for all cells of a place and of the modules below it."""
        for attribute in place.module.attributes:
            cell = Cell(place.prefix + attribute.code, attribute, place)
            for option in attribute.options:
                literal = self._new()
                cell.literals[option.code] = literal
                self._options[literal] = (cell, option.code)
            conditional = not attribute.required or attribute.when is not None or place.parent is not None
            if cell.exclusive and conditional:
                cell.absent = self._new()
                self._options[cell.absent] = (cell, NO_VALUE)
            place.cells[attribute.code] = cell
            self._cells[cell.path] = cell
        for attribute in place.module.attributes:
            if attribute.module is None:
                continue
            count = int(attribute.options[-1].code)
            places = [
                Place(attribute.module, f"{place.prefix}{attribute.code}[{number}].", place)
                for number in range(1, count + 1)
            ]
            for left, right in pairwise(places):
                left.following = right
            place.modules[attribute.code] = places
            for inner in places:
                self._open(inner)

    def _structure(self, cell: Cell) -> None:
        """Exactly one value, modules that exist as many as are counted."""
        attribute, place = cell.attribute, cell.place
        if cell.exclusive:
            literals = cell.all()
            self._clause(literals)
            self._at_most_one(literals)
        for number, inner in enumerate(place.modules.get(attribute.code, ()), 1):
            enough = {x for code, x in cell.literals.items() if int(code) >= number}
            inner.exists = self._one_of(enough, set(cell.all()))

    def _activity(self, cell: Cell) -> None:
        """A cell has a value only where it is asked, and always there if it must be answered."""
        attribute, place = cell.attribute, cell.place
        if attribute.when is not None:
            self._own(_asked_when(cell), (cell.place.module.code, attribute.code))
        parts = [place.exists]
        if attribute.when is not None:
            parts.append(self._literal(attribute.when, place))
        active = self._all_of(parts)
        cell.active = active
        if cell.exclusive:
            if cell.absent:
                self._clause([active, cell.absent])
                if attribute.required:
                    self._clause([-active, -cell.absent])
        else:
            for literal in cell.literals.values():
                self._clause([active, -literal])
            if attribute.kind == m.MULTIPLE:
                self._how_many(cell)
        self._owner = STRUCTURE

    def _how_many(self, cell: Cell) -> None:
        attribute, literals = cell.attribute, list(cell.literals.values())
        if attribute.most < len(literals):
            if attribute.most == 1:
                self._at_most_one(literals)
            else:
                self._counted(literals, attribute.most, [])
        if attribute.least == 1:
            self._clause([-cell.active, *literals])
        elif attribute.least:
            self._counted([-x for x in literals], len(literals) - attribute.least, [-cell.active])

    def _counted(self, literals: list[Literal], most: int, unless: list[Literal]) -> None:
        groups = tuple(((x, 1), (-x, 0)) for x in literals)
        self._sums.append(SumRule(groups, most, tuple(unless), self._owner))

    def _at_most_one(self, literals: list[Literal]) -> None:
        if len(literals) <= PAIRWISE:
            for left, right in combinations(literals, 2):
                self._clause([-left, -right])
            return
        before = 0
        for literal in literals:
            if before:
                self._clause([-before, -literal])
            upto = self._new()
            self._clause([-literal, upto])
            if before:
                self._clause([-before, upto])
            before = upto

    # Rules

    def _own(self, rule: m.Rule, key: object) -> None:
        """What follows belongs to this rule; the same rule at another place keeps its number."""
        if key not in self._owners:
            self._owners[key] = len(self._rules)
            self._rules.append(rule)
        self._owner = self._owners[key]
        self._about = rule.code

    def _rule(self, rule: m.Rule, place: Place) -> None:
        for inner, unless in self._where(rule, place):
            guards = list(unless)
            if rule.when is not None:
                guards.append(-self._literal(rule.when, inner))
            for condition in rule.conditions:
                self._assert(condition, inner, guards)

    @staticmethod
    def _where(rule: m.Rule, place: Place) -> Iterator[tuple[Place, list[Literal]]]:
        if rule.each:
            for inner in place.modules[rule.each]:
                yield inner, [-inner.exists]
        elif rule.neighbours:
            for inner in place.modules[rule.neighbours]:
                if inner.following is not None:
                    yield inner, [-inner.following.exists]
        else:
            yield place, [] if place.exists == TRUE else [-place.exists]

    def _clause(self, literals: Sequence[Literal]) -> None:
        if TRUE in literals:
            return
        found = [x for x in dict.fromkeys(literals) if x != -TRUE]
        if not any(-x in found for x in found):
            self._clauses.append((found, self._owner))

    def _assert(self, condition: f.Condition, place: Place, unless: list[Literal]) -> None:
        """The condition holds, or one of `unless` does."""
        if isinstance(condition, f.Not):
            inner = negated(condition.inner)
            if isinstance(inner, f.Not):
                self._clause([*unless, self._literal(inner, place)])
            else:
                self._assert(inner, place, unless)
        elif isinstance(condition, f.Both):
            self._assert_both(condition, place, unless)
        elif isinstance(condition, f.Compare):
            self._assert_compare(condition, place, unless)
        elif isinstance(condition, f.Among) and condition.every:
            for inner_place in self._places(condition.slot, place):
                self._assert(condition.inner, inner_place, [*unless, -inner_place.exists])
        else:
            self._clause([*unless, self._literal(condition, place)])

    def _assert_both(self, condition: f.Both, place: Place, unless: list[Literal]) -> None:
        if condition.every:
            for part in condition.parts:
                self._assert(part, place, unless)
            return
        # One comparison or conjunction may stay as it is, guarded by the others.
        parts = [_plain(part) for part in condition.parts]
        rich = [part for part in parts if isinstance(part, f.Compare | f.Both | f.Among)]
        kept = rich[-1] if rich else None
        literals = [self._literal(part, place) for part in parts if part is not kept]
        if kept is None:
            self._clause([*unless, *literals])
        else:
            self._assert(kept, place, [*unless, *literals])

    def _assert_compare(self, condition: f.Compare, place: Place, unless: list[Literal]) -> None:
        sign = condition.sign
        if sign == "!=":
            self._clause([*unless, self._literal(condition, place)])
            return
        difference = self._difference(condition, place)
        if len(difference.terms) <= 1:
            self._clause([*unless, self._literal(condition, place)])
            return
        if sign in ("<=", "<", "="):
            self._sum(difference, sign == "<", unless)
        if sign in (">=", ">", "="):
            self._sum(_Linear(Fraction(0), {}).plus(difference, Fraction(-1)), sign == ">", unless)

    def _difference(self, condition: f.Compare, place: Place) -> _Linear:
        left = self._linear(condition.left, place)
        return left.plus(self._linear(condition.right, place), Fraction(-1))

    def _sum(self, linear: _Linear, strict: bool, unless: Sequence[Literal]) -> None:
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
            self._clause(kept)
        elif sum(max(value for _, value in group) for group in whole) > bound:
            self._sums.append(SumRule(tuple(whole), bound, kept, self._owner))

    # Conditions as literals

    def _literal(self, condition: f.Condition, place: Place) -> Literal:
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
            cell = self._cell(condition.ref, place)
            return self._one_of({cell.literals[code] for code in condition.options}, set(cell.all()))
        if isinstance(condition, f.Answered):
            return self._answered(self._cell(condition.ref, place))
        if isinstance(condition, f.Not):
            return -self._literal(condition.inner, place)
        if isinstance(condition, f.Both):
            literals = [self._literal(part, place) for part in condition.parts]
            return self._all_of(literals) if condition.every else -self._all_of([-x for x in literals])
        if isinstance(condition, f.Same):
            return self._same(self._literal(condition.left, place), self._literal(condition.right, place))
        if isinstance(condition, f.Among):
            parts = []
            for inner in self._places(condition.slot, place):
                holds = self._literal(condition.inner, inner)
                both = [inner.exists, -holds if condition.every else holds]
                parts.append(-self._all_of(both))
            joined = self._all_of(parts)
            return joined if condition.every else -joined
        return self._compared(condition, place)

    def _answered(self, cell: Cell) -> Literal:
        if cell.attribute.kind == m.MULTIPLE:
            return -self._all_of([-x for x in cell.literals.values()])
        if cell.exclusive:
            return -cell.absent if cell.absent else TRUE
        return TRUE if cell.place.parent is None else cell.place.exists

    def _same(self, left: Literal, right: Literal) -> Literal:
        one, other = self._all_of([left, right]), self._all_of([-left, -right])
        return -self._all_of([-one, -other])

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
            return self._one_of(holds, set(group))
        if condition.sign in ("=", "!="):
            parts = [f.Compare(sign, condition.left, condition.right) for sign in ("<=", ">=")]
            both = self._all_of([self._literal(part, place) for part in parts])
            return both if condition.sign == "=" else -both
        literal = self._new()
        owner, self._owner = self._owner, STRUCTURE
        opposite = negated(condition)
        if isinstance(opposite, f.Compare):
            self._assert_compare(condition, place, [-literal])
            self._assert_compare(opposite, place, [literal])
        self._owner = owner
        return literal

    def _one_of(self, literals: set[Literal], group: set[Literal]) -> Literal:
        """True when one of `literals` is, out of a group of which exactly one is true (or a set)."""
        rest = group - literals
        if not rest and len(group) > 1:
            return TRUE
        if not literals:
            return -TRUE
        if len(literals) == 1:
            return next(iter(literals))
        if len(rest) == 1:
            return -next(iter(rest))
        return -self._all_of([-x for x in sorted(literals)])

    def _all_of(self, literals: Sequence[Literal]) -> Literal:
        """A literal that is true exactly when all of these are."""
        parts = frozenset(x for x in literals if x != TRUE)
        if -TRUE in parts or any(-x in parts for x in parts):
            return -TRUE
        if len(parts) <= 1:
            return next(iter(parts), TRUE)
        key = (True, parts)
        if key not in self._sets:
            both = self._sets[key] = self._new()
            owner, self._owner = self._owner, STRUCTURE
            for literal in sorted(parts):
                self._clause([-both, literal])
            self._clause([both, *(-x for x in sorted(parts))])
            self._owner = owner
        return self._sets[key]

    def _cell(self, ref: f.Ref, place: Place) -> Cell:
        at: Place | None = place
        for _ in range(ref.up):
            at = at.parent if at else None
        if ref.beside and at is not None:
            at = at.following
        if at is None:
            raise AssertionError("names are checked when the model is read")
        return at.cells[ref.code]

    def _places(self, ref: f.Ref, place: Place) -> list[Place]:
        cell = self._cell(ref, place)
        return cell.place.modules[cell.attribute.code]

    # Numbers

    def _linear(self, quantity: f.Quantity, place: Place) -> _Linear:
        if isinstance(quantity, f.Number):
            return _Linear(quantity.low, {})
        if isinstance(quantity, f.Value):
            cell = self._cell(quantity.ref, place)
            return _term(cell, {x: Fraction(code) for code, x in cell.literals.items()})
        if isinstance(quantity, f.FigureOf):
            return self._figure(self._cell(quantity.ref, place), quantity.figure)
        if isinstance(quantity, f.Sum):
            right = self._linear(quantity.right, place)
            return self._linear(quantity.left, place).plus(right, Fraction(-1 if quantity.minus else 1))
        if isinstance(quantity, f.Either):
            return self._either(quantity, place)
        if isinstance(quantity, f.Over):
            return self._over(quantity, place)
        if isinstance(quantity, f.Total):
            return self._total(place, quantity.figure)
        return self._function(quantity, place)

    @staticmethod
    def _figure(cell: Cell, figure: str) -> _Linear:
        carried = {
            cell.literals[option.code]: option.figures[figure]
            for option in cell.attribute.options
            if figure in option.figures
        }
        if cell.attribute.kind != m.MULTIPLE:
            return _term(cell, carried)
        found = _Linear(Fraction(0), {})
        for literal, value in carried.items():
            found.terms[(literal, -literal)] = {literal: value}
        return found

    def _either(self, quantity: f.Either, place: Place) -> _Linear:
        when = self._literal(quantity.when, place)
        left, right = self._linear(quantity.left, place), self._linear(quantity.right, place)
        if abs(when) == TRUE:
            return left if when == TRUE else right
        return self._times(when, left).plus(self._times(-when, right), Fraction(1))

    def _times(self, when: Literal, linear: _Linear) -> _Linear:
        """The number where the literal holds, 0 elsewhere."""
        if abs(when) == TRUE:
            return linear if when == TRUE else _Linear(Fraction(0), {})
        pair = (abs(when), -abs(when))
        found = _Linear(Fraction(0), {pair: {when: linear.constant}} if linear.constant else {})
        for values in linear.terms.values():
            made = {self._all_of((when, x)): value for x, value in values.items() if value}
            found = found.plus(self._with_rest(made), Fraction(1))
        return found

    def _with_rest(self, values: dict[Literal, Fraction]) -> _Linear:
        """A term of literals that exclude each other; one more literal stands for all that adds nothing."""
        values.pop(-TRUE, None)
        if not values:
            return _Linear(Fraction(0), {})
        rest = self._all_of([-x for x in values])
        return _Linear(Fraction(0), {(*values, rest): values})

    def _over(self, quantity: f.Over, place: Place) -> _Linear:
        found = _Linear(Fraction(0), {})
        for inner in self._places(quantity.slot, place):
            found = found.plus(self._where_it_exists(inner, self._linear(quantity.inner, inner)), Fraction(1))
        return found

    def _where_it_exists(self, place: Place, linear: _Linear) -> _Linear:
        """The number of a module, 0 if the module is not there; what has no value adds nothing by itself."""
        absent = {cell.absent for cell in place.cells.values() if cell.absent}
        absent |= {-x for cell in place.cells.values() if not cell.exclusive for x in cell.literals.values()}
        safe = _Linear(Fraction(0), {})
        other = _Linear(linear.constant, {})
        for group, values in linear.terms.items():
            silent = [x for x in group if x in absent]
            target = safe if silent and not any(values.get(x) for x in silent) else other
            target.terms[group] = values
        return safe.plus(self._times(place.exists, other), Fraction(1))

    def _total(self, place: Place, figure: str) -> _Linear:
        found = _Linear(Fraction(0), {})
        for cell in place.cells.values():
            if cell.attribute.module is None or any(figure in x.figures for x in cell.attribute.options):
                found = found.plus(self._figure(cell, figure), Fraction(1))
        for places in place.modules.values():
            for inner in places:
                inside = self._total(inner, figure)
                if inner.module.quantity:
                    inside = self._multiplied(inside, inner.cells[inner.module.quantity])
                found = found.plus(inside, Fraction(1))
        return found

    def _multiplied(self, linear: _Linear, quantity: Cell) -> _Linear:
        number = {x: Fraction(code) for code, x in quantity.literals.items()}
        group = tuple(quantity.all())
        found = _Linear(Fraction(0), {group: {x: n * linear.constant for x, n in number.items()}})
        for values in linear.terms.values():
            made = {
                self._all_of((x, y)): n * value
                for x, n in number.items()
                for y, value in values.items()
                if n and value
            }
            found = found.plus(self._with_rest(made), Fraction(1))
        return found

    def _function(self, quantity: f.Product | f.Apply, place: Place) -> _Linear:
        """A product or a function as a table over the values of what is in it."""
        if isinstance(quantity, f.Product):
            parts = [self._linear(quantity.left, place), self._linear(quantity.right, place)]
            if not parts[1].terms:
                factor = 1 / parts[1].constant if quantity.divided else parts[1].constant
                return _Linear(Fraction(0), {}).plus(parts[0], factor)
            if not parts[0].terms and not quantity.divided:
                return _Linear(Fraction(0), {}).plus(parts[1], parts[0].constant)
        else:
            parts = [self._linear(argument, place) for argument in quantity.arguments]
        groups = list(dict.fromkeys(group for part in parts for group in part.terms))
        if not groups:
            return _Linear(_computed(quantity, [part.constant for part in parts]), {})
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
        return _Linear(Fraction(0), {tuple(x for x, _ in joint): values})

    def _joint(self, groups: Sequence[tuple[Literal, ...]]) -> list[tuple[Literal, tuple[Literal, ...]]]:
        """One literal for each combination of one literal per group; exactly one of them is true."""
        key = tuple(groups)
        if key in self._joints:
            return self._joints[key]
        if prod(len(group) for group in groups) > MAX_JOINT:
            raise refused("FORMULA_TOO_WIDE", self._about, max=str(MAX_JOINT))
        found: list[tuple[Literal, tuple[Literal, ...]]] = []
        if len(groups) == 1:
            found = [(x, (x,)) for x in groups[0]]
        else:
            for chosen in product(*groups):
                if any(-x in chosen for x in chosen):
                    continue
                found.append((self._all_of(chosen), chosen))
            owner, self._owner = self._owner, STRUCTURE
            self._clause([x for x, _ in found])
            self._owner = owner
        self._joints[key] = found
        return found


def _term(cell: Cell, values: Mapping[Literal, Fraction]) -> _Linear:
    if not values:
        return _Linear(Fraction(0), {})
    return _Linear(Fraction(0), {tuple(cell.all()): dict(values)})


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


_OPPOSITE: Final = {"<=": ">", ">": "<=", "<": ">=", ">=": "<", "=": "!=", "!=": "="}


def negated(condition: f.Condition) -> f.Condition:
    """The contrary, with the `not` moved as far inside as it goes."""
    if isinstance(condition, f.Not):
        return condition.inner
    if isinstance(condition, f.Known):
        return f.Known(not condition.value)
    if isinstance(condition, f.Both):
        return f.Both(tuple(negated(part) for part in condition.parts), not condition.every)
    if isinstance(condition, f.Same):
        return f.Same(negated(condition.left), condition.right)
    if isinstance(condition, f.Compare):
        return f.Compare(_OPPOSITE[condition.sign], condition.left, condition.right)
    if isinstance(condition, f.Among):
        return f.Among(condition.slot, negated(condition.inner), not condition.every)
    return f.Not(condition)


def _plain(condition: f.Condition) -> f.Condition:
    return negated(condition.inner) if isinstance(condition, f.Not) else condition


def _asked_when(cell: Cell) -> m.Rule:
    """The condition of an attribute as a rule, so that explanations can name it."""
    texts = cell.attribute.texts
    message = {
        "it": f"«{m.said(texts, 'it')}» si chiede solo in certi casi",
        "en": f"“{m.said(texts, 'en')}” is asked in certain cases only",
    }
    return m.Rule(cell.place.module.code + "." + cell.attribute.code, "when", message, ())
