"""What is exported: all that its reader may see and nothing else, no formula, and nothing new when it comes
back.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner, Result

from gateway.exporting import console, sheets
from gateway.exporting.cards import card
from gateway.exporting.rows import PARTY_COLUMNS
from gateway.exporting.sheets import TooMuch, open_rows
from gateway.importing import console as importing
from gateway.importing.server import Server
from gateway.importing.tables import read_table
from gateway.importing.vcards import read_vcards
from services.crm.usecases.rules import RULES
from services.kit.cells import shown, typed
from services.kit.database import Database
from services.kit.records.owner import Owner
from tests.crm.parties import everything_stored, party, person, related
from tests.importing.test_sending import PlayedGateway, gateway  # noqa: F401
from tests.support.owners import NORTH, SOUTH, Accesses, OwnerUnderTest, create, everything, within

KINDS = ("parties", "addresses", "contacts", "relationships", "activities")
#: Of a party alone.
PLAIN = "id,name,given_name,family_name,kind,roles,vat_number,tax_code,country,language,website,notes"
#: What spreadsheets would calculate, fetch or run.
FORMULAS = [
    "=1+1",
    "+39",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://x")',
    "'=1",
    "''+1",
    "\t=1",
    "\r=1",
    "=cmd|'/C x'!A0",
]


@pytest.fixture
def played(gateway: PlayedGateway, monkeypatch: pytest.MonkeyPatch) -> PlayedGateway:  # noqa: F811
    def connected(*args: Any, **options: Any) -> Server:
        return Server(*args, **options, transport=httpx.MockTransport(gateway), pauses_s=(0.01, 0.01))

    monkeypatch.setattr(console, "Server", connected)
    return gateway


def run(kind: str, path: Path, *options: str) -> Result:
    return CliRunner().invoke(console.app, [kind, str(path), "--password", "right", *options])


def import_again(kind: str, path: Path, *options: str) -> Result:
    return CliRunner().invoke(importing.app, [kind, str(path), "--password", "right", *options])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def company(played: PlayedGateway) -> dict[str, str]:
    """A firm with a site, numbers, a person, a parent and something to do; with texts that are hard to
    carry.
    """
    crm, user = played.crm, played.user
    firm = party(crm, user, name='Rossi; "Figli"\nS.r.l.', vat_number="00159560366", notes="=1+1\nriga 2")
    top = party(
        crm, user, name="=Holding+", roles=["dealer", "customer"], country="DE", vat_number="DE136695976"
    )
    anna = person(crm, user, "Anna D'Angelo", notes="-secondo; terzo, quarto\\")
    related(crm, user, anna, "works_at", firm, function="+Acquisti", since="2020-02-29")
    related(crm, user, firm, "subsidiary_of", top)
    items = [
        create("crm.address", party_id=firm, kind="legal", street="Via Roma, 1", city="Schio", province="VI"),
        create("crm.address", party_id=firm, kind="site", label="=Stabilimento", city="Thiene"),
        create("crm.contact_point", party_id=firm, kind="email", value="info@rossi.it"),
        create("crm.contact_point", party_id=firm, kind="phone", value="0445 123456", preferred=True),
        create("crm.contact_point", party_id=anna, kind="mobile", value="333 1234567"),
        create("crm.contact_point", party_id=anna, kind="pec", value="anna@pec.it"),
        create(
            "crm.activity", party_id=firm, kind="visit", subject="@Visita", starts_at="2026-03-27T08:00:00Z"
        ),
    ]
    decisions = crm.apply(user, *items)
    assert [each.outcome for each in decisions] == ["applied"] * len(items), decisions
    return {"firm": firm, "top": top, "anna": anna}


def test_a_party_stands_in_one_line_with_what_belongs_to_it(played: PlayedGateway, tmp_path: Path) -> None:
    ids = company(played)
    result = run("parties", tmp_path / "p.csv")
    assert result.exit_code == 0, result.output
    found = {row["id"]: row for row in rows(tmp_path / "p.csv")}
    firm, anna = found[ids["firm"]], found[ids["anna"]]
    assert [firm[name] for name in ("street", "city", "email", "phone", "vat_number")] == [
        "Via Roma, 1",
        "Schio",
        "info@rossi.it",
        "'+390445123456",
        "00159560366",
    ]
    assert (anna["given_name"], anna["family_name"], anna["employer"], anna["function"]) == (
        "Anna",
        "D'Angelo",
        'Rossi; "Figli"\nS.r.l.',
        "'+Acquisti",
    )
    assert found[ids["top"]]["roles"] == "customer; dealer"
    assert "3 lines exported" in result.output


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_was_exported_changes_nothing_when_it_is_imported_again(
    played: PlayedGateway, tmp_path: Path, ending: str
) -> None:
    company(played)
    before = everything_stored(played.crm)
    for kind in KINDS:
        path = tmp_path / f"{kind}.{ending}"
        assert run(kind, path).exit_code == 0
        result = import_again(kind, path)
        assert result.exit_code == 0, result.output
        assert "Imported 0, there already" in result.output
    assert everything_stored(played.crm) == before


def test_an_installation_that_imports_it_has_the_same(
    played: PlayedGateway, tmp_path: Path, create_database: Callable[..., str]
) -> None:
    """Not only known again: the lines carry enough to make every record anew."""
    company(played)
    # Companies first, because the line of a person names one; addresses and contacts come in files of their
    # own.
    options = {"parties": ["--columns", PLAIN, "--filter"]}
    for number, wanted in enumerate(("kind = company", "kind = person")):
        assert run("parties", tmp_path / f"{number}.csv", *options["parties"], wanted).exit_code == 0
    for kind in KINDS[1:]:
        assert run(kind, tmp_path / f"{kind}.csv").exit_code == 0
    before = exported(tmp_path / "before")
    database = Database("crm", create_database("crm"))
    accesses = Accesses()
    played.crm = OwnerUnderTest(Owner(database, RULES, accesses, accesses.fetch), accesses)
    played.user = accesses.give(*everything("crm", "forms"))
    for kind, name in (("parties", "0"), ("parties", "1"), *((kind, kind) for kind in KINDS[1:])):
        result = import_again(kind, tmp_path / f"{name}.csv")
        assert result.exit_code == 0, result.output
    assert exported(tmp_path / "after") == before
    database.close()


def exported(folder: Path) -> dict[str, list[dict[str, str]]]:
    """Everything, without what says when it was made and by whom."""
    folder.mkdir()
    found = {}
    for kind in KINDS:
        assert run(kind, folder / f"{kind}.csv").exit_code == 0
        made = {"created_at", "updated_at", "owner_id", "version"}
        found[kind] = [
            {name: text for name, text in row.items() if name not in made}
            for row in rows(folder / f"{kind}.csv")
        ]
    return found


def test_cards_are_known_again(played: PlayedGateway, tmp_path: Path) -> None:
    company(played)
    before = everything_stored(played.crm)
    assert run("parties", tmp_path / "p.vcf").exit_code == 0
    result = import_again("parties", tmp_path / "p.vcf")
    assert (result.exit_code, "Imported 0, there already 3" in result.output) == (0, True), result.output
    assert everything_stored(played.crm) == before


def test_only_what_its_reader_may_see_is_exported(played: PlayedGateway, tmp_path: Path) -> None:
    crm = played.crm
    insider = crm.accesses.give(*everything("crm", "forms", facets=("private",)))
    for name, where in (("Nord", NORTH), ("Sud", SOUTH)):
        party(crm, insider, name=name, territory_id=str(where), private_notes="secret")
    played.user = crm.accesses.give(within(NORTH), *everything("forms"))
    run("parties", tmp_path / "north.csv", "--facet", "private")
    assert [(row["name"], row["private_notes"]) for row in rows(tmp_path / "north.csv")] == [("Nord", "")]
    played.user = insider
    run("parties", tmp_path / "all.csv")
    assert "secret" not in (tmp_path / "all.csv").read_text()
    run("parties", tmp_path / "private.csv", "--facet", "private", "--filter", "name = Sud")
    assert [row["private_notes"] for row in rows(tmp_path / "private.csv")] == ["secret"]


def test_columns_search_and_filter_are_the_user_s(played: PlayedGateway, tmp_path: Path) -> None:
    company(played)
    run("parties", tmp_path / "c.csv", "--columns", "vat_number,name", "--search", "holding")
    assert (tmp_path / "c.csv").read_text("utf-8-sig").splitlines() == [
        "vat_number;name",
        "DE136695976;'=Holding+",
    ]
    result = run("parties", tmp_path / "d.csv", "--filter", "nonsense ~ 1")
    assert (result.exit_code, (tmp_path / "d.csv").exists()) == (2, False)


@pytest.mark.parametrize(
    ("path", "options", "said"),
    [
        ("x.pdf", [], "Unknown format"),
        ("no/x.csv", [], "no folder"),
        ("there.csv", [], "exists"),
        ("x.csv", ["--columns", "name,colour"], "no column 'colour'"),
        ("x.csv", ["--password", "wrong"], "wrong"),
    ],
)
def test_an_export_that_makes_no_sense_writes_nothing(
    played: PlayedGateway, tmp_path: Path, path: str, options: list[str], said: str
) -> None:
    (tmp_path / "there.csv").write_text("mine")
    result = run("parties", tmp_path / path, *options)
    assert (result.exit_code, said in result.output) == (2, True), result.output
    assert (tmp_path / "there.csv").read_text() == "mine"
    assert [each.name for each in tmp_path.rglob("*")] == ["there.csv"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_ever_a_formula(tmp_path: Path, text: str) -> None:
    for ending in ("csv", "xlsx"):
        with open_rows(tmp_path / f"x.{ending}", ["a"]) as write:
            write([text])
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        _, (cell,) = csv.reader(file, delimiter=";")
    assert cell.startswith("'")
    assert typed(cell) == text
    book = CalamineWorkbook.from_path(str(tmp_path / "x.xlsx"))
    assert book.get_sheet_by_index(0).to_python()[1] == [text]
    assert b"<f>" not in _sheet_xml(tmp_path / "x.xlsx")


def _sheet_xml(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in archive.namelist() if "sheet" in name)


@given(st.text())
def test_what_is_shown_is_read_as_it_was_typed(text: str) -> None:
    assert typed(shown(text)) == text
    assert not shown(text).startswith(("=", "+", "-", "@", "\t", "\r"))


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5))
def test_rows_come_back_from_csv_as_they_were_but_for_spaces_around(
    tmp_path: Path, lines: list[tuple[str, str]]
) -> None:
    path = tmp_path / "x.csv"
    with open_rows(path, ["a", "b"]) as write:
        for line in lines:
            write(["x", *line][:2])
    table = read_table(path)
    found = [line.cells["b"] for line in table.lines]
    assert found == [typed(shown(line[0]).strip()) for line in lines]


@given(st.fixed_dictionaries(dict.fromkeys(PARTY_COLUMNS, CELLS)))
def test_a_card_carries_any_text_and_its_lines_are_short(row: dict[str, str]) -> None:
    row |= {"kind": "person", "name": row["name"] or "x", "email": "a@b.it", "phone": "", "mobile": ""}
    text = card(row)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    ((_, cells, _),) = read_vcards(text)
    for name, field in (("family_name", "family_name"), ("given_name", "given_name"), ("notes", "notes")):
        assert " ".join(cells.get(field, "").split()) == " ".join(row[name].split())


def test_what_a_spreadsheet_cannot_hold_stops_the_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "_MOST_LINES", 3)
    with pytest.raises(TooMuch, match="SHEET_TOO_LONG"), open_rows(tmp_path / "x.xlsx", ["a"]) as write:
        for _ in range(3):
            write(["1"])
    with pytest.raises(TooMuch, match="CELL_TOO_LONG"), open_rows(tmp_path / "x.xlsx", ["a"]) as write:
        write(["1" * 32_768])
    assert list(tmp_path.iterdir()) == []
