"""Files of customers as lines: whatever wrote them, and what cannot be read."""

from __future__ import annotations

import zipfile
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from gateway.importing.columns import fields_of
from gateway.importing.errors import ImportStopped
from gateway.importing.parties import Directory, Prepared, prepare
from gateway.importing.tables import read_table
from gateway.importing.texts import problem_text, stopped_text
from tests.importing.dirty import vat_number, write_customers

HEAD = "Ragione sociale;Partita IVA;Telefono;E-mail\n"


def written(folder: Path, text: str | bytes, name: str = "c.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def prepared(path: Path, *chosen: str, directory: Directory | None = None) -> Prepared:
    table = read_table(path)
    return prepare(table.lines, fields_of(table.headers, chosen), directory or Directory())


def wrong(path: Path) -> list[tuple[int, str, str]]:
    return [(each.line, each.column, each.reason) for each in prepared(path).problems]


def test_a_good_file_is_all_drafts_in_checked_form(tmp_path: Path) -> None:
    write_customers(tmp_path / "c.csv", 100)
    found = prepared(tmp_path / "c.csv")
    assert (len(found.drafts), found.problems) == (100, [])
    party, address, *points = found.drafts[0].records
    assert (party.fields["vat_number"], address.fields["kind"]) == (vat_number(1), "legal")
    assert [point.fields["value"][:4] for point in points] == ["info", "+390"]


def test_a_line_has_the_ids_that_it_has_always_had(tmp_path: Path) -> None:
    # Files that were imported once are known by them, whatever library makes them.
    line = "Rossi è;00159560366;045 1234567;info@rossi.example\n"
    (draft,) = prepared(written(tmp_path, HEAD + line)).drafts
    party_id = uuid5(UUID("b0c7a9f4-6a53-5f0b-8a4f-7f3f0b6a52c1"), "party/vat_number/00159560366")
    points = [uuid5(party_id, name) for name in ("email/0", "phone/0")]
    assert sorted(each.id for each in draft.records) == sorted(map(str, [party_id, *points]))
    (nameless,) = prepared(written(tmp_path, "name;city\nRossi è;Forlì\n")).drafts
    # Letter by letter: a slip of the first release, and what files are known by since.
    name = "/".join("rossi e")
    expected = uuid5(UUID("b0c7a9f4-6a53-5f0b-8a4f-7f3f0b6a52c1"), f"party/name/{name}/forli/")
    assert nameless.party.id == str(expected)


@pytest.mark.parametrize(
    "content",
    [
        "name,vat_number\nRossi,00159560366\n",
        "\ufeffname\tvat_number\nRossi\t00159560366\n",
        "name|vat_number\r\nRossi|00159560366\r\n",
        '"name";"vat_number"\n"Rossi";"00159560366"\n\n;\n',
        "name;vat_number\nRossi;IT 001 595 603 66",
    ],
)
def test_separators_quotes_marks_and_empty_lines_do_not_matter(tmp_path: Path, content: str) -> None:
    (draft,) = prepared(written(tmp_path, content)).drafts
    assert (draft.party.fields["name"], draft.party.fields["vat_number"]) == ("Rossi", "00159560366")


def test_accents_arrive_from_utf_8_and_from_windows(tmp_path: Path) -> None:
    for encoding in ("utf-8", "cp1252"):
        path = written(tmp_path, "Ragione sociale;Città\nNiccolò;Forlì\n".encode(encoding))
        (draft,) = prepared(path).drafts
        assert (draft.party.fields["name"], draft.records[1].fields["city"]) == ("Niccolò", "Forlì")


def test_every_bad_line_is_named_with_column_and_reason(tmp_path: Path) -> None:
    lines = [
        "Rossi;00159560366;045 1234567;a@b.example",
        ";00159560366;;",
        "Bianchi;00159560367;;",
        "Verdi;;12;not an address",
        "Rossi due;00159560366;;",
        f"{'x' * 201};;;",
        "Neri;;;neri@example.com",
    ]
    assert wrong(written(tmp_path, HEAD + "\n".join(lines))) == [
        (3, "Ragione sociale", "NAME_MISSING"),
        (4, "Partita IVA", "INVALID_VAT_NUMBER"),
        (5, "E-mail", "INVALID_EMAIL"),
        (5, "Telefono", "INVALID_PHONE"),
        (6, "Partita IVA", "DUPLICATE_LINE"),
        (7, "Ragione sociale", "TOO_LONG"),
    ]


def test_a_line_that_spans_several_is_named_by_its_first(tmp_path: Path) -> None:
    text = 'name;notes;vat_number\nRossi;"one\ntwo";00159560366\nBianchi;;1\n'
    assert wrong(written(tmp_path, text)) == [(4, "vat_number", "INVALID_VAT_NUMBER")]


@pytest.mark.parametrize("language", ["it", "en"])
def test_each_problem_has_a_text(tmp_path: Path, language: str) -> None:
    text = "name;vat_number;roles;territory;owner;tipo\n;1;king;ZZ;nobody;cat\nA;;;;;\nA;;;;;\n"
    problems = prepared(written(tmp_path, text)).problems
    assert len(problems) == 7
    assert all(problem_text(problem, language) for problem in problems)


def test_territories_and_owners_are_named_as_people_name_them(tmp_path: Path) -> None:
    path = written(tmp_path, "name;Zona;Agente\nRossi;NORD;sales.north\n")
    (draft,) = prepared(path, directory=Directory({"NORD": "t1"}, {"sales.north": "u1"})).drafts
    assert (draft.party.fields["territory_id"], draft.party.fields["owner_id"]) == ("t1", "u1")


def test_columns_are_chosen_by_the_user_where_their_names_say_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "RAG1;CODICE;X\nRossi;7;y\n")
    (draft,) = prepared(path, "RAG1=name", "CODICE=").drafts
    (coded,) = prepared(path, "RAG1=name").drafts
    assert draft.party.fields["name"] == "Rossi"
    assert draft.party.id != coded.party.id


