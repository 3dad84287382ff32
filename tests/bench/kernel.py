"""Kernel of offers: 500 lines priced, spread, steered and frozen, in CPython and in Pyodide.

Goals of the kernel's issue: priced with trail 15 ms, spread 5 ms, goal-seek 100 ms, frozen 30 ms. Pyodide
has no goal; its ratio says what a browser's user waits for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.bench.support.bench import Bench
from tests.bench.support.figures import Figure, Goal, Repeated
from tests.offers.pyodide.node import ABSENT, find_node, run_in_pyodide
from tests.offers.pyodide.speed import main

POSITION = 85

_REPEATS = "15"
_GOALS_MS = {"price with trail": 15.0, "spread": 5.0, "goal-seek": 100.0, "freeze": 30.0}


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure each operation in both; the ratio is of the medians."""
    here = _medians(main(_REPEATS))
    node = find_node()
    there = _medians(run_in_pyodide(node, "speed.py", _REPEATS)[0]) if node else {}
    for name, taken in here.items():
        values, spread = {"cpython_ms": taken.median}, {"cpython_ms": taken.spread}
        if name in there:
            values |= {"pyodide_ms": there[name].median, "ratio": there[name].median / taken.median}
            spread["pyodide_ms"] = there[name].spread
        goal = Goal("cpython_ms", _GOALS_MS[name])
        yield Figure(f"500 lines: {name}", values, spread, (goal,), note="" if node else ABSENT)


def _medians(report: str) -> dict[str, Repeated]:
    return {name: Repeated(taken) for name, taken in json.loads(report).items()}
