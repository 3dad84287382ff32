"""Reports in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sales.reports.v1 import service_pb2

from gateway.api import transcode
from gateway.api.dashboards import PRINT
from gateway.api.reports import EXPORT, EXPORT_KEPT, ROWS, ROWS_KEPT, RUN, RUN_KEPT, SOURCES
from gateway.api.schemas import RECORD_ID, Schema, message_schema
from services.kit.entities import all_entities

_FILE: Schema = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
_ID: Schema = {"name": "id", "in": "path", "required": True, "schema": RECORD_ID}


def report_paths() -> Iterator[tuple[str, Schema]]:
    """Yield the addresses and what is answered there."""
    for service in sorted(each.service for each in all_entities().values() if each.template == "report"):
        title = service.capitalize()
        figures = _content(message_schema(transcode.fields(service_pb2.RunReportResponse.DESCRIPTOR)))
        records = _content(_page())
        run, rows = service_pb2.RunReportRequest, service_pb2.ListReportRowsRequest
        for path, name, kept in ((RUN, "run{}Report", False), (RUN_KEPT, "runKept{}Report", True)):
            summary = "Figures over what the caller may see"
            yield _at(path, service), _post(name.format(title), service, summary, run, figures, kept=kept)
        for path, name, kept in (
            (ROWS, "list{}ReportRows", False),
            (ROWS_KEPT, "listKept{}ReportRows", True),
        ):
            summary = "The records behind a figure"
            yield _at(path, service), _post(name.format(title), service, summary, rows, records, kept=kept)
        for path, name, kept in (
            (EXPORT, "export{}Report", False),
            (EXPORT_KEPT, "exportKept{}Report", True),
        ):
            summary = "Figures as a file: csv, xlsx or pdf"
            asked = service_pb2.ExportReportRequest
            yield _at(path, service), _post(name.format(title), service, summary, asked, _FILE, kept=kept)
        schema = message_schema({"applied": transcode.fields(run.DESCRIPTOR)["applied"]})
        yield (
            _at(PRINT, service),
            _posted(
                _operation(f"print{title}Dashboard", service, "A dashboard as PDF", [_ID], _FILE), schema
            ),
        )
        sources = _content(message_schema(transcode.fields(service_pb2.ListReportSourcesResponse.DESCRIPTOR)))
        operation = _operation(f"list{title}ReportSources", service, "What reports may name", [], sources)
        yield _at(SOURCES, service), {"get": operation}


def _at(path: str, service: str) -> str:
    return path.replace("{service}", service)


def _page() -> Schema:
    record: Schema = {"type": "object", "description": "A record of the report's source."}
    members: Schema = {"records": {"type": "array", "items": record}, "next_page_token": {"type": "string"}}
    return {"type": "object", "properties": members, "required": list(members)}


def _post(name: str, tag: str, summary: str, asked: Any, answer: Schema, *, kept: bool) -> Schema:
    left_out = {"id", "definition", "title"} if kept else {"id"}
    fields = {
        name: field for name, field in transcode.fields(asked.DESCRIPTOR).items() if name not in left_out
    }
    schema = message_schema(fields)
    if not kept:
        schema["required"] = ["definition"]
    operation = _operation(name, tag, summary, [_ID] if kept else [], answer)
    return _posted(operation, schema, required=not kept)


def _posted(operation: Schema, schema: Schema, *, required: bool = False) -> Schema:
    return {"post": {**operation, "requestBody": {"required": required, "content": _content(schema)}}}


def _operation(name: str, tag: str, summary: str, parameters: Sequence[Schema], answer: Schema) -> Schema:
    return {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "parameters": list(parameters),
        "responses": {
            "200": {"description": "The answer.", "content": answer},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }


def _content(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}
