"""A report as one SQL statement: rows of its source, put together, with their labels, and the totals.

counted   one row per record that counts: keys k0…, values v0…, conditions f0…, currency
grouped   the same by key, and once more for all of them (GROUPING SETS)
result    grouped, with the names of linked records, ordered and cut
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sales.reports.v1 import records_pb2 as pb

from services.kit.entities import all_entities
from services.kit.prints.words import Labels
from services.kit.reports import naming
from services.kit.reports.sources import Column, Source, source_entity, wrong
from services.kit.reports.sources import Question as Question

Expression = sa.ColumnElement[Any]

USUAL_ROWS: Final = 500
#: One row for each currency; more than companies have.
MOST_TOTALS: Final = 200
CURRENCY: Final = "currency"

_STEPS: Final[Mapping[int, str]] = {
    pb.REPORT_STEP_DAY: "day",
    pb.REPORT_STEP_WEEK: "week",
    pb.REPORT_STEP_MONTH: "month",
    pb.REPORT_STEP_QUARTER: "quarter",
    pb.REPORT_STEP_YEAR: "year",
}
_NUMBERS: Final = frozenset({"number", "money", "days", "hours"})
_ORDERED: Final = frozenset({*_NUMBERS, "date", "time"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of the result."""

    name: str
    role: str
    kind: str
    labels: Labels
    field: str = ""
    references: str = ""
    step: int = pb.REPORT_STEP_UNSPECIFIED
    #: Value -> labels, of enums and of choices that a company defined.
    choices: Mapping[str, Labels] | None = None


@dataclass(frozen=True, slots=True)
class _Group:
    shown: Shown
    expression: Expression


