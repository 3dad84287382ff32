"""Sums inside the search: what is decided so far bounds every total, and a limit speaks as soon as it is met.

The least total of each sum is kept with the solver's trail: it grows when the cheapest literal of a group
turns out false, and shrinks when the solver takes decisions back. A sum that is beyond its limit gives a
conflict; one that is near it refuses every literal for which there is no room left; both as clauses, made
only when they are needed, so that the solver learns from sums as from clauses. (Ohrimenko, Stuckey and
Codish, Propagation via lazy clause generation, 2009.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from services.offers.domain.configurator.sat import Literal, SumRule
from services.offers.domain.configurator.sums import Sum

_GUARD: Final = -1


class Bounds:
    """The sums of one solver.

    `value` is the solver's own table: by literal, 1 for true, -1 for false, 0 for open. What is new on the
    trail at a call of `follow` belongs to one level of the solver: it is taken back together or not at all.
    """

    def __init__(self, value: list[int]) -> None:
        self._value = value
        self._sums: list[_Running] = []
        self._seen = 0
        self._undo: list[tuple[int, _Running, int, int]] = []
        self._changed: dict[_Running, None] = {}
        self.listens: dict[Literal, list[tuple[_Running, int, int]]] = {}
        """Literals that tell something about sums when they become true: which group, which place in it."""

    def add(self, rule: SumRule) -> _Running:
        """One more sum. The solver has taken back all its decisions."""
        running = _Running(rule, self._value, self._changed)
        self._sums.append(running)
        for place, group in enumerate(running.groups):
            for at, (literal, _) in enumerate(group):
                self.listens.setdefault(-literal, []).append((running, place, at))
        for literal in rule.unless:
            self.listens.setdefault(-literal, []).append((running, _GUARD, 0))
        return running

    def back_to(self, length: int) -> None:
        """The trail has been cut to this length."""
        if self._seen > length:
            self._seen = length
            undo = self._undo
            while undo and undo[-1][0] >= length:
                _, running, place, first = undo.pop()
                running.step(place, first)
            for running in self._sums:
                running.width = running.widest

    def follow(self, trail: Sequence[Literal]) -> list[list[Literal]]:
        """Clauses that say something new: the first literal is open or false, all others are false.

        All come from one sum; the caller propagates and asks again until there are none.
        """
        listens, changed = self.listens, self._changed
        for seen in range(self._seen, len(trail)):
            literal = trail[seen]
            if literal in listens:
                for running, place, at in listens[literal]:
                    if place == _GUARD:
                        changed[running] = None
                    elif running.first[place] == at and running.advance(place):
                        self._undo.append((seen, running, place, at))
                        if running.bound - running.least < running.width:
                            changed[running] = None
        self._seen = len(trail)
        while changed:
            running = next(iter(changed))
            del changed[running]
            found = list(running.consequences())
            if found:
                return found
        return []


class _Running(Sum):
    """A sum and its least total as things stand; `first`: by group, the first literal not yet false.

    `width`: no open literal adds more than this to the least total; what has this much to spare is silent.
    """

    __slots__ = ("_changed", "_value", "first", "least", "widest", "width")

    def __init__(self, rule: SumRule, value: list[int], changed: dict[_Running, None]) -> None:
        super().__init__(rule)
        self._value = value
        self._changed = changed
        self.width = self.widest = max((group[-1][1] - group[0][1] for group in self.groups), default=0)
        self.first = [0] * len(self.groups)
        self.least = sum(group[0][1] for group in self.groups)
        for place, group in enumerate(self.groups):
            if value[group[0][0]] < 0:
                self.advance(place)
        changed[self] = None

    def lower(self, bound: int) -> None:
        """See `sat.Bounded`."""
        self.bound = bound
        self._changed[self] = None

    def advance(self, place: int) -> bool:
        """Go to the next literal of a group that is not false; whether there is one."""
        group, value = self.groups[place], self._value
        first = self.first[place]
        for at in range(first + 1, len(group)):
            if value[group[at][0]] >= 0:
                self.least += group[at][1] - group[first][1]
                self.first[place] = at
                return True
        return False

    def step(self, place: int, first: int) -> None:
        """Another literal of a group is its first."""
        group = self.groups[place]
        self.least += group[first][1] - group[self.first[place]][1]
        self.first[place] = first

    def consequences(self) -> Iterator[list[Literal]]:
        """What the limit says now; see `Bounds.follow`."""
        value = self._value
        spare = self.bound - self.least
        if spare >= self.width:
            return
        open_guards = 0
        for literal in self.unless:
            if value[literal] > 0:
                return
            open_guards += not value[literal]
        if open_guards > 1 or (open_guards and spare >= 0):
            return
        if spare < 0:
            clause = self.clause(self._least_parts(), self.bound + 1)
            clause.sort(key=lambda x: value[x] < 0)
            yield clause
            return
        width = 0
        for place, group in enumerate(self.groups):
            low = group[self.first[place]][1]
            if group[-1][1] - low <= width:
                continue
            last = len(group) - 1
            while value[group[last][0]] < 0:
                last -= 1
            width = max(width, min(group[last][1] - low, spare))
            if group[last][1] - low > spare:
                yield from self._refused(place, low + spare)
        self.width = width

    def _refused(self, place: int, room: int) -> Iterator[list[Literal]]:
        """Clauses that leave no literal of a group above `room`."""
        beyond = [(x, number) for x, number in self.groups[place] if number > room and not self._value[x]]
        if beyond:
            others = [part for part in self._least_parts() if part[0] != place]
            because = self.clause(others, self.bound + 1 - beyond[0][1])
            for literal, _ in beyond:
                yield [-literal, *because]

    def _least_parts(self) -> list[tuple[int, int]]:
        lows = [group[first][1] for group, first in zip(self.groups, self.first, strict=True)]
        return [(place, low) for place, low in enumerate(lows) if low]

    def below(self, place: int, value: int) -> list[Literal]:
        """See `sums.Sum`; only with literals that are false already."""
        found = super().below(place, value)
        if len(found) == 1 and self._value[found[0]] >= 0:
            return [literal for literal, other in self.groups[place] if other < value]
        return found
