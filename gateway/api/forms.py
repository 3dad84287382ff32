"""Questions about forms and custom fields, at every owner whose records administrators may shape.

GET /v1/<service>/<collection>:form                        the caller's form; ?record_type= for own types
GET /v1/<service>/field-definitions/{id}:preview_kind      ?kind=: what another kind makes of the values
GET /v1/<service>/field-definitions/{id}:kept              values that no conversion could take along
"""

from __future__ import annotations

from sales.forms.v1 import service_pb2
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.api import incoming, transcode
from gateway.api.answers import json_response
from gateway.api.callers import Callers
from gateway.api.owners import Owners
from gateway.api.records import entity_at
from gateway.api.routing import Methods
from services.kit import rpc
from services.kit.entities import all_entities
from services.kit.errors import NotFound

FORM = "/v1/{service}/{collection}:form"
PREVIEW = "/v1/{service}/field-definitions/{id}:preview_kind"
KEPT = "/v1/{service}/field-definitions/{id}:kept"


class Forms:
    """Answers what the owners know about forms."""

    def __init__(self, owners: Owners, callers: Callers, *, call_timeout_s: float) -> None:
        self._owners = owners
        self._callers = callers
        self._call_timeout_s = call_timeout_s

    def routes(self) -> list[BaseRoute]:
        """Return what is to be served."""
        return [
            Route(FORM, Methods(FORM, GET=self.form)),
            Route(PREVIEW, Methods(PREVIEW, GET=self.preview)),
            Route(KEPT, Methods(KEPT, GET=self.kept)),
        ]

    async def form(self, request: Request) -> Response:
        """Answer the form in which the caller sees and fills in records of a collection."""
        entity = entity_at(request)
        _require_shaped(entity.service)
        actor = self._callers.actor(request)
        given = incoming.parameters(request, ("record_type",))
        wanted = service_pb2.GetFormRequest(entity=entity.name, record_type=given.get("record_type", ""))
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            found = await self._owners.forms(entity.service).GetForm(wanted)
        return json_response(transcode.response(found))

    async def preview(self, request: Request) -> Response:
        """Answer how many values of a field another kind would convert, and how many not."""
        service = request.path_params["service"]
        _require_shaped(service)
        actor = self._callers.actor(request)
        given = incoming.parameters(request, ("kind",))
        record_id = incoming.record_id(request.path_params["id"])
        wanted = service_pb2.PreviewKindRequest(id=record_id, kind=given.get("kind", ""))
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            found = await self._owners.forms(service).PreviewKind(wanted)
        return json_response(transcode.response(found))

    async def kept(self, request: Request) -> Response:
        """Answer the values that changes of a field's kind have left aside."""
        service = request.path_params["service"]
        _require_shaped(service)
        actor = self._callers.actor(request)
        incoming.parameters(request, ())
        wanted = service_pb2.ListKeptRequest(id=incoming.record_id(request.path_params["id"]))
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            found = await self._owners.forms(service).ListKept(wanted)
        return json_response(transcode.response(found))


def _require_shaped(service: str) -> None:
    """Check that administrators may shape the records of a service.

    Raises:
        NotFound: NO_SUCH_ADDRESS.
    """
    if f"{service}.field_definition" not in all_entities():
        raise NotFound("NO_SUCH_ADDRESS", "nothing is served at this address")
