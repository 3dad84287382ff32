"""JSON Schemas of the contracts' records and requests, for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor

from services.kit.entities import BASE, Entity, Field, Kind

Schema = dict[str, Any]

_ID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_OR_EMPTY = "^({0})?$"

_OF_KIND: Mapping[Kind, Schema] = {
    Kind.TEXT: {"type": "string"},
    Kind.DECIMAL: {"type": "string", "pattern": _OR_EMPTY.format(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?")},
    Kind.DATE: {"type": "string", "pattern": _OR_EMPTY.format("[0-9]{4}-[0-9]{2}-[0-9]{2}")},
    Kind.ID: {"type": "string", "pattern": _OR_EMPTY.format(_ID)},
    Kind.SHA256: {"type": "string", "pattern": _OR_EMPTY.format("[0-9a-f]{64}")},
    Kind.TIME: {"type": "string", "format": "date-time"},
    Kind.INTEGER: {"type": "integer", "format": "int32", "minimum": -(2**31), "maximum": 2**31 - 1},
    Kind.LONG: {"type": "string", "pattern": "^-?[0-9]{1,19}$"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.MAP: {"type": "object", "additionalProperties": {"type": "string"}},
}

RECORD_ID: Schema = {"type": "string", "format": "uuid"}
VERSION: Schema = {"type": "integer", "format": "int64", "minimum": 0}


def record_schema(entity: Entity) -> Schema:
    """Return the schema of a record as it is read."""
    return {
        "type": "object",
        "description": _description(entity),
        "properties": {name: _read(field) for name, field in entity.fields.items()},
        "required": [name for name, field in entity.fields.items() if _is_always_there(field)],
    }


def fields_schema(entity: Entity, *, creating: bool) -> Schema:
    """Return the schema of the fields that a client may write."""
    writable = {
        name: _written(field, creating=creating)
        for name, field in entity.fields.items()
        if not field.output_only and name != "id" and (creating or not field.immutable)
    }
    schema: Schema = {"type": "object", "properties": writable, "additionalProperties": False}
    if creating:
        schema["properties"] = {"id": RECORD_ID, **writable}
        required = [name for name, field in entity.fields.items() if field.required]
        if required:
            schema["required"] = required
    else:
        schema["minProperties"] = 1
    return schema


def parameters_schema(fields: Mapping[str, Field]) -> Schema:
    """Return the schema of a command's own parameters, with the members that every command may carry."""
    common = {"change_id": RECORD_ID, "base_version": VERSION}
    return {
        "type": "object",
        "properties": {**common, **{name: field_schema(field) for name, field in fields.items()}},
        "additionalProperties": False,
    }


def message_schema(fields: Mapping[str, Field]) -> Schema:
    """Return the schema of a plain message."""
    return {
        "type": "object",
        "properties": {name: field_schema(field) for name, field in fields.items()},
        "additionalProperties": False,
    }


def field_schema(field: Field) -> Schema:
    """Return the schema of a field's value."""
    single = _single(field)
    if not field.repeated:
        return single
    schema: Schema = {"type": "array", "items": single, **_size("repeated", field)}
    if field.is_set:
        schema["uniqueItems"] = True
    return schema


def _single(field: Field) -> Schema:
    if field.kind is Kind.ENUM:
        return {"type": "string", "enum": list(field.enum_values)}
    if field.kind is Kind.MESSAGE:
        return message_schema(field.message)
    schema = dict(_OF_KIND[field.kind])
    if field.repeated:
        return schema
    if field.kind is Kind.TEXT:
        schema.update(_size("string", field))
    if field.kind is Kind.INTEGER:
        schema.update(_range(field))
    return schema


def _read(field: Field) -> Schema:
    schema = VERSION if field.name == "version" else field_schema(field)
    marks: Schema = {}
    if field.output_only:
        marks["readOnly"] = True
    if field.references:
        marks["x-references"] = field.references
    if field.facet != BASE:
        marks["x-facet"] = field.facet
    return {**schema, **marks}


def _written(field: Field, *, creating: bool) -> Schema:
    schema = field_schema(field)
    if field.name == "custom" and not creating:
        return {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
    if field.is_set and not creating:
        change = {"add": schema, "remove": schema}
        return {"anyOf": [schema, {"type": "object", "properties": change, "additionalProperties": False}]}
    return schema


def _is_always_there(field: Field) -> bool:
    if field.facet != BASE:
        return False
    return field.repeated or field.kind not in (Kind.TIME, Kind.MESSAGE)


def _description(entity: Entity) -> str:
    """Return the kind of record in one line, with the facets that only some users see."""
    facets = [facet for facet in entity.facets if facet != BASE]
    text = f"A record of {entity.name}, granted with the group {entity.grant_group}."
    return f"{text} Facets that only some grants show: {', '.join(facets)}." if facets else text


def _rules(field: Field) -> validate_pb2.FieldRules:
    descriptor: FieldDescriptor = field.descriptor
    rules: validate_pb2.FieldRules = descriptor.GetOptions().Extensions[validate_pb2.field]
    return rules


_SIZES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "string": (("min_len", "minLength"), ("max_len", "maxLength")),
    "repeated": (("min_items", "minItems"), ("max_items", "maxItems")),
}


def _size(of: str, field: Field) -> Schema:
    rules = getattr(_rules(field), of)
    return {schema: getattr(rules, rule) for rule, schema in _SIZES[of] if rules.HasField(rule)}


def _range(field: Field) -> Schema:
    rules = _rules(field).int32
    found: Schema = {}
    if rules.HasField("gte"):
        found["minimum"] = rules.gte
    if rules.HasField("lte"):
        found["maximum"] = rules.lte
    return found
