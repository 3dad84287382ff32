"""What a page is given: everything as text in the language of print, computed before the template sees it.

title, subtitle, language, printed_on, words     of every page
company                                          name, details, legal_note, logo
record, values, labels                           of a record: as people read it, as it is stored, its labels
sections                                         of a record: [{title, rows: [[label, text]]}] by its form
children, tables                                 of a record: what stands under it, by entity or record type
columns, rows, totals, asked                     of a list
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from services.kit.entities import Kind, default_values
from services.kit.fields.definitions import CUSTOM, Definition, Layout
from services.kit.fields.values import FieldKind
from services.kit.prints.shown import Names, Sight
from services.kit.prints.words import Words

_NOBODY: Final = "00000000-0000-7000-8000-000000000000"
#: Columns of a table of children on a sheet.
_CHILD_COLUMNS: Final = 6
_FIRST_COLUMNS: Final = 6
#: What is added up unless somebody asks for other columns: amounts, and numbers of a company's own.
_PARTS_OF_RATES: Final = ("rate", "percent", "probability", "limit")


@dataclass(frozen=True)
class Children:
    """Records of one kind under a record."""

    key: str
    title: str
    sight: Sight
    rows: Sequence[Mapping[str, Any]]
    #: The field that names the record above.
    parent_field: str


@dataclass(frozen=True)
class Company:
    """A letterhead as its record has it; nothing where there is none."""

    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, bytes]:
        """Return the files that a page is given for it."""
        logo = self.values.get("logo", "")
        return {"logo.svg": logo.encode()} if logo else {}

    def page(self, words: Words) -> dict[str, Any]:
        """Return it as pages are given it."""
        told = self.values
        numbers = _joined(_labelled(words, "vat_number", told), _labelled(words, "tax_code", told))
        reach = _joined(_labelled(words, "phone", told), told.get("email", ""), told.get("website", ""))
        return {
            "name": told.get("name", ""),
            "details": [each for each in (told.get("address", ""), numbers, reach) if each],
            "legal_note": told.get("legal_note", ""),
            "logo": bool(told.get("logo")),
        }


def frame(words: Words, company: Company, *, title: str, subtitle: str, printed_on: str) -> dict[str, Any]:
    """Return what every page has."""
    return {
        "language": words.language,
        "words": words.all,
        "title": title,
        "subtitle": subtitle,
        "printed_on": printed_on,
        "company": company.page(words),
    }


def record_page(
    sight: Sight, values: Mapping[str, Any], names: Names, layout: Layout | None, children: Sequence[Children]
) -> dict[str, Any]:
    """Return what the page of a record has besides its frame."""
    sections = []
    for title, fields in sight.names(layout):
        shown = [[sight.label(name), sight.text(name, values, names)] for name in fields]
        rows = [row for row in shown if row[1]]
        if rows:
            sections.append({"title": title, "rows": rows})
    return {
        "record": as_read(sight, values, names),
        "values": as_stored(sight, values),
        "labels": _by_name(sight, sight.label),
        "sections": sections,
        "children": {each.key: [as_read(each.sight, row, names) for row in each.rows] for each in children},
        "tables": [_table(each, names) for each in children if each.rows],
    }


def as_read(sight: Sight, values: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Return a record by field name, everything as people read it; `custom` has the company's own fields."""
    return _by_name(sight, lambda name: sight.text(name, values, names))


