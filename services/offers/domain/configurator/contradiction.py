"""The smallest part of rules and choices that cannot hold together.

An imported model has thousands of rules, a contradiction a dozen of them. So each rule has a switch, and is
taken into the solver only when a configuration breaks it: the solver answers for the rules taken in so far,
what it finds is held against all that are asked about, those that it breaks are taken in, until nothing is
broken or nothing is possible. What that costs depends on how much of the model lies around an option, not on
its size.

(Deletion-based minimal cores of groups of clauses as in Nadel, Ryvchin and Strichman, 2014; taking in what a
model breaks is the counter-example loop of hitting-set solvers.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from services.kit.errors import Unavailable
from services.offers.domain.configurator.broken import Broken
from services.offers.domain.configurator.engine import NewSolver
from services.offers.domain.configurator.ground import STRUCTURE, Ground
from services.offers.domain.configurator.reasons import english
from services.offers.domain.configurator.sat import Literal, SatSolver, Stop, SumRule, never

ROOM: Final = 256
"""Rules that a new solver has room for; when they are more, another is made with four times the room."""

MANY: Final = 1000
"""Rules among which not the earliest are looked for, but the first that are found."""

_Asked: TypeAlias = Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Rules by their number and literals, of which none can be left out."""

    rules: tuple[int, ...]
    literals: tuple[Literal, ...]


class Contradictions:
    """Questions about some of the rules of a model; its structure (a choice has one value) always holds."""

    def __init__(self, ground: Ground, new_solver: NewSolver) -> None:
        self._ground = ground
        self._new_solver = new_solver
        self._broken = Broken(ground)
        self._clauses: list[list[list[Literal]]] = [[] for _ in ground.rules]
        self._sums: list[list[SumRule]] = [[] for _ in ground.rules]
        for clause, owner in ground.clauses:
            if owner != STRUCTURE:
                self._clauses[owner].append(clause)
        for rule in ground.sums:
            if rule.owner != STRUCTURE:
                self._sums[rule.owner].append(rule)
        self._room = ROOM
        self._solver = self._anew()

    def prefer(self, literals: Sequence[Literal]) -> None:
        """Look near this configuration first: the fewer rules are broken there, the faster the answer."""
        self._solver.prefer(literals)

    def possible(self, literals: Sequence[Literal], rules: Iterable[int], stop: Stop = never) -> bool:
        """Whether the literals and these rules go together.

        Raises:
            Unavailable: OUT_OF_TIME.
        """
        asked = frozenset(rules)
        return self._core(literals, asked.__contains__, stop) is None

    def smallest(
        self,
        fixed: Sequence[Literal],
        choices: Sequence[Literal] = (),
        *,
        without: int = STRUCTURE,
        stop: Stop = never,
    ) -> Contradiction:
        """A minimal part of all rules (one apart) and of `choices` that contradicts `fixed`.

        Of all minimal parts the one that needs only the earliest rules, then the earliest choices: again and
        again the shortest beginning of that list which still contradicts is looked for; its last item is
        needed, those after it are not. Cores shorten the beginning, models lengthen what is possible.

        Raises:
            Unavailable: OUT_OF_TIME.
        """
        if len(self._ground.rules) > MANY:
            if 2 * len(self._switch) > ROOM:
                self._room = ROOM
                self._solver = self._anew()
            search = self._shortened(fixed, choices, without, stop)
        else:
            rules = [number for number in range(len(self._ground.rules)) if number != without]
            search = _Prefixes(rules, choices)

        def ask(upto: int) -> set[int] | None:
            """The places of a core of the needed items and the first `upto`; None: they are possible."""
            soft = [x for x, place in search.choice.items() if search.asked(place, upto)]
            core = self._core([*fixed, *soft], lambda rule: search.asked(search.rule.get(rule), upto), stop)
            return None if core is None else search.places(core, self._rule_of)

        found = ask(len(search))
        if found is None:
            raise AssertionError("only what is contradictory can be explained")
        while True:
            low, high = -1, max(found - search.needed, default=-1) + 1
            while high - low > 1:
                middle = (low + high) // 2
                core = ask(middle)
                if core is None:
                    low = min(search.first_broken(middle, self._broken), high - 1)
                else:
                    found, high = core, max(core - search.needed, default=-1) + 1
            if not high:
                return search.contradiction()
            search.needed.add(high - 1)

    def _shortened(
        self, fixed: Sequence[Literal], choices: Sequence[Literal], without: int, stop: Stop
    ) -> _Prefixes:
        """Rules and choices that still contradict, as few as the solver happens to blame.

        Among thousands of rules the earliest ones can make an explanation a hundred rules long where another
        needs five. So which of several minimal explanations is given may here depend on the solver.
        """
        kept, rules = list(choices), len(self._ground.rules)
        asked: _Asked = without.__ne__
        while True:
            core = self._core([*fixed, *kept], asked, stop)
            if core is None:
                raise AssertionError("only what is contradictory can be explained")
            blamed = {self._rule_of[x] for x in core if x in self._rule_of}
            kept = [x for x in kept if x in core]
            if len(blamed) == rules:
                return _Prefixes(sorted(blamed), kept)
            rules = len(blamed)
            asked = blamed.__contains__

    # Asking

    def _core(self, literals: Sequence[Literal], asked: _Asked, stop: Stop) -> frozenset[Literal] | None:
        """Of literals and switches, some that do not go together; None: all go together."""
        while True:
            switches = [switch for rule, switch in self._switch.items() if asked(rule)]
            answer = self._solver.solve([*literals, *switches], stop)
            if answer is None:
                raise Unavailable("OUT_OF_TIME", english("OUT_OF_TIME", {}))
            if not answer:
                return self._solver.core()
            self._broken.compare(self._solver.model())
            new = [rule for rule in self._broken.rules if asked(rule) and rule not in self._switch]
            if not new:
                return None
            self._take_in(sorted(new))

    def _take_in(self, rules: Sequence[int]) -> None:
        if len(self._switch) + len(rules) > self._room:
            self._room *= 4
            self._solver = self._anew()
        for rule in rules:
            switch = self._ground.variables + len(self._switch) + 1
            self._switch[rule] = switch
            self._rule_of[switch] = rule
            for clause in self._clauses[rule]:
                self._solver.add_clause([*clause, -switch])
            for limit in self._sums[rule]:
                self._solver.add_sum(
                    SumRule(limit.groups, limit.bound, (*limit.unless, -switch), limit.owner)
                )

    def _anew(self) -> SatSolver:
        """A solver that knows the structure, and no rule yet."""
        self._switch: dict[int, Literal] = {}
        self._rule_of: dict[Literal, int] = {}
        solver = self._new_solver(self._ground.variables + self._room)
        for clause, owner in self._ground.clauses:
            if owner == STRUCTURE:
                solver.add_clause(clause)
        for rule in self._ground.sums:
            if rule.owner == STRUCTURE:
                solver.add_sum(rule)
        return solver


