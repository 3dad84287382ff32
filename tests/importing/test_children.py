"""Lines as records that belong to parties: who is meant, what is wrong, and files that say so in their own
form.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner, Result

from gateway.importing import console
from gateway.importing.children import SPECS, prepare
from gateway.importing.columns import PARTIES, fields_of
from gateway.importing.error_file import REASON
from gateway.importing.errors import ImportStopped
from gateway.importing.lookups import Customers
from gateway.importing.mapping import read_mapping
from gateway.importing.tables import Line, read_table
from services.kit.entities import entity
from tests.crm.parties import body, everything_stored, party, person
from tests.importing.test_sending import PlayedGateway, gateway  # noqa: F401

ROSSI, ANNA = "0190c5b1-0000-7000-8000-000000000001", "0190c5b1-0000-7000-8000-000000000002"
PEOPLE = Customers.of(
    [
        {"id": ROSSI, "erp_code": "C001", "vat_number": "00159560366", "name": "Officine Rossi"},
        {"id": ANNA, "erp_code": "", "vat_number": "", "name": "Anna Bianchi"},
        {"id": "x", "erp_code": "", "vat_number": "", "name": "Twin"},
        {"id": "y", "erp_code": "", "vat_number": "", "name": "Twin"},
    ]
)


def run(kind: str, path: Path, *options: str) -> Result:
    return CliRunner().invoke(console.app, [kind, str(path), "--password", "right", *options])


def read(kind: str, **cells: str) -> tuple[dict[str, object], list[str]]:
    """A line's fields and what is wrong with it."""
    spec = SPECS[kind]
    columns = fields_of(list(cells), names=spec.names, required=())
    found = prepare(spec, [Line(2, cells)], columns, PEOPLE)
    fields = found.drafts[0].records[0].fields if found.drafts else {}
    return fields, [each.reason for each in found.problems]


@pytest.mark.parametrize("named", ["C001", "00159560366", "officine  ROSSI", ROSSI])
def test_a_party_is_named_by_code_vat_number_name_or_id(named: str) -> None:
    fields, _ = read("addresses", Cliente=named, Tipo="stabilimento", Città="Schio")
    assert fields == {"party_id": ROSSI, "kind": "site", "city": "Schio"}


def test_a_relationship_is_written_as_it_is_read() -> None:
    cells = {"Persona": "Anna Bianchi", "Relazione": "lavora presso", "Azienda": "C001", "Dal": "01/03/2024"}
    fields, _ = read("relationships", **cells, Funzione="Acquisti")
    assert fields == {
        "party_id": ANNA,
        "kind": "works_at",
        "other_id": ROSSI,
        "since": "2024-03-01",
        "function": "Acquisti",
    }


#: Kind of record, cells -> what is wrong.
HOSTILE: list[tuple[str, dict[str, str], list[str]]] = [
    ("relationships", {"persona": "Nobody", "tipo": "works_at", "azienda": "C001"}, ["UNKNOWN_CUSTOMER"]),
    ("relationships", {"persona": "Twin", "tipo": "works_at", "azienda": "C001"}, ["SEVERAL_CUSTOMERS"]),
    ("relationships", {"persona": "Anna Bianchi", "tipo": "loves", "azienda": "C001"}, ["UNKNOWN_VALUE"]),
    ("relationships", {"persona": "Anna Bianchi", "tipo": "", "azienda": "C001"}, ["REQUIRED_CELL"]),
    (
        "relationships",
        {"persona": "Anna Bianchi", "tipo": "works_at", "azienda": "C001", "dal": "31/02/2024"},
        ["WRONG_DATE"],
    ),
    (
        "relationships",
        {"persona": "Anna Bianchi", "tipo": "works_at", "azienda": "C001", "funzione": "x" * 101},
        ["TOO_LONG"],
    ),
    ("activities", {"cliente": "C001", "tipo": "visita", "oggetto": "x", "inizio": "domani"}, ["WRONG_TIME"]),
    ("activities", {"cliente": "", "tipo": "", "oggetto": ""}, ["REQUIRED_CELL"] * 3),
    ("addresses", {"cliente": "C001", "principale": "forse"}, ["UNKNOWN_VALUE"]),
    ("contacts", {"cliente": "C001", "tipo": "email", "valore": "a@b.it", "id": "17"}, ["UNKNOWN_VALUE"]),
]


@pytest.mark.parametrize(("kind", "cells", "reasons"), HOSTILE, ids=[str(n) for n in range(len(HOSTILE))])
def test_a_line_that_makes_no_sense_is_named_with_its_reason(
    kind: str, cells: dict[str, str], reasons: list[str]
) -> None:
    fields, wrong = read(kind, **cells)
    assert (fields, wrong) == ({}, reasons)


def test_every_column_is_a_field_that_clients_may_write() -> None:
    for spec in SPECS.values():
        fields = entity(spec.entity).fields
        assert {name for name in spec.names if fields[name].output_only} == set()
        assert set(spec.required) | set(spec.key) <= set(spec.names)


def test_a_surname_beside_makes_a_name_a_given_name() -> None:
    assert fields_of(["Nome", "Cognome"], names=PARTIES) == {"given_name": "Nome", "family_name": "Cognome"}
    assert fields_of(["Nome"], names=PARTIES) == {"name": "Nome"}


