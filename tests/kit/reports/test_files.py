"""Results as files: what is in them, and that no cell is a formula."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sales.reports.v1 import service_pb2

from services.kit.prints.pages import Company
from services.kit.prints.words import words_for
from services.kit.reports import files
from services.kit.reports.files import Head, Sheet
from services.kit.reports.printing import dashboard_pdf
from services.kit.reports.query import Shown

HOSTILE = [
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "'=1",
    '=HYPERLINK("http://x","y")',
    "=cmd|' /C calc'!A0",
]
COLUMNS = (
    Shown("group_1", "group", "text", {"it": "=Fonte", "en": "Source"}),
    Shown("measure_1", "measure", "money", {"it": "Somma", "en": "Sum"}),
)


LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20"/></svg>'
COMPANY = {
    "name": "Macchine Brambilla S.p.A.",
    "address": "Via Roma 1",
    "vat_number": "IT01234567897",
    "legal_note": "Capitale sociale 100.000 euro",
    "logo": LOGO,
}


def head() -> Head:
    return Head(Company(COMPANY), words_for("it", "crm"))


def nobody() -> Head:
    pytest.fail("only paper has a letterhead")


@pytest.fixture
def sheet() -> Sheet:
    rows = tuple((text, "-12.50") for text in HOSTILE)
    moment = datetime(2026, 3, 27, 12, tzinfo=UTC)
    totals = (("", "123456789012345678.25"),)
    return Sheet("=Fonti", "Chi ci ha trovati", COLUMNS, rows, totals, False, moment, "it")


def test_csv_holds_what_is_shown_and_no_formula(sheet: Sheet) -> None:
    content = files.file_of(sheet, "csv", nobody).decode("utf-8-sig")
    header, *rows, total = csv.reader(io.StringIO(content), delimiter=";")
    assert header == ["'=Fonte", "Somma"]
    assert [row[1] for row in rows] == ["-12,50"] * len(HOSTILE), "amounts are numbers, negative ones too"
    assert all(row[0].startswith("'") for row in rows)
    assert total == ["Totale", "123456789012345678,25"]


def test_csv_in_english_has_points(sheet: Sheet) -> None:
    content = files.file_of(replace(sheet, language="en"), "csv", nobody).decode("utf-8-sig")
    assert "-12.50" in content and "-12,50" not in content


def test_xlsx_holds_texts_as_texts_and_numbers_as_numbers(sheet: Sheet) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(files.file_of(sheet, "xlsx", nobody)))
    header, *rows, total = book.get_sheet_by_index(0).to_python()
    assert header == ["=Fonte", "Somma"]
    assert [row[0].strip() for row in rows] == [text.strip() for text in HOSTILE]
    assert {row[1] for row in rows} == {-12.5}
    assert total == ["Totale", "123456789012345678.25"], "more digits than a spreadsheet's numbers have"
    assert b"<f>" not in _sheet_xml(files.file_of(sheet, "xlsx", nobody))


def _sheet_xml(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return book.read("xl/worksheets/sheet1.xml")


def test_pdf_holds_letterhead_title_rows_and_totals(sheet: Sheet) -> None:
    text = PdfReader(io.BytesIO(files.file_of(sheet, "pdf", head))).pages[0].extract_text()
    for expected in ("=Fonti", "Chi ci ha trovati", "27/03/2026 13:00", "@SUM(A1)", "Totale"):
        assert expected in text
    for expected in ("Macchine Brambilla", "Via Roma 1", "IT01234567897", "Capitale sociale"):
        assert expected in text


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("it", ("-12,50", "123.456.789.012.345.678,25", "01/03/2026", "2,5", "-1.234.567")),
        ("en", ("-12.50", "123,456,789,012,345,678.25", "1 March 2026", "2.5", "-1,234,567")),
    ],
)
def test_paper_writes_numbers_and_days_as_the_language_does(language: str, shown: tuple[str, ...]) -> None:
    kinds = ("date", "money", "number")
    columns = tuple(Shown(f"c{n}", "measure", kind, {"en": kind}) for n, kind in enumerate(kinds))
    rows = (("2026-03-01", "-12.5", "2.5"), ("", "123456789012345678.249999", "-1234567"))
    moment = datetime(2026, 3, 27, 12, tzinfo=UTC)
    sheet = Sheet("Cifre", "", columns, rows, (), False, moment, language)
    content = files.file_of(sheet, "pdf", lambda: Head(Company(), words_for(language, "crm")))
    text = PdfReader(io.BytesIO(content)).pages[0].extract_text().replace("\u2212", "-")
    for each in shown:
        assert each in text


def test_a_report_needs_no_company(sheet: Sheet) -> None:
    content = files.file_of(sheet, "pdf", lambda: Head(Company(), words_for("en", "crm")))
    assert "=Fonti" in PdfReader(io.BytesIO(content)).pages[0].extract_text()


@pytest.mark.parametrize(
    ("title", "name"), [("../../etc/x", "etc-x.csv"), ("", "report.csv"), ("Più vendite", "Più-vendite.csv")]
)
def test_names_of_files_lead_nowhere(title: str, name: str) -> None:
    assert files.file_name(title, "csv") == name


def test_a_dashboard_on_paper_has_its_tiles_in_order_and_says_what_is_missing() -> None:
    columns = [service_pb2.ReportColumn(name="group_1", role="group", kind="enum", labels={"it": "Stato"})]
    columns.append(service_pb2.ReportColumn(name="measure_1", role="measure", kind="number"))
    rows = [service_pb2.ReportRow(values=["in_progress", "3"], labels=["In corso", ""])] * 2
    report = service_pb2.RunReportResponse(
        title="Aperte", columns=columns, rows=rows, totals=rows[:1], as_of="2026-03-27T12:00:00Z"
    )
    tiles = [service_pb2.PrintedTile(report=report), service_pb2.PrintedTile(problem="Non permesso")]
    content = dashboard_pdf(
        "Assistenza", "#panic()", tiles, head(), language="it", now=datetime(2026, 3, 27, tzinfo=UTC)
    )
    text = PdfReader(io.BytesIO(content)).pages[0].extract_text()
    places = [text.index(each) for each in ("Assistenza", "#panic()", "Aperte", "In corso", "Non permesso")]
    assert places == sorted(places)
