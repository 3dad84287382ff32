"""Prints in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sales.forms.v1 import prints_pb2

from gateway.api import transcode
from gateway.api.prints import BYTES, DOCUMENTS, LIST, PREVIEW, SHEET, VERSIONS, parameters_of
from gateway.api.schemas import RECORD_ID, Schema, message_schema
from services.kit.entities import Entity, all_entities
from services.kit.fields.definitions import is_shaped

_ID: Schema = {"name": "id", "in": "path", "required": True, "schema": RECORD_ID}
_FILE: Schema = {
    "description": "The file.",
    "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
}


def print_paths() -> Iterator[tuple[str, Schema]]:
    """Yield the addresses and what is answered there."""
    for entity in all_entities().values():
        if is_shaped(entity.name):
            yield from _of_entity(entity)
    for service in sorted({each.service for each in all_entities().values() if each.template}):
        title = service.capitalize()
        preview = [_ID, *_query(prints_pb2.PreviewTemplateRequest)]
        summary = "What a template makes of a record or of examples"
        path = PREVIEW.format(service=service, id="{id}")
        yield path, {"get": _operation(f"preview{title}Template", service, summary, preview, _FILE)}
        versions = prints_pb2.ListTemplateVersionsResponse
        path = VERSIONS.format(service=service, id="{id}")
        name = f"list{title}TemplateVersions"
        yield path, {"get": _operation(name, service, "Versions of a template", [_ID], _json(versions))}
        yield DOCUMENTS.format(service=service), {"post": _keep(service)}


def _of_entity(entity: Entity) -> Iterator[tuple[str, Schema]]:
    title = "".join(part.capitalize() for part in entity.name.replace(".", "_").split("_"))
    place = {"service": entity.service, "collection": entity.collection}
    listed, sheet = _query(prints_pb2.PrintListRequest), [_ID, *_query(prints_pb2.PrintRecordRequest)]
    path = LIST.format(**place)
    yield path, {"get": _operation(f"printListOf{title}", entity.service, "A list as a file", listed, _FILE)}
    path = SHEET.format(**place, id="{id}")
    yield path, {"get": _operation(f"print{title}", entity.service, "A record as a file", sheet, _FILE)}


def _keep(service: str) -> Schema:
    title = service.capitalize()
    answer = _json(prints_pb2.KeepDocumentResponse)
    operation = _operation(f"keep{title}Document", service, "A Word file for templates", [], answer)
    operation["responses"]["201"] = operation["responses"].pop("200")
    content = {BYTES: {"schema": {"type": "string", "format": "binary"}}}
    return {**operation, "requestBody": {"required": True, "content": content}}


def _operation(name: str, tag: str, summary: str, parameters: list[Schema], answer: Schema) -> Schema:
    problem = {"$ref": "#/components/responses/Problem"}
    return {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "parameters": parameters,
        "responses": {"200": answer, "default": problem},
    }


def _query(message: Any) -> list[Schema]:
    text: Schema = {"type": "string", "maxLength": 2000}
    number: Schema = {"type": "integer", "minimum": 0, "maximum": 999999}
    fields = message.DESCRIPTOR.fields_by_name
    return [
        {"name": name, "in": "query", "schema": text if fields[name].cpp_type == 9 else number}
        for name in parameters_of(message)
    ]


def _json(message: Any) -> Schema:
    schema = message_schema(transcode.fields(message.DESCRIPTOR))
    return {"description": "The answer.", "content": {"application/json": {"schema": schema}}}
