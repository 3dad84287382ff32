"""Sums against limits: what is known about one, told as clauses.

A sum is never handed to a solver as a whole. Whenever values that are known (or a whole model) break a limit,
the reason is written as one clause, "not all of these together". It names as few groups as suffice, the
heaviest first, and each as weakly as the limit allows: *the frame takes 800 or more*, not *the frame is this
one*. The pure solver asks during its search (`bounds.py`); an adapter of one that knows clauses only looks at
whole models, adds the clauses that they break and asks again.
"""

from __future__ import annotations

from collections.abc import Set
from typing import TypeAlias

from services.offers.domain.configurator.sat import Literal, SumRule

Part: TypeAlias = tuple[int, int]
"""Of a group: its position, and what it is known to add at least."""


class Sum:
    """A `SumRule` prepared for being asked often."""

    __slots__ = ("_flat", "bound", "groups", "owner", "unless")

    def __init__(self, rule: SumRule) -> None:
        self.bound = rule.bound
        self.owner = rule.owner
        self.unless = rule.unless
        self.groups = [sorted(group, key=lambda entry: (entry[1], entry[0])) for group in rule.groups]
        self._flat = [
            (literal, value, place)
            for place, group in enumerate(self.groups)
            for literal, value in group
            if value
        ]

    def lower(self, bound: int) -> None:
        """At most so much, from now on."""
        self.bound = bound

    def violated(self, true: Set[Literal]) -> list[Literal] | None:
        """The clause that a whole model breaks; None: the model fulfils the sum."""
        for literal in self.unless:
            if literal in true:
                return None
        parts = [(place, value) for literal, value, place in self._flat if literal in true]
        if sum(value for _, value in parts) <= self.bound:
            return None
        return self.clause(parts, self.bound + 1)

    def implied(self, true: Set[Literal]) -> list[list[Literal]]:
        """Clauses that say more than is known, given literals known to be true."""
        for literal in self.unless:
            if literal in true:
                return []
        open_guards = [literal for literal in self.unless if -literal not in true]
        if len(open_guards) > 1:
            return []
        lows = [self._low(group, true) for group in self.groups]
        lowest = sum(lows)
        parts = [(place, low) for place, low in enumerate(lows) if low]
        if lowest > self.bound:
            return [self.clause(parts, self.bound + 1)]
        if open_guards:
            return []
        found = []
        for place, group in enumerate(self.groups):
            room = self.bound - lowest + lows[place]
            if group[-1][1] <= room:
                continue
            beyond = [(literal, value) for literal, value in group if value > room and -literal not in true]
            if beyond:
                least = beyond[0][1]
                others = [part for part in parts if part[0] != place]
                clause = self.clause(others, self.bound + 1 - least)
                found.append(clause + self.below(place, least))
        return found

    @staticmethod
    def _low(group: list[tuple[Literal, int]], true: Set[Literal]) -> int:
        for literal, value in group:
            if -literal not in true:
                return value
        return group[-1][1]

    def clause(self, parts: list[Part], needed: int) -> list[Literal]:
        """ "These groups do not all add so much", where together they add at least `needed`."""
        chosen: list[Part] = []
        reached = 0
        for part in sorted(parts, key=lambda part: (-part[1], part[0])):
            if reached >= needed:
                break
            chosen.append(part)
            reached += part[1]
        spare = reached - needed
        clause = list(self.unless)
        for place, value in reversed(chosen):
            least = min(other for _, other in self.groups[place] if value - spare <= other <= value)
            spare -= value - least
            clause += self.below(place, least)
        return clause

    def below(self, place: int, value: int) -> list[Literal]:
        """Literals of which one is true exactly when the group adds less than `value`."""
        group = self.groups[place]
        above = [literal for literal, other in group if other >= value]
        if len(above) == 1:
            return [-above[0]]
        return [literal for literal, other in group if other < value]
