"""A fixed random walk through a model: the same script in CPython, with either solver, and in Pyodide.

`main` takes JSON (`body`: a compiled model, `seed`, `steps`; `only_steps`: neither explain nor complete) and
gives JSON: milliseconds of loading, of each step and of each explanation, and a digest of everything that was
answered, equal on every machine. Imports nothing but the kernel.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from time import process_time
from typing import TypeVar

from services.offers.domain.canonical import decode
from services.offers.domain.configurator.cdcl import Cdcl
from services.offers.domain.configurator.complete import complete
from services.offers.domain.configurator.engine import NewSolver
from services.offers.domain.configurator.explain import in_words, why
from services.offers.domain.configurator.loading import read_model
from services.offers.domain.configurator.session import Configurator, Session, State

_T = TypeVar("_T")


class Dice:
    """Numbers that look random and are the same in every version of Python."""

    def __init__(self, seed: int) -> None:
        self._state = seed * 2654435761 % 2**32 + 1

    def below(self, limit: int) -> int:
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self._state >> 33) % limit

    def pick(self, items: Sequence[_T]) -> _T:
        return items[self.below(len(items))]


class Walk:
    """Choices of free options and, one time in six, a retraction; after each, one option explained."""

    def __init__(self, configurator: Configurator, seed: int) -> None:
        self.configurator = configurator
        self.step_ms: list[float] = []
        self.why_ms: list[float] = []
        self._dice = Dice(seed)
        self._told = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._told.hexdigest()

    def run(self, steps: int, *, only_steps: bool = False) -> Session:
        """Walk; the first state, before any choice, is a step too."""
        begun = process_time()
        session = self.configurator.start()
        self.step_ms.append((process_time() - begun) * 1000)
        for _ in range(steps):
            session = self._step(session)
            if not only_steps:
                self._explain(session)
        return session

    def _step(self, session: Session) -> Session:
        dice, configurator = self._dice, self.configurator
        everything = states(session)
        self._told.update(repr([(p, v, s.value) for p, v, s in everything]).encode())
        free = [(p, v) for p, v, s in everything if s is State.FREE]
        retract = bool(session.choices) and (not free or dice.below(6) == 0)
        if retract:
            path, value = dice.pick(session.choices).path, ""
        elif free:
            path, value = dice.pick(free)
        else:
            return session
        begun = process_time()
        made = configurator.retract(session, path) if retract else configurator.choose(session, path, value)
        self.step_ms.append((process_time() - begun) * 1000)
        return made

    def _explain(self, session: Session) -> None:
        excluded = [(p, v) for p, v, s in states(session) if s is State.EXCLUDED]
        if not excluded:
            return
        path, value = self._dice.pick(excluded)
        begun = process_time()
        found = why(self.configurator, session, path, value)
        self.why_ms.append((process_time() - begun) * 1000)
        self._told.update(in_words(self.configurator.ground, found, "it").encode())

    def finish(self, session: Session) -> None:
        """Complete the rest and take it into the digest."""
        whole = complete(self.configurator, session).configuration
        self._told.update(repr(sorted(whole.chosen.items())).encode())


def states(session: Session) -> list[tuple[str, str, State]]:
    return [(p, v, s) for p in session.ground.cells for v, s in session.states(p).items()]


def report(text: str, new_solver: NewSolver) -> str:
    """One walk, told as JSON."""
    asked = json.loads(text)
    begun = process_time()
    configurator = Configurator(read_model(decode(asked["body"].encode())), new_solver)
    loading = (process_time() - begun) * 1000
    walk = Walk(configurator, asked["seed"])
    only_steps = bool(asked.get("only_steps"))
    session = walk.run(asked["steps"], only_steps=only_steps)
    if not only_steps:
        walk.finish(session)
    return json.dumps({"loading": [loading], "step": walk.step_ms, "why": walk.why_ms, "digest": walk.digest})


def main(text: str) -> str:
    """One walk with the kernel's own solver."""
    return report(text, Cdcl)
