"""The lines that were not imported, with their reasons, in the form in which they came: correct and import
it.

CSV stays CSV, a spreadsheet becomes xlsx, cards stay cards. The two columns in front are left out by the
import.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import xlsxwriter

from gateway.importing.tables import CARDS, SPREADSHEETS, Line, Table
from services.kit.cells import shown

#: Property of a card that says what is wrong with it.
REASON: Final = "X-SALES-REASON"


def error_file_beside(path: Path) -> Path:
    """Return where the bad lines of a file go by default."""
    ending = path.suffix.lower()
    written = ".xlsx" if ending in SPREADSHEETS else ".vcf" if ending == CARDS else ".csv"
    return path.with_name(f"{path.stem}.errors{written}")


def write_error_file(
    path: Path, table: Table, reasons: Mapping[int, Sequence[str]], extra: tuple[str, str]
) -> None:
    """Write the lines that have reasons; `extra` names the columns of number and reason."""
    bad = [line for line in table.lines if line.number in reasons]
    ending = path.suffix.lower()
    if ending == CARDS:
        _write_cards(path, bad, reasons)
        return
    rows = [[*extra, *table.headers]]
    rows += [
        [
            str(line.number),
            " ".join(reasons[line.number]),
            *(line.cells.get(name, "") for name in table.headers),
        ]
        for line in bad
    ]
    if ending in SPREADSHEETS:
        _write_sheet(path, rows)
    else:
        _write_csv(path, rows)


def _write_csv(path: Path, rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows([shown(cell) for cell in row] for row in rows)


def _write_sheet(path: Path, rows: Sequence[Sequence[str]]) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)


def _write_cards(path: Path, bad: Sequence[Line], reasons: Mapping[int, Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for line in bad:
            said = " ".join(reasons[line.number]).replace("\r", " ").replace("\n", " ")
            begin, _, rest = line.raw.partition("\n")
            file.write(f"{begin}\n{REASON}:{said}\n{rest}\n")
