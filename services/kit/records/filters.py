"""Filters and orders of lists, as text from outside: a subset of AIP-160, compiled to SQL.

    filter    field op value, joined by AND; op is one of = != < <= > >= :
    order_by  field [desc], separated by commas

`:` asks whether a text contains the value (without regard to case) or a repeated field has it. Values with
spaces stand in double quotes; a backslash escapes a quote. Only fields whose facet the caller may see can
be named. `custom.<key>` is a field that administrators defined (`services.kit.fields.asking`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.kit.database.rows import folded
from services.kit.entities import BASE, Entity, Field, Kind, parse_value
from services.kit.errors import Forbidden, Invalid, Violation
from services.kit.fields import asking
from services.kit.fields.definitions import RECORD, Definitions

Bool = sa.ColumnElement[bool]
Term = tuple[str, str, str]
"""Field, operator, value."""
MAX_TERMS = 20

_TERM = re.compile(
    r"""\s*(?P<field>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*){0,3})\s*(?P<op>!=|<=|>=|=|<|>|:)\s*
        (?P<value>"(?:[^"\\]|\\.)*"|[^\s"]+)(?P<rest>\s+AND\s+|\s*$)""",
    re.VERBOSE,
)

_COMPARABLE = {Kind.DECIMAL, Kind.DATE, Kind.TIME, Kind.INTEGER, Kind.LONG, Kind.TEXT}
_SORTABLE = {*_COMPARABLE, Kind.ID, Kind.ENUM, Kind.BOOLEAN}


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One column of the order; `expression` is never NULL."""

    name: str
    expression: sa.ColumnElement[Any]
    descending: bool


