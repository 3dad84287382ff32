"""Reports at every owner that keeps some: their figures, and the records behind a figure.

POST /v1/<service>/reports:run, /v1/<service>/reports/{id}:run     figures: of a given report, of a kept one
POST /v1/<service>/reports:rows, /v1/<service>/reports/{id}:rows   the records that a figure counts
POST /v1/<service>/reports:export, …/reports/{id}:export           the same as a file: csv, xlsx, pdf
GET  /v1/<service>/reports:sources                                 what reports may name
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import orjson
from google.protobuf.message import Message
from sales.reports.v1 import service_pb2
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.api import fragments, incoming, transcode
from gateway.api.answers import file_response, json_bytes, json_response
from gateway.api.callers import Callers
from gateway.api.owners import Owners
from gateway.api.routing import Methods
from services.kit import rpc
from services.kit.actor import Actor
from services.kit.entities import all_entities
from services.kit.errors import NotFound

_Asked = TypeVar("_Asked", bound=Message)

RUN: Final = "/v1/{service}/reports:run"
RUN_KEPT: Final = "/v1/{service}/reports/{id}:run"
ROWS: Final = "/v1/{service}/reports:rows"
ROWS_KEPT: Final = "/v1/{service}/reports/{id}:rows"
EXPORT: Final = "/v1/{service}/reports:export"
EXPORT_KEPT: Final = "/v1/{service}/reports/{id}:export"
SOURCES: Final = "/v1/{service}/reports:sources"


class Reports:
    """Answers what the owners count."""

    def __init__(self, owners: Owners, callers: Callers, *, call_timeout_s: float) -> None:
        self._owners = owners
        self._callers = callers
        self._call_timeout_s = call_timeout_s

    def routes(self) -> list[BaseRoute]:
        """Return what is to be served."""
        return [
            *(Route(path, Methods(path, POST=self.run)) for path in (RUN, RUN_KEPT)),
            *(Route(path, Methods(path, POST=self.rows)) for path in (ROWS, ROWS_KEPT)),
            *(Route(path, Methods(path, POST=self.export)) for path in (EXPORT, EXPORT_KEPT)),
            Route(SOURCES, Methods(SOURCES, GET=self.sources)),
        ]

    async def run(self, request: Request) -> Response:
        """Answer a report's figures."""
        actor, service, wanted = await self._asked(request, service_pb2.RunReportRequest)
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            found = await self._owners.reports(service).RunReport(wanted)
        return json_response(transcode.response(found))

    async def rows(self, request: Request) -> Response:
        """Answer a page of the records behind a figure."""
        actor, service, wanted = await self._asked(request, service_pb2.ListReportRowsRequest)
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            page = await self._owners.reports(service).ListReportRows(wanted)
        records = b",".join([fragments.joined(record) for record in page.records])
        token = orjson.dumps(page.next_page_token)
        return json_bytes(b'{"records":[' + records + b'],"next_page_token":' + token + b"}")

    async def export(self, request: Request) -> Response:
        """Answer a report's figures as a file."""
        actor, service, wanted = await self._asked(request, service_pb2.ExportReportRequest)
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            found = await self._owners.reports(service).ExportReport(wanted)
        return file_response(found, disposition="attachment")

    async def sources(self, request: Request) -> Response:
        """Answer what the caller's reports may name."""
        service = _service(request)
        actor = self._callers.actor(request)
        incoming.parameters(request, ())
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            found = await self._owners.reports(service).ListReportSources(
                service_pb2.ListReportSourcesRequest()
            )
        return json_response(transcode.response(found))

    async def _asked(self, request: Request, cls: type[_Asked]) -> tuple[Actor, str, _Asked]:
        """Return who asks which owner what; the id of a kept report stands in the address."""
        service = _service(request)
        actor = self._callers.actor(request)
        incoming.parameters(request, ())
        body: dict[str, Any] = await incoming.members(request)
        body.pop("id", None)
        if "id" in request.path_params:
            body["id"] = incoming.record_id(request.path_params["id"])
        return actor, service, transcode.request(cls, body)


def _service(request: Request) -> str:
    """Return the owner that the address names.

    Raises:
        NotFound: NO_SUCH_ADDRESS.
    """
    service: str = request.path_params["service"]
    if f"{service}.report" not in all_entities():
        raise NotFound("NO_SUCH_ADDRESS", "nothing is served at this address")
    return service
