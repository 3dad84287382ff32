"""The OpenAPI 3.1 document, made from the contracts once per process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from sales.identity.v1 import service_pb2

from gateway.api import groups, transcode
from gateway.api.calendar_feeds import feed_paths
from gateway.api.commands import Address, addresses
from gateway.api.exports import export_paths
from gateway.api.forms_document import form_paths
from gateway.api.parked import PARAMETERS as PARKED_PARAMETERS
from gateway.api.prints_document import print_paths
from gateway.api.questions_document import question_paths
from gateway.api.records import LARGEST_PAGE, LIST_PARAMETERS
from gateway.api.reports_document import report_paths
from gateway.api.schemas import (
    RECORD_ID,
    VERSION,
    Schema,
    fields_schema,
    message_schema,
    parameters_schema,
    record_schema,
)
from gateway.api.sync_document import TAG, sync_paths
from services.kit.entities import Entity, all_entities

_OUTCOMES = ["applied", "merged", "conflict", "refused", "held"]

_PARAMETER_TEXTS = {
    "search": "Words that the searched fields contain.",
    "filter": "Terms `field op value` joined by AND; op is one of = != < <= > >= :",
    "order_by": "Fields separated by commas, each with an optional ` desc`.",
    "page_size": "How many records a page holds; without it 50.",
    "page_token": "`next_page_token` of the page before.",
}


def document() -> dict[str, Any]:
    """Return the document."""
    entities = list(all_entities().values())
    paths: dict[str, Any] = dict(_fixed_paths())
    for entity in entities:
        paths.update(_entity_paths(entity))
    paths.update(sync_paths())
    paths.update(question_paths())
    paths.update(feed_paths())
    paths.update(form_paths())
    paths.update(report_paths())
    paths.update(print_paths())
    paths.update(export_paths())
    for address in addresses().values():
        paths[address.command.path] = {"post": _command(address)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Project Sales",
            "version": "1",
            "description": (
                "Records, changes and commands of the sales suite. Every write is a change or a command with "
                "an id of its own; the same id sent again is answered, not done again. "
                "protos/README.md has the details."
            ),
        },
        "tags": [
            {"name": name} for name in dict.fromkeys(["session", "changes", *_services(), TAG, "process"])
        ],
        "security": [{"token": []}, {"cookies": []}],
        "paths": paths,
        "components": {
            "schemas": {
                **_common_schemas(),
                **{_title(entity): record_schema(entity) for entity in entities},
            },
            "responses": {"Problem": _problem_response()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookies": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-access",
                    "description": "Writes also need the header X-CSRF-Token with the cookie __Host-csrf.",
                },
            },
        },
    }


def document_bytes() -> bytes:
    """Return the document as JSON text."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2)


def _services() -> list[str]:
    return list(dict.fromkeys(entity.service for entity in all_entities().values()))


def _title(entity: Entity) -> str:
    return "".join(part.capitalize() for part in entity.name.replace(".", "_").split("_"))


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: Schema, description: str, headers: Schema | None = None) -> Schema:
    response: Schema = {"description": description, "content": {"application/json": {"schema": schema}}}
    return {**response, "headers": headers} if headers else response


def _body(schema: Schema, *, required: bool = True) -> Schema:
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def _problem_response() -> Schema:
    return {
        "description": "What is wrong, by reason and in the reader's language.",
        "content": {"application/problem+json": {"schema": _ref("Problem")}},
    }


_ETAG: Schema = {"ETag": {"schema": {"type": "string"}, "description": "The record's version in quotes."}}
_LOCATION: Schema = {"Location": {"schema": {"type": "string"}, "description": "Address of the record."}}
_PROBLEM: Schema = {"$ref": "#/components/responses/Problem"}


def _operation(
    operation_id: str,
    *,
    tag: str,
    summary: str,
    responses: Schema,
    parameters: list[Schema] | None = None,
    body: Schema | None = None,
    is_open: bool = False,
) -> Schema:
    found: Schema = {
        "operationId": operation_id,
        "tags": [tag],
        "summary": summary,
        "responses": {**responses, "default": _PROBLEM},
    }
    if parameters:
        found["parameters"] = parameters
    if body is not None:
        found["requestBody"] = body
    if is_open:
        found["security"] = []
    return found


def _query(name: str, largest: int) -> Schema:
    schema: Schema = {"type": "string", "maxLength": 2000}
    if name == "page_size":
        schema = {"type": "integer", "minimum": 1, "maximum": largest}
    if name == "order_by":
        schema["pattern"] = "^([a-z_]+( desc)?(,[a-z_]+( desc)?)*)?$"
    return {"name": name, "in": "query", "schema": schema, "description": _PARAMETER_TEXTS[name]}


def _header(name: str, pattern: str, description: str) -> Schema:
    schema: Schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "header", "schema": schema, "description": description}


