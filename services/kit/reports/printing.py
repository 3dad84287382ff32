"""A dashboard on paper: its tiles, as their owners answered, one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sales.reports.v1 import service_pb2

from services.kit.prints.words import Words
from services.kit.reports import files
from services.kit.reports.query import Shown
from services.kit.reports.running import Line


def dashboard_pdf(
    title: str,
    description: str,
    tiles: Iterable[service_pb2.PrintedTile],
    head: files.Head,
    *,
    language: str,
    now: datetime,
) -> bytes:
    """Return the PDF of a dashboard, its figures in `language`.

    Raises:
        Invalid: TEMPLATE_REFUSED, it is too large.
        Unavailable: PRESS_UNAVAILABLE.
    """
    sheets = [
        _problem(each.problem) if each.problem else _printed(each.report, head.words, language)
        for each in tiles
    ]
    return files.on_paper(sheets, head, title=title, description=description, made_at=now)


def _printed(report: service_pb2.RunReportResponse, words: Words, language: str) -> dict[str, Any]:
    columns = tuple(
        Shown(each.name, each.role, each.kind, dict(each.labels), step=each.step) for each in report.columns
    )
    result = (_lines(report.rows), _lines(report.totals))
    sheet = files.sheet_of_lines(
        report.title,
        report.description,
        columns,
        *result,
        truncated=report.truncated,
        as_of=datetime.fromisoformat(report.as_of),
        language=language,
    )
    return files.printed(sheet, words)


def _lines(rows: Iterable[service_pb2.ReportRow]) -> tuple[Line, ...]:
    return tuple(Line(tuple(row.values), tuple(row.labels)) for row in rows)


def _problem(text: str) -> dict[str, Any]:
    empty: dict[str, list[str]] = {name: [] for name in ("headers", "numeric", "rows", "bars", "totals")}
    return {"title": "", "description": text, "as_of": "", "more": "", **empty}
