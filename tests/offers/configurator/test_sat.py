"""The pure solver against python-sat on random clauses and sums."""

from __future__ import annotations

import random
from collections.abc import Sequence

from services.offers.adapters.python_sat import PythonSat
from services.offers.domain.configurator.cdcl import Cdcl
from services.offers.domain.configurator.model import Model
from services.offers.domain.configurator.sat import Bounded, SatSolver, Stop, SumRule, after, never
from services.offers.domain.configurator.session import Configurator
from services.offers.domain.configurator.sums import Sum
from tests.offers.configurator.builders import model, question, rule


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


def random_sum(r: random.Random, n: int) -> SumRule:
    """A sum over pairs: each variable adds one number when it is true and another when it is false."""
    chosen = r.sample(range(1, n + 1), min(n, r.randint(1, 8)))
    groups = tuple(((x, r.randint(0, 9)), (-x, r.choice([0, 0, 3]))) for x in chosen)
    guard = (r.choice([-1, 1]) * r.randint(1, n),) if r.random() < 0.4 else ()
    return SumRule(groups, r.randint(0, 20), guard, 0)


def fulfils(model: set[int], rule: SumRule, bound: int) -> bool:
    total = sum(value for group in rule.groups for literal, value in group if literal in model)
    return total <= bound or any(x in model for x in rule.unless)


def test_both_solvers_agree_on_sums_that_come_late_and_are_lowered() -> None:
    for seed in range(400):
        r = random.Random(seed)
        n, clauses = random_clauses(r)
        both: list[SatSolver] = [Cdcl(n), PythonSat(n)]
        sums: list[tuple[SumRule, list[int], list[Bounded]]] = []
        for clause in clauses[: n + 5]:
            for solver in both:
                solver.add_clause(clause)
            if r.random() < 0.3:
                rule = random_sum(r, n)
                sums.append((rule, [rule.bound], [solver.add_sum(rule) for solver in both]))
            if sums and r.random() < 0.2:
                rule, bound, kept = r.choice(sums)
                bound[0] -= r.randint(1, 3)
                for each in kept:
                    each.lower(bound[0])
            if r.random() < 0.4:
                assumptions = [r.choice([-1, 1]) * v for v in r.sample(range(1, n + 1), min(n, 3))]
                answers = [solver.solve(assumptions) for solver in both]
                assert answers[0] == answers[1], seed
                for solver in both:
                    if answers[0]:
                        model = set(solver.model())
                        assert all(fulfils(model, rule, bound[0]) for rule, bound, _ in sums), seed
                    else:
                        assert both[1].solve(sorted(solver.core())) is False, seed
                for literal in both[0].implied(assumptions) or ():
                    assert both[1].solve([*assumptions, -literal]) is False, seed


class Blind(Cdcl):
    """The pure solver as if sums were unknown to it: it learns of one only when a whole model breaks it."""

    def __init__(self, variables: int) -> None:
        super().__init__(variables)
        self._looked_at: list[Sum] = []

    def add_sum(self, rule: SumRule) -> Bounded:
        self._looked_at.append(Sum(rule))
        return self._looked_at[-1]

    def solve(self, assumptions: Sequence[int], stop: Stop = never) -> bool | None:
        while True:
            answer = super().solve(assumptions, stop)
            true = set(self.model()) if answer else set()
            broken = [x for rule in self._looked_at if answer and (x := rule.violated(true)) is not None]
            if not broken:
                return answer
            for clause in broken:
                self.add_clause(clause)


def knapsack(motors: int) -> Model:
    """As many motors as there are places, no more power than the lighter ones need."""
    r = random.Random(1)
    counts = [
        question(f"m{i}", "integer", min=0, max=3, figures={"power": str(r.randint(20, 60))})
        for i in range(motors)
    ]
    number = " + ".join(f"m{i}" for i in range(motors))
    return model(
        counts,
        [
            rule("P", sum={"of": "total(power)", "at_most": str(30 * motors)}),
            rule("N", sum={"of": number, "at_least": str(motors)}),
        ],
    )


def test_a_knapsack_is_verified_because_sums_are_propagated_inside_the_search() -> None:
    budget = 500
    inside = Configurator(knapsack(10), Cdcl).start(after(budget))
    assert not inside.unknown
    outside = Configurator(knapsack(10), Blind).start(after(budget))
    assert outside.unknown