_ID_IN_PATH: Schema = {"name": "id", "in": "path", "required": True, "schema": RECORD_ID}
_IDEMPOTENCY_KEY = _header(
    "Idempotency-Key",
    "^[!-~]{1,200}$",
    "Id of the change (a UUID), or any text from which it is made for this user.",
)
_PREFER = _header(
    "Prefer", "^return=(minimal|representation)$", "return=minimal: results come without their records."
)
_IF_MATCH = _header(
    "If-Match",
    r'^("[0-9]{1,18}"|\*)$',
    "The ETag that the caller saw; another version now: 412, nothing merged.",
)
_IF_NONE_MATCH = _header(
    "If-None-Match", r'^("[0-9]{1,18}"|\*)$', "An ETag: 304 if the record still has that version."
)


def _entity_paths(entity: Entity) -> Iterator[tuple[str, Schema]]:
    title = _title(entity)
    base = f"/v1/{entity.service}/{entity.collection}"
    record = _ref(title)
    page = {
        "type": "object",
        "properties": {"records": {"type": "array", "items": record}, "next_page_token": {"type": "string"}},
        "required": ["records", "next_page_token"],
    }
    collection: Schema = {
        "get": _operation(
            f"list{title}",
            tag=entity.service,
            summary=f"A page of {entity.collection}",
            parameters=[_query(name, LARGEST_PAGE) for name in LIST_PARAMETERS],
            responses={"200": _json(page, "A page.")},
        )
    }
    if "create" not in entity.closed:
        collection["post"] = _operation(
            f"create{title}",
            tag=entity.service,
            summary=f"Create one of {entity.collection}",
            parameters=[_IDEMPOTENCY_KEY],
            body=_body(fields_schema(entity, creating=True)),
            responses={"201": _json(record, "Created.", {**_ETAG, **_LOCATION})},
        )
    yield base, collection
    yield f"{base}/{{id}}", dict(_member_operations(entity, title, record))


def _member_operations(entity: Entity, title: str, record: Schema) -> Iterator[tuple[str, Schema]]:
    yield (
        "get",
        _operation(
            f"get{title}",
            tag=entity.service,
            summary=f"One of {entity.collection}",
            parameters=[_ID_IN_PATH, _IF_NONE_MATCH],
            responses={
                "200": _json(record, "The record.", _ETAG),
                "304": {"description": "The caller has this version.", "headers": _ETAG},
            },
        ),
    )
    if "update" not in entity.closed:
        yield (
            "patch",
            _operation(
                f"update{title}",
                tag=entity.service,
                summary=f"Change fields of one of {entity.collection}",
                parameters=[_ID_IN_PATH, _IF_MATCH, _IDEMPOTENCY_KEY],
                body=_body(fields_schema(entity, creating=False)),
                responses={"200": _json(record, "The record as it is now.", _ETAG)},
            ),
        )
    if "delete" not in entity.closed:
        yield (
            "delete",
            _operation(
                f"delete{title}",
                tag=entity.service,
                summary=f"Delete one of {entity.collection}",
                parameters=[_ID_IN_PATH, _IF_MATCH, _IDEMPOTENCY_KEY],
                responses={"204": {"description": "Deleted."}},
            ),
        )


def _command(address: Address) -> Schema:
    result = {"type": "object", "properties": {"result": _ref("Result")}, "required": ["result"]}
    return _operation(
        address.command.method.name,
        tag=address.service,
        summary=f"{address.verb.replace('_', ' ').capitalize()} one of {address.collection}",
        parameters=[_ID_IN_PATH, _IF_MATCH, _IDEMPOTENCY_KEY],
        body=_body(parameters_schema(address.command.fields), required=False),
        responses={"200": _json(result, "Done.")},
    )


def _session(*names: str) -> Schema:
    fields = transcode.fields(service_pb2.SignInResponse.DESCRIPTOR)
    schema = message_schema(fields)
    return {**schema, "required": list(names)}


def _fixed_paths() -> Iterator[tuple[str, Schema]]:
    sign_in = message_schema(transcode.fields(service_pb2.SignInRequest.DESCRIPTOR))
    sign_in["required"] = ["user_name", "password"]
    sign_in["properties"]["client"] = {"type": "string", "enum": ["", "web"]}
    refresh = message_schema(transcode.fields(service_pb2.RefreshSessionRequest.DESCRIPTOR))
    session = _session("expires_at", "user")
    yield (
        "/v1/session",
        {
            "post": _operation(
                "signIn",
                tag="session",
                summary="Sign in: tokens, or cookies for the client `web`",
                body=_body(sign_in),
                responses={"200": _json(session, "Signed in.")},
                is_open=True,
            ),
            "delete": _operation(
                "signOut",
                tag="session",
                summary="End this session",
                responses={"204": {"description": "Ended."}},
            ),
        },
    )
    yield (
        "/v1/session:refresh",
        {
            "post": _operation(
                "refreshSession",
                tag="session",
                summary="Exchange a refresh token, once",
                body=_body(refresh, required=False),
                responses={"200": _json(session, "Refreshed.")},
                is_open=True,
            )
        },
    )
    yield (
        "/v1/changes",
        {
            "post": _operation(
                "applyChanges",
                tag="changes",
                summary="Apply changes and commands, in order; a group is one transaction",
                parameters=[_PREFER],
                body=_body(_items()),
                responses={"200": _json(_list_of("results", _ref("Result")), "One result for each item.")},
            )
        },
    )
    yield "/v1/parked", {"get": _list_parked()}
    yield "/v1/parked/{id}:resolve", {"post": _resolve_parked()}
    for path, summary in (("/healthz", "The process answers"), ("/readyz", "Everything it needs is there")):
        state = _json({"type": "object"}, summary)
        unready = {"503": _json({"type": "object"}, "Something is away.")} if path == "/readyz" else {}
        operation = _operation(
            path[1:], tag="process", summary=summary, responses={"200": state, **unready}, is_open=True
        )
        yield path, {"get": operation}