def test_people_come_in_with_their_employer(gateway: PlayedGateway, tmp_path: Path) -> None:  # noqa: F811
    firm = party(gateway.crm, gateway.user, name="Officine Rossi")
    path = tmp_path / "people.csv"
    path.write_text(
        "Nome;Cognome;Lavora presso;Mansione\nAnna;Bianchi;officine rossi;Acquisti\n;Verdi;Ignota;\n"
    )
    result = run("parties", path)
    assert (result.exit_code, gateway.crm.count("party"), gateway.crm.count("relationship")) == (1, 2, 1)
    assert "no visible customer" in result.output
    (relation,) = [
        record for event in gateway.crm.events() for record in event["data"]["records"]
        if record["entity"] == "crm.relationship"
    ]  # fmt: skip
    stored = body(gateway.crm, "crm.relationship", relation["id"])
    assert (stored["other_id"], stored["kind"], stored["function"]) == (firm, "works_at", "Acquisti")
    assert body(gateway.crm, "crm.party", stored["party_id"])["name"] == "Anna Bianchi"


@pytest.mark.parametrize("ending", ["csv", "xlsx", "vcf"])
def test_wrong_lines_come_back_in_their_own_form_and_are_imported_once_corrected(
    gateway: PlayedGateway,  # noqa: F811
    tmp_path: Path,
    ending: str,
) -> None:
    path, errors = tmp_path / f"in.{ending}", tmp_path / f"in.errors.{ending}"
    write(path, ending, [("Buona", "info@x.it"), ("=Cattiva", "nessuna")])
    assert run("parties", path).exit_code == 1
    assert gateway.crm.count("party") == 1
    before = everything_stored(gateway.crm)
    again = run("parties", errors)
    assert (again.exit_code, everything_stored(gateway.crm) == before) == (1, True)
    correct(errors, ending, "nessuna", "ora@x.it")
    assert run("parties", errors).exit_code == 0
    assert {each["name"] for each in stored_parties(gateway)} == {"Buona", "=Cattiva"}


def stored_parties(gateway: PlayedGateway) -> list[dict[str, str]]:  # noqa: F811
    ids = {
        record["id"]
        for event in gateway.crm.events()
        for record in event["data"]["records"]
        if record["entity"] == "crm.party"
    }
    return [body(gateway.crm, "crm.party", each) for each in ids]


def write(path: Path, ending: str, lines: list[tuple[str, str]]) -> None:
    if ending == "vcf":
        cards = [f"BEGIN:VCARD\nVERSION:4.0\nORG:{name}\nEMAIL:{mail}\nEND:VCARD\n" for name, mail in lines]
        path.write_text("".join(cards))
    else:
        write_rows(path, ending, [["Ragione sociale", "E-mail"], *map(list, lines)])


def write_rows(path: Path, ending: str, rows: list[list[str]]) -> None:
    if ending == "xlsx":
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    sheet.write_string(number, column, cell)
    else:
        with path.open("w", newline="") as file:
            csv.writer(file, delimiter=";").writerows(rows)


def correct(path: Path, ending: str, wrong: str, right: str) -> None:
    """As a person does it, in the program that the file is for."""
    if ending == "xlsx":
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        rows = [[str(cell).replace(wrong, right) for cell in row] for row in sheet.to_python()]
        assert rows[0][1] == "reason"
        write_rows(path, ending, rows)
    else:
        text = path.read_text("utf-8-sig")
        assert (REASON if ending == "vcf" else "reason") in text
        path.write_text(text.replace(wrong, right))


def test_a_mapping_is_written_corrected_and_read(gateway: PlayedGateway, tmp_path: Path) -> None:  # noqa: F811
    path, mapping = tmp_path / "in.csv", tmp_path / "colonne.txt"
    path.write_text("Rag. soc.;Nome;Note\nOfficine Rossi;X;ciao\n")
    shown = run("parties", path, "--dry-run", "--save-mapping", str(mapping))
    assert (shown.exit_code, "Nome = name" in shown.output) == (0, True)
    assert mapping.read_text().splitlines()[1:] == ["Rag. soc.=", "Nome=name", "Note=notes"]
    mapping.write_text("# mine\nRag. soc.=name\nNome=\n")
    assert run("parties", path, "--mapping", str(mapping), "--map", "Note=").exit_code == 0
    (stored,) = stored_parties(gateway)
    assert (stored["name"], stored["notes"]) == ("Officine Rossi", "")


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "FILE_MISSING"), (b"\xff\xfe\x00", "FILE_UNREADABLE"), (b"no sign\n", "FILE_UNREADABLE")],
)
def test_a_mapping_file_that_makes_no_sense_is_refused(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    path = tmp_path / "m.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ImportStopped, match=reason):
        read_mapping(path)


def test_relationships_come_in_once_whoever_sends_the_file(
    gateway: PlayedGateway,  # noqa: F811
    tmp_path: Path,
) -> None:
    crm, user = gateway.crm, gateway.user
    party(crm, user, name="Rossi S.r.l.")
    person(crm, user, "Anna Bianchi")
    path = tmp_path / "r.csv"
    path.write_text("Persona;Relazione;Azienda\nAnna Bianchi;lavora presso;Rossi S.r.l.\n")
    assert run("relationships", path).exit_code == 0
    before = everything_stored(crm)
    assert "there already 1" in run("relationships", path).output
    assert everything_stored(crm) == before


def test_the_separator_is_found_whatever_the_lines_hold(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    for separator in ";,\t|":
        path.write_text(f'"a{separator}{separator}{separator}z"{separator}b\n1{separator}"x,y;z|\n\tq"\n')
        table = read_table(path)
        assert table.headers == [f"a{separator * 3}z", "b"]
        assert table.lines[0].cells["b"] == "x,y;z|\n\tq"
