"""Responses of the hot paths: bytes in, bytes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import orjson
from starlette.responses import Response

#: Answers hold records of one user: kept by that user's client alone, and asked for again each time.
PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}

_JSON = "application/json"


def json_bytes(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response whose JSON is ready."""
    return Response(body, status, headers={**PRIVATE, **(headers or {})}, media_type=_JSON)


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response for JSON values, which may contain `orjson.Fragment`s."""
    return json_bytes(orjson.dumps(value), status, headers)


def file_response(found: Any, *, disposition: str = "inline") -> Response:
    """Return a file: a response of the contracts with `file_name, content_type, content, sha256`."""
    name = quote(found.file_name, safe="")
    headers = {
        **PRIVATE,
        "ETag": f'"{found.sha256}"',
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{name}",
    }
    return Response(found.content, headers=headers, media_type=found.content_type)
