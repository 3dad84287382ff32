"""vCards (RFC 2426, RFC 6350) as lines of named cells; versions 2.1 to 4.0 as address books write them."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator

#: A character, or one behind a backslash that takes its meaning away.
_CHARACTERS = re.compile(r"\\.|.", re.DOTALL)


def read_vcards(text: str) -> Iterator[tuple[int, dict[str, str], str]]:
    """Yield each card: number of its first line in the file, its cells by the names of `columns`, its
    text.
    """
    lines = text.splitlines()
    inside, start, properties = False, 0, list[tuple[str, str, str]]()
    for line, raw in _unfolded(text):
        name, parameters, value = _property(raw)
        if name == "BEGIN" and value.upper() == "VCARD":
            inside, start, properties = True, line, []
        elif name == "END" and inside:
            inside = False
            yield start, _cells(properties), "\n".join(lines[start - 1 : line])
        elif inside and name:
            properties.append((name, parameters, value))


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Yield the logical lines with the number of their first one."""
    logical, begins = "", 1
    for number, raw in enumerate(text.splitlines(), start=1):
        soft = logical.endswith("=") and "QUOTED-PRINTABLE" in logical.upper()
        if raw[:1] in (" ", "\t"):
            logical += raw[1:]
        elif soft:
            logical = logical[:-1] + raw
        else:
            if logical:
                yield begins, logical
            logical, begins = raw, number
    if logical:
        yield begins, logical


def _property(line: str) -> tuple[str, str, str]:
    head, colon, value = line.partition(":")
    if not colon:
        return "", "", ""
    name, _, parameters = head.partition(";")
    parameters = parameters.upper()
    if "QUOTED-PRINTABLE" in parameters:
        value = quopri.decodestring(value.encode()).decode("utf-8", errors="replace")
    return name.rpartition(".")[2].upper(), parameters, value.strip()


def _cells(properties: list[tuple[str, str, str]]) -> dict[str, str]:
    """Return what the importer knows of a card. The organisation is the party, the person its contact."""
    cells: dict[str, str] = {}
    names: dict[str, str] = {}
    emails, phones, mobiles = list[str](), list[str](), list[str]()
    for name, parameters, value in properties:
        parts = [_plain(part) for part in _parts(value)]
        if name == "FN":
            cells["person"] = _plain(value)
        elif name == "N":
            family, given, *_ = (*parts, "", "")
            names = {"family_name": family, "given_name": given}
        elif name == "ORG":
            cells["name"] = parts[0]
        elif name == "EMAIL":
            emails.append(_plain(value))
        elif name == "TEL":
            number = _plain(value).removeprefix("tel:")
            (mobiles if "CELL" in parameters else phones).append(number)
        elif name == "ADR" and "street" not in cells:
            _, _, street, city, province, postal_code, country = (*parts, *[""] * 7)[:7]
            cells |= {"street": street, "city": city, "province": province, "postal_code": postal_code}
            cells["country"] = country
        elif name in ("URL", "NOTE", "UID"):
            cells[{"URL": "website", "NOTE": "notes", "UID": "code"}[name]] = _plain(value)
    if not cells.get("name"):
        cells["name"], cells["kind"] = cells.pop("person", ""), "person"
        cells |= {name: text for name, text in names.items() if text}
    elif cells.get("person") == cells["name"]:
        del cells["person"]
    found = {"email": emails, "phone": phones, "mobile": mobiles}
    return cells | {name: "; ".join(values) for name, values in found.items() if values}


def _parts(value: str) -> list[str]:
    """Split a value at its semicolons."""
    parts = [""]
    for character in _CHARACTERS.findall(value):
        if character == ";":
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _plain(text: str) -> str:
    return re.sub(r"\\([,;:\\nN])", lambda found: "\n" if found[1] in "nN" else found[1], text).strip()
