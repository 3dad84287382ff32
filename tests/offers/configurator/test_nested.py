"""Modules inside modules, quantities, the pages of the guide, and who pays for what."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from services.offers.adapters.python_sat import PythonSat
from services.offers.domain.configurator import bom
from services.offers.domain.configurator.cdcl import Cdcl
from services.offers.domain.configurator.complete import complete, in_order, visible_pages
from services.offers.domain.configurator.explain import in_words, why
from services.offers.domain.configurator.model import said
from services.offers.domain.configurator.session import Configurator, Session, State
from tests.offers.configurator.builders import choice, model, option, question, rule, texts

TOOL = {
    "code": "tool",
    "texts": {"it": "Utensile", "en": "Tool"},
    "attributes": [
        choice("kind", option("drill", figures={"power": "10"}), option("saw", figures={"power": "40"})),
        question("pieces", "integer", min=1, max=3),
    ],
    "quantity": "pieces",
}
STATION = {
    "code": "station",
    "texts": {"it": "Stazione", "en": "Station"},
    "attributes": [
        question("cooled", "boolean"),
        question("tools", "modules", module="tool", min=1, max=2),
    ],
    "rules": [rule("S", requires=["any(tools: kind = saw)", "cooled"])],
}
MACHINE = [
    question("stations", "modules", module="station", min=1, max=2),
    question("dusty", "boolean"),
]
RULES = [
    rule("P", sum={"of": "total(power)", "at_most": "100"}),
    rule("D", requires=["any(stations: any(tools: kind = saw))", "dusty"]),
]


def machine(**more: Any) -> Configurator:
    return Configurator(model(MACHINE, RULES, modules=[STATION, TOOL], **more), Cdcl)


def chosen(configurator: Configurator, *choices: tuple[str, str]) -> Session:
    session = configurator.start()
    for path, value in choices:
        session = configurator.choose(session, path, value)
    return session


def test_a_module_inside_a_module_is_chosen_by_its_path_and_forces_what_is_above_it() -> None:
    session = chosen(machine(), ("stations[2].tools[1].kind", "saw"))
    assert session.state("stations", "2") is State.FORCED
    assert session.state("stations[2].cooled", "true") is State.FORCED
    assert session.state("dusty", "true") is State.FORCED
    assert session.state("stations[1].cooled", "true") is State.FREE


def test_its_explanation_names_the_modules_on_the_way() -> None:
    configurator = machine()
    session = chosen(configurator, ("dusty", "false"))
    found = why(configurator, session, "stations[1].tools[2].kind", "saw")
    assert [x.code for x in found.rules] == ["D"]
    assert in_words(configurator.ground, found, "en").startswith("“Station 1: Tool 2: kind: saw”")


def test_quantities_count_in_totals_on_both_sides_of_the_limit() -> None:
    configurator = machine()
    three_saws = chosen(configurator, ("stations", "1"), ("stations[1].tools", "1"))
    three_saws = configurator.choose(three_saws, "stations[1].tools[1].kind", "saw")
    assert three_saws.state("stations[1].tools[1].pieces", "2") is State.FREE  # 80 W
    assert three_saws.state("stations[1].tools[1].pieces", "3") is State.EXCLUDED  # 120 W
    found = why(configurator, three_saws, "stations[1].tools[1].pieces", "3")
    assert [x.code for x in found.rules] == ["P"]


def test_both_solvers_give_nested_modules_the_same_states() -> None:
    found = model(MACHINE, RULES, modules=[STATION, TOOL])
    sessions = [
        chosen(Configurator(found, solver), ("stations[2].tools[2].kind", "saw"), ("stations[1].tools", "2"))
        for solver in (Cdcl, PythonSat)
    ]
    for path in sessions[0].ground.cells:
        assert sessions[0].states(path) == sessions[1].states(path)


def test_a_bill_multiplies_by_the_quantity_of_a_module() -> None:
    parts = {
        "code": "part",
        "texts": texts("part"),
        "attributes": [question("length", "integer", min=1, max=4), question("n", "integer", min=1, max=3)],
        "quantity": "n",
    }
    configurator = Configurator(
        model(
            [question("line", "modules", module="part", min=1, max=2)],
            modules=[parts],
            technical=[{"code": "T", "article": "BELT", "each": "line", "quantity": "length * 2 + 0.5"}],
        )
    )
    session = chosen(configurator, ("line", "1"), ("line[1].length", "3"), ("line[1].n", "2"))
    line = bom.bill(configurator.model, complete(configurator, session).configuration).technical[0]
    assert line.quantity == Decimal("13")
    assert [(x.path, x.value) for x in line.because] == [("line[1].length", "3")]


def test_pages_give_order_help_and_are_hidden_where_they_do_not_apply() -> None:
    pages = [
        {
            "code": "site",
            "texts": texts("Site"),
            "attributes": ["dusty"],
            "help": texts("Where it will stand"),
        },
        {"code": "parts", "texts": texts("Parts"), "attributes": ["stations"], "when": "dusty"},
    ]
    configurator = machine(pages=pages)
    assert [x.path for x in in_order(configurator.ground)][:3] == ["dusty", "stations", "stations[1].cooled"]
    assert said(configurator.model.pages[0].help, "it") == "Where it will stand"
    for value, expected in (("true", ["site", "parts"]), ("false", ["site"])):
        whole = complete(configurator, chosen(configurator, ("dusty", value))).configuration
        assert [page.code for page in visible_pages(configurator.ground, whole)] == expected


def test_coverage_finds_lines_that_nobody_pays_and_lines_with_nothing_behind_them() -> None:
    configurator = machine(
        technical=[
            {"code": "fan", "article": "FAN", "when": "dusty", "paid_by": ["dust"]},
            {"code": "screws", "article": "M6", "included": True},
            {"code": "plate", "article": "PLATE"},
        ],
        commercial=[
            {"code": "dust", "article": "DUST", "when": "dusty", "price": "120"},
            {"code": "course", "article": "DAY", "service": True, "price": "800"},
            {"code": "paint", "article": "RAL"},
        ],
    )
    for value, paid in (
        ("true", {"fan": "dust", "screws": "", "plate": ""}),
        ("false", {"screws": "", "plate": ""}),
    ):
        whole = complete(configurator, chosen(configurator, ("dusty", value))).configuration
        bill = bom.bill(configurator.model, whole)
        assert {x.rule: x.paid_by for x in bill.technical} == paid
        assert [x.rule for x in bill.unpaid] == ["plate"]
        assert [x.rule for x in bill.empty] == ["paint"]
