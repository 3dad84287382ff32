"""What the export says, in Italian and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "progress": ("{done} righe, {rate} al secondo", "{done} lines, {rate} a second"),
    "done": (
        "Esportate {done} righe in {path}; {seconds} s, {rate} righe/s.",
        "{done} lines exported to {path}; {seconds} s, {rate} lines/s.",
    ),
    "UNKNOWN_FORMAT": (
        "Formato non previsto: {path}. Si scrivono CSV, xlsx e, per le anagrafiche, vCard (vcf).",
        "Unknown format: {path}. CSV, xlsx and, of parties, vCards (vcf) are written.",
    ),
    "UNKNOWN_COLUMN": (
        "Non c'è una colonna «{column}». Colonne: {columns}.",
        "There is no column '{column}'. Columns: {columns}.",
    ),
    "FILE_EXISTS": (
        "Il file {path} esiste già: aggiungere --overwrite per sostituirlo.",
        "The file {path} exists: add --overwrite to replace it.",
    ),
    "FOLDER_MISSING": ("La cartella {path} non esiste.", "There is no folder {path}."),
    "SHEET_TOO_LONG": (
        "Un foglio elettronico contiene 1.048.576 righe: scrivere CSV o porre un filtro.",
        "A spreadsheet holds 1,048,576 lines: write CSV, or filter.",
    ),
    "CELL_TOO_LONG": (
        "Un testo supera i 32.767 caratteri di una cella: scrivere CSV.",
        "A text is longer than the 32,767 characters of a cell: write CSV.",
    ),
}


def text(key: str, language: str, **values: object) -> str:
    """Return a text in the language, `it` or `en`."""
    return _TEXTS[key][language == "en"].format(**values)
