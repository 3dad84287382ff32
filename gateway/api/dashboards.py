"""Dashboards as a whole: `POST /v1/<service>/dashboards/{id}:print` answers a PDF.

Its tiles are reports of any owner: each is run where it is kept, all at the same time, and the dashboard's
owner typesets what they answered. A tile without an answer says why.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import orjson
from sales.reports.v1 import service_pb2
from sales.sync.v1 import records_pb2
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.api import incoming, texts, transcode
from gateway.api.answers import file_response
from gateway.api.callers import Callers
from gateway.api.owners import Owners
from gateway.api.routing import Methods
from services.kit import rpc
from services.kit.entities import all_entities
from services.kit.errors import NotFound, SalesError

PRINT: Final = "/v1/{service}/dashboards/{id}:print"


class Dashboards:
    """Prints dashboards."""

    def __init__(self, owners: Owners, callers: Callers, *, call_timeout_s: float) -> None:
        self._owners = owners
        self._callers = callers
        self._call_timeout_s = call_timeout_s

    def routes(self) -> list[BaseRoute]:
        """Return what is to be served."""
        return [Route(PRINT, Methods(PRINT, POST=self.print))]

    async def print(self, request: Request) -> Response:
        """Answer a dashboard as PDF, its tiles in the order in which they are read."""
        service: str = request.path_params["service"]
        if f"{service}.dashboard" not in all_entities():
            raise NotFound("NO_SUCH_ADDRESS", "nothing is served at this address")
        actor = self._callers.actor(request)
        incoming.parameters(request, ())
        body = await incoming.members(request)
        applied = transcode.request(service_pb2.RunReportRequest, body, allowed=("applied",)).applied
        record_id = incoming.record_id(request.path_params["id"])
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            wanted = records_pb2.GetRequest(entity=f"{service}.dashboard", id=record_id)
            record = (await self._owners.records(service).Get(wanted)).record
            tiles = sorted(
                orjson.loads(record.fragments[0].body)["tiles"], key=lambda tile: (tile["y"], tile["x"])
            )
            language = incoming.language(request)
            run = [self._tile(tile, applied, language) for tile in tiles]
            asked = service_pb2.PrintDashboardRequest(id=record.id, tiles=await asyncio.gather(*run))
            found = await self._owners.reports(service).PrintDashboard(asked)
        return file_response(found)

    async def _tile(self, tile: dict[str, Any], applied: Any, language: str) -> service_pb2.PrintedTile:
        wanted = service_pb2.RunReportRequest(id=tile["report_id"], applied=applied)
        try:
            found = await self._owners.reports(tile["service"]).RunReport(wanted)
        except SalesError as error:
            return service_pb2.PrintedTile(problem=texts.detail(error, language))
        return service_pb2.PrintedTile(report=found)
