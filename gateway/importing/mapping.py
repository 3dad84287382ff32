"""Which column is which field, in a file of its own: written by one run, corrected by hand, read by the next.

# colonna=campo
Rag. soc.=name
Vecchio codice=
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.importing.errors import ImportStopped


def read_mapping(path: Path) -> list[str]:
    """Return the `column=field` of a file; empty lines and those that begin with # say nothing.

    Raises:
        ImportStopped: FILE_MISSING, FILE_UNREADABLE.
    """
    if not path.is_file():
        raise ImportStopped("FILE_MISSING", path=path)
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise ImportStopped("FILE_UNREADABLE", path=path) from error
    pairs = [line for line in lines if line and not line.startswith("#")]
    if any("=" not in pair for pair in pairs):
        raise ImportStopped("FILE_UNREADABLE", path=path)
    return pairs


def write_mapping(path: Path, headers: Sequence[str], columns: Mapping[str, str]) -> None:
    """Write what each column is taken for, those that are left out too."""
    fields = {header: field for field, header in columns.items()}
    lines = ["# colonna=campo, column=field", *(f"{header}={fields.get(header, '')}" for header in headers)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
