"""Reads of records within the caller's grants: one by id, or a page of a list."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit import schema
from services.kit.database import Database
from services.kit.entities import BASE, Entity
from services.kit.errors import Forbidden, Invalid, NotFound, Violation
from services.kit.fields.definitions import CUSTOM, Definitions, is_shaped
from services.kit.permissions import Access, condition, facet_conditions
from services.kit.records.filters import OrderTerm, compile_filter, compile_order, search_condition

DEFAULT_PAGE = 50
MAX_PAGE = 500
#: Access and entity pairs whose compiled statements are remembered.
_REMEMBERED = 512


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """A record as far as the caller may see it: canonical JSON per facet, `base` first."""

    entity: str
    id: str
    version: int
    fragments: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as the driver takes it, with the values that are the same each time."""

    sql: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Visible:
    """What one user may see of one entity."""

    columns: Sequence[sa.ColumnElement[Any]]
    facets: dict[str, sa.ColumnElement[bool]]
    where: sa.ColumnElement[bool]
    by_id: _Compiled
    by_ids: sa.Select[Any]


class Reader:
    """Reads records of one service."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._visible: OrderedDict[tuple[Any, ...], _Visible] = OrderedDict()

    def get(self, access: Access, entity: Entity, record_id: str) -> ReadRecord:
        """Return one record; an id of a merged record gives its survivor.

        Raises:
            NotFound: RECORD_NOT_FOUND, for absent, deleted and foreign records alike.
        """
        visible = self._visibility(access, entity)
        with self._database.read() as connection:
            found = self._one(connection, visible, entity, UUID(record_id))
            if found is None:
                alias = schema.record_alias
                query = sa.select(alias.c.survivor_id).where(alias.c.id == UUID(record_id))
                survivor = connection.execute(query).scalar()
                found = self._one(connection, visible, entity, survivor) if survivor else None
        if found is None:
            raise NotFound("RECORD_NOT_FOUND", params={"entity": entity.name, "id": record_id})
        return found

    def get_many(self, access: Access, entity: Entity, ids: Sequence[str]) -> dict[str, ReadRecord]:
        """Return those of the records that the caller may see, deleted ones too, by id."""
        visible = self._visibility(access, entity)
        with self._database.read() as connection:
            rows = connection.execute(visible.by_ids, {"record_ids": list(ids)})
            found = [_record(entity, visible, row) for row in rows]
        return {record.id: record for record in found}

    def under(self, access: Access, entity: Entity, parent_ids: Sequence[str]) -> list[ReadRecord]:
        """Return what the caller may see under these parents, by id.

        Raises:
            Forbidden: NOT_GRANTED for who may read no such record at all.
        """
        _require_reading(access, entity)
        visible = self._visibility(access, entity)
        table = self._database.tables[entity.name]
        parents = sa.literal(list(parent_ids), pg.ARRAY(sa.Uuid(as_uuid=False)))
        query = (
            sa.select(*visible.columns)
            .where(
                table.c[entity.parent_field] == sa.any_(parents), table.c.deleted.is_(False), visible.where
            )
            .order_by(table.c.id)
        )
        with self._database.read() as connection:
            return [_record(entity, visible, row) for row in connection.execute(query)]

    def page(
        self,
        access: Access,
        entity: Entity,
        *,
        search: str = "",
        filter_text: str = "",
        order_by: str = "",
        page_size: int = 0,
        page_token: str = "",
        within: sa.Select[Any] | None = None,
    ) -> tuple[list[ReadRecord], str]:
        """Return a page of a list and the token of the next one, "" at the end; `within` selects the ids of
        those that it may hold.

        Raises:
            Invalid: INVALID_QUERY, INVALID_PAGE_TOKEN.
            Forbidden: FACET_NOT_GRANTED; NOT_GRANTED for who may read no such record at all.
        """
        _require_reading(access, entity)
        size = _page_size(page_size)
        visible = self._visibility(access, entity)
        table = self._database.tables[entity.name]
        definitions = self._definitions(filter_text, order_by)
        order = compile_order(order_by, entity, table, visible.facets, definitions, filter_text=filter_text)
        conditions = [
            table.c.deleted.is_(False),
            visible.where,
            *compile_filter(filter_text, entity, table, visible.facets, definitions),
            *(search_condition(search, table) if search.strip() else ()),
            *([table.c.id.in_(within)] if within is not None else ()),
        ]
        question = hashlib.sha256(
            "\x00".join((entity.name, search, filter_text, order_by)).encode()
        ).hexdigest()[:16]
        if page_token:
            conditions.append(_after(order, page_token, question))
        keys = [sa.cast(term.expression, sa.Text).label(f"key_{i}") for i, term in enumerate(order)]
        query = (
            sa.select(*visible.columns, *keys)
            .where(*conditions)
            .order_by(*(t.expression.desc() if t.descending else t.expression for t in order))
            .limit(size + 1)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        records = [_record(entity, visible, row) for row in rows[:size]]
        next_token = _token(rows[size - 1], len(keys), question) if len(rows) > size else ""
        return records, next_token

    def _definitions(self, *asked: str) -> Definitions | None:
        """Return what administrators defined, where a question may name it."""
        if not any(CUSTOM in text for text in asked):
            return None
        with self._database.read() as connection:
            return self._database.definitions.current(connection)

    def _one(
        self, connection: sa.Connection, visible: _Visible, entity: Entity, record_id: UUID
    ) -> ReadRecord | None:
        parameters = {**visible.by_id.parameters, "record_id": record_id}
        row = connection.exec_driver_sql(visible.by_id.sql, parameters).first()
        return _record(entity, visible, row) if row is not None else None

    def _visibility(self, access: Access, entity: Entity) -> _Visible:
        key = (access.user_id, access.epoch, access.is_system, entity.name)
        found = self._visible.get(key)
        if found is None:
            found = self._compile(access, entity)
            self._visible[key] = found
            while len(self._visible) > _REMEMBERED:
                self._visible.popitem(last=False)
        return found

    def _compile(self, access: Access, entity: Entity) -> _Visible:
        table = self._database.tables[entity.name]
        facets = facet_conditions(access, entity, "read", self._database.tables)
        if not is_shaped(entity.name):
            facets = {facet: where for facet, where in facets.items() if facet in entity.facets}
        shown = [
            sa.case((self._shows(table, entity, facet, where), table.c.facets_json.op("->>")(facet))).label(
                f"facet_{facet}"
            )
            for facet, where in facets.items()
        ]
        columns = [table.c.id, table.c.version, table.c.base_json, *shown]
        where = condition(access, entity, "read", self._database.tables)
        by_id = sa.select(*columns).where(
            table.c.id == sa.bindparam("record_id", type_=sa.Uuid), table.c.deleted.is_(False), where
        )
        ids = sa.bindparam("record_ids", type_=pg.ARRAY(sa.Uuid(as_uuid=False)))
        by_ids = sa.select(*columns).where(table.c.id == sa.any_(ids), where)
        return _Visible(columns, facets, where, self._compiled(by_id), by_ids)

    def _shows(
        self, table: sa.Table, entity: Entity, facet: str, where: sa.ColumnElement[bool]
    ) -> sa.ColumnElement[bool]:
        """Return where a row shows a facet; one that only custom fields may have is looked for first."""
        if facet in entity.facets:
            return where
        return sa.and_(table.c.facets_json.op("?", is_comparison=True)(facet), where)

    def _compiled(self, query: sa.Select[Any]) -> _Compiled:
        """Compile the most frequent statement once: looked up by SQLAlchemy, it took twice the time."""
        compiled = query.compile(self._database.reading, compile_kwargs={"render_postcompile": True})
        return _Compiled(str(compiled), compiled.params)


def _record(entity: Entity, visible: _Visible, row: sa.Row[Any]) -> ReadRecord:
    record_id, version, base_json, *rest = tuple(row)
    fragments = {BASE: base_json}
    # Beyond the facets stand the keys of a list's order.
    for facet, text in zip(visible.facets, rest, strict=False):
        if text is not None:
            fragments[facet] = text
    return ReadRecord(entity.name, str(record_id), version, fragments)


def _require_reading(access: Access, entity: Entity) -> None:
    if not access.allows(entity.grant_group, "read"):
        raise Forbidden("NOT_GRANTED", params={"entity": entity.name, "action": "read"})


def _page_size(asked: int) -> int:
    if asked == 0:
        return DEFAULT_PAGE
    if not 1 <= asked <= MAX_PAGE:
        violation = Violation("page_size", "OUT_OF_RANGE", f"1 to {MAX_PAGE}")
        raise Invalid("INVALID_QUERY", violations=[violation])
    return asked


def _token(row: sa.Row[Any], keys: int, question: str) -> str:
    payload = orjson.dumps([question, *row[-keys:]])
    return base64.urlsafe_b64encode(payload).decode().rstrip("=")


def _after(order: Sequence[OrderTerm], token: str, question: str) -> sa.ColumnElement[bool]:
    """Return the condition "later in the order than the row of the token"."""
    values = _read_token(token, question, len(order))
    later: sa.ColumnElement[bool] = sa.false()
    for term, value in reversed(list(zip(order, values, strict=True))):
        bound = sa.cast(sa.literal(value, sa.Text), _cast_type(term))
        beyond = term.expression < bound if term.descending else term.expression > bound
        later = sa.or_(beyond, sa.and_(term.expression == bound, later))
    return later


def _cast_type(term: OrderTerm) -> Any:
    kind = term.expression.type
    return sa.Text() if isinstance(kind, sa.types.NullType) else kind


def _read_token(token: str, question: str, keys: int) -> list[str]:
    try:
        payload = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if not isinstance(payload, list) or payload[0] != question or len(payload) != keys + 1:
            raise ValueError
        if not all(isinstance(value, str) for value in payload):
            raise ValueError
        return [str(value) for value in payload[1:]]
    except (ValueError, IndexError, binascii.Error, orjson.JSONDecodeError) as error:
        raise Invalid(
            "INVALID_PAGE_TOKEN", "this page token belongs to another question or to none"
        ) from error
