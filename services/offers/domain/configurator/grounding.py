"""From a model to clauses and sums: what a SAT solver works with.

Every attribute of the machine, and of each module that could exist, becomes a *cell*: a set of literals of
which exactly one is true (its options, and that it has no value). Rules become clauses over these literals
(`conditions.py`); comparisons of numbers become sums of integers, `3 of this, 5 of that … at most 20`, each
over groups of literals that exclude one another (`linear.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from services.kit.errors import Invalid
from services.offers.domain.configurator import formulas as f
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.clauses import Clauses
from services.offers.domain.configurator.conditions import Conditions
from services.offers.domain.configurator.ground import NO_VALUE, STRUCTURE, TRUE, Cell, Ground, Place
from services.offers.domain.configurator.sat import Literal, SumRule


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
        self._clauses = Clauses()
        self._conditions = Conditions(self._clauses)
        self._rules: list[m.Rule] = []
        self._owners: dict[object, int] = {}
        self._cells: dict[str, Cell] = {}
        self._options: dict[int, tuple[Cell, str]] = {}

    def run(self) -> Ground:
        machine = Place(self._model.machine, "")
        self._open(machine)
        shown = self._clauses.variables
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
            self._clauses.clauses,
            self._clauses.sums,
            self._clauses.variables,
            shown,
            self._options,
            totals,
        )

    def _measure(self, machine: Place, figure: str) -> SumRule:
        """The total of a figure as a sum, in millionths, without a limit; `bound` is what it has at least."""
        linear = self._conditions.total(machine, figure)
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
        return self._clauses.variables

    def broken(self, machine: Place) -> dict[int, Literal]:
        """For each rule with conditions, a literal for "it is broken somewhere"."""
        literal = self._conditions.literal
        kept: dict[int, list[Literal]] = {}
        self._clauses.owner = STRUCTURE
        for place in machine.walk():
            for rule in place.module.rules:
                fine = kept.setdefault(self._owners[id(rule)], [])
                for inner, unless in self._where(rule, place):
                    when = [] if rule.when is None else [literal(rule.when, inner)]
                    holds = self._clauses.all_of([literal(x, inner) for x in rule.conditions])
                    fine.append(-self._clauses.all_of([*(-x for x in unless), *when, -holds]))
        return {owner: -self._clauses.all_of(literals) for owner, literals in kept.items()}

    def reached(self, condition: f.Condition, machine: Place) -> Literal | None:
        """A literal for a condition; None: too wide."""
        try:
            return self._conditions.literal(condition, machine)
        except Invalid:
            return None

    # Cells

    def _open(self, place: Place) -> None:
        """Literals for all cells of a place and of the modules below it."""
        for attribute in place.module.attributes:
            cell = Cell(place.prefix + attribute.code, attribute, place)
            for option in attribute.options:
                literal = self._clauses.new()
                cell.literals[option.code] = literal
                self._options[literal] = (cell, option.code)
            conditional = not attribute.required or attribute.when is not None or place.parent is not None
            if cell.exclusive and conditional:
                cell.absent = self._clauses.new()
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
            self._clauses.add(literals)
            self._clauses.at_most_one(literals)
        for number, inner in enumerate(place.modules.get(attribute.code, ()), 1):
            enough = {x for code, x in cell.literals.items() if int(code) >= number}
            inner.exists = self._clauses.one_of(enough, set(cell.all()))

    def _activity(self, cell: Cell) -> None:
        """A cell has a value only where it is asked, and always there if it must be answered."""
        attribute, place = cell.attribute, cell.place
        if attribute.when is not None:
            self._own(_asked_when(cell), (cell.place.module.code, attribute.code))
        parts = [place.exists]
        if attribute.when is not None:
            parts.append(self._conditions.literal(attribute.when, place))
        active = self._clauses.all_of(parts)
        cell.active = active
        if cell.exclusive:
            if cell.absent:
                self._clauses.add([active, cell.absent])
                if attribute.required:
                    self._clauses.add([-active, -cell.absent])
        else:
            for literal in cell.literals.values():
                self._clauses.add([active, -literal])
            if attribute.kind == m.MULTIPLE:
                self._how_many(cell)
        self._clauses.owner = STRUCTURE

    def _how_many(self, cell: Cell) -> None:
        attribute, literals = cell.attribute, list(cell.literals.values())
        if attribute.most < len(literals):
            if attribute.most == 1:
                self._clauses.at_most_one(literals)
            else:
                self._counted(literals, attribute.most, [])
        if attribute.least == 1:
            self._clauses.add([-cell.active, *literals])
        elif attribute.least:
            self._counted([-x for x in literals], len(literals) - attribute.least, [-cell.active])

    def _counted(self, literals: list[Literal], most: int, unless: list[Literal]) -> None:
        groups = tuple(((x, 1), (-x, 0)) for x in literals)
        self._clauses.add_sum(groups, most, unless)

    # Rules

    def _own(self, rule: m.Rule, key: object) -> None:
        """What follows belongs to this rule; the same rule at another place keeps its number."""
        if key not in self._owners:
            self._owners[key] = len(self._rules)
            self._rules.append(rule)
        self._clauses.owner = self._owners[key]
        self._clauses.about = rule.code

    def _rule(self, rule: m.Rule, place: Place) -> None:
        for inner, unless in self._where(rule, place):
            guards = list(unless)
            if rule.when is not None:
                guards.append(-self._conditions.literal(rule.when, inner))
            for condition in rule.conditions:
                self._conditions.require(condition, inner, guards)

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


def _asked_when(cell: Cell) -> m.Rule:
    """The condition of an attribute as a rule, so that explanations can name it."""
    texts = cell.attribute.texts
    message = {
        "it": f"«{m.said(texts, 'it')}» si chiede solo in certi casi",
        "en": f"“{m.said(texts, 'en')}” is asked in certain cases only",
    }
    return m.Rule(cell.place.module.code + "." + cell.attribute.code, "when", message, ())
