"""Prints, at every owner whose records administrators may shape: files made with the caller's access.

GET  /v1/<service>/<collection>:print                     a list as PDF; filter, order_by, search as in lists
GET  /v1/<service>/<collection>/{id}:sheet                a record, by its template or by the caller's form
GET  /v1/<service>/print-templates/{id}:preview           what a version of a template makes of it
GET  /v1/<service>/print-templates/{id}:versions          the versions of a template
POST /v1/<service>/print-documents                        a Word file for templates, as it is
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sales.forms.v1 import prints_pb2
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.api import incoming, transcode
from gateway.api.answers import PRIVATE, json_response
from gateway.api.callers import Callers
from gateway.api.owners import Owners
from gateway.api.records import entity_at
from gateway.api.routing import Methods
from services.kit import rpc
from services.kit.entities import all_entities
from services.kit.errors import Invalid, NotFound, Violation

LIST = "/v1/{service}/{collection}:print"
SHEET = "/v1/{service}/{collection}/{id}:sheet"
PREVIEW = "/v1/{service}/print-templates/{id}:preview"
VERSIONS = "/v1/{service}/print-templates/{id}:versions"
DOCUMENTS = "/v1/{service}/print-documents"

BYTES = "application/octet-stream"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: A page with its pictures; Word itself says when it grows beyond that.
MAX_DOCUMENT_BYTES = 5 * 1024 * 1024
#: Length in characters of each text parameter, as in lists.
_LONGEST = 2000
_NUMBERS = ("template_version", "page")


class Prints:
    """Answers files."""

    def __init__(self, owners: Owners, callers: Callers, *, call_timeout_s: float) -> None:
        self._owners = owners
        self._callers = callers
        self._call_timeout_s = call_timeout_s

    def routes(self) -> list[BaseRoute]:
        """Return what is to be served."""
        return [
            Route(PREVIEW, Methods(PREVIEW, GET=self.preview)),
            Route(VERSIONS, Methods(VERSIONS, GET=self.versions)),
            Route(SHEET, Methods(SHEET, GET=self.sheet)),
            Route(LIST, Methods(LIST, GET=self.list)),
            Route(DOCUMENTS, Methods(DOCUMENTS, POST=self.keep)),
        ]

    async def list(self, request: Request) -> Response:
        """Answer the list of a question as a file."""
        entity = entity_at(request)
        wanted = prints_pb2.PrintListRequest(
            entity=entity.name, **_given(request, prints_pb2.PrintListRequest)
        )
        return _file((await self._ask(request, entity.service, "PrintList", wanted)).file)

    async def sheet(self, request: Request) -> Response:
        """Answer one record as a file."""
        entity = entity_at(request)
        given = _given(request, prints_pb2.PrintRecordRequest)
        record_id = incoming.record_id(request.path_params["id"])
        wanted = prints_pb2.PrintRecordRequest(entity=entity.name, id=record_id, **given)
        return _file((await self._ask(request, entity.service, "PrintRecord", wanted)).file)

    async def preview(self, request: Request) -> Response:
        """Answer what a template makes of a record or of examples; of one page a picture."""
        given = _given(request, prints_pb2.PreviewTemplateRequest)
        record_id = incoming.record_id(request.path_params["id"])
        wanted = prints_pb2.PreviewTemplateRequest(id=record_id, **given)
        found = await self._ask(request, request.path_params["service"], "PreviewTemplate", wanted)
        response = _file(found.file)
        if found.pages:
            response.headers["X-Pages"] = str(found.pages)
        return response

    async def versions(self, request: Request) -> Response:
        """Answer the versions of a template, the newest first."""
        incoming.parameters(request, ())
        record_id = incoming.record_id(request.path_params["id"])
        wanted = prints_pb2.ListTemplateVersionsRequest(id=record_id)
        found = await self._ask(request, request.path_params["service"], "ListTemplateVersions", wanted)
        return json_response(transcode.response(found))

    async def keep(self, request: Request) -> Response:
        """Take a Word file for templates, and answer the hash by which a template names it."""
        incoming.parameters(request, ())
        self._callers.actor(request)
        content = await incoming.file(request, kinds=(WORD, BYTES), limit=MAX_DOCUMENT_BYTES)
        wanted = prints_pb2.KeepDocumentRequest(content=content)
        found = await self._ask(request, request.path_params["service"], "KeepDocument", wanted)
        return json_response(transcode.response(found), 201)

    async def _ask(self, request: Request, service: str, method: str, wanted: Any) -> Any:
        if f"{service}.print_template" not in all_entities():
            raise NotFound("NO_SUCH_ADDRESS", "nothing is served at this address")
        actor = self._callers.actor(request)
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            return await getattr(self._owners.prints(service), method)(wanted)


def parameters_of(message: Any) -> tuple[str, ...]:
    """Return the query parameters of a question."""
    return tuple(name for name in message.DESCRIPTOR.fields_by_name if name not in ("id", "entity"))


def _given(request: Request, message: Any) -> Mapping[str, Any]:
    given: dict[str, Any] = dict(incoming.parameters(request, parameters_of(message)))
    too_long = [Violation(name, "TOO_LONG") for name, value in given.items() if len(value) > _LONGEST]
    if too_long:
        raise Invalid("INVALID_PARAMETERS", violations=too_long)
    for name in _NUMBERS:
        if name in given:
            given[name] = _number(name, given[name])
    return given


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Invalid("INVALID_PARAMETERS", violations=[Violation(name, "OUT_OF_RANGE", "0 to 999999")])
    return int(text)


def _file(found: prints_pb2.PrintedFile) -> Response:
    headers = {
        **PRIVATE,
        "ETag": f'"{found.sha256}"',
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(found.file_name, safe='')}",
    }
    return Response(found.content, headers=headers, media_type=found.content_type)
