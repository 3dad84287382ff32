"""The SAT port on python-sat: some ten times faster than the kernel's own solver, where its wheel installs.

Glucose 4 of the solvers that it brings: it keeps what it learnt between questions, gives cores and
propagation, and answers the questions of a configurator within a tenth of a millisecond. It knows clauses
only: what it finds is held against the sums, and the clauses that they answer with are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pysat.solvers import Solver  # type: ignore[import-untyped]

from services.offers.domain.configurator.sat import Literal, Stop, SumRule, never
from services.offers.domain.configurator.sums import Sum

_CONFLICTS: Final = 2000
"""Conflicts between two questions to the caller's budget: about 5 ms."""


class PythonSat:
    """A `configurator.sat.SatSolver`; it holds memory outside Python, freed with the object."""

    def __init__(self, variables: int, name: str = "glucose4") -> None:
        self._solver: Any = Solver(name=name)
        self._variables = variables
        # A tautology makes the last variable known, so that a model always covers all.
        self._solver.add_clause([variables, -variables])
        self._core: frozenset[Literal] = frozenset()
        self._model: list[Literal] = []
        self._sums: dict[Literal, list[Sum]] = {}
        # Single literals: the solver does not tell them again when it propagates.
        self._facts: set[Literal] = set()

    def add_clause(self, clause: Sequence[Literal]) -> None:
        """See the port."""
        self._solver.add_clause(list(clause))
        if len(clause) == 1:
            self._facts.add(clause[0])
            self._sums.pop(clause[0], None)

    def add_sum(self, rule: SumRule) -> Sum:
        """See the port."""
        found = Sum(rule)
        # By the literal that would end it: once that is a fact, it need not be looked at again.
        self._sums.setdefault(rule.unless[-1] if rule.unless else 0, []).append(found)
        return found

    def solve(self, assumptions: Sequence[Literal], stop: Stop = never) -> bool | None:
        """See the port."""
        self._core = frozenset()
        assumed = list(assumptions)
        while True:
            if stop():
                return None
            self._solver.conf_budget(_CONFLICTS)
            answer: bool | None = self._solver.solve_limited(assumptions=assumed)
            if answer is False:
                self._core = frozenset(self._solver.get_core() or ())
                return False
            if answer and not self._objections():
                return True

    def _objections(self) -> int:
        """Take over the model, and add the clauses of sums that it breaks; how many there are."""
        self._model = self._solver.get_model()
        if len(self._model) < self._variables:
            self._model.extend(-variable for variable in range(len(self._model) + 1, self._variables + 1))
        if not self._sums:
            return 0
        true = set(self._model)
        objections = [
            clause
            for sums in self._sums.values()
            for rule in sums
            if (clause := rule.violated(true)) is not None
        ]
        for clause in objections:
            self.add_clause(clause)
        return len(objections)

    def model(self) -> Sequence[Literal]:
        """See the port."""
        return self._model

    def core(self) -> frozenset[Literal]:
        """See the port."""
        return self._core

    def implied(self, assumptions: Sequence[Literal]) -> Sequence[Literal] | None:
        """See the port."""
        told: set[tuple[Literal, ...]] = set()
        while True:
            consistent, literals = self._solver.propagate(assumptions=list(assumptions))
            if not consistent:
                return None
            true = {*literals, *assumptions, *self._facts}
            said = {
                tuple(clause)
                for sums in self._sums.values()
                for rule in sums
                for clause in rule.implied(true)
            }
            more = sorted(said - told)
            if not more:
                return list(true)
            told |= said
            for clause in more:
                self.add_clause(clause)

    def prefer(self, literals: Sequence[Literal]) -> None:
        """See the port."""
        self._solver.set_phases(list(literals))
