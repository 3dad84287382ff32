"""What follows from what is decided: the tables of the pure solver, its trail, and propagation.

Two watched literals per clause, pairs apart; sums after all clauses (`bounds.py`). Tables are indexed by
literal: in a list of 2n + 1 places, place -v counts from the end, so negative literals need no translation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from services.offers.domain.configurator.bounds import Bounds
from services.offers.domain.configurator.sat import Literal

Clause: TypeAlias = list[Literal]


class Propagation:
    """Clauses and sums, and the literals that are true so far, level by level.

    `value` by literal: 1 true, -1 false, 0 open. `level` and `reason` by variable: when it was decided, and
    the clause that it follows from. `limits`: where each level begins on the trail. `phase`: the last value
    of each variable. `order` and `next`: in which order variables are decided, and from where on to look.
    """

    def __init__(self, variables: int) -> None:
        size = 2 * variables + 1
        self.variables = variables
        self.value = [0] * size
        self.pairs: list[list[tuple[Literal, Literal]]] = [[] for _ in range(size)]
        self.watches: list[list[Clause]] = [[] for _ in range(size)]
        self.level = [0] * (variables + 1)
        self.reason: list[Sequence[Literal] | None] = [None] * (variables + 1)
        self.phase = [-variable for variable in range(variables + 1)]
        self.order = list(range(variables, -1, -1))
        self.next = variables
        self.trail: list[Literal] = []
        self.limits: list[int] = []
        self.head = 0
        self.bounds = Bounds(self.value)

    def back_to(self, level: int) -> None:
        """Take back everything above a level."""
        if level < 0 or len(self.limits) <= level:
            return
        start = self.limits[level]
        value, phase = self.value, self.phase
        for literal in self.trail[start:]:
            value[literal] = value[-literal] = 0
            phase[abs(literal)] = literal
        del self.trail[start:]
        del self.limits[level:]
        self.head = len(self.trail)
        self.next = len(self.order) - 1
        self.bounds.back_to(start)

    def assign(self, literal: Literal, reason: Sequence[Literal] | None) -> None:
        """A literal becomes true at the present level."""
        variable = abs(literal)
        self.value[literal], self.value[-literal] = 1, -1
        self.level[variable] = len(self.limits)
        self.reason[variable] = reason
        self.trail.append(literal)

    def attach(self, clause: Clause) -> None:
        """A new clause of two literals or more; the first two are watched."""
        first, second = clause[0], clause[1]
        if len(clause) == 2:
            self.pairs[-first].append((second, first))
            self.pairs[-second].append((first, second))
        else:
            self.watches[-first].append(clause)
            self.watches[-second].append(clause)
        if self.value[second] < 0 and not self.value[first]:
            self.assign(first, clause)

    def propagate(self) -> Sequence[Literal] | None:
        """Everything that follows from the trail, sums included; the clause that is violated, if one is."""
        while True:
            conflict = self._by_clauses()
            if conflict is not None:
                return conflict
            found = self.bounds.follow(self.trail) if self.bounds.listens else []
            if not found:
                return None
            for clause in found:
                conflict = self._told(clause)
                if conflict is not None:
                    return conflict

    def _told(self, clause: Clause) -> Clause | None:
        """Take up what a sum says: all but the first literal are false already."""
        if clause and not self.value[clause[0]]:
            self.assign(clause[0], clause)
        if clause and self.value[clause[0]] > 0:
            return None
        # A sum that came late, or was lowered, may object to what was decided long ago.
        self.back_to(max((self.level[abs(x)] for x in clause), default=0))
        return clause

    def _by_clauses(self) -> Sequence[Literal] | None:
        """Everything that follows from the trail by clauses.

        Long on purpose: four fifths of all time is spent here, and a call costs more than its work.
        """
        value, level, reasons = self.value, self.level, self.reason
        trail, pairs, watches = self.trail, self.pairs, self.watches
        depth, head = len(self.limits), self.head
        while head < len(trail):
            literal = trail[head]
            head += 1
            for pair in pairs[literal]:
                other = pair[0]
                if value[other] > 0:
                    continue
                if value[other] < 0:
                    self.head = head
                    return pair
                value[other], value[-other] = 1, -1
                variable = other if other > 0 else -other
                level[variable] = depth
                reasons[variable] = pair
                trail.append(other)
            watched = watches[literal]
            if not watched:
                continue
            kept: list[Clause] = []
            keep = kept.append
            false = -literal
            for position, clause in enumerate(watched):
                if clause[0] == false:
                    clause[0], clause[1] = clause[1], false
                first = clause[0]
                if value[first] > 0:
                    keep(clause)
                    continue
                for place in range(2, len(clause)):
                    candidate = clause[place]
                    if value[candidate] >= 0:
                        clause[1], clause[place] = candidate, false
                        watches[-candidate].append(clause)
                        break
                else:
                    keep(clause)
                    if value[first] < 0:
                        kept.extend(watched[position + 1 :])
                        watches[literal] = kept
                        self.head = head
                        return clause
                    value[first], value[-first] = 1, -1
                    variable = first if first > 0 else -first
                    level[variable] = depth
                    reasons[variable] = clause
                    trail.append(first)
            watches[literal] = kept
        self.head = head
        return None
