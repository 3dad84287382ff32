"""A conflict-driven SAT solver in plain Python, for where no compiled one can be installed: the browser.

The usual parts, each in its plainest form: two watched literals per clause (pairs apart), learning at the
first unique implication point with removal of implied literals, decisions in the order of the last conflicts,
the last value of each variable tried first, Luby restarts, forgetting half of the long learnt clauses. Two
habits suit a configurator, whose questions differ little from one to the next: the trail of the last question
is kept as far as the assumptions agree, and learnt clauses stay.

Moving the variables of a conflict to the front was chosen over a heap of activities: as few decisions, and a
third less time (financialservices01, 2026-11).

Sources: Eén and Sörensson, An Extensible SAT-solver (2003); Biere and Fröhlich, Evaluating CDCL Variable
Scoring Schemes (2015); Audemard and Simon on the worth of learnt clauses (2009).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.offers.domain.configurator.propagation import Clause, Propagation
from services.offers.domain.configurator.sat import Bounded, Literal, Stop, SumRule, never

_RESTART: Final = 64
_ASK_EVERY: Final = 32
"""Conflicts between two questions to the caller's budget: 5 to 20 ms in plain Python."""


class Cdcl(Propagation):
    """A `sat.SatSolver` for a number of variables known from the start."""

    def __init__(self, variables: int) -> None:
        super().__init__(variables)
        self._turn = [variables - variable for variable in range(variables + 1)]
        self._assumed: list[Literal] = []
        self._learnt: list[tuple[int, Clause]] = []
        self._room = 2000
        self._possible = True
        self._core: frozenset[Literal] = frozenset()
        self._model: list[Literal] = []

    # What the port promises

    def add_clause(self, clause: Sequence[Literal]) -> None:
        """See `sat.SatSolver`; the trail is taken back only as far as the clause demands."""
        literals = list(dict.fromkeys(clause))
        if any(-literal in literals for literal in literals):
            return
        value, level = self.value, self.level
        literals = [x for x in literals if not (value[x] < 0 and not level[abs(x)])]
        if any(value[x] > 0 and not level[abs(x)] for x in literals):
            return
        if not literals:
            self._possible = False
            return
        if len(literals) == 1:
            self.back_to(0)
            self.assign(literals[0], None)
            return
        # The two that stay undecided longest are watched: true or open ones, then the latest decided.
        literals.sort(key=lambda x: -self.variables if value[x] >= 0 else -level[abs(x)])
        if value[literals[1]] < 0:
            self.back_to(level[abs(literals[1])] - 1)
        self.attach(literals)

    def add_sum(self, rule: SumRule) -> Bounded:
        """See `sat.SatSolver`; the sum is propagated during the search, like a clause."""
        self.back_to(0)
        return self.bounds.add(rule)

    def solve(self, assumptions: Sequence[Literal], stop: Stop = never) -> bool | None:
        """See `sat.SatSolver`."""
        self._core = frozenset()
        if not self._possible or stop():
            return None if self._possible else False
        self._keep(assumptions)
        conflicts, restarts, allowed = 0, 1, _RESTART
        while True:
            conflict = self.propagate()
            if conflict is not None:
                if not self.limits:
                    self._possible = False
                    return False
                self._learn(conflict)
                conflicts += 1
                if not conflicts % _ASK_EVERY and stop():
                    return None
                continue
            if conflicts >= allowed:
                restarts += 1
                allowed = conflicts + _RESTART * _luby(restarts)
                self.back_to(min(len(self.limits), len(assumptions)))
                self._forget()
            answer = self._decide(assumptions)
            if answer is not None:
                return answer

    def model(self) -> Sequence[Literal]:
        """See `sat.SatSolver`."""
        return self._model

    def core(self) -> frozenset[Literal]:
        """See `sat.SatSolver`."""
        return self._core

    def implied(self, assumptions: Sequence[Literal]) -> Sequence[Literal] | None:
        """See `sat.SatSolver`."""
        if not self._possible:
            return None
        self._keep(assumptions)
        self.back_to(min(len(self.limits), len(assumptions)))
        while True:
            if self.propagate() is not None:
                if self.limits:
                    self.back_to(len(self.limits) - 1)
                else:
                    self._possible = False
                return None
            assumed = self._assume(assumptions)
            if assumed is not None:
                return list(self.trail) if assumed else None

    def prefer(self, literals: Sequence[Literal]) -> None:
        """See `sat.SatSolver`; what was decided freely is undone first, as it would be preferred instead."""
        self.back_to(max(0, len(self._assumed) - 1))
        for literal in literals:
            self.phase[abs(literal)] = literal

    # Assumptions and decisions

    def _keep(self, assumptions: Sequence[Literal]) -> None:
        """Take the trail back to where these assumptions differ from the last ones."""
        same = 0
        for old, new in zip(self._assumed, assumptions, strict=False):
            if old != new:
                break
            same += 1
        if same < len(self._assumed) or same < len(assumptions):
            self.back_to(min(same, len(self.limits)))
        self._assumed = list(assumptions)

    def _assume(self, assumptions: Sequence[Literal]) -> bool | None:
        """The next assumption that says something new; True: none is left, False: one is refuted."""
        value = self.value
        while len(self.limits) < len(assumptions):
            literal = assumptions[len(self.limits)]
            if value[literal] < 0:
                self._core = self._why_not(literal)
                return False
            self.limits.append(len(self.trail))
            if not value[literal]:
                self.assign(literal, None)
                return None
        return True

    def _decide(self, assumptions: Sequence[Literal]) -> bool | None:
        """The next decision; True: nothing is left to decide, False: an assumption is refuted."""
        if len(self.limits) < len(assumptions):
            assumed = self._assume(assumptions)
            if not assumed:
                return assumed
        value, order, phase, limits, trail = self.value, self.order, self.phase, self.limits, self.trail
        pairs, watches, listens = self.pairs, self.watches, self.bounds.listens
        level, reason = self.level, self.reason
        for place in range(self.next, -1, -1):
            variable = order[place]
            if variable and not value[variable]:
                literal = phase[variable]
                limits.append(len(trail))
                value[literal], value[-literal] = 1, -1
                level[variable], reason[variable] = len(limits), None
                trail.append(literal)
                if pairs[literal] or watches[literal] or literal in listens:
                    self.next = place
                    return None
                self.head = len(trail)  # Nothing follows from it.
        self._model = [v if value[v] > 0 else -v for v in range(1, self.variables + 1)]
        return True

    # Learning

    def _learn(self, conflict: Sequence[Literal]) -> None:
        clause = self._first_uip(conflict)
        level = self.level
        if len(clause) == 1:
            self.back_to(0)
            self.assign(clause[0], None)
            return
        highest = max(range(1, len(clause)), key=lambda place: level[abs(clause[place])])
        clause[1], clause[highest] = clause[highest], clause[1]
        self.back_to(level[abs(clause[1])])
        if len(clause) > 2:
            self._learnt.append((len({level[abs(x)] for x in clause}), clause))
        self.attach(clause)

    def _first_uip(self, conflict: Sequence[Literal]) -> Clause:
        level, reasons, trail = self.level, self.reason, self.trail
        depth = len(self.limits)
        seen: set[int] = set()
        learnt: Clause = [0]
        open_here, place = 0, len(trail)
        literals: Sequence[Literal] = conflict
        while True:
            for literal in literals:
                variable = abs(literal)
                if variable in seen or not level[variable]:
                    continue
                seen.add(variable)
                if level[variable] == depth:
                    open_here += 1
                else:
                    learnt.append(literal)
            place -= 1
            while abs(trail[place]) not in seen:
                place -= 1
            pivot = trail[place]
            open_here -= 1
            if not open_here:
                break
            literals = [x for x in reasons[abs(pivot)] or () if x != pivot]
        self._move_up(seen)
        learnt[0] = -pivot
        return [learnt[0], *(x for x in learnt[1:] if not self._follows(x, seen))]

    def _follows(self, literal: Literal, seen: set[int]) -> bool:
        """Whether the other literals of a learnt clause say this one already."""
        reason = self.reason[abs(literal)]
        if reason is None:
            return False
        level = self.level
        return all(abs(x) in seen or not level[abs(x)] for x in reason if x != -literal)

    def _move_up(self, variables: set[int]) -> None:
        """Variables of a conflict are decided first from now on, the latest ones before all others."""
        turn, order = self._turn, self.order
        for variable in sorted(variables, key=turn.__getitem__):
            order[turn[variable]] = 0
            turn[variable] = len(order)
            order.append(variable)
        if len(order) > 4 * self.variables + 64:
            self.order = [0, *(variable for variable in order if variable)]
            for place, variable in enumerate(self.order):
                turn[variable] = place
        self.next = len(self.order) - 1

    def _why_not(self, refuted: Literal) -> frozenset[Literal]:
        """Assumptions that together rule out `refuted`, itself included."""
        found = {refuted}
        wanted = {abs(refuted)}
        decided = self.trail[self.limits[0] :] if self.limits else []
        for literal in reversed(decided):
            variable = abs(literal)
            if variable not in wanted:
                continue
            reason = self.reason[variable]
            if reason is None:
                found.add(literal)
            else:
                wanted.update(abs(x) for x in reason if self.level[abs(x)])
        return frozenset(found)

    def _forget(self) -> None:
        """Drop the less useful half of the long learnt clauses; those that decisions rest on stay."""
        if len(self._learnt) < self._room:
            return
        self._room += 500
        in_use = {id(reason) for reason in self.reason if reason is not None}
        ranked = sorted(self._learnt, key=lambda entry: (entry[0], len(entry[1])))
        half = len(ranked) // 2
        self._learnt = [e for i, e in enumerate(ranked) if i < half or e[0] <= 2 or id(e[1]) in in_use]
        kept = {id(clause) for _, clause in self._learnt}
        dropped = {id(clause) for _, clause in ranked} - kept
        for place, watched in enumerate(self.watches):
            if watched:
                self.watches[place] = [clause for clause in watched if id(clause) not in dropped]


def _luby(index: int) -> int:
    """The sequence 1 1 2 1 1 2 4 …: the best restarts when nothing is known (Luby, Sinclair, Zuckerman)."""
    size, power = 1, 0
    while size < index + 1:
        size, power = 2 * size + 1, power + 1
    index -= 1
    while size - 1 != index:
        size = (size - 1) // 2
        power -= 1
        index %= size
    return 1 << power
