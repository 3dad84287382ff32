"""Parties as vCards (RFC 6350): for address books, and for the import, which knows them again by their id."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

#: A line is folded at 75 octets; the continuation begins with a space.
_FOLD: Final = 74


def card(row: Mapping[str, str]) -> str:
    """Return one card; `row` has the columns of `parties`."""
    is_person = row["kind"] == "person"
    lines = ["BEGIN:VCARD", "VERSION:4.0", f"UID:{_text(row['id'])}", f"FN:{_text(row['name'])}"]
    if is_person:
        lines += ["KIND:individual", f"N:{_text(row['family_name'])};{_text(row['given_name'])};;;"]
    else:
        lines += ["KIND:org", f"ORG:{_text(row['name'])}"]
    lines += [f"EMAIL:{_text(value)}" for value in _several(row["email"])]
    lines += [f"TEL;TYPE=voice:{_text(value)}" for value in _several(row["phone"])]
    lines += [f"TEL;TYPE=cell:{_text(value)}" for value in _several(row["mobile"])]
    place = [row[name] for name in ("street", "city", "province", "postal_code", "country")]
    if any(place[:4]):
        lines.append(f"ADR:;;{';'.join(map(_text, place))}")
    for name, key in (("URL", "website"), ("NOTE", "notes")):
        if row[key]:
            lines.append(f"{name}:{_text(row[key])}")
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCARD"])


@contextmanager
def open_cards(path: Path) -> Iterator[Callable[[Mapping[str, str]], None]]:
    """Write cards into a file, which has its name when it is complete."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:

            def write(row: Mapping[str, str]) -> None:
                file.write(card(row))

            yield write
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _several(text: str) -> list[str]:
    return [part for piece in text.split(";") if (part := piece.strip())]


def _text(value: str) -> str:
    escaped = re.sub(r"([\\,;])", r"\\\1", value)
    return re.sub(r"\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", r"\\n", escaped)


def _folded(line: str) -> str:
    """Fold a line without cutting a character in two."""
    parts, size = [""], 0
    for character in line:
        width = len(character.encode())
        if size + width > _FOLD:
            parts.append("")
            size = 0
        parts[-1] += character
        size += width
    return "\r\n ".join(parts)
