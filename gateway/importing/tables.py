"""Files as lines of named cells: CSV and its relatives, spreadsheets, vCards.

table = read_table(Path("clienti.csv"))
table.headers           ["Ragione sociale", "Partita IVA", …]
table.lines             Line(number=2, cells={"Ragione sociale": "Rossi S.r.l.", …})
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from gateway.importing.errors import ImportStopped
from gateway.importing.vcards import read_vcards
from services.kit.cells import typed

SPREADSHEETS: Final = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
CARDS: Final = ".vcf"
_TEXTS: Final = {".csv", ".tsv", ".txt"}
#: The first one is meant where none is found more often.
_SEPARATORS: Final = ";,\t|"
#: Bytes in which a text has no zero.
_SAMPLE: Final = 64 * 1024
#: Of a file, and of what a workbook unpacks to.
MAX_BYTES: Final = 512 * 1024 * 1024
_PART: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file; `number` is what an editor or a spreadsheet shows beside it."""

    number: int
    cells: dict[str, str]
    #: Of a card: its text.
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A file's headers in order, and its lines that are not empty."""

    headers: list[str]
    lines: list[Line]


def read_table(path: Path) -> Table:
    """Read a file by its ending.

    Raises:
        ImportStopped: FILE_MISSING, FILE_TOO_LARGE, FILE_UNREADABLE, UNKNOWN_FORMAT, NO_HEADERS,
            HEADER_TWICE, NO_LINES.
    """
    if not path.is_file():
        raise ImportStopped("FILE_MISSING", path=path)
    if path.stat().st_size > MAX_BYTES:
        raise ImportStopped("FILE_TOO_LARGE", path=path, limit_mib=MAX_BYTES // 1024**2)
    ending = path.suffix.lower()
    if ending in _TEXTS:
        return _table(path, _csv_rows(path))
    if ending in SPREADSHEETS:
        return _table(path, _spreadsheet_rows(path))
    if ending == CARDS:
        lines = [Line(number, cells, raw) for number, cells, raw in read_vcards(_text(path))]
        if not lines:
            raise ImportStopped("NO_LINES", path=path)
        return Table(list(dict.fromkeys(name for line in lines for name in line.cells)), lines)
    raise ImportStopped("UNKNOWN_FORMAT", path=path)


def _table(path: Path, rows: Iterable[tuple[int, Sequence[str]]]) -> Table:
    filled = ((number, row) for number, row in rows if any(row))
    _, first = next(filled, (0, ()))
    headers = [cell.strip() for cell in first]
    if not any(headers):
        raise ImportStopped("NO_HEADERS", path=path)
    twice = {header for header in headers if header and headers.count(header) > 1}
    if twice:
        raise ImportStopped("HEADER_TWICE", path=path, headers=", ".join(sorted(twice)))
    lines = [
        Line(number, {name: typed(cell.strip()) for name, cell in zip(headers, row, strict=False) if name})
        for number, row in filled
    ]
    if not lines:
        raise ImportStopped("NO_LINES", path=path)
    return Table([header for header in headers if header], lines)


def _text(path: Path) -> str:
    """Return the text of a file in UTF-8, with or without mark, or as Windows writes it in western Europe."""
    content = path.read_bytes()
    if b"\x00" in content[:_SAMPLE]:
        raise ImportStopped("FILE_UNREADABLE", path=path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _separator(text: str) -> str:
    """Return what separates the headers: the separator that is there most often, outside quotes.

    Looking at the lines as well, as csv.Sniffer does, fails on texts that hold commas or line ends.
    """
    first = re.search(r'(?:"(?:[^"]|"")*"|[^"\r\n])+', text)
    headers = re.sub(r'"(?:[^"]|"")*"', "", first[0]) if first else ""
    return max(_SEPARATORS, key=headers.count)


def _csv_rows(path: Path) -> Iterator[tuple[int, Sequence[str]]]:
    text = _text(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), doublequote=True)
    try:
        before = 0
        for row in reader:
            yield before + 1, row
            before = reader.line_num
    except csv.Error as error:
        raise ImportStopped("FILE_UNREADABLE", path=path, line=reader.line_num) from error


def _spreadsheet_rows(path: Path) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the rows of the first sheet."""
    _check_unpacked(path)
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, IndexError) as error:
        raise ImportStopped("FILE_UNREADABLE", path=path) from error
    for number, row in enumerate(rows, start=1):
        yield number, [_cell(value) for value in row]


def _check_unpacked(path: Path) -> None:
    """Unpack a workbook without keeping anything: a small file may hold more than any memory.

    Raises:
        ImportStopped: FILE_TOO_LARGE, FILE_UNREADABLE.
    """
    if not zipfile.is_zipfile(path):
        return  # the older kind of workbook, which is not packed, or none
    left = MAX_BYTES
    try:
        with zipfile.ZipFile(path) as archive:
            for each in archive.infolist():
                # What it says of its own size may be a lie, and would end the reading.
                each.file_size = left + 2 * _PART
                with archive.open(each) as member:
                    while part := member.read(_PART):
                        left -= len(part)
                        if left < 0:
                            raise ImportStopped("FILE_TOO_LARGE", path=path, limit_mib=MAX_BYTES // 1024**2)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise ImportStopped("FILE_UNREADABLE", path=path) from error


def _cell(value: object) -> str:
    """Return a cell as a person reads it; spreadsheets know all numbers as floats."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
