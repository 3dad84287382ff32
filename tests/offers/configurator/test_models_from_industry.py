"""Feature models that others published (tests/models): both solvers, both formats, thousands of rules."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pytest

from services.offers.adapters.python_sat import PythonSat
from services.offers.domain.configurator.cdcl import Cdcl
from services.offers.domain.configurator.explain import why
from services.offers.domain.configurator.ground import STRUCTURE, Ground
from services.offers.domain.configurator.grounding import ground, ground_with
from services.offers.domain.configurator.loading import read_model
from services.offers.domain.configurator.model import YES, Model, said
from services.offers.domain.configurator.sat import SumRule
from services.offers.domain.configurator.session import Configurator, Session, State
from services.offers.modelling.imports import read_dimacs, read_uvl
from tests.offers.configurator.test_against_brute_force import sufficient_and_minimal

MODELS = Path(__file__).parents[2] / "models"
FINANCIAL, RICHMOND = "financialservices01_2018-05-09", "pc-richmond"


@cache
def dimacs(name: str) -> Model:
    return read_model(read_dimacs((MODELS / f"{name}.dimacs").read_text(), name))


@cache
def uvl(name: str) -> Model:
    return read_model(read_uvl((MODELS / f"{name}.uvl").read_text(), name))


def states(session: Session) -> dict[str, str]:
    return {
        said(cell.attribute.texts, "en"): session.state(path, YES).value
        for path, cell in session.ground.cells.items()
    }


@pytest.mark.parametrize("name", [FINANCIAL, RICHMOND])
def test_both_solvers_agree_on_every_state_of_a_walk(name: str) -> None:
    both = [Configurator(dimacs(name), Cdcl), Configurator(dimacs(name), PythonSat)]
    sessions = [configurator.start() for configurator in both]
    r = random.Random(7)
    for _ in range(6):
        assert states(sessions[0]) == states(sessions[1])
        free = [p for p in sessions[0].ground.cells if sessions[0].state(p, YES) is State.FREE]
        if not free:
            break
        path = r.choice(free)
        sessions = [c.choose(s, path, YES) for c, s in zip(both, sessions, strict=True)]


@pytest.mark.parametrize("name", [FINANCIAL, RICHMOND])
@pytest.mark.parametrize("solver", [Cdcl, PythonSat])
def test_an_explanation_among_thousands_of_rules_is_sufficient_and_minimal(
    name: str, solver: type[Cdcl] | type[PythonSat]
) -> None:
    configurator = Configurator(dimacs(name), PythonSat)
    explaining = Configurator(dimacs(name), solver)
    session = configurator.start()
    r = random.Random(5)
    for _ in range(6):
        free = [p for p in session.ground.cells if session.state(p, YES) is State.FREE]
        session = configurator.choose(session, r.choice(free), YES)
        excluded = [p for p in session.ground.cells if session.state(p, YES) is State.EXCLUDED]
        found = why(explaining, session, r.choice(excluded), YES)
        assert found.rules
        sufficient_and_minimal(0, explaining, found)


def test_uvl_and_dimacs_of_financialservices01_say_the_same() -> None:
    both = [Configurator(model, PythonSat).start() for model in (uvl(FINANCIAL), dimacs(FINANCIAL))]
    assert states(both[0]) == states(both[1])


# The two files of pc-richmond are two editions of one model. UVL keeps the point for itself, so five names
# have a comma there; and there "M,2 SSD" has nothing below it, where the DIMACS file has thirteen features of
# which no rule outside speaks. In everything else both say the same.

BELOW_M2 = {
    "M.2 SSD Plug-In Card",
    "120 GB Western Digital Green",
    "240 GB Kingston SSDnow",
    "500 GB Samsung 850 Evo",
    "525 GB Crucial MAX300",
    "1,05 TB Crucial MAX300",
    "M.2 SSD Plug-In Card NVMe",
    "256 GB Western Digital",
    "1,0 TB Intel 600p",
    "250 GB Samsung 960 Evo",
    "500 GB Samsung 960 Evo",
    "1,0 TB Samsung 960 Evo",
    "2,0 TB Samsung 960 Evo",
}


def literals(ground: Ground) -> dict[str, int]:
    """Each feature's literal, by its name as UVL must write it."""
    return {
        said(cell.attribute.texts, "en").replace(".", ","): cell.literals[YES]
        for cell in ground.cells.values()
    }


def refused(configurator: Configurator, clause: list[int]) -> bool:
    """Whether no configuration breaks a clause."""
    return configurator.engine.solve([-x for x in clause]) is False


def test_the_dimacs_file_of_pc_richmond_has_thirteen_features_more_than_the_uvl_file() -> None:
    tree, clauses = (literals(ground(model)) for model in (uvl(RICHMOND), dimacs(RICHMOND)))
    assert set(tree) < set(clauses)
    assert set(clauses) - set(tree) == {name.replace(".", ",") for name in BELOW_M2}


def test_no_rule_of_the_tree_of_pc_richmond_is_broken_by_what_the_clauses_allow() -> None:
    clauses = ground(dimacs(RICHMOND))
    tree, _ = ground_with(uvl(RICHMOND), [])
    both = PythonSat(clauses.variables + tree.variables)
    for clause, _ in clauses.clauses:
        both.add_clause(clause)
    shift = clauses.variables
    for clause, owner in tree.clauses:
        if owner == STRUCTURE:
            both.add_clause([x + shift if x > 0 else x - shift for x in clause])
    for total in tree.sums:
        if total.owner == STRUCTURE:
            groups = tuple(
                tuple((x + shift if x > 0 else x - shift, number) for x, number in group)
                for group in total.groups
            )
            unless = tuple(x + shift if x > 0 else x - shift for x in total.unless)
            both.add_sum(SumRule(groups, total.bound, unless, STRUCTURE))
    there = literals(clauses)
    for name, literal in literals(tree).items():
        both.add_clause([-there[name], literal + shift])
        both.add_clause([there[name], -literal - shift])
    assert both.solve([])
    assert len(tree.broken) == len(tree.rules)
    for number, broken in tree.broken.items():
        assert not both.solve([broken + shift if broken > 0 else broken - shift]), tree.rules[number].code


def test_what_the_tree_of_pc_richmond_allows_the_clauses_allow() -> None:
    tree, clauses = Configurator(uvl(RICHMOND), PythonSat), ground(dimacs(RICHMOND))
    here, there = literals(tree.ground), literals(clauses)
    to_tree = {there[name]: here[name] for name in here}
    # Any way to fill the thirteen will do, if it can be filled for every tree: one card with one disk on it.
    disk, card, on_card = (
        there[x] for x in ("M,2 SSD", "M,2 SSD Plug-In Card", "120 GB Western Digital Green")
    )
    below = {there[name.replace(".", ",")]: 0 for name in BELOW_M2} | {card: disk, on_card: disk}
    for clause, _ in clauses.clauses[1:]:
        filled = [_filled(x, below) for x in clause]
        if any(x == ALWAYS for x in filled):
            continue
        assert refused(tree, [to_tree[abs(x)] * (1 if x > 0 else -1) for x in filled if x]), clause


ALWAYS = 1 << 40


def _filled(literal: int, below: dict[int, int]) -> int:
    """A literal with the thirteen filled in: another literal, 0 for false, `ALWAYS` for true."""
    if abs(literal) not in below:
        return literal
    stands_for = below[abs(literal)]
    if stands_for:
        return stands_for if literal > 0 else -stands_for
    return 0 if literal > 0 else ALWAYS
