"""What people read: labels of columns, and the names of the records that ids stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sales.reports.v1 import records_pb2 as pb

from services.kit.entities import BASE, Entity, Field, Kind
from services.kit.permissions import condition
from services.kit.prints import words
from services.kit.prints.words import Labels
from services.kit.reports.copies import copy_of
from services.kit.reports.sources import Question

#: By what people call a record, the first that its entity has; maps hold a text for each language.
_NAMES: Final = (
    "display_name",
    "name",
    "title",
    "texts",
    "names",
    "subject",
    "number",
    "description",
    "code",
)

_MEASURES: Final[Mapping[int, tuple[str, str]]] = {
    pb.MEASURE_KIND_COUNT: ("Numero", "Number"),
    pb.MEASURE_KIND_SUM: ("Somma", "Sum"),
    pb.MEASURE_KIND_AVERAGE: ("Media", "Average"),
    pb.MEASURE_KIND_MEDIAN: ("Mediana", "Median"),
    pb.MEASURE_KIND_P90: ("90° percentile", "90th percentile"),
    pb.MEASURE_KIND_DISTINCT: ("Valori diversi", "Distinct values"),
    pb.MEASURE_KIND_SMALLEST: ("Minimo", "Smallest"),
    pb.MEASURE_KIND_GREATEST: ("Massimo", "Greatest"),
    pb.MEASURE_KIND_SHARE: ("Quota", "Share"),
}


@dataclass(frozen=True, slots=True)
class Label:
    """Where the names of an entity's records stand, as far as the reader may see them."""

    table: sa.FromClause
    text: sa.ColumnElement[str]


def text_in(texts: Labels, language: str) -> str:
    """Return a text in a language, else in any, "" where there is none."""
    return texts.get(language) or next(iter(texts.values()), "")


def of_entity(name: str) -> Labels:
    """Return what the records of an entity are called."""
    return {each: words.entity_text(each, name) for each in words.COMPLETE}


def of_field(entity_name: str, field: str) -> Labels:
    """Return the label of a field of the contracts."""
    return {each: words.field_text(each, entity_name, field) for each in words.COMPLETE}


def of_values(entity_name: str, field: Field) -> Mapping[str, Labels]:
    """Return the words for the values of an enum, by value; empty for any other field."""
    return {
        value: {each: words.value_text(each, entity_name, field.name, value) for each in words.COMPLETE}
        for value in field.enum_values
        if value != "unspecified"
    }


def of_measure(kind: int, field: Labels) -> Labels:
    """Return the label of a measure that has none: `Sum: Value`."""
    italian, english = _MEASURES[kind]
    if not field:
        return {"it": italian, "en": english}
    anything = next(iter(field.values()))
    return {
        "it": f"{italian}: {field.get('it', anything)}",
        "en": f"{english}: {field.get('en', anything)}",
    }


def label_of(question: Question, linked: Entity, language: str) -> Label | None:
    """Return where the records of an entity have their names, None if they have none that everybody sees."""
    fields = linked.fields
    name = next((each for each in _NAMES if each in fields and fields[each].facet == BASE), None)
    if name is None:
        return None
    own = question.tables.get(linked.name)
    records: sa.FromClause = own.alias() if own is not None else copy_of(linked)
    if name not in records.c:
        return None
    text: sa.ColumnElement[Any] = records.c[name]
    if fields[name].kind is Kind.MAP:
        text = sa.func.coalesce(text.op("->>")(language), text.op("->>")("en"))
    visible = condition(question.access, linked, "read", {**question.tables, linked.name: records})
    named = sa.select(records.c.id.label("id"), text.label("text")).where(visible).subquery()
    return Label(named, named.c.text)
