"""All rules of a model in one solver: what the rest of the configurator asks its questions to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from typing import TypeAlias

from services.offers.domain.configurator.ground import STRUCTURE, Ground
from services.offers.domain.configurator.sat import Bounded, Literal, SatSolver, Stop, SumRule, never

NewSolver: TypeAlias = Callable[[int], SatSolver]
"""Makes a solver for a number of variables: `cdcl.Cdcl`, or the adapter of python-sat."""

SPARE = 64
"""Variables kept free for limits that come and go, such as "cheaper than what was found"."""


class Engine:
    """A model's clauses and sums in one solver."""

    def __init__(self, ground: Ground, new_solver: NewSolver) -> None:
        self._spare = list(range(ground.variables + 1, ground.variables + SPARE + 1))
        self._solver = new_solver(ground.variables + SPARE)
        for clause, _ in ground.clauses:
            self._solver.add_clause(clause)
        for rule in ground.sums:
            self._solver.add_sum(rule)
        self._shown = ground.shown
        self._true: Set[Literal] = frozenset()

    def settle(self, literals: Iterable[Literal]) -> None:
        """Literals found to be true in every configuration."""
        for literal in literals:
            self._solver.add_clause([literal])

    def solve(self, assumptions: Sequence[Literal], stop: Stop = never) -> bool | None:
        """Whether rules and assumptions can be fulfilled together; None: `stop` said so first."""
        answer = self._solver.solve(assumptions, stop)
        if answer:
            self._true = set(self._solver.model())
        return answer

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

    def implied(self, assumptions: Sequence[Literal]) -> Sequence[Literal] | None:
        """What follows without search, sums included; None: a contradiction."""
        return self._solver.implied(assumptions)

    @contextmanager
    def limit(self, rule: SumRule) -> Iterator[tuple[Bounded, Literal]]:
        """A sum that counts while the literal beside it is assumed; its bound may only be lowered."""
        switch = self._spare.pop()
        kept = self._solver.add_sum(SumRule(rule.groups, rule.bound, (*rule.unless, -switch), STRUCTURE))
        try:
            yield kept, switch
        finally:
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
