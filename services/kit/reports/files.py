"""Results as files: CSV and xlsx for spreadsheets, PDF for paper. No cell is ever a formula.

Each starts from the same table of cells (`Sheet`): headers in the reader's language, labels where people read
labels, numbers as numbers where the format has them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from services.kit.cells import shown
from services.kit.company_time import company_date
from services.kit.prints import rendering
from services.kit.prints.pages import Company, frame
from services.kit.prints.typesetting import typeset
from services.kit.prints.words import Words, decimal_mark
from services.kit.reports.query import Shown
from services.kit.reports.running import Line, Result

CONTENT_TYPES: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
TEMPLATE: Final = Path(__file__).parent / "report.typ"
_NUMERIC: Final = frozenset({"number", "money", "percent", "days", "hours"})
#: A spreadsheet's numbers are floats: what has more digits stays text.
_EXACT_DIGITS: Final = 15
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "it": {"total": "Totale", "as_of": "Situazione al", "more": "Ci sono altre righe."},
    "en": {"total": "Total", "as_of": "As of", "more": "There are more rows."},
}
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A result as people read it."""

    title: str
    description: str
    columns: tuple[Shown, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[tuple[str, ...], ...]
    truncated: bool
    as_of: datetime
    language: str

    @property
    def headers(self) -> list[str]:
        """Return the labels of the columns."""
        return [
            each.labels.get(self.language) or next(iter(each.labels.values()), each.name)
            for each in self.columns
        ]

    def word(self, name: str) -> str:
        """Return a word of ours."""
        return _WORDS[self.language][name]


def sheet_of(title: str, description: str, result: Result, language: str) -> Sheet:
    """Return a result as people read it."""
    return sheet_of_lines(
        title,
        description,
        result.columns,
        result.rows,
        result.totals,
        truncated=result.truncated,
        as_of=result.as_of,
        language=language,
    )


def sheet_of_lines(
    title: str,
    description: str,
    columns: tuple[Shown, ...],
    rows: Sequence[Line],
    totals: Sequence[Line],
    *,
    truncated: bool,
    as_of: datetime,
    language: str,
) -> Sheet:
    """Return rows and totals as people read them; without groups the totals are the rows."""
    has_groups = any(each.role == "group" for each in columns)
    return Sheet(
        title,
        description,
        columns,
        tuple(_cells(line) for line in rows),
        tuple(_cells(line) for line in totals) if has_groups else (),
        truncated,
        as_of,
        language,
    )


def _cells(line: Line) -> tuple[str, ...]:
    return tuple(label or value for value, label in zip(line.values, line.labels, strict=True))


@dataclass(frozen=True, slots=True)
class Head:
    """What stands over reports on paper, and the words around them."""

    company: Company
    words: Words


def file_of(sheet: Sheet, kind: str, head: Callable[[], Head]) -> bytes:
    """Return a file of one of `CONTENT_TYPES`; only paper asks for its head.

    Raises:
        As `head`, and as `on_paper`.
    """
    if kind == "pdf":
        top = head()
        return on_paper(
            [printed(sheet, top.words)], top, title=sheet.title, description="", made_at=sheet.as_of
        )
    return _FILES[kind](sheet)


def file_name(title: str, kind: str) -> str:
    """Return a name that every system takes."""
    plain = re.sub(r"[^\w.-]+", "-", title).strip("-.")[:80]
    return f"{plain or 'report'}.{kind}"


def _csv(sheet: Sheet) -> bytes:
    """As Italian spreadsheets read it: semicolons, UTF-8 with its mark, the language's decimal mark."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";")
    writer.writerow([shown(each) for each in sheet.headers])
    numeric = [each.kind in _NUMERIC for each in sheet.columns]
    mark = decimal_mark(sheet.language)
    for row in _rows_with_totals(sheet):
        writer.writerow(
            cell.replace(".", mark) if is_number and _is_number(cell) else shown(cell)
            for cell, is_number in zip(row, numeric, strict=True)
        )
    return file.getvalue().encode("utf-8-sig")


def _xlsx(sheet: Sheet) -> bytes:
    # Half a second to import for who never asks for one.
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet()
        bold = book.add_format({"bold": True})
        page.freeze_panes(1, 0)
        for column, header in enumerate(sheet.headers):
            page.write_string(0, column, header, bold)
            page.set_column(column, column, 18)
        rows = _rows_with_totals(sheet)
        for line, row in enumerate(rows, start=1):
            style = bold if line > len(sheet.rows) else None
            for column, cell in enumerate(row):
                numeric = sheet.columns[column].kind in _NUMERIC and _is_number(cell)
                if numeric and len(cell.lstrip("-").replace(".", "")) <= _EXACT_DIGITS:
                    page.write_number(line, column, float(Decimal(cell)), style)
                else:
                    page.write_string(line, column, cell[:32_767], style)
    return file.getvalue()


def on_paper(
    sheets: Sequence[Mapping[str, Any]], head: Head, *, title: str, description: str, made_at: datetime
) -> bytes:
    """Return the PDF of sheets, one after the other, under a company's letterhead.

    Raises:
        Invalid: TEMPLATE_REFUSED, it is too large.
        Unavailable: PRESS_UNAVAILABLE.
    """
    page, words = rendering.built_in(TEMPLATE), head.words
    framed = frame(words, head.company, title=title, subtitle="", printed_on=words.day(company_date(made_at)))
    data = {**framed, "description": description, "sheets": sheets}
    return typeset(page.source, data, made_at=made_at, files=rendering.files_of(page, head.company))


def printed(sheet: Sheet, words: Words) -> dict[str, Any]:
    """Return a sheet as the template takes it: cells as people read them, and how long each row's bar is."""
    first = next((n for n, each in enumerate(sheet.columns) if each.role == "measure"), None)
    return {
        "title": sheet.title,
        "description": sheet.description,
        "as_of": f"{sheet.word('as_of')} {words.moment(sheet.as_of)}",
        "headers": sheet.headers,
        "numeric": [each.kind in _NUMERIC for each in sheet.columns],
        "rows": [_read_cells(sheet, row, words) for row in sheet.rows],
        "bars": _bars(sheet.rows, first) if first is not None and len(sheet.rows) > 1 else [],
        "totals": [_read_cells(sheet, row, words) for row in _marked(sheet)],
        "more": sheet.word("more") if sheet.truncated else "",
    }


def _read_cells(sheet: Sheet, row: Sequence[str], words: Words) -> list[str]:
    return [_read_cell(column, cell, words) for column, cell in zip(sheet.columns, row, strict=True)]


def _read_cell(column: Shown, cell: str, words: Words) -> str:
    """Return a cell in the words' way of writing numbers and days; amounts to the cent."""
    if column.kind in _NUMERIC and _is_number(cell):
        exact = Decimal(cell)
        return words.number(format(round(exact, 2) if column.kind == "money" else exact, "f"))
    if column.kind == "date" and _DAY.fullmatch(cell):
        return words.day(date.fromisoformat(cell))
    return cell


def _bars(rows: Sequence[Sequence[str]], column: int) -> list[float]:
    """Return the first measure of each row as part of the greatest, 0 to 1."""
    numbers = [Decimal(row[column]) if _is_number(row[column]) else Decimal() for row in rows]
    greatest = max((abs(each) for each in numbers), default=Decimal())
    return [float(max(each, Decimal()) / greatest) if greatest else 0.0 for each in numbers]


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text, re.ASCII))


def _marked(sheet: Sheet) -> list[tuple[str, ...]]:
    """Return the totals with the word for them in the first column that is empty."""
    found = []
    for row in sheet.totals:
        place = next((n for n, each in enumerate(sheet.columns) if each.role == "group" and not row[n]), None)
        named = list(row)
        if place is not None:
            named[place] = sheet.word("total")
        found.append(tuple(named))
    return found


def _rows_with_totals(sheet: Sheet) -> list[tuple[str, ...]]:
    return [*sheet.rows, *_marked(sheet)]


_FILES: Final[Mapping[str, Callable[[Sheet], bytes]]] = {"csv": _csv, "xlsx": _xlsx}
