"""Synchronisation in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.api.schemas import RECORD_ID, Schema
from gateway.api.sync import MEDIA_TYPE

TAG = "sync"

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_SUM: Schema = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
_DAY: Schema = {"type": "string", "format": "date"}
_SCHEMA: Schema = {"type": "string", "maxLength": 20, "pattern": r"^[0-9]+(\.[0-9]+)*$"}


def sync_paths() -> Iterator[tuple[str, Schema]]:
    """Yield the addresses and what they do."""
    yield "/v1/sync/devices", {"post": _register()}
    for verb, summary in (("revoke", "Lock a device out for good"), ("wipe", "Have a device's copy removed")):
        ended = _operation(f"{verb}Device", summary, responses={"204": {"description": "Done."}})
        ended["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": RECORD_ID}]
        yield f"/v1/sync/devices/{{id}}:{verb}", {"post": ended}
    for verb, operation in (("renew", _renew()), ("unlock", _unlock())):
        operation["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": RECORD_ID}]
        yield f"/v1/sync/devices/{{id}}:{verb}", {"post": operation}
    yield "/v1/sync/profile", {"get": _profile()}
    yield "/v1/sync/pull", {"post": _pull()}
    yield "/v1/sync/verify", {"post": _verify()}
    yield "/v1/sync/live", {"get": _live()}


def _register() -> Schema:
    lease = _object(
        device=RECORD_ID, lease_days=_COUNT, lease_until={"type": "string", "format": "date-time"}
    )
    body = _object(
        "device", device=RECORD_ID, name=_long(100), platform=_long(40), app=_long(40), schema=_SCHEMA
    )
    return _operation(
        "registerDevice",
        "Make a device known, again at each sign-in",
        body=body,
        responses={"201": _answer("The device and its lease.", "application/json", lease)},
    )


def _renew() -> Schema:
    lease = _object(
        lease_days=_COUNT,
        lease_until={"type": "string", "format": "date-time"},
        marks_from=_DAY,
        marks=_list({"type": "string", "contentEncoding": "base64"}),
    )
    return _operation(
        "renewLease",
        "Begin the lease of the caller's device anew; marks tell the unlock codes of the coming days",
        responses={"200": _answer("The lease.", "application/json", lease)},
    )


def _unlock() -> Schema:
    return _operation(
        "makeUnlockCode",
        "The code that opens a closed copy until the end of a day, read out by telephone",
        body=_object("until", until=_DAY),
        responses={"200": _answer("The code.", "application/json", _object(code=_TEXT, until=_DAY))},
    )


def _profile() -> Schema:
    bucket = _object(b=_TEXT, rows=_COUNT, bytes=_COUNT)
    group = _object(group=_TEXT, rows=_COUNT, bytes=_COUNT, scopes=_list(bucket))
    modes = _list({"type": "string", "enum": ["general", "partial"]})
    profile = _object(modes=modes, lease_days=_COUNT, groups=_list(group))
    return _operation(
        "getSyncProfile",
        "What a device of the caller could hold",
        responses={"200": _answer("Groups and scopes.", "application/json", profile)},
    )


def _pull() -> Schema:
    body = _object(
        "device",
        device=RECORD_ID,
        checkpoint=_long(1000),
        schema=_SCHEMA,
        groups={**_list(_TEXT), "maxItems": 50},
        awaited={**_list(RECORD_ID), "maxItems": 10000},
    )
    return _operation(
        "pull",
        "What changed since the checkpoint, one JSON object per line; zstd or gzip by Accept-Encoding",
        body=body,
        responses={
            "200": _answer("A bundle, from `plan` to `done`.", MEDIA_TYPE, _TEXT),
            "204": {"description": "Nothing new."},
        },
    )


def _verify() -> Schema:
    held = {**_object("b", "n", "h", b=_TEXT, n=_COUNT, h=_SUM), "additionalProperties": False}
    part = _object(t=_TEXT, n=_COUNT, h=_SUM, **{"from": RECORD_ID, "to": RECORD_ID})
    differ = _list(_object(b=_TEXT, ranges=_list(part)))
    body = _object("device", "checkpoint", device=RECORD_ID, checkpoint=_long(1000), sums=_list(held))
    return _operation(
        "verifyCopy",
        "Compare counts and sums of buckets; the checkpoint in the answer fetches what differs",
        body=body,
        responses={
            "200": _answer("What differs.", "application/json", _object(differ=differ, checkpoint=_TEXT))
        },
    )


def _live() -> Schema:
    return _operation(
        "live",
        "Server-sent events: poke {head}, wipe, ping. A poke carries no data",
        responses={"200": _answer("Events, until the token ends.", "text/event-stream", _TEXT)},
    )


def _operation(operation_id: str, summary: str, *, responses: Schema, body: Schema | None = None) -> Schema:
    found: Schema = {
        "operationId": operation_id,
        "tags": [TAG],
        "summary": summary,
        "responses": {**responses, "default": {"$ref": "#/components/responses/Problem"}},
    }
    if body is not None:
        content = {"application/json": {"schema": {**body, "additionalProperties": False}}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _answer(description: str, media_type: str, schema: Schema) -> Schema:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def _object(*required: str, **properties: Schema) -> Schema:
    found: Schema = {"type": "object", "properties": properties}
    return {**found, "required": list(required)} if required else found


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _long(most: int) -> Schema:
    return {"type": "string", "maxLength": most}
