"""`/openapi.json`: the contracts, for who is signed in with the fields that the company added to them."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import orjson
from sales.sync.v1 import records_pb2
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import fragments, incoming
from gateway.api.answers import PRIVATE
from gateway.api.callers import ACCESS_COOKIE, Callers
from gateway.api.forms_document import with_custom_fields
from gateway.api.openapi import document, document_bytes
from gateway.api.owners import Owners
from gateway.api.pages import Page
from gateway.api.records import LARGEST_PAGE
from services.kit import rpc
from services.kit.entities import all_entities, default_values, entity
from services.kit.errors import Forbidden
from services.kit.fields.definitions import FIELD, Definition, definition_from


class Reference:
    """The document. What a company added is asked for each time: a new field is in it at once."""

    def __init__(self, owners: Owners, callers: Callers, *, call_timeout_s: float) -> None:
        self._owners = owners
        self._callers = callers
        self._call_timeout_s = call_timeout_s
        self._document = document()
        self._page = Page(document_bytes(), "application/json")

    async def get(self, request: Request) -> Response:
        """Answer the document; without credentials that of the contracts alone."""
        if "authorization" not in request.headers and ACCESS_COOKIE not in request.cookies:
            return await self._page.get(request)
        actor = self._callers.actor(request)
        names = [each.name for each in all_entities().values() if each.template == FIELD]
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            found = await asyncio.gather(*(self._definitions(name) for name in names))
        definitions = [each for one in found for each in one]
        body = orjson.dumps(with_custom_fields(self._document, definitions, incoming.language(request)))
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = {**PRIVATE, "ETag": etag}
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    async def _definitions(self, entity_name: str) -> list[Definition]:
        """Return an owner's definitions, none for who may read none."""
        found: list[Definition] = []
        token = ""
        while True:
            wanted = records_pb2.ListRequest(entity=entity_name, page_size=LARGEST_PAGE, page_token=token)
            try:
                page = await self._owners.records(entity(entity_name).service).List(wanted)
            except Forbidden:
                return []
            found += [definition_from(_values(entity_name, record)) for record in page.records]
            token = page.next_page_token
            if not token:
                return found


def _values(entity_name: str, record: records_pb2.Record) -> dict[str, Any]:
    values: dict[str, Any] = orjson.loads(fragments.joined(record))
    return default_values(entity(entity_name)) | values
