"""Records as rows: the columns that carry filters, orders and scopes, beside the fragments that carry the
truth.

Rows travel to PostgreSQL as one JSON array and are spread by `jsonb_populate_recordset`: one parameter for 1
or 500 records, with PostgreSQL's own conversions.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from services.kit.database.batch import Part
from services.kit.entities import Entity, Kind
from services.kit.entities.canonical import Values

_EMPTY_IS_NULL = {Kind.ID, Kind.DECIMAL, Kind.DATE}


def folded(text: str) -> str:
    """Return text as the search compares it: lower case, without accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def columns_of(table: sa.Table, entity: Entity, values: Values, fragments: dict[str, str]) -> dict[str, Any]:
    """Return the row of a record, by column."""
    row: dict[str, Any] = {}
    for name, empty_is_null in _columns(table, entity):
        value = values[name]
        row[name] = None if empty_is_null and value == "" else value
    row["base_json"] = fragments["base"]
    row["facets_json"] = {facet: text for facet, text in fragments.items() if facet != "base"}
    searched = _searched(table, entity.name)
    if searched is not None:
        row["search_text"] = " ".join(folded(values[name]) for name in searched if values[name])
    return row


@cache
def _searched(table: sa.Table, entity_name: str) -> tuple[str, ...] | None:
    """Return the fields that the search reads, None for a table that is not searched."""
    from services.kit.entities import entity

    return entity(entity_name).searched if "search_text" in table.c else None


@cache
def _columns_cached(table: sa.Table, entity_name: str) -> tuple[tuple[str, bool], ...]:
    from services.kit.entities import entity

    return tuple(
        (name, field.kind in _EMPTY_IS_NULL and not field.repeated)
        for name, field in entity(entity_name).fields.items()
        if name in table.c
    )


def _columns(table: sa.Table, entity: Entity) -> tuple[tuple[str, bool], ...]:
    return _columns_cached(table, entity.name)


def upsert(table: sa.Table, rows: bytes, *, again: Sequence[str]) -> Part:
    """Return what writes rows (a JSON array of what `columns_of` returns) unless one moved on meanwhile.

    `again` names the ids that this transaction has written before: their version stays.
    """
    parameters = {f"{table.name}_rows": rows.decode(), f"{table.name}_again": list(again)}
    return Part(f"write_{table.name}", _upsert_statement(table), parameters)


@cache
def _upsert_statement(table: sa.Table) -> str:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    assignments = ", ".join(
        f'"{column.name}" = excluded."{column.name}"' for column in table.columns if column.name != "id"
    )
    quoted = f'"{table.name}"'
    return (
        f"insert into {quoted} ({names}) "  # noqa: S608 (names come from the table's own declaration)
        f"select {names} from jsonb_populate_recordset(null::{quoted}, %({table.name}_rows)s::jsonb) "
        f"on conflict (id) do update set {assignments} "
        f"where {quoted}.version = excluded.version - 1 "
        f"or ({quoted}.version = excluded.version and {quoted}.id = any(%({table.name}_again)s::uuid[]))"
    )
