"""The SAT port on python-sat: some ten times faster than the kernel's own solver, where its wheel installs.

Glucose 4 of the solvers that it brings: it keeps what it learnt between questions, gives cores and
propagation, and answers the questions of a configurator within a tenth of a millisecond.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pysat.solvers import Solver  # type: ignore[import-untyped]

from services.offers.domain.configurator.sat import Literal, Stop, never

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

    def add_clause(self, clause: Sequence[Literal]) -> None:
        """See the port."""
        self._solver.add_clause(clause if clause else [])

    def solve(self, assumptions: Sequence[Literal], stop: Stop = never) -> bool | None:
        """See the port."""
        self._core = frozenset()
        answer: bool | None = None
        while answer is None:
            if stop():
                return None
            self._solver.conf_budget(_CONFLICTS)
            answer = self._solver.solve_limited(assumptions=list(assumptions))
        if answer is False:
            self._core = frozenset(self._solver.get_core() or ())
        return answer

    def model(self) -> Sequence[Literal]:
        """See the port."""
        found: list[Literal] = self._solver.get_model()
        if len(found) < self._variables:
            found.extend(-variable for variable in range(len(found) + 1, self._variables + 1))
        return found

    def core(self) -> frozenset[Literal]:
        """See the port."""
        return self._core

    def implied(self, assumptions: Sequence[Literal]) -> Sequence[Literal] | None:
        """See the port."""
        consistent, literals = self._solver.propagate(assumptions=list(assumptions))
        return list(literals) if consistent else None

    def prefer(self, literals: Sequence[Literal]) -> None:
        """See the port."""
        self._solver.set_phases(list(literals))
