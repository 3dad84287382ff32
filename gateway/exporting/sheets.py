"""Rows of text into a file, one after the other: CSV and xlsx. No cell is ever a formula.

with open_rows(Path("clienti.xlsx"), ["name", "vat_number"]) as write:
    write(["Rossi", "00159560366"])
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import xlsxwriter

from services.kit.cells import shown

Write = Callable[[Sequence[str]], None]
#: What a spreadsheet holds: lines, and characters in a cell.
_MOST_LINES: Final = 1_048_576
LONGEST_CELL: Final = 32_767


class TooMuch(Exception):
    """More than the format takes; `reason` is a key of `texts`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@contextmanager
def open_rows(path: Path, headers: Sequence[str]) -> Iterator[Write]:
    """Write a file by its ending; it has its name when it is complete.

    Raises:
        TooMuch: SHEET_TOO_LONG, CELL_TOO_LONG; no file is left.
    """
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with (_sheet if path.suffix.lower() == ".xlsx" else _text)(unfinished) as write:
            write(headers)
            yield write
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def _text(path: Path) -> Iterator[Write]:
    """Write CSV as Italian spreadsheets read it: semicolons, UTF-8 with its mark."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        yield lambda row: writer.writerow([shown(cell) for cell in row])


@contextmanager
def _sheet(path: Path) -> Iterator[Write]:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        lines = 0

        def write(row: Sequence[str]) -> None:
            nonlocal lines
            if lines == _MOST_LINES:
                raise TooMuch("SHEET_TOO_LONG")
            for column, cell in enumerate(row):
                if len(cell) > LONGEST_CELL:
                    raise TooMuch("CELL_TOO_LONG")
                sheet.write_string(lines, column, cell)
            lines += 1

        yield write
