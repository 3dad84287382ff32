"""Reading requests: bodies within limits, query parameters that exist, identifiers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from starlette.requests import Request

from gateway.api import strict_json
from services.kit.errors import Invalid, NotFound, Violation

_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_JSON_TYPES = {"application/json", "application/merge-patch+json"}

_BODY_TIMEOUT_S = 15
_LARGE_BODY_BYTES = 256 * 1024

#: More fields than any of our addresses has parameters.
_MAX_PARAMETERS = 50


def language(request: Request) -> str:
    """Return the reader's language, as the edge understood it."""
    chosen: str = request.scope["sales.language"]
    return chosen


def request_id(request: Request) -> str:
    """Return the id under which this request is logged."""
    given: str = request.scope["sales.request_id"]
    return given


def wants_little(request: Request) -> bool:
    """True if the caller prefers an answer without the records that it sent (RFC 7240, `return=minimal`)."""
    preferences = request.headers.get("prefer", "").split(",")
    return any(each.partition(";")[0].strip().lower() == "return=minimal" for each in preferences)


def uuid_text(text: object) -> str | None:
    """Return a UUID in lower case, None for anything else."""
    return text.lower() if isinstance(text, str) and _UUID.fullmatch(text) else None


def record_id(text: str) -> str:
    """Return the id in an address; what is no id names no record.

    Raises:
        NotFound: RECORD_NOT_FOUND.
    """
    found = uuid_text(text)
    if found is None:
        raise NotFound("RECORD_NOT_FOUND", "ids are UUIDs", params={"id": text[:100]})
    return found


async def body(request: Request) -> bytes:
    """Return the body of a request that carries JSON, b"" if it has none.

    Raises:
        Invalid: UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, BODY_TOO_SLOW.
    """
    try:
        async with asyncio.timeout(_BODY_TIMEOUT_S):
            received = await _stream(request, limit=request.scope["sales.max_body_bytes"])
    except TimeoutError as error:
        raise Invalid("BODY_TOO_SLOW", params={"limit_s": str(_BODY_TIMEOUT_S)}) from error
    if received:
        _require_json(request)
    return received


async def file(request: Request, *, kinds: Collection[str], limit: int) -> bytes:
    """Return the body of a request that carries one file, of at most `limit` bytes.

    Raises:
        Invalid: UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, BODY_TOO_SLOW.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = request.headers.get("content-encoding", "identity").lower()
    if given not in kinds or encoding != "identity":
        raise Invalid("UNSUPPORTED_MEDIA_TYPE", f"send {' or '.join(kinds)}, not compressed")
    try:
        async with asyncio.timeout(_BODY_TIMEOUT_S):
            return await _stream(request, limit=limit)
    except TimeoutError as error:
        raise Invalid("BODY_TOO_SLOW", params={"limit_s": str(_BODY_TIMEOUT_S)}) from error


async def _stream(request: Request, *, limit: int) -> bytes:
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > limit:
            raise Invalid("BODY_TOO_LARGE", params={"limit": str(limit)})
    return bytes(parts)


def _require_json(request: Request) -> None:
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.partition("charset=")[2].strip(' "').lower()
    encoding = request.headers.get("content-encoding", "identity").lower()
    if kind.strip().lower() not in _JSON_TYPES or charset not in ("", "utf-8") or encoding != "identity":
        raise Invalid("UNSUPPORTED_MEDIA_TYPE", "send application/json in UTF-8, not compressed")


async def members(request: Request) -> dict[str, Any]:
    """Return the members of the body's JSON object; no body is an empty object.

    Raises:
        Invalid: as `body` and `strict_json.decode_object`.
    """
    received = await body(request)
    if len(received) > _LARGE_BODY_BYTES:
        # 8 MiB take 0.3 s, in which other requests would wait.
        return await asyncio.to_thread(strict_json.decode_object, received)
    return strict_json.decode_object(received) if received else {}


def parameters(request: Request, known: Collection[str]) -> Mapping[str, str]:
    """Return the query parameters, each at most once, none but the known ones.

    Raises:
        Invalid: INVALID_PARAMETERS with a violation for each that is wrong.
    """
    query: bytes = request.scope["query_string"]
    if not query:
        return {}
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MAX_PARAMETERS,
        )
    except ValueError as error:
        raise Invalid("INVALID_PARAMETERS", "the query is not UTF-8 text in URL encoding") from error
    found: dict[str, str] = {}
    violations = []
    for name, value in pairs:
        if name not in known:
            violations.append(Violation(name[:100], "UNKNOWN_PARAMETER"))
        elif name in found:
            violations.append(Violation(name, "REPEATED_PARAMETER"))
        elif "\x00" in value:
            violations.append(Violation(name, "CONTROL_CHARACTER"))
        found[name] = value
    if violations:
        raise Invalid("INVALID_PARAMETERS", violations=violations)
    return found


def page_size(given: str, *, largest: int) -> int:
    """Return the page size that a query names, 0 if it names none.

    Raises:
        Invalid: INVALID_PARAMETERS.
    """
    if not given:
        return 0
    if not re.fullmatch(r"[0-9]{1,6}", given, re.ASCII) or not 1 <= int(given) <= largest:
        wrong = Violation("page_size", "OUT_OF_RANGE", f"1 to {largest}")
        raise Invalid("INVALID_PARAMETERS", violations=[wrong])
    return int(given)


def matches(given: str | None, version: int) -> bool:
    """Return whether an If-None-Match names this version (or any)."""
    if not given:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in given.split(",")}
    return "*" in tags or f'"{version}"' in tags


def if_match(request: Request) -> int | None:
    """Return the version that the caller saw, None if it does not say or takes any.

    Raises:
        Invalid: INVALID_IF_MATCH.
    """
    given = request.headers.get("if-match")
    if given is None or given.strip() == "*":
        return None
    found = re.fullmatch(r'"([0-9]{1,18})"', given.strip(), re.ASCII)
    if found is None:
        raise Invalid("INVALID_IF_MATCH", 'If-Match is one entity tag, such as "7"')
    return int(found[1])


def uuid_of(text: str) -> UUID | None:
    """Return the UUID that a text is."""
    return UUID(text) if _UUID.fullmatch(text) else None
