"""A fixed random walk through a model: the same script in CPython, with either solver, and in Pyodide.

`main` takes JSON (`body`: a compiled model, `seed`, `steps`; `budget`: steps end after 250 ms; `repeats`:
the walk is made so often, and the least time of each step counts) and gives JSON: milliseconds of processor
time of loading, of each step and of each explanation, how many steps left something unverified, and a digest
of everything that was answered, equal on every machine. Imports nothing but the kernel.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from time import process_time
from typing import Any, TypeVar

from services.offers.domain.canonical import decode
from services.offers.domain.configurator.cdcl import Cdcl
from services.offers.domain.configurator.complete import complete
from services.offers.domain.configurator.engine import NewSolver
from services.offers.domain.configurator.explain import in_words, why
from services.offers.domain.configurator.loading import read_model
from services.offers.domain.configurator.sat import STEP_S, Stop, never, until
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

    def __init__(self, configurator: Configurator, seed: int, *, budget: bool = False) -> None:
        self.configurator = configurator
        self.unverified = 0
        self._budget = budget
        self.step_ms: list[float] = []
        self.why_ms: list[float] = []
        self._dice = Dice(seed)
        self._told = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._told.hexdigest()

    def run(self, steps: int) -> Session:
        """Walk; the first state, before any choice, is a step too."""
        begun = process_time()
        session = self.configurator.start(self._stop())
        self._done(begun, session)
        for _ in range(steps):
            session = self._step(session)
            self._explain(session)
        return session

    def _stop(self) -> Stop:
        return until(process_time() + STEP_S, process_time) if self._budget else never

    def _done(self, begun: float, session: Session) -> None:
        self.step_ms.append((process_time() - begun) * 1000)
        self.unverified += bool(session.unknown)

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
        if retract:
            made = configurator.retract(session, path, stop=self._stop())
        else:
            made = configurator.choose(session, path, value, stop=self._stop())
        self._done(begun, made)
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
    told = [_once(asked, new_solver) for _ in range(asked.get("repeats", 1))]
    if not any(x["unverified"] for x in told) and len({x["digest"] for x in told}) != 1:
        raise AssertionError("the same walk gave two answers")
    found = max(told, key=lambda x: x["unverified"])
    for name in ("loading", "step", "why"):
        found[name] = [min(times) for times in zip(*(x[name] for x in told), strict=True)]
    return json.dumps(found)


def _once(asked: dict[str, Any], new_solver: NewSolver) -> dict[str, Any]:
    begun = process_time()
    configurator = Configurator(read_model(decode(asked["body"].encode())), new_solver)
    loading = (process_time() - begun) * 1000
    walk = Walk(configurator, asked["seed"], budget=bool(asked.get("budget")))
    session = walk.run(asked["steps"])
    walk.finish(session)
    return {
        "loading": [loading],
        "step": walk.step_ms,
        "why": walk.why_ms,
        "unverified": walk.unverified,
        "digest": walk.digest,
    }


def main(text: str) -> str:
    """One walk with the kernel's own solver."""
    return report(text, Cdcl)
