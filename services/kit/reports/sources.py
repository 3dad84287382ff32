"""What a report may name, as SQL: fields of its source, custom ones, and fields of records that it names.

    source = Source(question, entity("crm.opportunity"))
    source.column("party_id.territory_id", "groups[0].field").expression
    select(...).select_from(source.joined).where(*source.conditions)

A record that the reader may not see is no row, and a linked one that the reader may not see has no fields. A
field of a facet is NULL where the reader does not see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import sqlalchemy as sa

from services.kit import schema
from services.kit.company_time import company_zone
from services.kit.entities import BASE, Entity, Field, Kind, all_entities
from services.kit.errors import Forbidden, Invalid, Violation
from services.kit.fields import asking
from services.kit.fields.definitions import RECORD, Definition, Definitions
from services.kit.fields.values import FieldKind
from services.kit.permissions import Access, condition, facet_conditions
from services.kit.records.filters import compile_term, field_for, terms_of
from services.kit.reports.copies import copy_of
from services.kit.reports.words import Words

Bool = sa.ColumnElement[bool]
#: From the source to the field: offers.line, its revision, offer and customer.
_MOST_LINKS: Final = 3

KINDS: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "text",
    Kind.SHA256: "text",
    Kind.ENUM: "enum",
    Kind.DECIMAL: "number",
    Kind.INTEGER: "number",
    Kind.LONG: "number",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.TIME: "time",
    Kind.ID: "id",
}
CUSTOM_KINDS: Final[Mapping[FieldKind, str]] = {
    FieldKind.TEXT: "text",
    FieldKind.NUMBER: "number",
    FieldKind.MONEY: "money",
    FieldKind.DATE: "date",
    FieldKind.TIME: "time",
    FieldKind.BOOLEAN: "boolean",
    FieldKind.CHOICE: "enum",
    FieldKind.LINK: "id",
}
#: As filters and words know custom fields.
_AS_BUILT_IN: Final[Mapping[FieldKind, Kind]] = {
    FieldKind.DATE: Kind.DATE,
    FieldKind.TIME: Kind.TIME,
    FieldKind.LINK: Kind.ID,
}


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks, of which database, and when."""

    tables: Mapping[str, sa.Table]
    access: Access
    definitions: Definitions
    now: datetime

    @property
    def service(self) -> str:
        """Whose records are asked for."""
        return self.definitions.service


