"""Clauses and sums together: what the rest of the configurator asks its questions to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from typing import TypeAlias

from services.offers.domain.configurator.grounding import STRUCTURE, Ground, SumRule
from services.offers.domain.configurator.sat import Literal, SatSolver, Stop, never
from services.offers.domain.configurator.sums import Sum

NewSolver: TypeAlias = Callable[[int], SatSolver]
"""Makes a solver for a number of variables: `cdcl.Cdcl`, or the adapter of python-sat."""

SPARE = 64
"""Variables kept free for limits that come and go, such as "cheaper than what was found"."""


class Engine:
    """A model's clauses and sums in one solver.

    `by_rule`: each rule can be switched off, by leaving its literal out of the assumptions; slower, and
    needed for explanations only.
    """

    def __init__(self, ground: Ground, new_solver: NewSolver, *, by_rule: bool = False) -> None:
        rules = len(ground.rules) if by_rule else 0
        self._by_rule = by_rule
        self._first_rule = ground.variables + 1
        self._spare = list(range(ground.variables + rules + 1, ground.variables + rules + SPARE + 1))
        self._solver = new_solver(ground.variables + rules + SPARE)
        for clause, owner in ground.clauses:
            self._solver.add_clause(self._owned(clause, owner))
        self._sums = [Sum(rule) for rule in ground.sums]
        self._shown = ground.shown
        self._true: Set[Literal] = frozenset()
        self.facts: set[Literal] = set()
        """Literals known to be true always; compiled solvers do not tell those that they found out."""

    def switch(self, rule: int) -> Literal:
        """The literal that switches a rule on."""
        return self._first_rule + rule

    def _owned(self, clause: list[Literal], owner: int) -> list[Literal]:
        if owner == STRUCTURE or not self._by_rule:
            return clause
        return [*clause, -self.switch(owner)]

    def solve(self, assumptions: Sequence[Literal], stop: Stop = never) -> bool | None:
        """Whether rules and assumptions can be fulfilled together; None: `stop` said so first."""
        while True:
            answer = self._solver.solve(assumptions, stop)
            if not answer:
                return answer
            true = set(self._solver.model())
            broken = False
            for rule in self._sums:
                clause = rule.violated(true)
                if clause is not None:
                    broken = self._objected(rule, clause, true) or broken
            if not broken:
                self._true = true
                return True

    def _objected(self, rule: Sum, clause: list[Literal], true: Set[Literal]) -> bool:
        """Keep a clause; whether the model breaks it (not when its rule is switched off)."""
        owned = self._owned(clause, rule.owner)
        self._solver.add_clause(owned)
        return not any(literal in true for literal in owned)

    def true(self) -> Set[Literal]:
        """After a yes: the true literals."""
        return self._true

    def shown(self) -> int:
        """After a yes: the options that are chosen, as bits of a number (bit n: variable n)."""
        return bits(literal for literal in self._true if 0 < literal <= self._shown)

    def core(self) -> frozenset[Literal]:
        """After a no: assumptions that cannot be fulfilled together."""
        return self._solver.core()

    def prefer(self, literals: Sequence[Literal]) -> None:
        """Try these first."""
        self._solver.prefer(literals)

    def implied(self, assumptions: Sequence[Literal]) -> Set[Literal] | None:
        """What follows without search, sums included; None: a contradiction."""
        told: set[tuple[Literal, ...]] = set()
        while True:
            found = self._solver.implied(assumptions)
            if found is None:
                return None
            true = {*found, *assumptions, *self.facts}
            if self._by_rule:
                return true
            said = {tuple(clause) for rule in self._sums for clause in rule.implied(true)}
            more = sorted(said - told)
            if not more:
                return true
            told |= said
            for clause in more:
                self._solver.add_clause(clause)
                if len(clause) == 1:
                    self.facts.add(clause[0])

    @contextmanager
    def limit(self, rule: SumRule) -> Iterator[tuple[Sum, Literal]]:
        """A sum that counts while the literal beside it is assumed; its bound may only be lowered."""
        switch = self._spare.pop()
        found = Sum(SumRule(rule.groups, rule.bound, (*rule.unless, -switch), STRUCTURE))
        self._sums.append(found)
        try:
            yield found, switch
        finally:
            self._sums.remove(found)
            self._solver.add_clause([-switch])

    def has_switches(self, number: int) -> bool:
        """Whether so many limits can still be made; otherwise make a new engine."""
        return len(self._spare) >= number


def bits(variables: Iterable[int]) -> int:
    """A set of variables as bits of a number."""
    found = 0
    for variable in variables:
        found |= 1 << variable
    return found
