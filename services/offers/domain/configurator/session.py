"""A configuration in the making: choices and retractions in any order, and what is possible after each.

    >>> configurator = Configurator(read_model(plain))
    >>> session = configurator.start()
    >>> session = configurator.choose(session, "frame", "large")
    >>> session.state("head", "laser")
    <State.EXCLUDED: 'excluded'>

Sessions are values: a step gives a new one and leaves the old as it was, so undo is keeping the old. The
states are **complete**: an option shown as free can be completed to a whole configuration, one shown as
excluded in none. How: every free option has a *witness*, a whole configuration that contains it. Witnesses
are kept from step to step (a choice drops those that contradict it, a retraction none), so a step only has to
find witnesses for options that lost theirs, and one search usually finds one for many. For an excluded option
the choices that exclude it are kept in the same way. What the budget leaves undecided is `unverified`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from services.kit.errors import NotAllowedNow
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.cdcl import Cdcl
from services.offers.domain.configurator.choices import (
    Choice,
    cell_of,
    literal_of,
    read_choice,
    replaces,
)
from services.offers.domain.configurator.contradiction import Contradictions
from services.offers.domain.configurator.engine import Engine, NewSolver, bits
from services.offers.domain.configurator.ground import Ground
from services.offers.domain.configurator.grounding import ground
from services.offers.domain.configurator.problems import refused
from services.offers.domain.configurator.reasons import english
from services.offers.domain.configurator.sat import Literal, Stop, never
from services.offers.domain.configurator.search import Search, literals_of

MAX_WITNESSES: Final = 600


class State(Enum):
    """What may become of an option."""

    FREE = "free"
    FORCED = "forced"
    EXCLUDED = "excluded"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Session:
    """The choices made, in order, and what follows from them.

    `possible` and `avoidable` are bit sets of options that can still be chosen, and left out; `unknown` of
    those of which the budget left one of the two open. The rest is memory for the next step.
    """

    ground: Ground = field(repr=False, compare=False)
    choices: tuple[Choice, ...] = ()
    possible: int = 0
    avoidable: int = 0
    unknown: int = 0
    witnesses: tuple[int, ...] = field(default=(), repr=False, compare=False)
    blamed: Mapping[Literal, frozenset[Literal]] = field(default_factory=dict, repr=False, compare=False)

    def state(self, path: str, value: str) -> State:
        """What may become of an option; `value` empty: of having no value."""
        cell = cell_of(self.ground, path)
        return self._state(literal_of(cell, value))

    def states(self, path: str) -> dict[str, State]:
        """The states of all options of an attribute, in the order of the model."""
        cell = cell_of(self.ground, path)
        found = {code: self._state(literal) for code, literal in cell.literals.items()}
        if cell.absent:
            found[""] = self._state(cell.absent)
        return found

    def _state(self, literal: Literal) -> State:
        bit = 1 << abs(literal)
        if self.unknown & bit:
            return State.UNVERIFIED
        can, can_not = bool(self.possible & bit), bool(self.avoidable & bit)
        if literal < 0:
            can, can_not = can_not, can
        if not can:
            return State.EXCLUDED
        return State.FREE if can_not else State.FORCED

    def certain(self) -> list[Literal]:
        """The literals that hold in every completion."""
        every = (1 << self.ground.shown + 1) - 4
        true = every & self.possible & ~self.avoidable & ~self.unknown
        false = every & self.avoidable & ~self.possible & ~self.unknown
        return [*literals_of(true, 1), *literals_of(false, -1)]

    def chosen(self, path: str) -> tuple[Choice, ...]:
        """What the user said about an attribute."""
        return tuple(choice for choice in self.choices if choice.path == path)

    def value(self, path: str) -> tuple[str, ...] | None:
        """The codes that an attribute has for certain, chosen or forced; None: it is still open.

        Empty: it has no value for certain.
        """
        cell = cell_of(self.ground, path)
        if cell.attribute.kind == m.TEXT:
            return tuple(choice.value for choice in self.chosen(path))
        states = {code: self._state(literal) for code, literal in cell.literals.items()}
        if cell.exclusive:
            for code, state in states.items():
                if state is State.FORCED:
                    return (code,)
            return () if all(state is State.EXCLUDED for state in states.values()) else None
        if any(state in (State.FREE, State.UNVERIFIED) for state in states.values()):
            return None
        return tuple(code for code, state in states.items() if state is State.FORCED)

    def asked(self, path: str) -> bool:
        """Whether an attribute can still matter: false where it certainly has no value."""
        cell = cell_of(self.ground, path)
        if cell.attribute.kind in (m.CHOICE, *m.NUMBERS):
            return any(self._state(x) is not State.EXCLUDED for x in cell.literals.values())
        if cell.attribute.when is None and cell.place.parent is None:
            return True
        if cell.attribute.kind == m.TEXT:
            return True
        return any(self._state(x) is not State.EXCLUDED for x in cell.literals.values())


class Configurator:
    """A model made ready for sessions: one of it serves any number of sessions, one step at a time.

    It holds solvers, which learn from question to question; no answer depends on what was asked before.
    """

    def __init__(self, model: m.Model, new_solver: NewSolver = Cdcl) -> None:
        self.model = model
        self.ground = ground(model)
        self._new_solver = new_solver
        self.engine = Engine(self.ground, new_solver)
        self._contradictions: Contradictions | None = None
        self._first: Session | None = None
        self._measuring: dict[str, tuple[Ground, Engine]] = {}

    @property
    def contradictions(self) -> Contradictions:
        """What asks about some of the rules only; made when first asked for."""
        if self._contradictions is None:
            self._contradictions = Contradictions(self.ground, self._new_solver)
        return self._contradictions

    def measuring(self, figure: str) -> tuple[Ground, Engine]:
        """Ground and engine with the total of a figure; made when first asked for, and when worn out.

        Apart from the others, because totals of modules need many literals that every step would pay for.
        """
        known = self._measuring.get(figure)
        if known is None or not known[1].has_switches(2):
            measured = known[0] if known else ground(self.model, figure)
            known = self._measuring[figure] = (measured, Engine(measured, self._new_solver))
        return known

    def start(self, stop: Stop = never) -> Session:
        """A session without choices.

        Raises:
            Invalid: MODEL_CONTRADICTION.
        """
        if self._first is None:
            found = self._step(Session(self.ground), [], stop)
            if found is None:
                raise refused("MODEL_CONTRADICTION", "rules", value=self.model.code)
            if found.unknown:
                return found
            self._first = found
            self.engine.settle(found.certain())
        return self._first

    def choose(
        self, session: Session, path: str, value: str, *, wanted: bool = True, stop: Stop = never
    ) -> Session:
        """The session after one more choice; an earlier one about the same attribute gives way.

        Raises:
            Invalid: ATTRIBUTE_UNKNOWN, VALUE_UNKNOWN.
            NotAllowedNow: OPTION_EXCLUDED (see `explain.why`, `repair.repairs`), OPTION_UNVERIFIED.
        """
        cell = cell_of(self.ground, path)
        choice = read_choice(cell, value, wanted=wanted)
        kept = [old for old in session.choices if not replaces(cell, choice, old)]
        made = replace(session, choices=(*kept, choice))
        if cell.attribute.kind == m.TEXT:
            return made
        params = {"attribute": path, "value": value}
        literals = self.literals(made.choices)
        found = self._step(made, literals, stop)
        if found is None:
            raise NotAllowedNow("OPTION_EXCLUDED", english("OPTION_EXCLUDED", params), params=params)
        if not found.possible | found.avoidable:
            raise NotAllowedNow("OPTION_UNVERIFIED", english("OPTION_UNVERIFIED", params), params=params)
        return found

    def retract(
        self, session: Session, path: str, value: str | None = None, *, stop: Stop = never
    ) -> Session:
        """The session without the choices about an attribute (or about one option of it)."""
        cell_of(self.ground, path)
        kept = tuple(
            old for old in session.choices if old.path != path or (value is not None and old.value != value)
        )
        if len(kept) == len(session.choices):
            return session
        return self.with_choices(kept, session, stop)

    def with_choices(
        self, choices: Sequence[Choice], near: Session | None = None, stop: Stop = never
    ) -> Session:
        """The session with exactly these choices, which are known to go together.

        Raises:
            NotAllowedNow: OPTION_EXCLUDED when they do not.
        """
        base = replace(near or self.start(stop), choices=tuple(choices))
        found = self._step(base, self.literals(choices), stop)
        if found is None:
            raise NotAllowedNow("OPTION_EXCLUDED", params={"attribute": "", "value": ""})
        return found

    def literals(self, choices: Sequence[Choice]) -> list[Literal]:
        """The literals of choices in the order of the model, so that their history does not matter."""
        found = []
        for choice in choices:
            cell = cell_of(self.ground, choice.path)
            if cell.attribute.kind != m.TEXT:
                found.append(literal_of(cell, choice.value, wanted=choice.wanted))
        return sorted(found, key=abs)

    # One step

    def _step(self, session: Session, literals: list[Literal], stop: Stop) -> Session | None:
        """The session with states for these choices; None: they contradict the rules."""
        yes = bits(x for x in literals if x > 0)
        no = bits(-x for x in literals if x < 0)
        given = frozenset(literals)
        witnesses = [w for w in session.witnesses if w & yes == yes and not w & no]
        blamed = {x: core for x, core in session.blamed.items() if core <= given}
        known = self.engine.implied(literals)
        if known is None:
            return None
        if not witnesses:
            answer = self.engine.solve(literals, stop)
            if answer is False:
                return None
            if answer is None:
                everything = (1 << self.ground.shown + 1) - 1
                return replace(session, possible=0, avoidable=0, unknown=everything, witnesses=())
            witnesses.append(self.engine.shown())
        search = Search(self.engine, self.ground.shown, literals, witnesses, blamed)
        search.settle(known)
        unknown = search.run(stop)
        return replace(
            session,
            possible=search.seen_true,
            avoidable=search.seen_false,
            unknown=unknown,
            witnesses=tuple(search.witnesses[-MAX_WITNESSES:]),
            blamed=search.blamed,
        )
