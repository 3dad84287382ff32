"""The two complete models, from YAML to bills of material, with both solvers."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pytest

from services.kit.errors import NotAllowedNow
from services.offers.adapters.python_sat import PythonSat
from services.offers.domain.canonical import decode, encode
from services.offers.domain.configurator import bom
from services.offers.domain.configurator.cdcl import Cdcl
from services.offers.domain.configurator.choices import literal_of
from services.offers.domain.configurator.complete import (
    choices_of,
    complete,
    configuration,
    next_question,
    progress,
)
from services.offers.domain.configurator.explain import in_words, why
from services.offers.domain.configurator.loading import read_model
from services.offers.domain.configurator.publishing import check
from services.offers.domain.configurator.repair import apply, repairs
from services.offers.domain.configurator.repair import in_words as repair_in_words
from services.offers.domain.configurator.saving import load, save
from services.offers.domain.configurator.session import Configurator, Session, State
from services.offers.modelling.compile import Compiled, compile_model
from tests.offers.configurator.test_against_brute_force import sufficient_and_minimal

EXAMPLES = Path(__file__).parents[3] / "services/offers/modelling/examples"
NAMES = ("labelling_machine", "conveyor_line")


@cache
def compiled(name: str) -> Compiled:
    return compile_model(EXAMPLES / f"{name}.yaml")


def configurator(name: str = NAMES[0]) -> Configurator:
    return Configurator(compiled(name).model, PythonSat)


def all_states(session: Session) -> dict[str, dict[str, State]]:
    return {path: session.states(path) for path in session.ground.cells}


def test_the_labelling_machine_is_of_the_promised_size() -> None:
    model = compiled(NAMES[0]).model
    assert len(model.machine.attributes) >= 40
    assert sum(len(x.options) for x in model.machine.attributes) >= 180
    assert len(model.machine.rules) >= 120
    assert len(model.technical) + len(model.commercial) >= 250


@pytest.mark.parametrize("name", NAMES)
def test_publishing_finds_nothing_wrong(name: str) -> None:
    assert [finding.en for finding in check(compiled(name).model, PythonSat)] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_walk_is_verified_at_every_step_and_the_same_with_both_solvers(name: str) -> None:
    both = [Configurator(compiled(name).model, solver) for solver in (Cdcl, PythonSat)]
    sessions = [x.start() for x in both]
    r = random.Random(3)
    for _ in range(8):
        found = all_states(sessions[0])
        assert found == all_states(sessions[1])
        assert not sessions[0].unknown
        free = [(p, v) for p, s in found.items() for v, state in s.items() if state is State.FREE]
        path, value = r.choice(free)
        sessions = [c.choose(s, path, value) for c, s in zip(both, sessions, strict=True)]
    wholes = [complete(c, s).configuration for c, s in zip(both, sessions, strict=True)]
    assert wholes[0].total("price") == wholes[1].total("price")


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_choices_changes_nothing(name: str) -> None:
    machine = configurator(name)
    session = machine.start()
    r = random.Random(11)
    for _ in range(6):
        free = [(p, v) for p, s in all_states(session).items() for v, x in s.items() if x is State.FREE]
        session = machine.choose(session, *r.choice(free))
    choices = list(session.choices)
    for _ in range(4):
        r.shuffle(choices)
        other = Configurator(machine.model, PythonSat)
        again = other.start()
        for choice in choices:
            again = other.choose(again, choice.path, choice.value)
        assert all_states(again) == all_states(session)


@pytest.mark.parametrize("name", NAMES)
def test_every_free_option_completes_and_no_excluded_one_does(name: str) -> None:
    machine = configurator(name)
    session = machine.start()
    r = random.Random(4)
    for _ in range(3):
        for path, states in all_states(session).items():
            for value, state in states.items():
                asked = [*machine.literals(session.choices), literal_of(machine.ground.cells[path], value)]
                assert machine.engine.solve(asked) is (state is not State.EXCLUDED), (path, value)
        free = [(p, v) for p, s in all_states(session).items() for v, x in s.items() if x is State.FREE]
        session = machine.choose(session, *r.choice(free))


@pytest.mark.parametrize("name", NAMES)
def test_explanations_are_sufficient_minimal_and_the_same_in_any_order_of_choices(name: str) -> None:
    machine = configurator(name)
    session = machine.start()
    r = random.Random(9)
    for _ in range(7):
        free = [(p, v) for p, s in all_states(session).items() for v, x in s.items() if x is State.FREE]
        session = machine.choose(session, *r.choice(free))
    turned = Configurator(machine.model, Cdcl)
    other = turned.with_choices(session.choices[::-1])
    excluded = [(p, v) for p, s in all_states(session).items() for v, x in s.items() if x is State.EXCLUDED]
    for path, value in r.sample(excluded, min(12, len(excluded))):
        found, again = why(machine, session, path, value), why(turned, other, path, value)
        assert set(found.choices) == set(again.choices)
        assert [x.code for x in found.rules] == [x.code for x in again.rules]
        sufficient_and_minimal(0, machine, found)


def test_an_excluded_option_is_explained_in_both_languages_and_repaired() -> None:
    machine = configurator()
    session = machine.choose(machine.start(), "frame", "compact")
    session = machine.choose(session, "printer", "laser")
    assert session.state("stations", "4") is State.EXCLUDED
    with pytest.raises(NotAllowedNow, match="OPTION_EXCLUDED"):
        machine.choose(session, "stations", "4")
    reason = why(machine, session, "stations", "4")
    assert [x.value for x in reason.choices] == ["compact"]
    assert in_words(machine.ground, reason, "it").startswith(
        "“Stazioni: 4” non è possibile perché hai scelto"
    )
    assert "because you chose “Frame: Compact”" in in_words(machine.ground, reason, "en")
    first = repairs(machine, session, "stations", "4")[0]
    assert [(x.choice.path, x.to) for x in first.changes] == [("frame", "large")]
    assert repair_in_words(machine.ground, first, "en") == "Change “Frame” from “Compact” to “Large”."
    repaired = apply(machine, session, first)
    assert repaired.state("stations", "4") is State.FORCED
    assert repaired.state("printer", "laser") is State.FORCED


def test_a_forced_option_is_explained() -> None:
    machine = configurator()
    session = machine.choose(machine.start(), "product", "can")
    assert session.state("shape", "round") is State.FORCED
    assert [x.code for x in why(machine, session, "shape", "round").rules] == ["R001"]


def test_retracting_brings_everything_back() -> None:
    machine = configurator()
    first = machine.start()
    session = machine.choose(machine.choose(first, "product", "drum"), "environment", "atex")
    session = machine.retract(machine.retract(session, "product"), "environment")
    assert all_states(session) == all_states(first)


def test_the_guide_counts_and_asks() -> None:
    machine = configurator()
    session = machine.start()
    assert next_question(session) == "product"
    before = progress(session)
    session = machine.choose(session, "product", "can")
    after = progress(session)
    assert after.answered >= before.answered + 2
    assert next_question(session) == "speed"


def test_the_rest_is_completed_by_defaults_cheapest_and_lightest() -> None:
    machine = configurator("conveyor_line")
    session = machine.choose(machine.start(), "line", "2")
    by_default = complete(machine, session).configuration
    cheapest = complete(machine, session, least="price")
    lightest = complete(machine, session, least="weight")
    assert by_default.chosen["width"] == ("w400",)
    assert cheapest.proved and lightest.proved
    assert cheapest.total == cheapest.configuration.total("price") <= by_default.total("price")
    assert lightest.total == lightest.configuration.total("weight") <= cheapest.configuration.total("weight")


@pytest.mark.parametrize("name", NAMES)
def test_every_technical_line_knows_who_pays_and_which_choices_made_it(name: str) -> None:
    machine = configurator(name)
    whole = complete(machine, machine.start()).configuration
    bill = bom.bill(machine.model, whole)
    assert bill.technical and bill.commercial
    assert bill.unpaid == ()
    assert bill.empty == ()
    ids = {line.id for line in bill.commercial}
    assert all(line.paid_by in ids for line in bill.technical if line.paid_by)
    conditional = {rule.code for rule in machine.model.technical if rule.when is not None}
    assert all(line.because for line in bill.technical if line.rule in conditional)


def test_two_configurations_differ_by_lines_and_price() -> None:
    machine = configurator()
    first = machine.choose(machine.start(), "finish", "painted")
    second = machine.choose(machine.start(), "finish", "stainless304")
    bills = [bom.bill(machine.model, complete(machine, x).configuration) for x in (first, second)]
    technical, commercial = bom.compare(*bills)
    assert {d.after.article for d in technical if d.after} >= {"FINI-STAINLESS304-01"}
    assert sum(d.price for d in commercial if d.price is not None) == 1800
    assert bom.compare(bills[0], bills[0]) == ((), ())


def test_a_session_without_open_questions_is_a_configuration() -> None:
    machine = configurator("conveyor_line")
    session = machine.start()
    with pytest.raises(NotAllowedNow, match="NOT_COMPLETE"):
        configuration(machine, session)
    whole = complete(machine, session).configuration
    done = machine.with_choices(choices_of(machine.ground, whole, session), session)
    assert configuration(machine, done).total("price") == whole.total("price")


def test_a_saved_session_comes_back() -> None:
    machine = configurator("conveyor_line")
    session = machine.choose(machine.start(), "line", "3")
    session = machine.choose(session, "line[2].kind", "curve")
    session = machine.choose(session, "plate", "Linea 1")
    loaded = load(machine, save(machine, session))
    assert loaded.same_model and loaded.lost == ()
    assert set(loaded.session.choices) == set(session.choices)
    assert all_states(loaded.session) == all_states(session)


def test_a_session_saved_with_an_older_model_says_what_changed() -> None:
    old = configurator("conveyor_line")
    session = old.choose(old.start(), "width", "w800")
    session = old.choose(session, "load", "heavy")
    session = old.choose(session, "speed", "fast")
    plain = decode(compiled("conveyor_line").body)
    assert isinstance(plain, dict)
    plain["version"] = 2
    rules, attributes = plain["rules"], plain["attributes"]
    assert isinstance(rules, list) and isinstance(attributes, list)
    rules.append(
        {"code": "N1", "message": {"it": "nuova", "en": "new"}, "excludes": ["width = w800", "load = heavy"]}
    )
    speed = next(x for x in attributes if isinstance(x, dict) and x["code"] == "speed")
    assert isinstance(speed, dict) and isinstance(speed["options"], list)
    speed["options"].pop()
    attributes.append({"code": "colour", "kind": "boolean", "texts": {"it": "Colore", "en": "Colour"}})
    plain["commercial"], plain["technical"] = [], []
    rules[:] = [x for x in rules if isinstance(x, dict) and x["code"] != "L9"]
    new = Configurator(read_model(decode(encode(plain))), PythonSat)
    loaded = load(new, save(old, session))
    assert not loaded.same_model
    assert loaded.saved_version == 1
    assert loaded.new_questions == ("colour",)
    assert [(x.choice.path, x.reason) for x in loaded.lost] == [
        ("speed", "VALUE_UNKNOWN"),
        ("load", "OPTION_EXCLUDED"),
    ]
    because = loaded.lost[1].because
    assert because is not None and [x.code for x in because.rules] == ["N1"]
