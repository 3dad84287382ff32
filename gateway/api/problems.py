"""Errors as problem+json (RFC 9457), in the language of the reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.responses import Response

from gateway.api import texts
from services.kit.errors import NotAllowedNow, SalesError, Violation

MEDIA_TYPE = "application/problem+json"

_STATUS: Mapping[str, int] = {
    "invalid": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "not_allowed_now": 409,
    "stale": 412,
    "unavailable": 503,
}

#: Where HTTP has a more precise status than the kind of the error.
_STATUS_OF_REASON: Mapping[str, int] = {
    "METHOD_NOT_ALLOWED": 405,
    "ALREADY_EXISTS": 409,
    "ID_REUSED": 409,
    "BODY_TOO_SLOW": 408,
    "CONFLICT": 409,
    "HELD": 409,
    "BODY_TOO_LARGE": 413,
    "ADDRESS_TOO_LONG": 414,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "TOO_MANY_ATTEMPTS": 429,
    "HEADERS_TOO_LARGE": 431,
}


def status_of(error: SalesError) -> int:
    """Return the HTTP status of an error."""
    return _STATUS_OF_REASON.get(error.reason) or _STATUS.get(error.kind, 500)


def describe(error: SalesError, language: str) -> dict[str, Any]:
    """Return what every description of an error says: reason, text, parameters, fields that are wrong."""
    described: dict[str, Any] = {
        "reason": error.reason,
        "detail": texts.detail(error, language),
    }
    if error.params:
        described["params"] = error.params
    if error.violations:
        described["violations"] = [_violation(violation, language) for violation in error.violations]
    return described


def _violation(violation: Violation, language: str) -> dict[str, str]:
    """Return what is wrong with a field; `hint` is the owner's own words, as which values there are."""
    detail = texts.of_violation(violation, language)
    described = {"field": violation.field, "reason": violation.reason, "detail": detail}
    if violation.detail and violation.detail not in detail:
        described["hint"] = violation.detail
    return described


class Conflict(NotAllowedNow):
    """Fields that somebody else changed too: `conflicts`."""

    def __init__(self, conflicts: Sequence[str]) -> None:
        super().__init__("CONFLICT", "somebody else changed the same fields")
        self.conflicts = list(conflicts)


def problem(error: SalesError, *, language: str, request_id: str) -> Response:
    """Return the response for an error."""
    status = status_of(error)
    body = {
        "type": f"urn:projectsales:problem:{error.reason.lower().replace('_', '-')}",
        "title": texts.title(error.kind, language),
        "status": status,
        **describe(error, language),
        "request_id": request_id,
    }
    if isinstance(error, Conflict):
        body["conflicts"] = error.conflicts
    return Response(
        orjson.dumps(body),
        status,
        headers={"Cache-Control": "no-store", "Content-Language": language, **_headers(error, status)},
        media_type=MEDIA_TYPE,
    )


def _headers(error: SalesError, status: int) -> dict[str, str]:
    if status == 401:
        return {"WWW-Authenticate": 'Bearer realm="sales"'}
    if status == 405:
        return {"Allow": error.params.get("allow", "")}
    if status in (429, 503):
        return {"Retry-After": error.params.get("retry_after_s", "1")}
    return {}
