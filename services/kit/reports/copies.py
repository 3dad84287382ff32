"""Copies of other owners' records as tables: `root_scope` with a column for each of their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit import schema
from services.kit.entities import BASE, SCOPE_FIELDS, Entity, Field, Kind

Expression = sa.ColumnElement[Any]

_CAST: Final[Mapping[Kind, Callable[[Expression], Expression]]] = {
    Kind.TEXT: lambda text: sa.func.coalesce(text, sa.literal_column("''"), type_=sa.Text()),
    Kind.SHA256: lambda text: sa.func.coalesce(text, sa.literal_column("''"), type_=sa.Text()),
    Kind.ENUM: lambda text: sa.func.coalesce(text, sa.literal_column("'unspecified'"), type_=sa.Text()),
    Kind.DECIMAL: lambda text: sa.cast(_given(text), sa.Numeric()),
    Kind.INTEGER: lambda text: sa.cast(text, sa.Integer()),
    Kind.LONG: lambda text: sa.cast(text, sa.BigInteger()),
    Kind.BOOLEAN: lambda text: sa.cast(text, sa.Boolean()),
    Kind.DATE: lambda text: sa.cast(_given(text), sa.Date()),
    Kind.TIME: lambda text: sa.cast(text, sa.DateTime(timezone=True)),
    Kind.ID: lambda text: sa.cast(_given(text), sa.Uuid()),
}


def copy_of(entity: Entity) -> sa.FromClause:
    """Return our copy of another owner's records: the fields that everybody sees, typed as at their owner.

    The owner writes canonical JSON, so no cast fails; a field that a copy does not know yet is empty.
    """
    root = schema.root_scope
    columns: list[Expression] = [root.c.id.label("id"), root.c.deleted.label("deleted")]
    for name in SCOPE_FIELDS:
        columns.append(root.c[name].label(name))
    known = {"id", "deleted", "custom", *SCOPE_FIELDS}
    columns += [_column(field) for name, field in entity.fields.items() if name not in known and _fits(field)]
    return sa.select(*columns).where(root.c.entity == entity.name).subquery()


def _fits(field: Field) -> bool:
    return field.facet == BASE and not field.repeated and (field.kind in _CAST or field.kind is Kind.MAP)


def _column(field: Field) -> Expression:
    body = schema.root_scope.c.body
    if field.kind is Kind.MAP:
        return sa.type_coerce(body.op("->")(field.name), pg.JSONB()).label(field.name)
    text: Expression = sa.type_coerce(body.op("->>")(field.name), sa.Text())
    return _CAST[field.kind](text).label(field.name)


def _given(text: Expression) -> Expression:
    found: Expression = sa.func.nullif(text, sa.literal_column("''"), type_=sa.Text())
    return found