def as_stored(sight: Sight, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record as it is stored, as far as its reader sees it."""

    def value(name: str) -> Any:
        if sight.field(name) is None:
            return None
        if not name.startswith(CUSTOM):
            return values[name]
        text = values["custom"].get(name.removeprefix(CUSTOM))
        return None if text is None else json.loads(text)

    return _by_name(sight, value)


def _by_name(sight: Sight, value: Any) -> dict[str, Any]:
    """Return every field by name: what the reader does not see is empty, so that a page fits all."""
    own = sight.definitions.of(sight.entity.name, sight.record_type)
    return {
        **{name: value(name) for name in sight.entity.fields if name != "custom"},
        "custom": {key: value(each.name) for key, each in own.items() if not each.inactive},
    }


def _table(children: Children, names: Names) -> dict[str, Any]:
    sight = children.sight
    (_, fields), *_ = sight.names()
    candidates = [name for name in fields if name != children.parent_field]
    if sight.record_type:
        candidates = ["name", *(name for name in candidates if name != "name")]
    filled = [name for name in candidates if any(sight.text(name, row, names) for row in children.rows)]
    return {"title": children.title, **_grid(sight, filled[:_CHILD_COLUMNS], children.rows, names)}


def _grid(
    sight: Sight, columns: Sequence[str], rows: Sequence[Mapping[str, Any]], names: Names
) -> dict[str, Any]:
    return {
        "columns": [{"label": sight.label(name), "numeric": sight.is_numeric(name)} for name in columns],
        "rows": [[sight.text(name, row, names) for name in columns] for row in rows],
    }


# Lists


def first_columns(sight: Sight, layout: Layout | None) -> list[str]:
    """Return the columns of a list of which nobody named any."""
    return [name for _, fields in sight.names(layout) for name in fields][:_FIRST_COLUMNS]


def list_page(
    sight: Sight,
    rows: Sequence[Mapping[str, Any]],
    names: Names,
    *,
    columns: Sequence[str],
    totals: Sequence[str] | None,
    asked: Iterable[tuple[str, str]],
) -> dict[str, Any]:
    """Return what the page of a list has besides its frame; `totals` None: what is usually added up."""
    summed = [name for name in columns if _adds_up(sight, name)] if totals is None else totals
    found = {name: _sum(sight, name, rows) for name in summed}
    line = [found.get(name, "") for name in columns]
    if any(line) and not line[0]:
        line[0] = sight.words["total"]
    return {
        **_grid(sight, columns, rows, names),
        "totals": line if any(found.values()) else [],
        "asked": [list(each) for each in asked if each[1]],
    }


def _adds_up(sight: Sight, name: str) -> bool:
    shown = sight.field(name)
    if isinstance(shown, Definition):
        return shown.value_kind in (FieldKind.NUMBER, FieldKind.MONEY)
    is_rate = any(part in name for part in _PARTS_OF_RATES)
    return shown is not None and shown.kind is Kind.DECIMAL and not shown.repeated and not is_rate


def can_add_up(sight: Sight, name: str) -> bool:
    """Return whether a column may be added up at all."""
    return sight.is_numeric(name)


def _sum(sight: Sight, name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the sum of a column; amounts of several currencies are not mixed."""
    sums: dict[str, Decimal] = {}
    for row in rows:
        currency, amount = _amount(sight, name, row)
        if amount is not None:
            sums[currency] = sums.get(currency, Decimal(0)) + amount
    several = len(sums) > 1
    is_money = any(sums) and (several or name.startswith(CUSTOM))
    return "\n".join(
        f"{sight.words.number(format(amount, 'f'))} {currency}".strip()
        if is_money
        else sight.words.number(format(amount, "f"))
        for currency, amount in sorted(sums.items())
    )


def _amount(sight: Sight, name: str, row: Mapping[str, Any]) -> tuple[str, Decimal | None]:
    if not name.startswith(CUSTOM):
        text = str(row[name])
        return str(row.get("currency", "")), Decimal(text) if text else None
    text = row["custom"].get(name.removeprefix(CUSTOM))
    if text is None:
        return "", None
    value = json.loads(text, parse_float=Decimal)
    if isinstance(value, dict):
        return value["currency"], Decimal(value["amount"])
    return "", Decimal(value)


# Examples


def example(sight: Sight) -> tuple[dict[str, Any], dict[tuple[str, str], str]]:
    """Return a record that nobody has, with every field filled in, and what its links are called."""
    values = default_values(sight.entity)
    for name, each in sight.entity.fields.items():
        found = _EXAMPLES.get(each.kind)
        if each.kind is Kind.ENUM:
            found = next((key for key in each.enum_values if key != "unspecified"), "unspecified")
        elif each.kind is Kind.TEXT:
            found = sight.words.field(sight.entity.name, name)
        if found is not None and name != "version":
            values[name] = [found] if each.repeated else found
    own = sight.definitions.of(sight.entity.name, sight.record_type)
    values["custom"] = {key: text for key, each in own.items() if (text := _custom_example(each))}
    return values, dict.fromkeys(sight.links(values), "…")


_EXAMPLES: Final[Mapping[Kind, Any]] = {
    Kind.DECIMAL: "1234.50",
    Kind.DATE: "2026-03-27",
    Kind.TIME: "2026-03-27T16:00:00Z",
    Kind.BOOLEAN: True,
    Kind.ID: _NOBODY,
    Kind.SHA256: "0" * 64,
    Kind.INTEGER: 12,
    Kind.LONG: "12",
}


def _custom_example(definition: Definition) -> str:
    match definition.value_kind:
        case FieldKind.NUMBER:
            return "1234.5"
        case FieldKind.MONEY:
            return '{"amount":"1234.50","currency":"EUR"}'
        case FieldKind.DATE:
            return '"2026-03-27"'
        case FieldKind.TIME:
            return '"2026-03-27T16:00:00Z"'
        case FieldKind.BOOLEAN:
            return "true"
        case FieldKind.CHOICE:
            return json.dumps(definition.limits.choices[0].key)
        case FieldKind.MULTIPLE_CHOICE:
            return json.dumps([definition.limits.choices[0].key])
        case FieldKind.LINK:
            return json.dumps(_NOBODY)
    return json.dumps(definition.key)


def _joined(*parts: str) -> str:
    return "  ·  ".join(part for part in parts if part)


def _labelled(words: Words, name: str, values: Mapping[str, str]) -> str:
    return f"{words[name]} {values[name]}" if values.get(name) else ""
