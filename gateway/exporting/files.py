"""A file by its ending: CSV, xlsx, or of parties vCard.

with open_file(Path("clienti.xlsx"), ["name", "vat_number"]) as write:
    write({"name": "Rossi", "vat_number": "00159560366"})
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from gateway.exporting.cards import open_cards
from gateway.exporting.sheets import open_rows

Row = Mapping[str, str]


@contextmanager
def open_file(path: Path, columns: Sequence[str]) -> Iterator[Callable[[Row], None]]:
    """Write rows into a file, which has its name when it is complete; a card has its own fields, whatever the
    columns.

    Raises:
        TooMuch: SHEET_TOO_LONG, CELL_TOO_LONG; no file is left.
    """
    if path.suffix.lower() == ".vcf":
        with open_cards(path) as write_card:
            yield write_card
    else:
        with open_rows(path, columns) as write_row:
            yield lambda row: write_row([row[name] for name in columns])
