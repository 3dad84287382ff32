"""Forms and custom fields in the OpenAPI document: their addresses, and the fields that a company added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sales.forms.v1 import service_pb2

from gateway.api import transcode
from gateway.api.forms import FORM, KEPT, PREVIEW
from gateway.api.schemas import RECORD_ID, Schema, message_schema
from services.kit.entities import all_entities
from services.kit.fields.definitions import Definition, is_shaped
from services.kit.fields.values import FieldKind

_ID: Schema = {"name": "id", "in": "path", "required": True, "schema": RECORD_ID}


def form_paths() -> Iterator[tuple[str, Schema]]:
    """Yield the addresses and what is answered there."""
    for entity in all_entities().values():
        if is_shaped(entity.name):
            path = FORM.format(service=entity.service, collection=entity.collection)
            query = [_query("record_type")] if entity.template else []
            name = f"formOf{_title(entity.name)}"
            yield path, _get(name, entity.service, "The caller's form", query, service_pb2.GetFormResponse)
    for service in sorted({each.service for each in all_entities().values() if each.template}):
        path, title = PREVIEW.format(service=service, id="{id}"), service.capitalize()
        summary = "What another kind would make of a field's values"
        parameters = [_ID, _query("kind")]
        answer = service_pb2.PreviewKindResponse
        yield path, _get(f"preview{title}Kind", service, summary, parameters, answer)
        summary = "Values that no change of kind could take along"
        path = KEPT.format(service=service, id="{id}")
        yield path, _get(f"list{title}Kept", service, summary, [_ID], service_pb2.ListKeptResponse)


def _get(name: str, tag: str, summary: str, parameters: list[Schema], answer: Any) -> Schema:
    schema = message_schema(transcode.fields(answer.DESCRIPTOR))
    content = {"application/json": {"schema": schema}}
    return {
        "get": {
            "operationId": name,
            "tags": [tag],
            "summary": summary,
            "parameters": parameters,
            "responses": {
                "200": {"description": "The answer.", "content": content},
                "default": {"$ref": "#/components/responses/Problem"},
            },
        }
    }


def _query(name: str) -> Schema:
    return {"name": name, "in": "query", "schema": {"type": "string", "maxLength": 200}}


def _title(entity_name: str) -> str:
    return "".join(part.capitalize() for part in entity_name.replace(".", "_").split("_"))


# What a company added


def with_custom_fields(document: Schema, definitions: Iterable[Definition], language: str) -> Schema:
    """Return the document with custom fields in the schema of each record; the given one stays as it is."""
    by_entity: dict[str, dict[str, Schema]] = {}
    for each in definitions:
        if not each.inactive:
            by_entity.setdefault(each.entity, {})[each.key] = _schema(each, language)
    components = document["components"]
    schemas = dict(components["schemas"])
    for entity_name, fields in by_entity.items():
        title = _title(entity_name)
        record = schemas[title]
        custom = {**record["properties"]["custom"], "properties": fields}
        schemas[title] = {**record, "properties": {**record["properties"], "custom": custom}}
    return {**document, "components": {**components, "schemas": schemas}}


_CONTENT: Mapping[FieldKind, Schema] = {
    FieldKind.TEXT: {"type": "string"},
    FieldKind.NUMBER: {"type": "number"},
    FieldKind.MONEY: {
        "type": "object",
        "properties": {"amount": {"type": "string"}, "currency": {"type": "string"}},
        "required": ["amount", "currency"],
        "additionalProperties": False,
    },
    FieldKind.DATE: {"type": "string", "format": "date"},
    FieldKind.TIME: {"type": "string", "format": "date-time"},
    FieldKind.BOOLEAN: {"type": "boolean"},
    FieldKind.CHOICE: {"type": "string"},
    FieldKind.MULTIPLE_CHOICE: {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
    FieldKind.LINK: RECORD_ID,
}


def _schema(definition: Definition, language: str) -> Schema:
    """Return the schema of a value: JSON written as text."""
    content = dict(_CONTENT[definition.value_kind])
    limits = definition.limits
    keys = [choice.key for choice in limits.choices]
    if definition.kind is FieldKind.CHOICE:
        content["enum"] = keys
    if definition.kind is FieldKind.MULTIPLE_CHOICE:
        content["items"] = {"type": "string", "enum": keys}
    schema: Schema = {
        "type": "string",
        "title": definition.label(language),
        "contentMediaType": "application/json",
        "contentSchema": content,
        "x-kind": definition.kind.value,
    }
    help_text = definition.help.get(language) or next(iter(definition.help.values()), "")
    marks: Schema = {
        "description": help_text,
        "x-required": definition.required,
        "x-facet": "" if definition.facet == "base" else definition.facet,
        "x-record-type": definition.record_type,
        "x-references": definition.links_to,
        "x-minimum": limits.minimum,
        "x-maximum": limits.maximum,
        "x-pattern": limits.pattern,
        "readOnly": definition.kind is FieldKind.FORMULA,
    }
    return {**schema, **{name: value for name, value in marks.items() if value}}
