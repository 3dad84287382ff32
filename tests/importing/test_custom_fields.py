"""Custom fields as columns: brought in by key or label, checked by their definitions, and taken out again."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import xlsxwriter
from typer.testing import CliRunner, Result

from gateway.exporting import console as exporting
from gateway.importing.custom import CustomFields, shown
from gateway.importing.lookups import Customers
from gateway.importing.server import Server
from gateway.importing.tables import read_table
from services.kit.database.guard import writing_records
from services.kit.entities import default_values, entity
from tests.importing.test_sending import PlayedGateway, gateway, run  # noqa: F401
from tests.support.owners import create, everything

OTHER = "0190aaaa-aaaa-7aaa-8aaa-aaaaaaaaaaaa"
CUSTOMERS = Customers.of([{"id": OTHER, "erp_code": "C1", "vat_number": "", "name": "Rossi"}])
CHOICES = [
    {"key": "wood", "labels": {"it": "Legno", "en": "Wood"}, "retired": False},
    {"key": "metal", "labels": {"it": "Metallo"}, "retired": False},
]


def definition(key: str, kind: str, **more: Any) -> dict[str, Any]:
    fields = {"entity": "crm.party", "key": key, "kind": kind, "labels": {"it": key.capitalize()}, **more}
    return default_values(entity("crm.field_definition")) | {"id": OTHER} | fields


def told(kind: str, cell: str, **more: Any) -> tuple[dict[str, str], list[str]]:
    """What a cell of a field of this kind comes to, and what is wrong with it."""
    fields = CustomFields.of([definition("x", kind, **more)], "crm.party")
    wrong: list[str] = []
    found = fields.values(lambda name: cell, lambda name, reason, text: wrong.append(reason), CUSTOMERS)
    return found, wrong


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("text", "5,5", '"5,5"'),
        ("number", "1.234,50", "1234.5"),
        ("number", "-0,125", "-0.125"),
        ("number", "0.125", "0.125"),
        ("money", "1.200,50", '{"amount":"1200.50","currency":"EUR"}'),
        ("money", "99.90 CHF", '{"amount":"99.90","currency":"CHF"}'),
        ("date", "27/03/2026", '"2026-03-27"'),
        ("time", "2026-03-27T16:00:00Z", '"2026-03-27T16:00:00Z"'),
        ("boolean", "Sì", "true"),
        ("boolean", "no", "false"),
        ("choice", "legno", '"wood"'),
        ("choice", "metal", '"metal"'),
        ("multiple_choice", "Metallo; wood", '["metal","wood"]'),
        ("link", "C1", f'"{OTHER}"'),
    ],
)
def test_a_cell_is_read_as_people_write_it_and_comes_back_the_same(kind: str, cell: str, value: str) -> None:
    more = {"links_to": "crm.party"} if kind == "link" else {"choices": CHOICES if "choice" in kind else []}
    assert told(kind, cell, **more) == ({"x": value}, [])
    assert told(kind, shown(value), **more) == ({"x": value}, [])


@pytest.mark.parametrize(
    ("kind", "cell", "reason", "more"),
    [
        ("number", "31.850", "WRONG_NUMBER", {}),
        ("number", "many", "WRONG_NUMBER", {}),
        ("number", "7", "WRONG_VALUE", {"maximum": "5"}),
        ("money", "12 XYZ", "WRONG_VALUE", {}),
        ("date", "31/02/2026", "WRONG_DATE", {}),
        ("time", "soon", "WRONG_TIME", {}),
        ("boolean", "perhaps", "WRONG_VALUE", {}),
        ("choice", "stone", "UNKNOWN_VALUE", {"choices": CHOICES}),
        ("text", "abc", "WRONG_VALUE", {"pattern": "[0-9]+"}),
        ("link", "Verdi", "UNKNOWN_CUSTOMER", {"links_to": "crm.party"}),
    ],
)
def test_a_cell_that_its_field_does_not_take_is_told(
    kind: str, cell: str, reason: str, more: dict[str, Any]
) -> None:
    assert told(kind, cell, **more) == ({}, [reason])


def test_a_label_that_two_fields_have_names_neither_and_a_formula_is_no_column() -> None:
    fields = CustomFields.of(
        [
            definition("a", "text", labels={"it": "Potenza", "en": "Power"}),
            definition("b", "text", labels={"it": "Potenza"}),
            definition("c", "formula", labels={"it": "Doppia"}, formula="1", result="number"),
            definition("d", "text", inactive=True),
            definition("e", "text", entity="crm.address"),
        ],
        "crm.party",
    )
    assert dict(fields.names) == {"custom.a": ("custom a", "power"), "custom.b": ("custom b",)}


@pytest.fixture
def shaped(gateway: PlayedGateway, monkeypatch: pytest.MonkeyPatch) -> PlayedGateway:  # noqa: F811
    """Parties have five more fields."""

    def connected(*args: Any, **options: Any) -> Server:
        return Server(*args, **options, transport=httpx.MockTransport(gateway), pauses_s=(0.01,))

    monkeypatch.setattr(exporting, "Server", connected)
    administrator = gateway.crm.accesses.give(*everything("forms"))
    for key, kind, label, more in (
        ("power", "number", "Potenza", {"maximum": "900"}),
        ("material", "choice", "Materiale", {"choices": CHOICES}),
        ("since", "date", "Cliente dal", {"required": True}),
        ("margin", "number", "Margine", {"facet": "private"}),
        ("double", "formula", "Doppia", {"formula": "custom.power * 2"}),
    ):
        fields = {"entity": "crm.party", "key": key, "kind": kind, "labels": {"it": label}, **more}
        decision = gateway.crm.one(administrator, create("crm.field_definition") | {"fields": fields})
        assert decision.changed, decision.error
    return gateway


def export(path: Path, *options: str) -> Result:
    return CliRunner().invoke(exporting.app, ["parties", str(path), "--password", "right", *options])


def custom_of(shaped: PlayedGateway) -> dict[str, dict[str, str]]:
    """What is stored, by name of the party."""
    with shaped.crm.owner.database.read() as connection:
        rows = connection.exec_driver_sql("select base_json, facets_json from party").all()
    found = {}
    for base, facets in rows:
        values = orjson.loads(base)
        private = orjson.loads(facets.get("private", "{}")).get("custom", {})
        found[values["name"]] = {**values["custom"], **private}
    return found


def test_columns_of_custom_fields_are_known_by_key_and_by_label(
    shaped: PlayedGateway, tmp_path: Path
) -> None:
    (tmp_path / "c.csv").write_text(
        "name;custom.power;Materiale;Cliente dal\nRossi;5,5;Legno;01/02/2020\nVerdi;;;2021-01-01\n"
    )
    result = run(tmp_path / "c.csv")
    assert result.exit_code == 0, result.output
    assert custom_of(shaped) == {
        "Rossi": {"double": "11", "material": '"wood"', "power": "5.5", "since": '"2020-02-01"'},
        "Verdi": {"since": '"2021-01-01"'},
    }
    again = run(tmp_path / "c.csv")
    assert "Imported 0, there already 2" in again.output


def test_wrong_values_are_told_by_line_and_column_and_keep_nobody_else_out(
    shaped: PlayedGateway, tmp_path: Path
) -> None:
    (tmp_path / "c.csv").write_text(
        "name;Potenza;Materiale;Cliente dal\nA;a lot;Pietra;2020-01-01\nB;901;;2020-01-01\n"
        "C;7;;\nD;7;;2020-01-01\n"
    )
    result = run(tmp_path / "c.csv")
    assert result.exit_code == 1
    for said in (
        "line 2, Potenza: 'a lot' is no clear number",
        "line 2, Materiale: 'Pietra' is none of the known values",
        "line 3, Potenza: the field does not take '901'",
        "line 4: refused by the server: custom.since: this field must be given",
        "Imported 1, there already 0, not imported 3",
    ):
        assert said in result.output, result.output
    assert list(custom_of(shaped)) == ["D"]
    with (tmp_path / "c.errors.csv").open(encoding="utf-8-sig") as file:
        assert [row["name"] for row in csv.DictReader(file, delimiter=";")] == ["A", "B", "C"]


def test_a_field_of_an_unseen_facet_is_refused_line_by_line(shaped: PlayedGateway, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("name;Margine;Cliente dal\nRossi;5;2020-01-01\nVerdi;;2020-01-01\n")
    result = run(tmp_path / "c.csv")
    assert "line 2: refused by the server" in result.output
    assert list(custom_of(shaped)) == ["Verdi"]


def test_a_spreadsheet_brings_numbers_dates_and_truth(shaped: PlayedGateway, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "c.xlsx"), {"default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["name", "Potenza", "Cliente dal"])
        sheet.write_row(1, 0, ["Rossi", 5.5, date(2020, 2, 1)])
    result = run(tmp_path / "c.xlsx")
    assert result.exit_code == 0, result.output
    found = custom_of(shaped)["Rossi"]
    assert (found["power"], found["since"]) == ("5.5", '"2020-02-01"')


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_is_exported_has_them_and_comes_in_again(
    shaped: PlayedGateway, tmp_path: Path, ending: str
) -> None:
    (tmp_path / "c.csv").write_text("name;Potenza;Materiale;Cliente dal\nRossi;5,125;Legno;2020-02-01\n")
    run(tmp_path / "c.csv")
    path = tmp_path / f"e.{ending}"
    assert export(path).exit_code == 0
    (line,) = read_table(path).lines
    custom = {name: text for name, text in line.cells.items() if name.startswith("custom.")}
    # Those of a facet are left out.
    assert custom == {
        "custom.power": "5,125",
        "custom.material": "wood",
        "custom.since": "2020-02-01",
        "custom.double": "10.25",
    }
    before = custom_of(shaped)
    again = run(path)
    assert "Imported 0, there already 1" in again.output, again.output
    with shaped.crm.owner.database.engine.begin() as connection, writing_records(connection):
        connection.exec_driver_sql("delete from party")
    assert run(path).exit_code == 0
    assert custom_of(shaped) == before


def test_values_of_a_facet_are_exported_to_who_asks_and_sees_them(
    shaped: PlayedGateway, tmp_path: Path
) -> None:
    shaped.user = shaped.crm.accesses.give(*everything("crm", "forms", facets=("private",)))
    (tmp_path / "c.csv").write_text("name;Margine;Cliente dal\nRossi;5;2020-02-01\n")
    run(tmp_path / "c.csv")
    assert custom_of(shaped)["Rossi"]["margin"] == "5"
    export(tmp_path / "all.csv", "--facet", "private", "--columns", "name,custom.margin")
    assert (tmp_path / "all.csv").read_text("utf-8-sig").splitlines() == ["name;custom.margin", "Rossi;5"]
    shaped.user = shaped.crm.accesses.give(*everything("crm", "forms"))
    export(tmp_path / "less.csv", "--facet", "private", "--columns", "name,custom.margin")
    assert (tmp_path / "less.csv").read_text("utf-8-sig").splitlines()[1] == "Rossi;"
