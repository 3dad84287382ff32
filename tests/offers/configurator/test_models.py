"""Small models by hand: reading, formulas, states on both sides of a border, budgets, publishing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from services.kit.errors import Invalid, NotAllowedNow, Unavailable
from services.offers.domain.configurator.explain import why
from services.offers.domain.configurator.publishing import can_publish, check
from services.offers.domain.configurator.reasons import REASONS, text
from services.offers.domain.configurator.repair import repairs
from services.offers.domain.configurator.sat import after, until
from services.offers.domain.configurator.session import Configurator, State
from services.offers.modelling import compile as compile_module
from services.offers.modelling import imports as imports_module
from services.offers.modelling.compile import compile_text
from services.offers.modelling.reasons import REASONS as FILE_REASONS
from tests.offers.configurator.builders import choice, model, option, question, rule

FRAME = choice("frame", "small", "large")
HEAD = choice("head", option("ink", figures={"power": "5"}), option("laser", figures={"power": "50"}))
COUNT = question("n", "integer", min=1, max=6, figures={"power": "10"})


def test_a_sum_allows_its_limit_and_not_one_more() -> None:
    limit = rule("P", sum={"of": "total(power)", "at_most": "65"})
    session = Configurator(model([HEAD, COUNT], [limit])).start()
    assert session.state("n", "6") is State.FREE
    session = Configurator(
        model([HEAD, COUNT], [rule("P", sum={"of": "total(power)", "at_most": "64"})])
    ).start()
    assert session.state("n", "6") is State.EXCLUDED


def test_a_choice_gives_way_to_a_later_one_about_the_same() -> None:
    configurator = Configurator(model([FRAME]))
    session = configurator.choose(configurator.start(), "frame", "small")
    with pytest.raises(Invalid, match="VALUE_UNKNOWN"):
        configurator.choose(session, "frame", "medium")
    assert [x.value for x in configurator.choose(session, "frame", "large").choices] == ["large"]


def test_numbers_are_accepted_as_people_write_them() -> None:
    configurator = Configurator(model([question("x", "decimal", min="1", max="3", step="0.5")]))
    session = configurator.choose(configurator.start(), "x", "2,50")
    assert session.value("x") == ("2.5",)
    with pytest.raises(Invalid, match="VALUE_UNKNOWN"):
        configurator.choose(session, "x", "2.6")


def test_what_the_budget_leaves_open_is_never_called_free() -> None:
    configurator = Configurator(model([FRAME, HEAD, COUNT]))
    session = configurator.start(after(2))
    every = [state for path in session.ground.cells for state in session.states(path).values()]
    assert State.UNVERIFIED in every
    settled = configurator.start()
    for path in settled.ground.cells:
        for value, state in session.states(path).items():
            assert state in (State.UNVERIFIED, settled.state(path, value))


def test_a_choice_that_cannot_be_verified_is_refused_as_such() -> None:
    configurator = Configurator(model([FRAME, HEAD, COUNT]))
    with pytest.raises(NotAllowedNow, match="OPTION_UNVERIFIED"):
        configurator.choose(configurator.start(after(0)), "frame", "small", stop=after(0))


def test_a_budget_ends_when_the_callers_clock_says_so() -> None:
    ticks = iter(range(100))
    stop = until(3.0, lambda: float(next(ticks)))
    assert [stop() for _ in range(5)] == [False, False, False, True, True]


def test_an_explanation_that_takes_too_long_says_so() -> None:
    configurator = Configurator(model([FRAME, HEAD], [rule("R", always="frame = small")]))
    with pytest.raises(Unavailable, match="OUT_OF_TIME"):
        why(configurator, configurator.start(), "frame", "large", stop=after(0))


def test_an_attribute_that_does_not_exist_is_refused() -> None:
    configurator = Configurator(model([FRAME]))
    for ask in (
        lambda: configurator.choose(configurator.start(), "colour", "red"),
        lambda: configurator.start().states("colour"),
        lambda: why(configurator, configurator.start(), "colour", "red"),
    ):
        with pytest.raises(Invalid, match="ATTRIBUTE_UNKNOWN"):
            ask()


def test_nothing_is_explained_where_everything_is_free() -> None:
    configurator = Configurator(model([FRAME]))
    with pytest.raises(Invalid, match="NOTHING_TO_EXPLAIN"):
        why(configurator, configurator.start(), "frame", "small")


def test_an_option_that_rules_exclude_has_no_repair() -> None:
    configurator = Configurator(model([FRAME, HEAD], [rule("R", always="frame = small")]))
    with pytest.raises(NotAllowedNow, match="NO_REPAIR"):
        repairs(configurator, configurator.start(), "frame", "large")


def findings(attributes: list[Any], rules: list[Any], **more: Any) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(x.kind, x.about, x.because) for x in check(model(attributes, rules, **more))]


def test_the_publishing_check_explains_a_contradiction() -> None:
    rules = [
        rule("A", always="frame = small"),
        rule("B", always="head = ink"),
        rule("C", always="frame = large"),
    ]
    found = check(model([FRAME, HEAD], rules))
    assert [(x.kind, x.because) for x in found] == [("contradiction", ("A", "C"))]
    assert not can_publish(found)


def test_the_publishing_check_finds_dead_options_idle_rules_and_unreached_lines() -> None:
    rules = [
        rule("A", requires=["frame = large", "head = laser"]),
        rule("B", always="head = ink"),
        rule("C", always="n <= 6"),
    ]
    found = findings(
        [FRAME, HEAD, COUNT],
        rules,
        technical=[{"code": "T", "article": "X", "when": "head = laser"}],
    )
    assert ("dead option", "frame=large", ("A", "B")) in found
    assert ("dead option", "head=laser", ("B",)) in found
    assert ("idle rule", "C", ()) in found
    assert ("unreached line", "T", ("B",)) in found


def test_the_publishing_check_says_which_rules_make_another_idle() -> None:
    rules = [
        rule("A", always="head = ink"),
        rule("B", requires=["frame = large", "head = ink"]),
        rule("C", always="n <= 5"),
    ]
    found = check(model([FRAME, HEAD, COUNT], rules))
    idle = [x for x in found if x.kind == "idle rule"]
    assert [(x.about, x.because) for x in idle] == [("B", ("A",))]
    assert idle[0].it == "La regola B non esclude nulla: basta A."
    assert idle[0].en == "Rule B never refuses anything: A is enough."


def test_every_finding_of_the_publishing_check_is_said_in_both_languages_with_its_rules() -> None:
    frame, head = {**FRAME, "default": "large"}, {**HEAD, "default": "ink"}
    clash = [rule("A", requires=["frame = large", "head = laser"]), rule("I", always="n <= 6")]
    dead = [rule("B", always="n != 3")]
    line = [{"code": "T", "article": "X", "when": "n = 3"}]
    found = check(model([frame, head, COUNT], [*clash, *dead], technical=line))
    assert {x.kind for x in found} == {"dead option", "idle rule", "colliding defaults", "unreached line"}
    found += check(model([FRAME], [rule("X", always="frame = small"), rule("Y", always="frame = large")]))
    for finding in found:
        assert finding.it != finding.en
        for text_said in (finding.it, finding.en):
            assert all(code in text_said for code in finding.because), finding
    assert all(x.because for x in found if x.about != "I")


def test_a_check_that_takes_too_long_says_so() -> None:
    with pytest.raises(Unavailable, match="OUT_OF_TIME"):
        check(model([FRAME, HEAD, COUNT], [rule("A", requires=["frame = large", "n > 3"])]), stop=after(1))


def test_repairs_are_ranked_by_number_of_changes_then_by_price() -> None:
    configurator = Configurator(
        model(
            [
                choice("frame", "small", option("large", price="900")),
                choice("paint", "plain", option("gold", price="50")),
                question("n", "integer", min=1, max=6),
                question("fan", "boolean"),
            ],
            [
                rule("A", requires=["n >= 5", "frame = large or paint = gold or fan"]),
                rule("B", requires=["n >= 6", "frame = large or paint = gold"]),
            ],
        )
    )
    session = configurator.start()
    for path, value in (("frame", "small"), ("paint", "plain"), ("fan", "false")):
        session = configurator.choose(session, path, value)
    found = repairs(configurator, session, "n", "5")
    assert [([c.choice.path for c in x.changes], x.price) for x in found] == [
        (["fan"], 0),
        (["paint"], 50),
        (["frame"], 900),
    ]
    assert [[c.choice.path for c in x.changes] for x in repairs(configurator, session, "n", "6")] == [
        ["paint"],
        ["frame"],
    ]


def test_the_publishing_check_finds_defaults_that_collide() -> None:
    frame = {**FRAME, "default": "large"}
    head = {**HEAD, "default": "ink"}
    found = findings([frame, head], [rule("A", requires=["frame = large", "head = laser"])])
    assert found == [("colliding defaults", "frame=large, head=ink", ("A",))]


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("", "FORMULA_EMPTY"),
        ("frame = ", "FORMULA_SYNTAX"),
        ("frame = medium", "FORMULA_OPTION_UNKNOWN"),
        ("chassis = small", "FORMULA_NAME_UNKNOWN"),
        ("n", "FORMULA_TYPE"),
        ("n + frame > 2", "FORMULA_TYPE"),
        ("1 / (n - 1) > 2", "FORMULA_DIVISION"),
        ("total(weight) > 2", "FORMULA_FIGURE_UNKNOWN"),
        ("eval(n) > 2", "FORMULA_FUNCTION_UNKNOWN"),
        ("next.n > 2", "FORMULA_NEXT"),
        ("(" * 60 + "n" + ")" * 60 + " > 1", "FORMULA_TOO_DEEP"),
        ("n > 1 and " * 300 + "n > 1", "FORMULA_TOO_LONG"),
        ("n > 9999999999999999999", "FORMULA_NUMBER"),
        ("ceil(n, n) > 1", "FORMULA_ARGUMENTS"),
        ("n; import os", "FORMULA_SYNTAX"),
    ],
)
def test_a_wrong_formula_is_refused_with_its_place(formula: str, reason: str) -> None:
    with pytest.raises(Invalid) as caught:
        model([FRAME, COUNT], [rule("R", always=formula)])
    assert caught.value.reason == reason
    assert caught.value.violations[0].field == "rules[0].always"
    for language in ("it", "en"):
        assert text(reason, caught.value.params, language)


def test_every_reason_has_cause_remedy_and_both_texts() -> None:
    for code, entry in REASONS.items():
        assert all((entry.cause, entry.remedy, entry.it, entry.en)), code
        assert entry.it != entry.en, code


def test_yaml_errors_name_file_and_line() -> None:
    source = """model: m
