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

from services.offers.domain.configurator.bounds import Bounds
from services.offers.domain.configurator.sat import Bounded, Literal, Stop, SumRule, never

_RESTART: Final = 64
_ASK_EVERY: Final = 32
"""Conflicts between two questions to the caller's budget: 5 to 20 ms in plain Python."""

Clause = list[Literal]


class Cdcl:
    """A `sat.SatSolver` for a number of variables known from the start.

    Tables are indexed by literal: in a list of 2n + 1 places, place -v is one from the end, so that the
    negative literals need no translation.
    """

    def __init__(self, variables: int) -> None:
        size = 2 * variables + 1
        self._variables = variables
        self._value = [0] * size
        self._pairs: list[list[tuple[Literal, Literal]]] = [[] for _ in range(size)]
        self._watches: list[list[Clause]] = [[] for _ in range(size)]
        self._level = [0] * (variables + 1)
        self._reason: list[Sequence[Literal] | None] = [None] * (variables + 1)
        self._phase = [-variable for variable in range(variables + 1)]
        self._order = list(range(variables, -1, -1))
        self._turn = [variables - variable for variable in range(variables + 1)]
        self._next = variables
        self._trail: list[Literal] = []
        self._limits: list[int] = []
        self._head = 0
        self._assumed: list[Literal] = []
        self._learnt: list[tuple[int, Clause]] = []
        self._room = 2000
        self._possible = True
        self._core: frozenset[Literal] = frozenset()
        self._model: list[Literal] = []
        self._bounds = Bounds(self._value)

    # What the port promises

    def add_clause(self, clause: Sequence[Literal]) -> None:
        """See `sat.SatSolver`; the trail is taken back only as far as the clause demands."""
        literals = list(dict.fromkeys(clause))
        if any(-literal in literals for literal in literals):
            return
        value, level = self._value, self._level
        literals = [x for x in literals if not (value[x] < 0 and not level[abs(x)])]
        if any(value[x] > 0 and not level[abs(x)] for x in literals):
            return
        if not literals:
            self._possible = False
            return
        if len(literals) == 1:
            self._back_to(0)
            self._assign(literals[0], None)
            return
        # The two that stay undecided longest are watched: true or open ones, then the latest decided.
        literals.sort(key=lambda x: -self._variables if value[x] >= 0 else -level[abs(x)])
        if value[literals[1]] < 0:
            self._back_to(level[abs(literals[1])] - 1)
        self._attach(literals)

    def add_sum(self, rule: SumRule) -> Bounded:
        """See `sat.SatSolver`; the sum is propagated during the search, like a clause."""
        self._back_to(0)
        return self._bounds.add(rule)

    def solve(self, assumptions: Sequence[Literal], stop: Stop = never) -> bool | None:
        """See `sat.SatSolver`."""
        self._core = frozenset()
        if not self._possible or stop():
            return None if self._possible else False
        self._keep(assumptions)
        conflicts, restarts, allowed = 0, 1, _RESTART
        while True:
            conflict = self._propagate()
            if conflict is not None:
                if not self._limits:
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
                self._back_to(min(len(self._limits), len(assumptions)))
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
        self._back_to(min(len(self._limits), len(assumptions)))
        while True:
            if self._propagate() is not None:
                if self._limits:
                    self._back_to(len(self._limits) - 1)
                else:
                    self._possible = False
                return None
            assumed = self._assume(assumptions)
            if assumed is not None:
                return list(self._trail) if assumed else None

    def prefer(self, literals: Sequence[Literal]) -> None:
        """See `sat.SatSolver`; what was decided freely is undone first, as it would be preferred instead."""
        self._back_to(max(0, len(self._assumed) - 1))
        for literal in literals:
            self._phase[abs(literal)] = literal

    # The trail

    def _keep(self, assumptions: Sequence[Literal]) -> None:
        """Take the trail back to where these assumptions differ from the last ones."""
        same = 0
        for old, new in zip(self._assumed, assumptions, strict=False):
            if old != new:
                break
            same += 1
        if same < len(self._assumed) or same < len(assumptions):
            self._back_to(min(same, len(self._limits)))
        self._assumed = list(assumptions)

    def _back_to(self, level: int) -> None:
        if level < 0 or len(self._limits) <= level:
            return
        start = self._limits[level]
        value, phase = self._value, self._phase
        for literal in self._trail[start:]:
            value[literal] = value[-literal] = 0
            phase[abs(literal)] = literal
        del self._trail[start:]
        del self._limits[level:]
        self._head = len(self._trail)
        self._next = len(self._order) - 1
        self._bounds.back_to(start)

    def _assign(self, literal: Literal, reason: Sequence[Literal] | None) -> None:
        variable = abs(literal)
        self._value[literal], self._value[-literal] = 1, -1
        self._level[variable] = len(self._limits)
        self._reason[variable] = reason
        self._trail.append(literal)

    def _assume(self, assumptions: Sequence[Literal]) -> bool | None:
        """The next assumption that says something new; True: none is left, False: one is refuted."""
        value = self._value
        while len(self._limits) < len(assumptions):
            literal = assumptions[len(self._limits)]
            if value[literal] < 0:
                self._core = self._why_not(literal)
                return False
            self._limits.append(len(self._trail))
            if not value[literal]:
                self._assign(literal, None)
                return None
        return True

    def _decide(self, assumptions: Sequence[Literal]) -> bool | None:
        """The next decision; True: nothing is left to decide, False: an assumption is refuted."""
        if len(self._limits) < len(assumptions):
            assumed = self._assume(assumptions)
            if not assumed:
                return assumed
        value, order, phase, limits, trail = self._value, self._order, self._phase, self._limits, self._trail
        pairs, watches, listens = self._pairs, self._watches, self._bounds.listens
        level, reason = self._level, self._reason
        for place in range(self._next, -1, -1):
            variable = order[place]
            if variable and not value[variable]:
                literal = phase[variable]
                limits.append(len(trail))
                value[literal], value[-literal] = 1, -1
                level[variable], reason[variable] = len(limits), None
                trail.append(literal)
                if pairs[literal] or watches[literal] or literal in listens:
                    self._next = place
                    return None
                self._head = len(trail)  # Nothing follows from it.
        self._model = [v if value[v] > 0 else -v for v in range(1, self._variables + 1)]
        return True

    def _attach(self, clause: Clause) -> None:
        first, second = clause[0], clause[1]
        if len(clause) == 2:
            self._pairs[-first].append((second, first))
            self._pairs[-second].append((first, second))
        else:
            self._watches[-first].append(clause)
            self._watches[-second].append(clause)
        if self._value[second] < 0 and not self._value[first]:
            self._assign(first, clause)

    def _propagate(self) -> Sequence[Literal] | None:
        """Everything that follows from the trail, sums included; the clause that is violated, if one is."""
        while True:
            conflict = self._by_clauses()
            if conflict is not None:
                return conflict
            found = self._bounds.follow(self._trail) if self._bounds.listens else []
            if not found:
                return None
            for clause in found:
                conflict = self._told(clause)
                if conflict is not None:
                    return conflict

    def _told(self, clause: Clause) -> Clause | None:
        """Take up what a sum says: all but the first literal are false already."""
        if clause and not self._value[clause[0]]:
            self._assign(clause[0], clause)
        if clause and self._value[clause[0]] > 0:
            return None
        # A sum that came late, or was lowered, may object to what was decided long ago.
        self._back_to(max((self._level[abs(x)] for x in clause), default=0))
        return clause

    def _by_clauses(self) -> Sequence[Literal] | None:
        """Everything that follows from the trail by clauses.

        Long on purpose: four fifths of all time is spent here, and a call costs more than its work.
        """
        value, level, reasons = self._value, self._level, self._reason
        trail, pairs, watches = self._trail, self._pairs, self._watches
        depth, head = len(self._limits), self._head
        while head < len(trail):
            literal = trail[head]
            head += 1
            for pair in pairs[literal]:
                other = pair[0]
                if value[other] > 0:
                    continue
                if value[other] < 0:
                    self._head = head
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
                        self._head = head
                        return clause
                    value[first], value[-first] = 1, -1
                    variable = first if first > 0 else -first
                    level[variable] = depth
                    reasons[variable] = clause
                    trail.append(first)
            watches[literal] = kept
        self._head = head
        return None

    # Learning

    def _learn(self, conflict: Sequence[Literal]) -> None:
        clause = self._first_uip(conflict)
        level = self._level
        if len(clause) == 1:
            self._back_to(0)
            self._assign(clause[0], None)
            return
        highest = max(range(1, len(clause)), key=lambda place: level[abs(clause[place])])
        clause[1], clause[highest] = clause[highest], clause[1]
        self._back_to(level[abs(clause[1])])
        if len(clause) > 2:
            self._learnt.append((len({level[abs(x)] for x in clause}), clause))
        self._attach(clause)

    def _first_uip(self, conflict: Sequence[Literal]) -> Clause:
        level, reasons, trail = self._level, self._reason, self._trail
        depth = len(self._limits)
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
        reason = self._reason[abs(literal)]
        if reason is None:
            return False
        level = self._level
        return all(abs(x) in seen or not level[abs(x)] for x in reason if x != -literal)

    def _move_up(self, variables: set[int]) -> None:
        """Variables of a conflict are decided first from now on, the latest ones before all others."""
        turn, order = self._turn, self._order
        for variable in sorted(variables, key=turn.__getitem__):
            order[turn[variable]] = 0
            turn[variable] = len(order)
            order.append(variable)
        if len(order) > 4 * self._variables + 64:
            self._order = [0, *(variable for variable in order if variable)]
            for place, variable in enumerate(self._order):
                turn[variable] = place
        self._next = len(self._order) - 1

    def _why_not(self, refuted: Literal) -> frozenset[Literal]:
        """Assumptions that together rule out `refuted`, itself included."""
        found = {refuted}
        wanted = {abs(refuted)}
        decided = self._trail[self._limits[0] :] if self._limits else []
        for literal in reversed(decided):
            variable = abs(literal)
            if variable not in wanted:
                continue
            reason = self._reason[variable]
            if reason is None:
                found.add(literal)
            else:
                wanted.update(abs(x) for x in reason if self._level[abs(x)])
        return frozenset(found)

    def _forget(self) -> None:
        """Drop the less useful half of the long learnt clauses; those that decisions rest on stay."""
        if len(self._learnt) < self._room:
            return
        self._room += 500
        in_use = {id(reason) for reason in self._reason if reason is not None}
        ranked = sorted(self._learnt, key=lambda entry: (entry[0], len(entry[1])))
        half = len(ranked) // 2
        self._learnt = [e for i, e in enumerate(ranked) if i < half or e[0] <= 2 or id(e[1]) in in_use]
        kept = {id(clause) for _, clause in self._learnt}
        dropped = {id(clause) for _, clause in ranked} - kept
        for place, watched in enumerate(self._watches):
            if watched:
                self._watches[place] = [clause for clause in watched if id(clause) not in dropped]


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