def _list_parked() -> Schema:
    return _operation(
        "listParked",
        tag="changes",
        summary="Changes that wait for a decision",
        parameters=[_query(name, 200) for name in PARKED_PARAMETERS],
        responses={"200": _json(_list_of("parked", _ref("Parked"), paged=True), "A page.")},
    )


def _resolve_parked() -> Schema:
    resolution = {
        "type": "object",
        "properties": {
            "entity": {"type": "string", "enum": list(all_entities())},
            "choice": {"type": "string", "enum": ["mine", "theirs", "edited", "discarded"]},
            "change": _ref("Item"),
        },
        "required": ["entity", "choice"],
        "additionalProperties": False,
    }
    result = {"type": "object", "properties": {"result": {"anyOf": [_ref("Result"), {"type": "null"}]}}}
    return _operation(
        "resolveParked",
        tag="changes",
        summary="Decide about a parked change",
        parameters=[_ID_IN_PATH],
        body=_body(resolution),
        responses={"200": _json(result, "Decided.")},
    )


def _list_of(name: str, items: Schema, *, paged: bool = False) -> Schema:
    properties: Schema = {name: {"type": "array", "items": items}}
    if paged:
        properties["next_page_token"] = {"type": "string"}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _items() -> Schema:
    largest = groups.MAX_GROUPS * groups.MAX_GROUP_ITEMS
    items = {"type": "array", "items": _ref("Item"), "minItems": 1, "maxItems": largest}
    return {
        "type": "object",
        "properties": {"items": items},
        "required": ["items"],
        "additionalProperties": False,
    }


def _common_schemas() -> dict[str, Schema]:
    text: Schema = {"type": "string"}
    violation = {"field": text, "reason": text, "detail": text, "hint": text}
    about = {
        "reason": text,
        "detail": text,
        "params": {"type": "object", "additionalProperties": text},
        "violations": {"type": "array", "items": {"type": "object", "properties": violation}},
        "conflicts": {"type": "array", "items": text},
    }
    return {
        "Problem": {
            "type": "object",
            "properties": {
                "type": text,
                "title": text,
                "status": {"type": "integer"},
                "request_id": text,
                **about,
            },
            "required": ["title", "status", "reason"],
        },
        "Item": _item(),
        "Result": {
            "type": "object",
            "properties": {
                "id": text,
                "outcome": {"type": "string", "enum": _OUTCOMES},
                "duplicate": {"type": "boolean"},
                "changed": {"type": "boolean"},
                "version": VERSION,
                "record": {"type": ["object", "null"]},
                **about,
            },
            "required": ["id", "outcome", "duplicate", "changed", "version", "reason", "record"],
        },
        "Parked": {
            "type": "object",
            "properties": {
                **dict.fromkeys(("id", "entity", "record_id", "author_id", "device_id", "parked_at"), text),
                "outcome": {"type": "string", "enum": ["conflict", "refused"]},
                "sent": {"type": ["object", "null"]},
                "theirs": {"type": "object"},
                "holds": {"type": "boolean"},
                **about,
            },
        },
    }


def _item() -> Schema:
    common: Schema = {
        "id": RECORD_ID,
        "group": {"type": "string", "maxLength": 100},
        "entity": {"type": "string", "enum": list(all_entities())},
        "record_id": RECORD_ID,
        "base_version": VERSION,
        "made_at": {"type": "string", "format": "date-time"},
    }
    values: Schema = {"type": "object"}
    required = ["id", "entity", "record_id"]
    change = {
        "op": {"type": "string", "enum": ["create", "update", "delete"]},
        "fields": values,
        "base": values,
        "strict": {"type": "boolean", "description": "Refuse instead of merging, if it is stale."},
    }
    command: Schema = {"command": {"type": "string"}, "request": values}
    return {
        "description": "A change (`op`) or a command (`command`); protos/README.md describes both.",
        "oneOf": [
            {
                "type": "object",
                "properties": {**common, **own},
                "required": [*required, key],
                "additionalProperties": False,
            }
            for key, own in (("op", change), ("command", command))
        ],
    }
