"""Whatever is wrong in a model or a file is refused by its own reason and at its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.kit.errors import Invalid
from services.offers.domain.configurator.loading import read_model
from services.offers.domain.configurator.session import Configurator
from services.offers.modelling import compile as compile_module
from services.offers.modelling.compile import compile_model, compile_text
from services.offers.modelling.imports import MAX_CLAUSES, MAX_FEATURES, read_dimacs, read_uvl
from tests.offers.configurator.builders import choice, plain, question, rule, texts

Json = dict[str, Any]


def whole() -> Json:
    """A model with one of everything, and nothing wrong."""
    return plain(
        [
            choice("frame", "small", "large"),
            question("n", "integer", min=1, max=6),
            question("plate", "text"),
            question("line", "modules", module="part", min=0, max=2),
        ],
        [rule("R", always="n > 1 or frame = large")],
        modules=[{"code": "part", "texts": texts("part"), "attributes": [question("long", "boolean")]}],
        pages=[{"code": "first", "texts": texts("First"), "attributes": ["frame"]}],
        technical=[{"code": "T", "article": "A", "paid_by": ["C"]}],
        commercial=[{"code": "C", "article": "B"}],
    )


def test_a_model_with_one_of_everything_is_read() -> None:
    assert Configurator(read_model(whole())).start()


@pytest.mark.parametrize(
    ("damage", "reason", "place"),
    [
        (lambda x: x.pop("version"), "MODEL_MEMBER_MISSING", "model"),
        (lambda x: x.update(colour="red"), "MODEL_MEMBER_UNKNOWN", "model"),
        (lambda x: x.update(version=0), "MODEL_NUMBER", "version"),
        (lambda x: x.update(version="1"), "MODEL_SHAPE", "version"),
        (lambda x: x.update(languages=["Italian"]), "SEVERAL_MISTAKES", "languages[0]"),
        (lambda x: x["texts"].pop("en"), "MODEL_TEXT_MISSING", "texts"),
        (lambda x: x["texts"].update(en="x" * 4001), "MODEL_TEXT", "texts.en"),
        (lambda x: x["attributes"][0].update(code="1st"), "SEVERAL_MISTAKES", "attributes[0].code"),
        (lambda x: x["attributes"][1].update(code="sum"), "SEVERAL_MISTAKES", "attributes[1].code"),
        (lambda x: x["attributes"][0].update(kind="colour"), "SEVERAL_MISTAKES", "attributes[0].kind"),
        (
            lambda x: x["attributes"][0]["options"][1].update(code="and"),
            "SEVERAL_MISTAKES",
            "attributes[0].options[1].code",
        ),
        (
            lambda x: x["attributes"][0]["options"].append(x["attributes"][0]["options"][0]),
            "MODEL_CODE_REPEATED",
            "attributes[0].options",
        ),
        (
            lambda x: x["attributes"][0]["options"][0].update(price="1e9"),
            "MODEL_NUMBER",
            "attributes[0].options[0].price",
        ),
        (lambda x: x["attributes"][0].update(default="medium"), "MODEL_REFERENCE", "attributes[0].default"),
        (lambda x: x["attributes"][1].update(max=0), "MODEL_RANGE", "attributes[1]"),
        (lambda x: x["attributes"][1].update(max=10**6), "MODEL_RANGE", "attributes[1]"),
        (lambda x: x["attributes"][3].update(module="lid"), "MODEL_REFERENCE", "attributes[3].module"),
        (
            lambda x: x["modules"][0]["attributes"].append(
                question("inner", "modules", module="part", min=0, max=1)
            ),
            "MODEL_NESTED_TOO_DEEP",
            "modules[0].attributes[1].module",
        ),
        (lambda x: x["rules"][0].pop("always"), "MODEL_RULE_KIND", "rules[0]"),
        (lambda x: x["rules"][0].update(any_of=["true"]), "MODEL_RULE_KIND", "rules[0]"),
        (lambda x: x["rules"].extend([x["rules"][0]] * 20_000), "MODEL_TOO_LARGE", "rules"),
        (lambda x: x["rules"][0].update(always='plate = "x"'), "FORMULA_SYNTAX", "rules[0].always"),
        (lambda x: x["rules"][0].update(always="plate"), "FORMULA_TEXT", "rules[0].always"),
        (lambda x: x["pages"][0].update(attributes=["colour"]), "MODEL_REFERENCE", "pages[0].attributes[0]"),
        (lambda x: x["technical"][0].update(paid_by=["D"]), "MODEL_REFERENCE", "technical[0].paid_by"),
        (
            lambda x: x["technical"][0].update(quantity="n - 4"),
            "QUANTITY_MAY_BE_NEGATIVE",
            "technical[0].quantity",
        ),
        (lambda x: x["technical"][0].update(each="frame"), "MODEL_REFERENCE", "technical[0].each"),
    ],
)
def test_a_mistake_is_refused_at_its_place(damage: Callable[[Json], object], reason: str, place: str) -> None:
    found = whole()
    damage(found)
    with pytest.raises(Invalid) as caught:
        read_model(found)
    assert (caught.value.reason, caught.value.violations[0].field) == (reason, place)
    assert caught.value.violations[0].detail


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda x: x["attributes"][0].update(code="1st"), "MODEL_CODE"),
        (lambda x: x["attributes"][1].update(code="sum"), "MODEL_CODE_RESERVED"),
        (lambda x: x["attributes"][0].update(kind="colour"), "MODEL_WORD"),
    ],
)
def test_of_several_mistakes_each_keeps_its_own_reason(damage: Callable[[Json], object], reason: str) -> None:
    found = whole()
    damage(found)
    with pytest.raises(Invalid, match="SEVERAL_MISTAKES") as caught:
        read_model(found)
    assert reason in {violation.reason for violation in caught.value.violations}


def test_a_product_of_two_large_ranges_is_too_wide_for_a_rule() -> None:
    wide = [question(code, "integer", min=0, max=99) for code in ("a", "b")]
    with pytest.raises(Invalid, match="FORMULA_TOO_WIDE"):
        Configurator(read_model(plain(wide, [rule("R", always="a * b <= 70")])))


def test_a_model_of_too_many_literals_is_refused() -> None:
    inner = [question(f"n{i}", "integer", min=0, max=499) for i in range(10)]
    modules = [{"code": "part", "texts": texts("part"), "attributes": inner}]
    found = plain([question("line", "modules", module="part", min=0, max=40)], modules=modules)
    with pytest.raises(Invalid, match="MODEL_TOO_LARGE"):
        Configurator(read_model(found))


def test_files_that_are_too_large_are_refused(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile_module, "MAX_BYTES", 100)
    path = tmp_path / "large.yaml"
    path.write_text("# " + "x" * 200)
    for read in (lambda: compile_model(path), lambda: compile_text("# " + "x" * 200)):
        with pytest.raises(Invalid, match="YAML_TOO_LARGE"):
            read()


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("p cnf 2 1\n1 3 0\n", "IMPORT_SYNTAX", 2),
        ("p cnf 2 1\n1 2\n", "IMPORT_SYNTAX", 2),
        ("1 2 0\n", "IMPORT_SYNTAX", 1),
        (f"p cnf {MAX_FEATURES + 1} 1\n", "IMPORT_TOO_LARGE", 1),
        ("p cnf 1 1\n" + "1 0\n" * (MAX_CLAUSES + 1), "IMPORT_TOO_LARGE", MAX_CLAUSES + 2),
    ],
)
def test_a_wrong_dimacs_file_is_refused_with_its_line(text: str, reason: str, line: int) -> None:
    with pytest.raises(Invalid) as caught:
        read_dimacs(text, "m.dimacs")
    assert (caught.value.reason, caught.value.violations[0].field) == (reason, f"m.dimacs:{line}")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("features\n\tInteger speed\n", 2),
        ("features\n\troot\nconstraints\n\troot + 1 > 2\n", 4),
        ("features\n\troot\nconstraints\n\troot => other\n", 4),
        ("features\n\troot\n\t\toptional\n\t\t\troot\n", 4),
        ("imports\n", 1),
    ],
)
def test_uvl_beyond_the_boolean_level_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(Invalid) as caught:
        read_uvl(text, "m.uvl")
    assert (caught.value.reason, caught.value.violations[0].field) == ("IMPORT_SYNTAX", f"m.uvl:{line}")
