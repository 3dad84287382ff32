"""On small random models with sums, conditions and modules: sessions, explanations, repairs and completions
against the list of all configurations, with both solvers.
"""

from __future__ import annotations

import os
import random

import pytest

from services.kit.errors import Invalid, NotAllowedNow
from services.offers.adapters.python_sat import PythonSat
from services.offers.domain.configurator.cdcl import Cdcl
from services.offers.domain.configurator.choices import NO, Choice, literal_of
from services.offers.domain.configurator.complete import complete
from services.offers.domain.configurator.evaluate import Filled
from services.offers.domain.configurator.explain import Explanation, in_words, why
from services.offers.domain.configurator.loading import read_model
from services.offers.domain.configurator.repair import apply, repairs
from services.offers.domain.configurator.session import Configurator, Session, State
from tests.offers.configurator.builders import agrees, configurations, random_plain, said, size

MODELS = 300 * int(os.environ.get("SALES_SOAK", "1"))
"""Thousands in `make soak`."""
SHARDS = 6
MAX_SIZE = 8_000
Said = set[tuple[str, str]]


@pytest.mark.parametrize("shard", range(SHARDS))
def test_whatever_a_session_says_is_what_enumeration_says(shard: int) -> None:
    for seed in range(shard, MODELS, SHARDS):
        check(seed)


def check(seed: int, *, steps: int = 3) -> None:
    plain = random_plain(seed)
    model = read_model(plain)
    if size(model.machine) > MAX_SIZE:
        return
    whole = list(configurations(model))
    everything = [said(x) for x in whole]
    both = [Configurator(model, Cdcl), Configurator(model, PythonSat)]
    if not everything:
        for configurator in both:
            with pytest.raises(Invalid, match="MODEL_CONTRADICTION"):
                configurator.start()
        return
    r = random.Random(seed)
    sessions = [configurator.start() for configurator in both]
    for _ in range(steps):
        ours = [x for x in everything if all(agrees(x, c) for c in sessions[0].choices)]
        states = [all_states(x) for x in sessions]
        assert states[0] == states[1], seed
        expected = {one: expected_state(one, ours) for one in states[0]}
        assert states[0] == expected, (seed, sessions[0].choices)
        explain_and_repair(seed, both, sessions, everything, r)
        free = [one for one, state in states[0].items() if state is State.FREE]
        if not free:
            break
        picked = r.choice(free)
        wanted = r.random() < 0.8 or picked.value == NO
        cell = both[0].ground.cells[picked.path]
        if cell.attribute.kind != "multiple":
            wanted = True
        sessions = [
            c.choose(s, picked.path, picked.value, wanted=wanted) for c, s in zip(both, sessions, strict=True)
        ]
    finish(seed, both, sessions, whole)


def all_states(session: Session) -> dict[Choice, State]:
    return {
        Choice(path, value): state
        for path in session.ground.cells
        for value, state in session.states(path).items()
    }


def expected_state(one: Choice, ours: list[Said]) -> State:
    count = sum(agrees(x, one) for x in ours)
    if not count:
        return State.EXCLUDED
    return State.FORCED if count == len(ours) else State.FREE


def explain_and_repair(
    seed: int, both: list[Configurator], sessions: list[Session], everything: list[Said], r: random.Random
) -> None:
    excluded = [one for one, state in all_states(sessions[0]).items() if state is State.EXCLUDED]
    if not excluded:
        return
    one = r.choice(excluded)
    pure, compiled = (why(c, s, one.path, one.value) for c, s in zip(both, sessions, strict=True))
    assert (pure.choices, [x.code for x in pure.rules]) == (
        compiled.choices,
        [x.code for x in compiled.rules],
    ), seed
    assert in_words(both[0].ground, pure, "it")
    for configurator in both:
        sufficient_and_minimal(seed, configurator, pure)
    # Sufficient, as enumeration sees it.
    assert not any(agrees(x, one) and all(agrees(x, c) for c in pure.choices) for x in everything), seed
    found = []
    for configurator, session in zip(both, sessions, strict=True):
        try:
            found.append([x.changes for x in repairs(configurator, session, one.path, one.value)])
        except NotAllowedNow as error:
            assert error.reason == "NO_REPAIR"
            assert not any(agrees(x, one) for x in everything), seed
            found.append([])
    assert found[0] == found[1], seed
    kept = [c for c in sessions[0].choices if (c.path, c.value) != (one.path, one.value)]
    for repair in repairs(both[0], sessions[0], one.path, one.value) if found[0] else ():
        changed = {x.choice for x in repair.changes}
        several = both[0].ground.cells[one.path].attribute.kind == "multiple"
        left = [c for c in kept if c not in changed and (several or c.path != one.path)]
        assert any(agrees(x, one) and all(agrees(x, c) for c in left) for x in everything), seed
        for back in changed:
            assert not any(agrees(x, one) and all(agrees(x, c) for c in [*left, back]) for x in everything), (
                seed
            )
        applied = apply(both[0], sessions[0], repair)
        assert applied.state(one.path, one.value) is State.FORCED


def sufficient_and_minimal(seed: int, configurator: Configurator, found: Explanation) -> None:
    asked, ground = configurator.contradictions, configurator.ground
    literal = literal_of(ground.cells[found.path], found.value)
    numbers = {rule.code: number for number, rule in enumerate(ground.rules)}
    choices, rules = configurator.literals(found.choices), [numbers[rule.code] for rule in found.rules]
    assert not asked.possible([literal, *choices], rules), seed
    for left_out in rules:
        assert asked.possible([literal, *choices], [x for x in rules if x != left_out]), seed
    for left_out in choices:
        assert asked.possible([literal, *(x for x in choices if x != left_out)], rules), seed


def finish(seed: int, both: list[Configurator], sessions: list[Session], whole: list[Filled]) -> None:
    by_total = [(x.total("price"), said(x)) for x in whole]
    ours = [x for _, x in by_total if all(agrees(x, c) for c in sessions[0].choices)]
    default = [said(complete(c, s).configuration) for c, s in zip(both, sessions, strict=True)]
    assert default[0] == default[1], seed
    assert default[0] in ours, seed
    cheapest = [complete(c, s, least="price") for c, s in zip(both, sessions, strict=True)]
    assert said(cheapest[0].configuration) == said(cheapest[1].configuration), seed
    assert said(cheapest[0].configuration) in ours, seed
    assert all(x.proved for x in cheapest)
    least = min(total for total, x in by_total if x in ours)
    assert cheapest[0].total == least == cheapest[0].configuration.total("price"), seed
