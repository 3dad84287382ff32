"""Sums inside the search: what is decided so far bounds every total, and a limit speaks as soon as it is met.

The least total of each sum is kept with the solver's trail: it grows when the cheapest literal of a group
turns out false, and shrinks when the solver takes decisions back. A sum that is beyond its limit gives a
conflict; one that is near it refuses every literal for which there is no room left; both as clauses, made
only when they are needed, so that the solver learns from sums as it does from clauses. (Ohrimenko, Stuckey and
Codish, Propagation via lazy clause generation, 2009.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.offers.domain.configurator.sat import Literal, SumRule
from services.offers.domain.configurator.sums import Sum


class Bounds:
    """The sums of one solver.

    `value` is the solver's own table: by literal, 1 for true, -1 for false, 0 for open. What is new on the
    trail at a call of `follow` belongs to one level of the solver: it is taken back together or not at all.
    """

    def __init__(self, value: list[int]) -> None:
        self._value = value
        self._groups: dict[Literal, list[tuple[_Running, int]]] = {}
        self._guards: dict[Literal, list[_Running]] = {}
        self._seen = 0
        self._undo: list[tuple[int, _Running, int, int]] = []
        self._changed: dict[_Running, None] = {}
        self.listens: set[Literal] = set()
        """Literals that say something about a sum when they become true."""

    def add(self, rule: SumRule) -> _Running:
        """One more sum. The solver has taken back all its decisions."""
        running = _Running(rule, self._value, self._changed)
        for place, group in enumerate(running.groups):
            for literal, _ in group:
                self._groups.setdefault(-literal, []).append((running, place))
        for literal in rule.unless:
            self._guards.setdefault(-literal, []).append(running)
        self.listens.update(self._groups, self._guards)
        return running

    def back_to(self, length: int) -> None:
        """The trail has been cut to this length."""
        if self._seen > length:
            self._seen = length
            undo = self._undo
            while undo and undo[-1][0] >= length:
                _, running, place, first = undo.pop()
                running.step(place, first)

    def follow(self, trail: Sequence[Literal]) -> list[list[Literal]]:
        """Clauses that say something new: the first literal is open or false, all others are false.

        All come from one sum; the caller propagates and asks again until there are none.
        """
        seen, end = self._seen, len(trail)
        if self._groups:
            groups, guards, changed = self._groups, self._guards, self._changed
            while seen < end:
                literal = trail[seen]
                for running, place in groups.get(literal, ()):
                    first = running.first[place]
                    if running.groups[place][first][0] == -literal and running.advance(place):
                        self._undo.append((seen, running, place, first))
                        changed[running] = None
                for running in guards.get(literal, ()):
                    changed[running] = None
                seen += 1
        self._seen = end
        while self._changed:
            running = next(iter(self._changed))
            del self._changed[running]
            found = list(running.consequences())
            if found:
                return found
        return []


class _Running(Sum):
    """A sum and its least total as things stand; `first`: by group, the first literal not yet false."""

    __slots__ = ("_changed", "_value", "_widest", "first", "least")

    def __init__(self, rule: SumRule, value: list[int], changed: dict[_Running, None]) -> None:
        super().__init__(rule)
        self._value = value
        self._changed = changed
        self._widest = max((group[-1][1] - group[0][1] for group in self.groups), default=0)
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
        for at in range(self.first[place] + 1, len(group)):
            if value[group[at][0]] >= 0:
                self.step(place, at)
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
        open_guards = 0
        for literal in self.unless:
            if value[literal] > 0:
                return
            open_guards += not value[literal]
        spare = self.bound - self.least
        if open_guards > 1 or (open_guards and spare >= 0) or spare >= self._widest:
            return
        lows = [group[first][1] for group, first in zip(self.groups, self.first, strict=True)]
        parts = [(place, low) for place, low in enumerate(lows) if low]
        if spare < 0:
            clause = self.clause(parts, self.bound + 1)
            clause.sort(key=lambda x: value[x] < 0)
            yield clause
            return
        for place, group in enumerate(self.groups):
            room = spare + lows[place]
            if group[-1][1] <= room:
                continue
            beyond = [(x, number) for x, number in group if number > room and not value[x]]
            if beyond:
                others = [part for part in parts if part[0] != place]
                because = self.clause(others, self.bound + 1 - beyond[0][1])
                for literal, _ in beyond:
                    yield [-literal, *because]

    def below(self, place: int, value: int) -> list[Literal]:
        """See `sums.Sum`; only with literals that are false already."""
        found = super().below(place, value)
        if len(found) == 1 and self._value[found[0]] >= 0:
            return [literal for literal, other in self.groups[place] if other < value]
        return found
