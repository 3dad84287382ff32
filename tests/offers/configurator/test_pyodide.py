"""The browser's Python with its own solver says what CPython says with either, word for word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.offers.adapters.python_sat import PythonSat
from services.offers.domain.configurator.cdcl import Cdcl
from services.offers.modelling.compile import compile_model
from tests.bench import configurator_walk
from tests.offers.pyodide.node import ABSENT, find_node, run_in_pyodide

EXAMPLES = Path(__file__).parents[3] / "services/offers/modelling/examples"


def asked(name: str) -> str:
    body = compile_model(EXAMPLES / f"{name}.yaml").body.decode()
    return json.dumps({"body": body, "seed": 5, "steps": 10})


@pytest.mark.parametrize("name", ["labelling_machine", "conveyor_line"])
def test_both_solvers_walk_alike(name: str) -> None:
    pure, compiled = (
        json.loads(configurator_walk.report(asked(name), solver))["digest"] for solver in (Cdcl, PythonSat)
    )
    assert pure == compiled


@pytest.mark.parametrize("name", ["labelling_machine", "conveyor_line"])
def test_pyodide_walks_like_cpython(name: str) -> None:
    node = find_node()
    if not node:
        pytest.skip(ABSENT)
    text = asked(name)
    there, _ = run_in_pyodide(node, configurator_walk.__file__, text)
    assert json.loads(there)["digest"] == json.loads(configurator_walk.main(text))["digest"]
