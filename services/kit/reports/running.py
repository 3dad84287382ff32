"""A report's figures for one reader, and the records behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sales.reports.v1 import records_pb2 as pb

from services.kit.database import Database
from services.kit.entities.canonical import time_text
from services.kit.errors import Invalid, NotAllowedNow, Unavailable, Violation
from services.kit.permissions import Access
from services.kit.records.reading import Reader, ReadRecord
from services.kit.reports.query import MOST_TOTALS, Query, Shown, compile_report
from services.kit.reports.sources import Question
from services.kit.values import parse_decimal

#: A report that takes longer is asked too much; its connection is needed by others. Less than the gateway
#: waits, so that its caller is told why.
LONGEST_MS: Final = 8_000
#: PostgreSQL's code for a statement that was stopped.
_CANCELLED: Final = "57014"

Applied = Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a result, as texts: values as in records, and what people read where that differs."""

    values: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What a report says to one reader."""

    columns: tuple[Shown, ...]
    rows: tuple[Line, ...]
    #: Over everything that is counted: one for each currency.
    totals: tuple[Line, ...]
    truncated: bool
    ignored: tuple[str, ...]
    as_of: datetime


def question_of(database: Database, access: Access, *, now: datetime | None = None) -> Question:
    """Return who asks, of which database, and when."""
    with database.read() as connection:
        definitions = database.definitions.current(connection)
    return Question(database.tables, access, definitions, now or datetime.now(UTC))


def run(
    database: Database,
    access: Access,
    definition: pb.ReportDefinition,
    applied: Applied = (),
    *,
    language: str = "it",
    now: datetime | None = None,
) -> Result:
    """Return the figures of a report over what the reader may see.

    Raises:
        Invalid: INVALID_REPORT with the place.
        Forbidden: NOT_GRANTED, FACET_NOT_GRANTED.
        NotAllowedNow: REPORT_TOO_SLOW.
    """
    question = question_of(database, access, now=now)
    query, ignored = compile_report(question, definition, applied, language=language)
    with _slow_is_told(), database.unit_of_reading(longest_ms=LONGEST_MS) as connection:
        found = connection.execute(query.statement).all()
    totals = [row for row in found if row[0]][:MOST_TOTALS]
    rows = [row for row in found if not row[0]]
    shown = rows if query.keys and _has_groups(query) else totals
    return Result(
        query.columns,
        tuple(_line(query, row, language) for row in shown[: query.limit]),
        tuple(_line(query, row, language) for row in totals),
        truncated=len(shown) > query.limit,
        ignored=tuple(ignored),
        as_of=question.now,
    )


@contextmanager
def _slow_is_told() -> Iterator[None]:
    try:
        yield
    except Unavailable as error:
        if getattr(getattr(error.__cause__, "orig", None), "sqlstate", "") != _CANCELLED:
            raise
        limit = str(LONGEST_MS // 1000)
        raise NotAllowedNow("REPORT_TOO_SLOW", params={"limit_s": limit}) from error


def _has_groups(query: Query) -> bool:
    return any(each.role == "group" for each in query.columns)


def _line(query: Query, row: sa.Row[Any], language: str) -> Line:
    count = len(query.columns)
    values = tuple(_text(value) for value in row[1 : count + 1])
    names = [*(each or "" for each in row[count + 1 :]), *([""] * (count - query.keys))]
    labels = (
        _label(column, value, name, language)
        for column, value, name in zip(query.columns, values, names, strict=True)
    )
    return Line(values, tuple(labels))


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case datetime():
            return time_text(value)
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _label(column: Shown, value: str, name: str, language: str) -> str:
    if name or not value:
        return name
    if column.step:
        return _of_step(date.fromisoformat(value), column.step)
    labels = (column.choices or {}).get(value, {})
    return labels.get(language) or next(iter(labels.values()), "")


def _of_step(day: date, step: int) -> str:
    """Return how a step of time is written, the same in every language."""
    match step:
        case pb.REPORT_STEP_WEEK:
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02}"
        case pb.REPORT_STEP_MONTH:
            return f"{day:%Y-%m}"
        case pb.REPORT_STEP_QUARTER:
            return f"{day.year}-Q{(day.month + 2) // 3}"
        case pb.REPORT_STEP_YEAR:
            return f"{day.year:04}"
        case _:
            return day.isoformat()


# The records behind a figure


def rows_behind(
    database: Database,
    access: Access,
    definition: pb.ReportDefinition,
    applied: Applied = (),
    *,
    key: Mapping[str, str],
    measure: int = 0,
    order_by: str = "",
    page_size: int = 0,
    page_token: str = "",
    now: datetime | None = None,
) -> tuple[list[ReadRecord], str]:
    """Return a page of the records that a figure counts, and the token of the next page.

    `key` has values of groups by the name of their column; of those that it leaves out every value counts.
    With the number of a measure, from 1 on, only the records that have what it measures.

    Raises:
        Invalid: INVALID_REPORT, INVALID_QUERY, INVALID_PAGE_TOKEN.
        Forbidden: NOT_GRANTED, FACET_NOT_GRANTED.
    """
    question = question_of(database, access, now=now)
    query, _ = compile_report(question, definition, applied)
    counted, keys = query.counted, query.columns[: query.keys]
    by_name = {column.name: number for number, column in enumerate(keys)}
    where: list[sa.ColumnElement[bool]] = []
    for name, text in key.items():
        if name not in by_name:
            raise _wrong_key(name, "UNKNOWN_FIELD", f"columns are expected: {', '.join(by_name)}")
        number = by_name[name]
        where.append(counted.c[f"k{number}"].is_not_distinct_from(_value(keys[number], name, text)))
    if measure > len(query.columns) - query.keys:
        raise _wrong_key("measure", "OUT_OF_RANGE", "the report has fewer measures")
    if measure:
        where += _counts(counted, measure - 1)
    wanted = sa.select(counted.c.id).where(*where)
    entity = query.source.root.entity
    return Reader(database).page(
        access,
        entity,
        order_by=order_by,
        page_size=page_size,
        page_token=page_token,
        within=wanted,
    )


def _counts(counted: sa.Subquery, number: int) -> list[sa.ColumnElement[bool]]:
    value, condition = counted.c.get(f"v{number}"), counted.c.get(f"f{number}")
    found: list[sa.ColumnElement[bool]] = [value.is_not(None)] if value is not None else []
    return found if condition is None else [*found, condition]


def _value(column: Shown, name: str, text: str) -> Any:
    """Return a value of a result as the database knows it."""
    if text == "":
        return None
    try:
        match column.kind:
            case "date":
                return date.fromisoformat(text)
            case "number" | "money":
                return parse_decimal(text, integer_digits=18, decimals=12)
            case "id":
                return UUID(text)
            case "boolean":
                return {"true": True, "false": False}[text]
            case _:
                return text
    except (ValueError, KeyError, Invalid) as error:
        raise _wrong_key(name, "WRONG_TYPE", f"a value of the kind {column.kind} is expected") from error


def _wrong_key(name: str, reason: str, detail: str) -> Invalid:
    place = name if name == "measure" else f"key.{name}"
    return Invalid("INVALID_REPORT", violations=[Violation(place, reason, detail)])
