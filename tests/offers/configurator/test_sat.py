"""The pure solver against python-sat on random clauses, and both on feature models from industry."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from services.offers.adapters.python_sat import PythonSat
from services.offers.domain.configurator.cdcl import Cdcl
from services.offers.domain.configurator.loading import read_model
from services.offers.domain.configurator.model import YES, said
from services.offers.domain.configurator.sat import after
from services.offers.domain.configurator.session import Configurator, Session
from services.offers.modelling.imports import read_dimacs, read_uvl

MODELS = Path(__file__).parents[2] / "models"
FINANCIAL, RICHMOND = "financialservices01_2018-05-09", "pc-richmond"


def random_clauses(r: random.Random) -> tuple[int, list[list[int]]]:
    n = r.randint(1, 25)
    sizes = [1, 2, 2, 3, 3, 3, 4]
    count = int(n * r.uniform(1, 5))
    return n, [[r.choice([-1, 1]) * r.randint(1, n) for _ in range(r.choice(sizes))] for _ in range(count)]


def test_both_solvers_agree_while_clauses_are_added() -> None:
    for seed in range(1500):
        r = random.Random(seed)
        n, clauses = random_clauses(r)
        pure, compiled = Cdcl(n), PythonSat(n)
        for count, clause in enumerate(clauses, 1):
            pure.add_clause(clause)
            compiled.add_clause(clause)
            if r.random() < 0.2:
                assumptions = [r.choice([-1, 1]) * v for v in r.sample(range(1, n + 1), min(n, 4))]
                compare(pure, compiled, assumptions, clauses[:count])


def compare(pure: Cdcl, compiled: PythonSat, assumptions: list[int], clauses: list[list[int]]) -> None:
    answer = pure.solve(assumptions)
    assert answer == compiled.solve(assumptions)
    if answer:
        for solver in (pure, compiled):
            model = set(solver.model())
            assert model.issuperset(assumptions)
            assert all(not model.isdisjoint(clause) for clause in clauses)
    else:
        assert pure.core() <= set(assumptions)
        assert compiled.solve(sorted(pure.core())) is False
        assert pure.solve(sorted(compiled.core())) is False
    for literal in pure.implied(assumptions) or ():
        assert compiled.solve([*assumptions, -literal]) is False


def pigeons(holes: int) -> tuple[int, list[list[int]]]:
    """One pigeon more than there are holes: no solution, and hard to see."""
    at = [[p * holes + h + 1 for h in range(holes)] for p in range(holes + 1)]
    clauses = list(at)
    for h in range(holes):
        column = [row[h] for row in at]
        clauses += [[-x, -y] for i, x in enumerate(column) for y in column[i + 1 :]]
    return holes * (holes + 1), clauses


def test_a_hard_question_ends_when_the_budget_does() -> None:
    variables, clauses = pigeons(9)
    solver = Cdcl(variables)
    for clause in clauses:
        solver.add_clause(clause)
    assert solver.solve([], after(20)) is None


def test_learning_restarts_and_forgetting_prove_what_has_no_solution() -> None:
    variables, clauses = pigeons(6)
    solver = Cdcl(variables + 1)
    for clause in clauses:
        solver.add_clause([*clause, -(variables + 1)])
    assert solver.solve([variables + 1]) is False
    assert solver.core() == {variables + 1}
    assert solver.solve([]) is True


def states(session: Session) -> dict[str, str]:
    return {
        said(cell.attribute.texts, "en"): session.state(path, YES).value
        for path, cell in session.ground.cells.items()
    }


@pytest.mark.parametrize("name", [FINANCIAL, RICHMOND])
def test_both_solvers_agree_on_a_model_from_industry(name: str) -> None:
    model = read_model(read_dimacs((MODELS / f"{name}.dimacs").read_text(), name))
    both = [Configurator(model, Cdcl), Configurator(model, PythonSat)]
    sessions = [configurator.start() for configurator in both]
    r = random.Random(7)
    for _ in range(6):
        assert states(sessions[0]) == states(sessions[1])
        free = [p for p in sessions[0].ground.cells if sessions[0].state(p, YES).value == "free"]
        if not free:
            break
        path = r.choice(free)
        sessions = [c.choose(s, path, YES) for c, s in zip(both, sessions, strict=True)]


def test_uvl_and_dimacs_of_one_model_say_the_same() -> None:
    text = {x: (MODELS / f"{FINANCIAL}.{x}").read_text() for x in ("uvl", "dimacs")}
    uvl = Configurator(read_model(read_uvl(text["uvl"])), PythonSat).start()
    dimacs = Configurator(read_model(read_dimacs(text["dimacs"])), PythonSat).start()
    assert states(uvl) == states(dimacs)
