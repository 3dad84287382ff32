"""The port to a SAT solver: the only thing that the configurator needs from one.

A literal is a whole number: `7` says that variable 7 is true, `-7` that it is false. Two adapters exist: the
pure-Python `cdcl.Cdcl` in this folder, which runs wherever Python does, and the one for python-sat in
`services/offers/adapters/`, used where its wheel is installed. Both give the same answers; models and cores
may differ, and nothing that a user sees depends on which one was found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

Literal: TypeAlias = int
Stop: TypeAlias = Callable[[], bool]
"""The caller's budget: asked now and then, true once when time is up.

A function and not a count of conflicts: a step is many small questions whose cost lies in propagation, and
only the caller has a clock. Tests pass `after(n)`, which counts questions, so that they can be repeated.
"""


STEP_S: Final = 0.25
"""What a step may take, in seconds, before what is undecided is shown as unverified."""


def never() -> bool:
    """No budget: the question is answered, however long it takes."""
    return False


def after(questions: int) -> Stop:
    """A budget without a clock: time is up after having been asked `questions` times."""
    left = questions

    def stop() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    return stop


def until(deadline: float, clock: Callable[[], float]) -> Stop:
    """A budget by the caller's clock: `until(monotonic() + STEP_S, monotonic)`."""
    return lambda: clock() >= deadline


@dataclass(frozen=True, slots=True)
class SumRule:
    """One of `unless` is true, or the sum over the groups is at most `bound`.

    Exactly one literal of each group is true; it adds its number, which is at least 0.
    """

    groups: tuple[tuple[tuple[Literal, int], ...], ...]
    bound: int
    unless: tuple[Literal, ...]
    owner: int


class Bounded(Protocol):
    """A sum whose limit may be lowered."""

    def lower(self, bound: int) -> None:
        """At most so much, from now on."""


class SatSolver(Protocol):
    """Clauses and sums that only ever grow, asked under changing assumptions."""

    def add_clause(self, clause: Sequence[Literal]) -> None:
        """At least one of these literals is true, from now on. An empty clause ends all solutions."""

    def add_sum(self, rule: SumRule) -> Bounded:
        """The sum holds from now on."""

    def solve(self, assumptions: Sequence[Literal], stop: Stop = never) -> bool | None:
        """Whether all clauses and assumptions can be true together; None: `stop` said so first."""

    def model(self) -> Sequence[Literal]:
        """After a yes: for each variable from 1 on, in order, the literal that is true."""

    def core(self) -> frozenset[Literal]:
        """After a no: assumptions that cannot be true together (not the fewest possible)."""

    def implied(self, assumptions: Sequence[Literal]) -> Sequence[Literal] | None:
        """What follows from the assumptions without any search; None: that they contradict each other."""

    def prefer(self, literals: Sequence[Literal]) -> None:
        """Try these first where there is a choice; changes which model is found, never whether."""
