"""Calendars that a program reads by a secret address: `GET /v1/crm/calendars/{token}.ics`.

The token is the credential, so it is treated as one: no log, metric or trace names the address, nobody learns
more than that there is no such calendar, and nothing on the way may keep the answer for others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sales.crm.v1 import service_pb2
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.api.callers import nobody
from gateway.api.owners import Owners
from gateway.api.routing import Methods
from gateway.api.schemas import Schema
from services.kit import rpc
from services.kit.errors import NotFound

PATH: Final = "/v1/crm/calendars/{token}.ics"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_HEADERS: Final = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
_METHOD: Final = service_pb2.DESCRIPTOR.services_by_name["CrmFeeds"].methods_by_name["ReadCalendarFeed"]


class CalendarFeeds:
    """Answers whoever knows an address."""

    def __init__(self, owners: Owners, *, call_timeout_s: float) -> None:
        self._owners = owners
        self._call_timeout_s = call_timeout_s

    def routes(self) -> list[BaseRoute]:
        """Return what is to be served."""
        return [Route(PATH, Methods(PATH, GET=self._read))]

    async def _read(self, request: Request) -> Response:
        token = request.path_params["token"]
        if not _TOKEN.fullmatch(token):
            raise NotFound("CALENDAR_NOT_FOUND")
        with rpc.acting(nobody(request), timeout_s=self._call_timeout_s):
            wanted = service_pb2.ReadCalendarFeedRequest(token=token)
            found = await self._owners.method("crm", _METHOD)(wanted)
        headers = {**_HEADERS, "ETag": f'"{found.sha256}"'}
        if _is_known(request.headers.get("if-none-match", ""), found.sha256):
            return Response(status_code=304, headers=headers)
        disposition = {"Content-Disposition": 'inline; filename="calendar.ics"'}
        return Response(found.content, headers=headers | disposition, media_type=found.content_type)


def _is_known(given: str, sha256: str) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in given.split(",")}
    return "*" in tags or f'"{sha256}"' in tags


def feed_paths() -> Iterator[tuple[str, Schema]]:
    """Yield the address for the OpenAPI document."""
    token = {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}
    file: Schema = {"schema": {"type": "string"}}
    operation: Schema = {
        "operationId": "readCalendarFeed",
        "tags": ["crm"],
        "summary": "A calendar, by the secret address of its feed",
        "security": [],
        "parameters": [token],
        "responses": {
            "200": {"description": "The calendar.", "content": {"text/calendar": file}},
            "304": {"description": "As it was."},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    yield PATH, {"get": operation}