version: 1
texts: "Prova | Test"
attributes:
  - {code: a, kind: boolean, texts: A}
rules:
  - code: R1
    message: "Regola | Rule"
    always: a and b
"""
    with pytest.raises(Invalid) as caught:
        compile_text(source, "m.yaml")
    assert caught.value.violations[0].field == "m.yaml:9: rules[0].always"
    assert caught.value.reason == "FORMULA_NAME_UNKNOWN"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("a: [", "YAML_SYNTAX"),
        ("", "YAML_SYNTAX"),
        ("a: &x 1\nb: *x", "YAML_SYNTAX"),
        ("a: 1\na: 2", "YAML_REPEATED"),
        ("? [a]\n: 1", "YAML_SYNTAX"),
        ("a: " + "[" * 200 + "]" * 200, "YAML_SYNTAX"),
        ("- 1", "MODEL_SHAPE"),
    ],
)
def test_yaml_that_is_no_model_is_refused(source: str, reason: str) -> None:
    with pytest.raises(Invalid) as caught:
        compile_text(source)
    assert caught.value.reason == reason


def test_every_reason_of_files_has_both_texts_and_is_the_only_kind_raised() -> None:
    raised = set()
    for module in (compile_module, imports_module):
        source = Path(module.__file__ or "").read_text()
        raised |= set(re.findall(r'"((?:YAML|IMPORT)_[A-Z_]+)"', source))
    assert raised == set(FILE_REASONS)
    assert all(x.it and x.en and x.cause and x.remedy for x in FILE_REASONS.values())


@pytest.mark.parametrize("name", ["labelling_machine", "conveyor_line"])
def test_the_examples_fulfil_the_published_schema(name: str) -> None:
    folder = Path(compile_module.__file__ or "").parent
    schema = json.loads((folder / "model.schema.json").read_text())
    written = yaml.safe_load((folder / f"examples/{name}.yaml").read_text())
    found = [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(written)]
    assert found == []
    written["attributes"][0]["colour"] = "red"
    assert any(jsonschema.Draft202012Validator(schema).iter_errors(written))
