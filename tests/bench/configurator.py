"""Figures of the configurator: steps, explanations, loading and the publishing check, with both solvers.

    python -m tests.bench.configurator

A step is a choice of a free option or a retraction (one in six), by a fixed random walk; the session's first
state is a step too. One JSON object per figure, in milliseconds.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from services.offers.adapters.python_sat import PythonSat
from services.offers.domain.canonical import decode
from services.offers.domain.configurator.cdcl import Cdcl
from services.offers.domain.configurator.engine import NewSolver
from services.offers.domain.configurator.explain import why
from services.offers.domain.configurator.loading import read_model
from services.offers.domain.configurator.model import Model
from services.offers.domain.configurator.publishing import check
from services.offers.domain.configurator.session import Configurator, Session, State
from services.offers.modelling.compile import compile_model
from services.offers.modelling.imports import read_dimacs

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "services/offers/modelling/examples"
SOLVERS: dict[str, NewSolver] = {"python-sat": PythonSat, "pure": Cdcl}
TARGETS = {
    ("labelling machine", "step", "python-sat"): 10,
    ("labelling machine", "step", "pure"): 60,
    ("labelling machine", "why", "python-sat"): 20,
    ("labelling machine", "loading", "python-sat"): 100,
    ("labelling machine", "check", "python-sat"): 5000,
    ("financialservices01", "step", "python-sat"): 60,
    ("financialservices01", "step", "pure"): 300,
}


def timed(work: Callable[[], Session]) -> tuple[float, Session]:
    begun = time.perf_counter()
    found = work()
    return (time.perf_counter() - begun) * 1000, found


def walk(configurator: Configurator, seed: int, steps: int) -> tuple[list[float], list[float]]:
    """Times of the steps, and of explaining one excluded option after each."""
    r = random.Random(seed)
    taken, session = timed(configurator.start)
    times, explained = [taken], []
    for _ in range(steps):
        everything = [(p, v, s) for p in session.ground.cells for v, s in session.states(p).items()]
        free = [(p, v) for p, v, s in everything if s is State.FREE]
        if session.choices and (not free or r.random() < 1 / 6):
            path = r.choice(session.choices).path
            taken, session = timed(lambda s=session, p=path: configurator.retract(s, p))
        elif free:
            path, value = r.choice(free)
            taken, session = timed(lambda s=session, p=path, v=value: configurator.choose(s, p, v))
        times.append(taken)
        excluded = [(p, v) for p, v, s in everything if s is State.EXCLUDED]
        now = [(p, v) for p, v in excluded if session.state(p, v) is State.EXCLUDED]
        if now:
            path, value = r.choice(now)
            begun = time.perf_counter()
            why(configurator, session, path, value)
            explained.append((time.perf_counter() - begun) * 1000)
    return times, explained


def models() -> dict[str, Callable[[], Model]]:
    raw = (ROOT / "tests/models/financialservices01_2018-05-09.dimacs").read_text()
    richmond = (ROOT / "tests/models/pc-richmond.dimacs").read_text()
    return {
        "labelling machine": lambda: compile_model(EXAMPLES / "labelling_machine.yaml").model,
        "conveyor line": lambda: compile_model(EXAMPLES / "conveyor_line.yaml").model,
        "financialservices01": lambda: read_model(read_dimacs(raw)),
        "pc-richmond": lambda: read_model(read_dimacs(richmond)),
    }


def tell(model: str, what: str, solver: str, times: list[float]) -> None:
    ordered = sorted(times)
    at = {q: ordered[min(len(ordered) - 1, int(len(ordered) * q / 100))] for q in (50, 95)}
    line = {
        "model": model,
        "figure": what,
        "solver": solver,
        "count": len(times),
        "p50_ms": round(at[50], 2),
        "p95_ms": round(at[95], 2),
        "max_ms": round(ordered[-1], 2),
        "target_p95_ms": TARGETS.get((model, what, solver)),
    }
    print(json.dumps(line), flush=True)


def main(walks: int = 4, steps: int = 30) -> int:
    """Measure everything; some two minutes on two cores."""
    for name, make in models().items():
        model = make()
        for solver, new_solver in SOLVERS.items():
            times: list[float] = []
            explained: list[float] = []
            for seed in range(walks):
                configurator = Configurator(model, new_solver)
                more, whys = walk(configurator, seed, steps)
                times += more
                explained += whys
            tell(name, "step", solver, times)
            if explained:
                tell(name, "why", solver, explained)
    for name in ("labelling machine", "conveyor line"):
        compiled = compile_model(EXAMPLES / f"{name.replace(' ', '_')}.yaml")
        for solver, new_solver in SOLVERS.items():
            loading = []
            for _ in range(8):
                begun = time.perf_counter()
                Configurator(read_model(decode(compiled.body)), new_solver)
                loading.append((time.perf_counter() - begun) * 1000)
            tell(name, "loading", solver, loading)
            begun = time.perf_counter()
            check(compiled.model, new_solver)
            tell(name, "check", solver, [(time.perf_counter() - begun) * 1000])
    return 0


if __name__ == "__main__":
    sys.exit(main())