def test_the_same_line_is_the_same_party_in_a_corrected_file(tmp_path: Path) -> None:
    (one,) = prepared(written(tmp_path, "name;vat_number;city\nRossi;00159560366;Modena\n")).drafts
    (two,) = prepared(written(tmp_path, "name;vat_number;city\nRossi S.r.l.;00159560366;Carpi\n")).drafts
    assert [each.id for each in one.records] == [each.id for each in two.records]


CARD = """BEGIN:VCARD
VERSION:3.0
N:Rossi;Mario;;;
FN:Mario Rossi
ORG:Officine Rossi S.r.l.;Acquisti
TEL;TYPE=WORK,VOICE:+39 045 1234567
TEL;TYPE=CELL:+39 333 1234567
item1.EMAIL;TYPE=INTERNET:mario@rossi.
 example
ADR;TYPE=WORK:;;Via Roma 1\\, interno 2;Verona;VR;37100;IT
NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:perch=C3=A9 no=
 davvero
END:VCARD
"""


def test_a_card_is_a_company_with_its_person(tmp_path: Path) -> None:
    (draft,) = prepared(written(tmp_path, CARD, "c.vcf")).drafts
    party, address, *points = draft.records
    assert (party.fields["name"], party.fields["kind"]) == ("Officine Rossi S.r.l.", "company")
    assert address.fields["street"] == "Via Roma 1, interno 2"
    assert {(p.fields["kind"], p.fields["value"], p.fields["person_name"]) for p in points} == {
        ("email", "mario@rossi.example", "Mario Rossi"),
        ("phone", "+390451234567", "Mario Rossi"),
        ("mobile", "+393331234567", "Mario Rossi"),
    }


def test_a_card_without_a_company_is_a_person(tmp_path: Path) -> None:
    card = "BEGIN:VCARD\nVERSION:4.0\nFN:Anna Verdi\nEND:VCARD\n"
    (draft,) = prepared(written(tmp_path, card, "c.vcf")).drafts
    assert (draft.party.fields["name"], draft.party.fields["kind"]) == ("Anna Verdi", "person")


def sheet(folder: Path, rows: list[list[str | float]]) -> Path:
    """Write the smallest workbook that spreadsheets open."""
    cells = "".join(
        f'<row r="{r}">'
        + "".join(
            f'<c r="{chr(65 + c)}{r}"><v>{value}</v></c>'
            if isinstance(value, float)
            else f'<c r="{chr(65 + c)}{r}" t="inlineStr"><is><t>{value}</t></is></c>'
            for c, value in enumerate(row)
        )
        + "</row>"
        for r, row in enumerate(rows, start=1)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    path = folder / "c.xlsx"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        )
        file.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        file.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="S" sheetId="1" r:id="r1"/>'
            "</sheets></workbook>",
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
        )
        file.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
        )
    return path


def test_a_spreadsheet_s_numbers_are_codes_and_not_floats(tmp_path: Path) -> None:
    path = sheet(tmp_path, [["Ragione sociale", "CAP", "Telefono"], ["Rossi", 37100.0, 451234567.0]])
    (draft,) = prepared(path).drafts
    assert draft.records[1].fields["postal_code"] == "37100"
    assert draft.records[2].fields["value"] == "+39451234567"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("c.csv", b"", "NO_HEADERS"),
        ("c.csv", b"name\n", "NO_LINES"),
        ("c.csv", b"name;name\na;b\n", "HEADER_TWICE"),
        ("c.csv", b"colour;size\nred;3\n", "COLUMN_MISSING"),
        ("c.csv", b"name;nome\na;b\n", "FIELD_TWICE"),
        ("c.csv", b"name\x00;vat\n", "FILE_UNREADABLE"),
        ("c.csv", b'name\n"' + b"x" * 200_000, "FILE_UNREADABLE"),
        ("c.xlsx", b"no workbook", "FILE_UNREADABLE"),
        ("c.vcf", b"no card", "NO_LINES"),
        ("c.pdf", b"%PDF", "UNKNOWN_FORMAT"),
    ],
)
def test_a_file_that_makes_no_sense_stops_before_anything_is_sent(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(ImportStopped) as stopped:
        prepared(written(tmp_path, content, name))
    assert stopped.value.reason == reason
    assert stopped_text(stopped.value, "it") != stopped_text(stopped.value, "en")


@pytest.mark.parametrize(
    ("chosen", "reason"), [("Colore=name", "UNKNOWN_HEADER"), ("name=colour", "UNKNOWN_FIELD")]
)
def test_a_mapping_that_makes_no_sense_is_refused(tmp_path: Path, chosen: str, reason: str) -> None:
    with pytest.raises(ImportStopped, match=reason):
        prepared(written(tmp_path, "name\nRossi\n"), chosen)


def test_a_missing_file_is_said() -> None:
    with pytest.raises(ImportStopped, match="FILE_MISSING"):
        read_table(Path("nowhere.csv"))
