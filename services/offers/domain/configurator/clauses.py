"""Writing clauses: new literals, what stands for several, and which rule a clause belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations
from typing import Final

from services.offers.domain.configurator.ground import STRUCTURE, TRUE
from services.offers.domain.configurator.problems import refused
from services.offers.domain.configurator.sat import Literal, SumRule

MAX_VARIABLES: Final = 100_000
PAIRWISE: Final = 12


class Clauses:
    """The clauses and sums written so far.

    What is added belongs to `owner`, the number of a rule; `about` is its code, for what goes wrong.
    """

    def __init__(self) -> None:
        self.variables = 1
        self.clauses: list[tuple[list[Literal], int]] = [([TRUE], STRUCTURE)]
        self.sums: list[SumRule] = []
        self.owner = STRUCTURE
        self.about = ""
        self._sets: dict[frozenset[Literal], Literal] = {}

    def new(self) -> Literal:
        """A literal that is not used yet.

        Raises:
            Invalid: MODEL_TOO_LARGE.
        """
        self.variables += 1
        if self.variables > MAX_VARIABLES:
            raise refused("MODEL_TOO_LARGE", self.about or "model", max=str(MAX_VARIABLES))
        return self.variables

    @contextmanager
    def as_structure(self) -> Iterator[None]:
        """What is added here belongs to no rule: it says what a literal means."""
        owner, self.owner = self.owner, STRUCTURE
        try:
            yield
        finally:
            self.owner = owner

    def add(self, literals: Sequence[Literal]) -> None:
        """One of these is true."""
        if TRUE in literals:
            return
        found = [x for x in dict.fromkeys(literals) if x != -TRUE]
        if not any(-x in found for x in found):
            self.clauses.append((found, self.owner))

    def add_sum(
        self, groups: tuple[tuple[tuple[Literal, int], ...], ...], bound: int, unless: Sequence[Literal]
    ) -> None:
        """The sum over the groups is at most `bound`, unless one of these is true."""
        self.sums.append(SumRule(groups, bound, tuple(unless), self.owner))

    def at_most_one(self, literals: list[Literal]) -> None:
        """No two of these are true."""
        if len(literals) <= PAIRWISE:
            for left, right in combinations(literals, 2):
                self.add([-left, -right])
            return
        before = 0
        for literal in literals:
            if before:
                self.add([-before, -literal])
            upto = self.new()
            self.add([-literal, upto])
            if before:
                self.add([-before, upto])
            before = upto

    def one_of(self, literals: set[Literal], group: set[Literal]) -> Literal:
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
        return -self.all_of([-x for x in sorted(literals)])

    def all_of(self, literals: Sequence[Literal]) -> Literal:
        """A literal that is true exactly when all of these are."""
        parts = frozenset(x for x in literals if x != TRUE)
        if -TRUE in parts or any(-x in parts for x in parts):
            return -TRUE
        if len(parts) <= 1:
            return next(iter(parts), TRUE)
        if parts not in self._sets:
            both = self._sets[parts] = self.new()
            with self.as_structure():
                for literal in sorted(parts):
                    self.add([-both, literal])
                self.add([both, *(-x for x in sorted(parts))])
        return self._sets[parts]
