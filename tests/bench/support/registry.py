"""Finds the benchmarks: modules of `tests/bench` with a function `measure`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tests.bench.support.bench import Bench
from tests.bench.support.figures import Figure

_FOLDER = Path(__file__).parents[1]
_USUAL_POSITION = 50

Measure = Callable[[Bench], Iterator[Figure]]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A module that measures something."""

    name: str
    measure: Measure
    position: int
    title: str


def names() -> list[str]:
    """Every module that declares `measure`, without importing it."""
    return sorted(
        path.stem for path in _FOLDER.glob("[!_]*.py") if "\ndef measure(" in path.read_text(encoding="utf-8")
    )


def benchmarks(wanted: Sequence[str]) -> list[Benchmark]:
    """Those that are wanted (all, if none is named), in the order in which they run.

    Raises:
        LookupError: there is no benchmark of that name.
    """
    known = names()
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        raise LookupError(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(known)}")
    found = [_benchmark(name) for name in (wanted or known)]
    return sorted(found, key=lambda each: (each.position, each.name))


def _benchmark(name: str) -> Benchmark:
    module = importlib.import_module(f"tests.bench.{name}")
    title = (module.__doc__ or name).strip().splitlines()[0]
    position = int(getattr(module, "POSITION", _USUAL_POSITION))
    return Benchmark(name, cast(Measure, module.measure), position, title)