class _Prefixes:
    """Rules and choices in one order, and which of them are known to be needed."""

    def __init__(self, rules: Sequence[int], choices: Sequence[Literal]) -> None:
        self._rules = rules
        self._choices = choices
        self.rule = {number: place for place, number in enumerate(rules)}
        self.choice = {literal: len(rules) + place for place, literal in enumerate(choices)}
        self.needed: set[int] = set()

    def __len__(self) -> int:
        return len(self._rules) + len(self._choices)

    def asked(self, place: int | None, upto: int) -> bool:
        """Whether an item belongs to the first `upto` or to those that are needed."""
        return place is not None and (place < upto or place in self.needed)

    def places(self, core: Iterable[Literal], rule_of: Mapping[Literal, int]) -> set[int]:
        """Where the items of a core stand."""
        found = {self.rule[rule_of[x]] if x in rule_of else self.choice.get(x, -1) for x in core}
        return found - {-1}

    def first_broken(self, start: int, broken: Broken) -> int:
        """The first place from `start` on whose rule or choice the configuration just found breaks."""
        places = [self.rule[rule] for rule in broken.rules if self.rule.get(rule, -1) >= start]
        if places:
            return min(places)
        for literal, place in self.choice.items():
            if place >= start and not broken.true(literal):
                return place
        return len(self)

    def contradiction(self) -> Contradiction:
        """What is needed."""
        return Contradiction(
            tuple(number for number, place in self.rule.items() if place in self.needed),
            tuple(literal for literal, place in self.choice.items() if place in self.needed),
        )