@dataclass(frozen=True, slots=True)
class _Measure:
    shown: Shown
    #: What a record adds; None: that it is there.
    value: Expression | None
    #: The records that it counts; None: all.
    condition: sa.ColumnElement[bool] | None
    #: The figure, from the columns of `counted`.
    figure: Callable[[Expression | None, sa.ColumnElement[bool] | None], Expression]
    currency: Expression | None = None
    currency_name: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A report that was read and found possible for its reader."""

    source: Source
    columns: tuple[Shown, ...]
    counted: sa.Subquery
    statement: sa.Select[Any]
    #: Number of columns that identify a row: groups, and the currency.
    keys: int
    #: How many rows are shown.
    limit: int


def compile_report(
    question: Question,
    definition: pb.ReportDefinition,
    applied: Sequence[tuple[str, str, str]] = (),
    *,
    language: str = "it",
) -> tuple[Query, list[str]]:
    """Return the query of a report, and the applied filters that its source does not have.

    Raises:
        Invalid: INVALID_REPORT with the place of what is wrong, as in the definition.
        Forbidden: NOT_GRANTED, FACET_NOT_GRANTED with the place.
    """
    entity = source_entity(question, definition.source, definition.record_type, "source")
    source = Source(question, entity, definition.record_type)
    groups = [_group(source, each, number) for number, each in enumerate(definition.groups)]
    wanted = list(definition.measures) or [pb.Measure(kind=pb.MEASURE_KIND_COUNT)]
    measures = [_measure(source, each, number) for number, each in enumerate(wanted)]
    currency = _currency(measures)
    grouped_by_it = currency is not None and any(each.shown.field == currency[1] for each in groups)
    if currency is not None and not grouped_by_it:
        labels = naming.of_field(entity.name, CURRENCY)
        groups.append(_Group(Shown(CURRENCY, CURRENCY, "text", labels, field=currency[1]), currency[0]))
    ignored = _restrict(source, definition, applied)
    counted = _counted(source, groups, measures)
    grouped = _grouped(counted, groups, measures)
    limit = definition.limit or USUAL_ROWS
    statement = _result(source, grouped, groups, measures, definition.order_by, limit, language)
    columns = (*(each.shown for each in groups), *(each.shown for each in measures))
    return Query(source, columns, counted, statement, keys=len(groups), limit=limit), ignored


def _restrict(
    source: Source, definition: pb.ReportDefinition, applied: Sequence[tuple[str, str, str]]
) -> list[str]:
    source.conditions += source.filter(definition.filter, "filter")
    for number, each in enumerate(definition.related):
        place = f"related[{number}]"
        entity = source_entity(source.question, each.entity, "", f"{place}.entity")
        found = source.related(entity, each.field, each.filter, place)
        source.conditions.append(sa.not_(found) if each.absent else found)
    ignored = []
    for number, (name, op, value) in enumerate(applied):
        if not source.has(name):
            ignored.append(name)
            continue
        source.conditions += source.filter(f"{name} {op or '='} {_quoted(value)}", f"applied[{number}]")
    return ignored


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


# Groups


def _group(source: Source, asked: pb.Grouping, number: int) -> _Group:
    place = f"groups[{number}]"
    column = source.column(asked.field, f"{place}.field")
    step = asked.step
    if column.kind not in ("date", "time"):
        if step != pb.REPORT_STEP_UNSPECIFIED:
            raise wrong(f"{place}.step", "OPERATOR", f"{asked.field} is neither a date nor a time")
        shown = _shown(column, f"group_{number + 1}", "group", dict(asked.labels))
        return _Group(shown, column.expression)
    step = step or pb.REPORT_STEP_DAY
    if step not in _STEPS:
        raise wrong(
            f"{place}.step", "UNKNOWN_VALUE", f"one of these is expected: {', '.join(_STEPS.values())}"
        )
    shown = _shown(column, f"group_{number + 1}", "group", dict(asked.labels))
    return _Group(replace(shown, kind="date", step=step), _stepped(source, column, step))


def _stepped(source: Source, column: Column, step: int) -> Expression:
    """Return the first day of the step, where the company is."""
    local = _local(source, column)
    if step == pb.REPORT_STEP_DAY:
        return sa.cast(local, sa.Date())
    name: Expression = sa.literal_column(f"'{_STEPS[step]}'")
    return sa.cast(sa.func.date_trunc(name, sa.cast(local, sa.DateTime())), sa.Date())


def _local(source: Source, column: Column) -> Expression:
    if column.kind != "time":
        return column.expression
    local: Expression = sa.func.timezone(source.zone, column.expression, type_=sa.DateTime())
    return local


def _shown(column: Column, name: str, role: str, labels: Labels) -> Shown:
    return Shown(
        name,
        role,
        column.kind,
        labels or _own_labels(column),
        field=column.name,
        references=column.references,
        choices=_choices(column),
    )


def _own_labels(column: Column) -> Labels:
    if column.field is not None:
        return naming.of_field(column.entity, column.field.name)
    return dict(column.definition.labels) if column.definition is not None else {}


def _choices(column: Column) -> Mapping[str, Labels]:
    if column.field is not None:
        return naming.of_values(column.entity, column.field)
    limits = column.definition.limits if column.definition is not None else None
    return {each.key: each.labels for each in limits.choices} if limits is not None else {}


# Measures


def _measure(source: Source, asked: pb.Measure, number: int) -> _Measure:
    place = f"measures[{number}]"
    kind = asked.kind or pb.MEASURE_KIND_COUNT
    if kind not in pb.MeasureKind.values():
        raise wrong(f"{place}.kind", "UNKNOWN_VALUE", "a kind of measure is expected")
    held = source.filter(asked.filter, f"{place}.filter") if asked.filter else []
    condition = sa.and_(*held) if held else None
    name = f"measure_{number + 1}"
    if kind == pb.MEASURE_KIND_SHARE:
        if condition is None:
            raise wrong(f"{place}.filter", "REQUIRED", "the filter says of which records the share is")
        if asked.field:
            raise wrong(f"{place}.field", "OPERATOR", "a share is of records: name no field")
        shown = Shown(name, "measure", "percent", _labels(asked, kind))
        return _Measure(shown, None, condition, _share)
    if not asked.field:
        if kind != pb.MEASURE_KIND_COUNT:
            raise wrong(f"{place}.field", "REQUIRED", "a field is expected; only a count needs none")
        shown = Shown(name, "measure", "number", _labels(asked, kind))
        return _Measure(shown, None, condition, _count)
    column = source.column(asked.field, f"{place}.field")
    if asked.since:
        column = _time_between(source, column, asked, place)
    return _of_column(column, asked, kind, name, condition, place)


def _of_column(
    column: Column,
    asked: pb.Measure,
    kind: int,
    name: str,
    condition: sa.ColumnElement[bool] | None,
    place: str,
) -> _Measure:
    labels = _labels(asked, kind, column)
    if kind in (pb.MEASURE_KIND_COUNT, pb.MEASURE_KIND_DISTINCT):
        shown = Shown(name, "measure", "number", labels, field=column.name)
        figure = _count if kind == pb.MEASURE_KIND_COUNT else _distinct
        return _Measure(shown, column.expression, condition, figure)
    allowed = _ORDERED if kind in (pb.MEASURE_KIND_SMALLEST, pb.MEASURE_KIND_GREATEST) else _NUMBERS
    if column.kind not in allowed:
        detail = f"{asked.field} is of the kind {column.kind}: count it, or choose a field with numbers"
        raise wrong(f"{place}.field", "OPERATOR", detail)
    shown = Shown(name, "measure", column.kind, labels, field=column.name)
    return _Measure(
        shown,
        column.expression,
        condition,
        _FIGURES[kind],
        currency=column.currency,
        currency_name=column.currency_name,
    )


def _time_between(source: Source, column: Column, asked: pb.Measure, place: str) -> Column:
    """Return the time from `since` to the field: hours between times, days where one is a date."""
    since = source.column(asked.since, f"{place}.since")
    for each, name in ((column, "field"), (since, "since")):
        if each.kind not in ("date", "time"):
            raise wrong(f"{place}.{name}", "OPERATOR", "a date or time is expected")
    if column.kind == since.kind == "time":
        seconds = sa.extract("epoch", column.expression - since.expression)
        hours = sa.cast(seconds, sa.Numeric()) / sa.literal_column("3600.0")
        return replace(column, kind="hours", expression=sa.func.round(hours, 6, type_=sa.Numeric()))
    until, begin = (sa.cast(_local(source, each), sa.Date()) for each in (column, since))
    days = sa.type_coerce(until.op("-")(begin), sa.Integer())
    return replace(column, kind="days", expression=sa.cast(days, sa.Numeric()))


def _labels(asked: pb.Measure, kind: int, column: Column | None = None) -> Labels:
    if asked.labels:
        return dict(asked.labels)
    return naming.of_measure(kind, {} if column is None else _own_labels(column))


def _filtered(figure: Any, condition: sa.ColumnElement[bool] | None) -> Expression:
    found: Expression = figure if condition is None else figure.filter(condition)
    return found


def _count(value: Expression | None, condition: sa.ColumnElement[bool] | None) -> Expression:
    return _filtered(sa.func.count() if value is None else sa.func.count(value), condition)


def _share(value: Expression | None, condition: sa.ColumnElement[bool] | None) -> Expression:
    part = sa.cast(_count(None, condition), sa.Numeric()) * sa.literal_column("100")
    share = part / sa.func.nullif(sa.func.count(), sa.literal_column("0"))
    return _trimmed(share, 2)


def _distinct(value: Any, condition: sa.ColumnElement[bool] | None) -> Expression:
    return _filtered(sa.func.count(sa.distinct(value)), condition)


def _average(value: Expression | None, condition: sa.ColumnElement[bool] | None) -> Expression:
    return _trimmed(_filtered(sa.func.avg(value), condition), 6)


def _simple(name: str, value: Expression | None, condition: sa.ColumnElement[bool] | None) -> Expression:
    return _filtered(getattr(sa.func, name)(value), condition)


def _nearest_rank(share: str, value: Any, condition: sa.ColumnElement[bool] | None) -> Expression:
    return _filtered(sa.func.percentile_disc(sa.literal_column(share)).within_group(value), condition)


def _trimmed(figure: Expression, decimals: int) -> Expression:
    rounded = sa.func.round(figure, sa.literal_column(str(decimals)), type_=sa.Numeric())
    trimmed: Expression = sa.func.trim_scale(rounded, type_=sa.Numeric())
    return trimmed


_FIGURES: Final[Mapping[int, Callable[..., Expression]]] = {
    pb.MEASURE_KIND_SUM: partial(_simple, "sum"),
    pb.MEASURE_KIND_AVERAGE: _average,
    pb.MEASURE_KIND_MEDIAN: partial(_nearest_rank, "0.5"),
    pb.MEASURE_KIND_P90: partial(_nearest_rank, "0.9"),
    pb.MEASURE_KIND_SMALLEST: partial(_simple, "min"),
    pb.MEASURE_KIND_GREATEST: partial(_simple, "max"),
}


def _currency(measures: Sequence[_Measure]) -> tuple[Expression, str] | None:
    """Return by what amounts are kept apart: one currency per row of the result."""
    found: tuple[Expression, str] | None = None
    for number, each in enumerate(measures):
        if each.currency is None:
            continue
        if found is not None and found[1] != each.currency_name:
            detail = "its currency stands elsewhere than that of an amount before: make a report of each"
            raise wrong(f"measures[{number}].field", "CURRENCIES_DIFFER", detail)
        found = each.currency, each.currency_name
    return found


# The statement


def _counted(source: Source, groups: Sequence[_Group], measures: Sequence[_Measure]) -> sa.Subquery:
    columns: list[Expression] = [source.root.table.c.id.label("id")]
    columns += [each.expression.label(f"k{number}") for number, each in enumerate(groups)]
    for number, each in enumerate(measures):
        if each.value is not None:
            columns.append(each.value.label(f"v{number}"))
        if each.condition is not None:
            columns.append(each.condition.label(f"f{number}"))
    return sa.select(*columns).select_from(source.joined).where(*source.conditions).subquery("counted")


def _grouped(counted: sa.Subquery, groups: Sequence[_Group], measures: Sequence[_Measure]) -> sa.Subquery:
    keys = [counted.c[f"k{number}"] for number in range(len(groups))]
    figures = [
        each.figure(counted.c.get(f"v{number}"), counted.c.get(f"f{number}")).label(f"m{number}")
        for number, each in enumerate(measures)
    ]
    query = sa.select(*keys, *figures).select_from(counted)
    if not any(each.shown.role == "group" for each in groups):
        query = query.add_columns(sa.true().label("is_total"))
        return (query.group_by(*keys) if keys else query).subquery("grouped")
    apart = _apart(groups, measures)
    others = [number for number in range(len(keys)) if number not in apart]
    if not others:
        return query.add_columns(sa.false().label("is_total")).group_by(*keys).subquery("grouped")
    is_total = (sa.func.grouping(keys[others[0]]) == 1).label("is_total")
    sets = sa.tuple_(*keys), sa.tuple_(*(keys[number] for number in apart))
    return query.add_columns(is_total).group_by(sa.func.grouping_sets(*sets)).subquery("grouped")


def _apart(groups: Sequence[_Group], measures: Sequence[_Measure]) -> list[int]:
    """Return which keys the totals keep apart: the currency, if amounts are measured."""
    names = {each.currency_name for each in measures if each.currency is not None}
    return [number for number, each in enumerate(groups) if each.shown.field in names][:1]


def _result(
    source: Source,
    grouped: sa.Subquery,
    groups: Sequence[_Group],
    measures: Sequence[_Measure],
    order_by: str,
    limit: int,
    language: str,
) -> sa.Select[Any]:
    joined: sa.FromClause = grouped
    labels: list[Expression | None] = []
    for number, each in enumerate(groups):
        linked = all_entities().get(each.shown.references) if each.shown.kind == "id" else None
        label = naming.label_of(source.question, linked, language) if linked is not None else None
        if label is None:
            labels.append(None)
            continue
        joined = joined.outerjoin(label.table, label.table.c.id == grouped.c[f"k{number}"])
        labels.append(label.text)
    figures = [grouped.c[f"m{number}"] for number in range(len(measures))]
    keys = [grouped.c[f"k{number}"] for number in range(len(groups))]
    order = _order(order_by, keys, labels, figures, groups)
    names = [sa.literal_column("''") if each is None else each for each in labels]
    named = [each.label(f"l{number}") for number, each in enumerate(names)]
    return (
        sa.select(grouped.c.is_total, *keys, *figures, *named)
        .select_from(joined)
        .order_by(grouped.c.is_total.desc(), *order)
        .limit(limit + 1 + MOST_TOTALS)
    )


def _order(
    text: str,
    keys: Sequence[Expression],
    labels: Sequence[Expression | None],
    figures: Sequence[Expression],
    groups: Sequence[_Group],
) -> list[Expression]:
    by_name: dict[str, list[Expression]] = {}
    for number, each in enumerate(groups):
        label = labels[number]
        by_name[each.shown.name] = [keys[number]] if label is None else [label, keys[number]]
    for number, figure in enumerate(figures):
        by_name[f"measure_{number + 1}"] = [figure]
    order: list[Expression] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = re.fullmatch(r"([a-z_]+[0-9]*)(\s+(asc|desc))?", part)
        if match is None or match[1] not in by_name:
            raise wrong("order_by", "UNKNOWN_FIELD", f"columns are expected: {', '.join(by_name)}")
        downwards = match[3] == "desc"
        order += [
            each.desc().nulls_last() if downwards else each.asc().nulls_last() for each in by_name[match[1]]
        ]
    # Always the same order: at last by the groups.
    return order + [each.asc().nulls_last() for name in by_name if name[0] != "m" for each in by_name[name]]