@dataclass(frozen=True, slots=True)
class Node:
    """Records of one entity within a question: those of the source, or those that they name."""

    entity: Entity
    table: sa.FromClause
    #: Facet -> rows that show it.
    facets: Mapping[str, Bool]
    is_copy: bool = False
    record_type: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A field as SQL; NULL where a record has none or hides it."""

    name: str
    #: text, number, money, date, time, boolean, enum, id.
    kind: str
    expression: sa.ColumnElement[Any]
    references: str = ""
    #: Of money: where its currency stands, and as what.
    currency: sa.ColumnElement[str] | None = None
    currency_name: str = ""
    definition: Definition | None = None
    field: Field | None = None
    #: Whose field it is: of the source, or of what the source names.
    entity: str = ""


@contextmanager
def at(place: str) -> Iterator[None]:
    """Let errors of what is compiled inside name a place of the report.

    Raises:
        Invalid: INVALID_REPORT.
        Forbidden: as raised inside.
    """
    try:
        yield
    except (Invalid, Forbidden) as error:
        violations = [replace(each, field=place) for each in error.violations]
        if isinstance(error, Forbidden):
            raise Forbidden(error.reason, error.detail, params=error.params, violations=violations) from error
        raise Invalid("INVALID_REPORT", error.detail, params=error.params, violations=violations) from error


def wrong(place: str, reason: str, detail: str) -> Invalid:
    """Return the error of a report with one wrong part."""
    return Invalid("INVALID_REPORT", violations=[Violation(place, reason, detail)])


class Source:
    """The records that a report counts, with what it asks of them."""

    def __init__(self, question: Question, entity: Entity, record_type: str = "") -> None:
        if not question.access.allows(entity.grant_group, "read"):
            raise Forbidden("NOT_GRANTED", params={"entity": entity.name, "action": "read"})
        self.question = question
        self.words = Words(question.now, question.access.user_id)
        table = question.tables[entity.name].alias("source")
        self.root = self._node(entity, table, record_type=record_type)
        self.joined: sa.FromClause = table
        self.conditions: list[Bool] = [table.c.deleted.is_(False), self._visible(entity, table)]
        if record_type:
            self.conditions.append(table.c.type == record_type)
        self._nodes: dict[tuple[str, ...], Node] = {(): self.root}
        self._survivors: dict[tuple[str, ...], sa.ColumnElement[Any]] = {}

    # What is named

    def column(self, path: str, place: str) -> Column:
        """Return a field of the source, or of a record that it names.

        Raises:
            Invalid: INVALID_REPORT with UNKNOWN_FIELD or OPERATOR.
            Forbidden: FACET_NOT_GRANTED.
        """
        with at(place):
            node, pointers, name = self._resolved(path)
            if asking.is_custom(name):
                return self._custom(node, name, path)
            field = field_for(node.entity, name, node.facets, place)
            if field.repeated:
                raise wrong(place, "OPERATOR", f"{path} has several values: filter by it instead")
            return self._built_in(node, pointers, field, path)

    def filter(self, text: str, place: str) -> list[Bool]:
        """Return the conditions of a filter in the language of lists, with words and fields of named records.

        Raises:
            Invalid: INVALID_REPORT.
            Forbidden: FACET_NOT_GRANTED.
        """
        with at(place):
            return [each for term in terms_of(text) for each in self.term(*term)]

    def term(self, name: str, op: str, value: str) -> list[Bool]:
        """Return the conditions of one term.

        Raises:
            Invalid, Forbidden: as `services.kit.records.filters`.
        """
        node, _, own = self._resolved(name)
        return self.term_of(node, (own, op, value))

    def term_of(self, node: Node, term: tuple[str, str, str]) -> list[Bool]:
        """Return the conditions of a term on a node's own fields, words replaced.

        Raises:
            Invalid, Forbidden: as `services.kit.records.filters`.
        """
        name, op, value = term
        meant = self.words.meant(self._kind(node, name), value)
        definitions = None if node.is_copy else self.question.definitions
        return compile_term(
            (name, op, meant), node.entity, node.table, node.facets, definitions, record_type=node.record_type
        )

    def has(self, path: str) -> bool:
        """Return whether the source has such a field, whoever may see it."""
        try:
            node, _, name = self._resolved(path)
            if asking.is_custom(name):
                return bool(self.question.definitions.of(node.entity.name, node.record_type).get(name[7:]))
        except (Invalid, Forbidden):
            return False
        return name in node.entity.fields

    def related(self, entity: Entity, name: str, text: str, place: str) -> Bool:
        """Return whether records of another entity name a row of the source, of those that the reader sees.

        Raises:
            Invalid: INVALID_REPORT.
            Forbidden: FACET_NOT_GRANTED, NOT_GRANTED.
        """
        if not self.question.access.allows(entity.grant_group, "read"):
            raise Forbidden("NOT_GRANTED", params={"entity": entity.name, "action": "read"})
        node = self._node(entity, self.question.tables[entity.name].alias())
        with at(f"{place}.field"):
            field = field_for(entity, name, node.facets, place)
        leads_here = field.references == self.root.entity.name or field.entity_field
        if field.kind is not Kind.ID or not leads_here:
            detail = f"a field of {entity.name} that names a {self.root.entity.name} is expected"
            raise wrong(f"{place}.field", "UNKNOWN_FIELD", detail)
        mine = self.root.table.c.id
        names = mine == sa.any_(node.table.c[name]) if field.repeated else node.table.c[name] == mine
        with at(f"{place}.filter"):
            held = [each for term in terms_of(text) for each in self.term_of(node, term)]
        where = [node.table.c.deleted.is_(False), self._visible(entity, node.table), names, *held]
        if field.entity_field:
            where.append(node.table.c[field.entity_field] == self.root.entity.name)
        return sa.exists().select_from(node.table).where(*where).correlate(self.root.table)

    # Nodes

    def _node(self, entity: Entity, table: sa.FromClause, *, record_type: str = "") -> Node:
        facets = facet_conditions(self.question.access, entity, "read", self._catalogue(entity, table))
        return Node(entity, table, facets, record_type=record_type)

    def _catalogue(self, entity: Entity, table: sa.FromClause) -> dict[str, sa.FromClause]:
        return {**self.question.tables, entity.name: table}

    def _visible(self, entity: Entity, table: sa.FromClause) -> Bool:
        return condition(self.question.access, entity, "read", self._catalogue(entity, table))

    def _resolved(self, path: str) -> tuple[Node, tuple[str, ...], str]:
        """Return the node that has the last part of a path, the way to it, and that part."""
        parts = path.split(".")
        cut = parts.index("custom") if "custom" in parts[:-1] else len(parts) - 1
        pointers, name = tuple(parts[:cut]), ".".join(parts[cut:])
        if len(pointers) > _MOST_LINKS:
            raise wrong(path, "TOO_MANY", f"at most {_MOST_LINKS} links lead to a field")
        return self._linked(pointers), pointers, name

    def _linked(self, pointers: tuple[str, ...]) -> Node:
        known = self._nodes.get(pointers)
        if known is not None:
            return known
        node = self._linked(pointers[:-1])
        field = field_for(node.entity, pointers[-1], node.facets, pointers[-1])
        target = all_entities().get(field.references)
        if target is None or field.repeated:
            raise wrong(pointers[-1], "UNKNOWN_FIELD", f"{'.'.join(pointers)} names no single record")
        own = self.question.tables.get(target.name)
        table: sa.FromClause = own.alias() if own is not None else copy_of(target)
        pointer = self.pointer(node, pointers[:-1], field)
        shown = [table.c.id == pointer, table.c.deleted.is_(False), self._visible(target, table)]
        self.joined = self.joined.outerjoin(table, sa.and_(*shown))
        found = replace(self._node(target, table), is_copy=own is None)
        self._nodes[pointers] = found if own is not None else replace(found, facets={})
        return self._nodes[pointers]

    def pointer(self, node: Node, pointers: tuple[str, ...], field: Field) -> sa.ColumnElement[Any]:
        """Return the id that a field holds; of a record of another owner that was merged, its survivor's."""
        column = _shown(node, field)
        target = all_entities().get(field.references)
        if target is None or not target.foreign_root or target.name in self.question.tables:
            return column
        way = (*pointers, field.name)
        if way not in self._survivors:
            # Few records were ever merged: joined by their own index.
            merged = (
                sa.select(schema.root_scope.c.id, schema.root_scope.c.alias_of)
                .where(schema.root_scope.c.entity == target.name, schema.root_scope.c.alias_of.is_not(None))
                .subquery()
            )
            self.joined = self.joined.outerjoin(merged, merged.c.id == column)
            self._survivors[way] = sa.func.coalesce(merged.c.alias_of, column, type_=sa.Uuid())
        return self._survivors[way]

    # Fields

    def _built_in(self, node: Node, pointers: tuple[str, ...], field: Field, path: str) -> Column:
        kind = KINDS[field.kind]
        expression = _shown(node, field)
        if field.kind is Kind.ID:
            expression = self.pointer(node, pointers, field)
        elif field.kind in (Kind.TEXT, Kind.SHA256):
            expression = sa.func.nullif(expression, sa.literal_column("''"), type_=sa.Text())
        elif field.kind is Kind.ENUM:
            expression = sa.func.nullif(expression, sa.literal_column("'unspecified'"), type_=sa.Text())
        column = Column(
            path, kind, expression, references=field.references, field=field, entity=node.entity.name
        )
        if not field.currency_field:
            return column
        way = ".".join((*pointers, field.currency_field))
        currency = self.column(way, way)
        return replace(column, kind="money", currency=currency.expression, currency_name=way)

    def _custom(self, node: Node, name: str, path: str) -> Column:
        if node.is_copy:
            raise wrong(path, "UNKNOWN_FIELD", f"{node.entity.name} cannot be asked by {name} here")
        definition = asking.definition_for(
            self.question.definitions,
            node.entity,
            name,
            node.facets,
            where=path,
            record_type=node.record_type,
        )
        kind = CUSTOM_KINDS.get(definition.value_kind)
        if kind is None:
            raise wrong(path, "OPERATOR", f"{path} has several values: filter by it instead")
        expression = asking.value_expression(definition, node.table)
        currency = asking.currency_expression(definition, node.table) if kind == "money" else None
        if definition.facet != BASE:
            expression = sa.case((node.facets[definition.facet], expression))
        if definition.record_type:
            expression = sa.case((node.table.c.type == definition.record_type, expression))
        return Column(
            path,
            kind,
            expression,
            references=definition.links_to,
            currency=currency,
            currency_name=path if currency is not None else "",
            definition=definition,
        )

    def _kind(self, node: Node, name: str) -> Kind:
        if asking.is_custom(name):
            found = self.question.definitions.of(node.entity.name, node.record_type).get(name[7:])
            return _AS_BUILT_IN.get(found.value_kind, Kind.TEXT) if found is not None else Kind.TEXT
        field = node.entity.fields.get(name)
        return field.kind if field is not None else Kind.TEXT

    @cached_property
    def zone(self) -> str:
        """Name of the zone in which the company's days end."""
        return company_zone().key


def _shown(node: Node, field: Field) -> sa.ColumnElement[Any]:
    column: sa.ColumnElement[Any] = node.table.c[field.name]
    if field.facet != BASE:
        column = sa.case((node.facets[field.facet], column))
    return column


def source_entity(question: Question, name: str, record_type: str, place: str) -> Entity:
    """Return the entity that a report counts.

    Raises:
        Invalid: INVALID_REPORT with UNKNOWN_VALUE.
    """
    found = all_entities().get(name)
    if found is None or found.name not in question.tables or found.template not in ("", RECORD):
        raise wrong(place, "UNKNOWN_VALUE", f"an entity of {question.service} is expected")
    if record_type and (found.template != RECORD or record_type not in question.definitions.types):
        raise wrong("record_type", "UNKNOWN_VALUE", "the key of a record type is expected")
    return found