def _wrong(where: str, reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_QUERY", violations=[Violation(where, reason, detail)])


def compile_filter(
    text: str,
    entity: Entity,
    table: sa.FromClause,
    facets: Mapping[str, Bool],
    definitions: Definitions | None = None,
) -> list[Bool]:
    """Return the conditions of a filter. `definitions` are needed where it names custom fields.

    `facets` maps each facet that the caller may see to the rows that show it: a term on such a field holds
    only there, so that no filter tells what a record hides.

    Raises:
        Invalid: INVALID_QUERY with the place.
        Forbidden: FACET_NOT_GRANTED.
    """
    terms = list(terms_of(text))
    types = [value for name, op, value in terms if (name, op) == ("type", "=")]
    kind = _type(entity, types)
    return [
        condition
        for term in terms
        for condition in compile_term(term, entity, table, facets, definitions, record_type=kind)
    ]


def compile_term(
    term: Term,
    entity: Entity,
    table: sa.FromClause,
    facets: Mapping[str, Bool],
    definitions: Definitions | None,
    *,
    record_type: str,
) -> list[Bool]:
    """Return the conditions of one term of a filter; `record_type` says whose custom fields are meant.

    Raises:
        As `compile_filter`.
    """
    name, op, value = term
    if definitions is not None and asking.is_custom(name):
        definition = asking.definition_for(
            definitions, entity, name, facets, where="filter", record_type=record_type
        )
        return asking.conditions(definition, op, value, table, facets)
    return list(_condition(field_for(entity, name, facets, "filter"), op, value, table, facets))


def _type(entity: Entity, types: Sequence[str]) -> str:
    """Return the record type that a filter asks for."""
    return types[0] if entity.template == RECORD and types else ""


def terms_of(text: str) -> Iterator[Term]:
    """Yield the terms of a filter.

    Raises:
        Invalid: INVALID_QUERY with SYNTAX or TOO_MANY.
    """
    position, count = 0, 0
    while position < len(text):
        match = _TERM.match(text, position)
        count += 1
        if match is None or (match["rest"].strip() and match.end() == len(text)):
            raise _wrong("filter", "SYNTAX", f"`field op value` joined by AND is expected at {position}")
        if count > MAX_TERMS:
            raise _wrong("filter", "TOO_MANY", f"at most {MAX_TERMS} terms")
        value = match["value"]
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        yield match["field"], match["op"], value
        position = match.end()


def field_for(entity: Entity, name: str, facets: Mapping[str, Bool], where: str) -> Field:
    """Return the field by which records are asked.

    Raises:
        Invalid: INVALID_QUERY with UNKNOWN_FIELD.
        Forbidden: FACET_NOT_GRANTED.
    """
    field = entity.fields.get(name)
    if field is None or field.kind in (Kind.MESSAGE, Kind.MAP):
        raise _wrong(where, "UNKNOWN_FIELD", f"{entity.name} cannot be asked by {name}")
    if field.facet != BASE and field.facet not in facets:
        raise Forbidden(
            "FACET_NOT_GRANTED",
            violations=[Violation(where, "FACET_NOT_GRANTED", f"{name} is not yours to see")],
        )
    return field


def _condition(
    field: Field, op: str, text: str, table: sa.FromClause, facets: Mapping[str, Bool]
) -> Iterator[Bool]:
    column = table.c[field.name]
    if field.facet != BASE:
        yield facets[field.facet]
    if op == ":":
        yield _contains(field, text, column)
        return
    if field.repeated:
        raise _wrong("filter", "OPERATOR", f"{field.name} has several values: use :")
    if op not in ("=", "!=") and field.kind not in _COMPARABLE:
        raise _wrong("filter", "OPERATOR", f"{field.name} has no order: use = or !=")
    value = python_value(field, text, "filter")
    if value is None:
        yield _is_empty(column, field) if op == "=" else sa.not_(_is_empty(column, field))
        return
    yield {
        "=": column == value,
        "!=": column.is_distinct_from(value),
        "<": column < value,
        "<=": column <= value,
        ">": column > value,
        ">=": column >= value,
    }[op]


def _is_empty(column: sa.ColumnElement[Any], field: Field) -> Bool:
    empty: Bool = column == "" if field.kind in (Kind.TEXT, Kind.SHA256) else column.is_(None)
    return empty


def _contains(field: Field, text: str, column: sa.ColumnElement[Any]) -> Bool:
    if field.repeated:
        return sa.literal(python_value(field, text, "filter")) == sa.any_(column)
    if field.kind is not Kind.TEXT:
        raise _wrong("filter", "OPERATOR", f"{field.name} is not a text: use =")
    return column.ilike(f"%{escape_like(text)}%", escape="\\")


def escape_like(text: str) -> str:
    """Return text in which % and _ stand for themselves in LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def python_value(field: Field, text: str, where: str) -> Any:
    """Return the typed value of a text from a query, None for an empty one."""
    raw: Any = text
    if field.kind is Kind.BOOLEAN:
        raw = {"true": True, "false": False}.get(text)
    elif field.kind is Kind.INTEGER:
        raw = int(text) if re.fullmatch(r"-?[0-9]{1,10}", text) else None
    if field.name == "version":
        raw = text if text.isdigit() else None
    elif field.kind is Kind.TIME and not text:
        return None
    try:
        value = parse_value(field, [raw])[0] if field.repeated else parse_value(field, raw)
    except Invalid as error:
        violation = error.violations[0]
        raise _wrong(where, violation.reason, f"{field.name}: {violation.detail}") from error
    return typed(field, value)


def typed(field: Field, value: Any) -> Any:
    """Return a canonical value as Python and the database know it; None for an absent one."""
    if value in ("", None) and field.kind not in (Kind.TEXT, Kind.SHA256):
        return None
    match field.kind:
        case Kind.ID:
            return UUID(value)
        case Kind.DECIMAL:
            return Decimal(value)
        case Kind.DATE:
            return date.fromisoformat(value)
        case Kind.TIME:
            return datetime.fromisoformat(value)
        case Kind.LONG:
            return int(value)
        case Kind.TEXT | Kind.SHA256:
            return value or None
        case _:
            return value


def search_condition(text: str, table: sa.FromClause) -> list[Bool]:
    """Return the condition that every word of `text` occurs, in any searched field, accents and case aside.

    Raises:
        Invalid: INVALID_QUERY.
    """
    if "search_text" not in table.c:
        raise _wrong("search", "NOT_SEARCHABLE", "these records have no text to search")
    if "\x00" in text or len(text) > 200:
        raise _wrong("search", "INVALID_TEXT", "at most 200 characters of text")
    words = folded(text).split()[:10]
    return [table.c.search_text.like(f"%{escape_like(word)}%", escape="\\") for word in words]


_FLOOR: Mapping[Kind, sa.ColumnElement[Any]] = {
    Kind.TEXT: sa.literal_column("''"),
    Kind.SHA256: sa.literal_column("''"),
    Kind.ENUM: sa.literal_column("''"),
    Kind.ID: sa.literal_column("'00000000-0000-0000-0000-000000000000'::uuid"),
    Kind.DECIMAL: sa.literal_column("'-infinity'::numeric"),
    Kind.DATE: sa.literal_column("'-infinity'::date"),
    Kind.TIME: sa.literal_column("'-infinity'::timestamptz"),
}


def compile_order(
    text: str,
    entity: Entity,
    table: sa.FromClause,
    facets: Mapping[str, Bool],
    definitions: Definitions | None = None,
    *,
    filter_text: str = "",
) -> list[OrderTerm]:
    """Return the order of a list; it always ends with the id, so that it is total. `definitions`, and the
    filter beside it, are needed where it names custom fields.

    Ordering by a facet needs it everywhere the list may reach: a record that hides it counts as having no
    value.
    """
    terms: list[OrderTerm] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = re.fullmatch(r"([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)(\s+(asc|desc))?", part)
        if match is None:
            raise _wrong("order_by", "SYNTAX", "`field` or `field desc`, separated by commas, is expected")
        if definitions is not None and asking.is_custom(match[1]):
            types = [value for name, op, value in terms_of(filter_text) if (name, op) == ("type", "=")]
            definition = asking.definition_for(
                definitions, entity, match[1], facets, where="order_by", record_type=_type(entity, types)
            )
            expression = asking.order_expression(definition, table, facets)
            terms.append(OrderTerm(definition.name, expression, match[3] == "desc"))
            continue
        field = field_for(entity, match[1], facets, "order_by")
        if field.repeated or field.kind not in _SORTABLE:
            raise _wrong("order_by", "UNKNOWN_FIELD", f"{entity.name} cannot be ordered by {match[1]}")
        terms.append(OrderTerm(field.name, _order_expression(field, table, facets), match[3] == "desc"))
    if len(terms) > 5 or len({term.name for term in terms}) < len(terms):
        raise _wrong("order_by", "TOO_MANY", "at most 5 different fields")
    if all(term.name != "id" for term in terms):
        terms.append(OrderTerm("id", table.c.id, terms[-1].descending if terms else False))
    return terms


def _order_expression(
    field: Field, table: sa.FromClause, facets: Mapping[str, Bool]
) -> sa.ColumnElement[Any]:
    column: sa.ColumnElement[Any] = table.c[field.name]
    if field.facet != BASE:
        column = sa.case((facets[field.facet], column))
    return sa.func.coalesce(column, _FLOOR[field.kind]) if field.kind in _FLOOR else column
