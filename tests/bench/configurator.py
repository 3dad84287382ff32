"""Configurator: steps, explanations, loading and publishing, with both solvers and in Pyodide.

Goals of the configurator's issue, p95 of processor time: a step on the labelling machine 10 ms with
python-sat, 60 ms pure, 150 ms in Pyodide; on `financialservices01` 60 and 300 ms, without the step budget; an
explanation 20 ms, loading 100 ms, the publishing check 5 s; nothing unverified on the two examples. A step is
a choice or a retraction of a fixed walk (`configurator_walk.py`); the first state, before any choice, counts
as one. Each walk is made three times, and the least time of each of its steps counts: machines are shared.

    python -m tests.bench.configurator          the same, alone, one JSON line per figure
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import process_time

from services.offers.adapters.python_sat import PythonSat
from services.offers.domain.canonical import encode
from services.offers.domain.configurator.cdcl import Cdcl
from services.offers.domain.configurator.engine import NewSolver
from services.offers.domain.configurator.publishing import check
from services.offers.modelling.compile import compile_model
from services.offers.modelling.imports import read_dimacs
from tests.bench.configurator_walk import report
from tests.bench.support.bench import Bench
from tests.bench.support.figures import Figure, Goal, percentile
from tests.offers.pyodide.node import find_node, run_in_pyodide

POSITION = 86

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "services/offers/modelling/examples"
WALK = str(Path(__file__).with_name("configurator_walk.py"))
SOLVERS: dict[str, NewSolver] = {"python-sat": PythonSat, "pure": Cdcl}
WALKS, STEPS, REPEATS = 4, 30, 3
EXAMPLE = ("labelling machine", "conveyor line")

GOALS = {
    ("labelling machine", "step", "python-sat"): 10.0,
    ("labelling machine", "step", "pure"): 60.0,
    ("labelling machine", "step", "Pyodide"): 150.0,
    ("labelling machine", "why", "python-sat"): 20.0,
    ("labelling machine", "why", "pure"): 20.0,
    ("labelling machine", "loading", "python-sat"): 100.0,
    ("labelling machine", "loading", "pure"): 100.0,
    ("labelling machine", "why", "Pyodide"): 20.0,
    ("conveyor line", "why", "python-sat"): 20.0,
    ("conveyor line", "why", "pure"): 20.0,
    ("conveyor line", "loading", "python-sat"): 100.0,
    ("conveyor line", "loading", "pure"): 100.0,
    ("financialservices01", "step", "python-sat"): 60.0,
    ("financialservices01", "step", "pure"): 300.0,
    ("financialservices01", "why", "python-sat"): 20.0,
}


def measure(bench: Bench) -> Iterator[Figure]:
    """Walk through each model; `bench` starts nothing here."""
    yield from figures()


def figures() -> Iterator[Figure]:
    """Every figure, one after the other."""
    for name, body in bodies().items():
        runs: dict[str, Callable[[str], str]] = {
            solver: partial(report, new_solver=made) for solver, made in SOLVERS.items()
        }
        node = find_node()
        if node and name in EXAMPLE:
            runs["Pyodide"] = partial(_in_pyodide, node)
        for solver, run in runs.items():
            times: dict[str, list[float]] = {}
            unverified = 0
            for seed in range(WALKS):
                asked = {
                    "body": body,
                    "seed": seed,
                    "steps": STEPS,
                    "budget": name in EXAMPLE,
                    "repeats": REPEATS,
                }
                told = json.loads(run(json.dumps(asked)))
                for what in ("loading", "step", "why"):
                    times.setdefault(what, []).extend(told[what])
                unverified += told["unverified"]
            for what, taken in times.items():
                yield _figure(name, what, solver, taken)
            if name in EXAMPLE:
                values = {"steps": float(unverified)}
                yield Figure(f"{name}: unverified, {solver}", values, goals=(Goal("steps", 0),))
    for name in ("labelling_machine", "conveyor_line"):
        model = compile_model(EXAMPLES / f"{name}.yaml").model
        for solver, made in SOLVERS.items():
            begun = process_time()
            check(model, made)
            values = {"once_ms": (process_time() - begun) * 1000}
            what = f"{name.replace('_', ' ')}: publishing check, {solver}"
            yield Figure(what, values, goals=(Goal("once_ms", 5000),))


def _in_pyodide(node: str, text: str) -> str:
    return run_in_pyodide(node, WALK, text)[0]


def bodies() -> dict[str, str]:
    """The models in compiled form."""
    found = {
        name.replace("_", " "): compile_model(EXAMPLES / f"{name}.yaml").body.decode()
        for name in ("labelling_machine", "conveyor_line")
    }
    for name, file in {
        "financialservices01": "financialservices01_2018-05-09",
        "pc-richmond": "pc-richmond",
    }.items():
        text = (ROOT / f"tests/models/{file}.dimacs").read_text()
        found[name] = encode(read_dimacs(text, name)).decode()
    return found


def _figure(name: str, what: str, solver: str, taken: list[float]) -> Figure:
    ordered = sorted(taken)
    values = {"p50_ms": percentile(ordered, 50), "p95_ms": percentile(ordered, 95), "max_ms": ordered[-1]}
    limit = GOALS.get((name, what, solver))
    goals = (Goal("p95_ms", limit),) if limit is not None else ()
    return Figure(f"{name}: {what}, {solver}", values, goals=goals, note=f"{len(taken)} times")


if __name__ == "__main__":
    for figure in figures():
        sys.stdout.write(json.dumps(figure.as_json()) + "\n")
        sys.stdout.flush()
