"""Which rules a configuration breaks, known from one configuration to the next by what differs."""

from __future__ import annotations

from collections.abc import Sequence

from services.offers.domain.configurator.ground import STRUCTURE, Ground
from services.offers.domain.configurator.sat import Literal


class Broken:
    """Counts, for every clause of a rule, its true literals, and every sum's total.

    `rules`: the numbers of rules that the last configuration breaks, and of how many of its clauses and sums.
    """

    def __init__(self, ground: Ground) -> None:
        self.rules: dict[int, int] = {}
        self._model: list[Literal] = [-variable for variable in range(1, ground.variables + 1)]
        self._owner: list[int] = []
        self._count: list[int] = []
        self._clauses: dict[Literal, list[int]] = {}
        for clause, owner in ground.clauses:
            if owner != STRUCTURE:
                self._add(clause, owner)
        self._sums = [rule for rule in ground.sums if rule.owner != STRUCTURE]
        self._over = [False] * len(self._sums)
        self._total = [0] * len(self._sums)
        self._adds: dict[Literal, list[tuple[int, int]]] = {}
        for number, rule in enumerate(self._sums):
            for literal, value in (entry for group in rule.groups for entry in group):
                self._adds.setdefault(literal, []).append((number, value))
                self._total[number] += value if literal < 0 else 0
            for literal in rule.unless:
                self._adds.setdefault(literal, []).append((number, 0))
        for number in range(len(self._sums)):
            self._judge(number)

    def _add(self, clause: list[Literal], owner: int) -> None:
        number = len(self._owner)
        self._owner.append(owner)
        self._count.append(sum(literal < 0 for literal in clause))
        for literal in clause:
            self._clauses.setdefault(literal, []).append(number)
        if not self._count[number]:
            self._more(owner, 1)

    def true(self, literal: Literal) -> bool:
        """Whether a literal is true in the last configuration."""
        return self._model[abs(literal) - 1] == literal

    def compare(self, model: Sequence[Literal]) -> None:
        """Hold a configuration against the rules: for each variable, the literal that is true."""
        changed = [new for old, new in zip(self._model, model, strict=False) if old != new]
        clauses, count, owner, total = self._clauses, self._count, self._owner, self._total
        touched: set[int] = set()
        for literal in changed:
            self._model[abs(literal) - 1] = literal
            for number in clauses.get(literal, ()):
                if not count[number]:
                    self._more(owner[number], -1)
                count[number] += 1
            for number in clauses.get(-literal, ()):
                count[number] -= 1
                if not count[number]:
                    self._more(owner[number], 1)
            for sign in (literal, -literal):
                for number, value in self._adds.get(sign, ()):
                    total[number] += value if sign == literal else -value
                    touched.add(number)
        for number in touched:
            self._judge(number)

    def _judge(self, number: int) -> None:
        rule = self._sums[number]
        over = self._total[number] > rule.bound and not any(self.true(x) for x in rule.unless)
        if over != self._over[number]:
            self._over[number] = over
            self._more(rule.owner, 1 if over else -1)

    def _more(self, rule: int, number: int) -> None:
        left = self.rules.get(rule, 0) + number
        if left:
            self.rules[rule] = left
        else:
            del self.rules[rule]
