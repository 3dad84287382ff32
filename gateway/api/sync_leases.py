"""Leases of copies: `/v1/sync/devices/{id}:renew` and `:unlock`."""

from __future__ import annotations

import base64
from typing import Any

from sales.sync.v1 import leases_pb2
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.api import incoming
from gateway.api.answers import json_response
from gateway.api.callers import Callers
from gateway.api.owners import Owners
from gateway.api.routing import Methods
from services.kit import rpc
from services.kit.errors import Invalid, NotFound, Violation


class Leases:
    """The addresses of leases."""

    def __init__(self, owners: Owners, callers: Callers, *, call_timeout_s: float) -> None:
        self._owners = owners
        self._callers = callers
        self._call_timeout_s = call_timeout_s

    def routes(self) -> list[BaseRoute]:
        """Return what is to be served."""
        handlers: dict[str, Any] = {
            "/v1/sync/devices/{id}:renew": self.renew,
            "/v1/sync/devices/{id}:unlock": self.unlock,
        }
        return [Route(path, Methods(path, POST=handler)) for path, handler in handlers.items()]

    async def renew(self, request: Request) -> Response:
        """Begin the lease of the caller's device anew."""
        actor = self._callers.actor(request)
        incoming.parameters(request, ())
        wanted = leases_pb2.RenewLeaseRequest(device_id=_device(request))
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            found = await self._owners.leases().RenewLease(wanted)
        return json_response(
            {
                "lease_days": found.lease_days,
                "lease_until": found.lease_until,
                "marks_from": found.marks_from,
                "marks": [base64.b64encode(mark).decode() for mark in found.marks],
            }
        )

    async def unlock(self, request: Request) -> Response:
        """Make the code by which an administrator opens a closed copy by telephone."""
        actor = self._callers.actor(request)
        incoming.parameters(request, ())
        given = await incoming.members(request)
        violations = [Violation(name[:100], "UNKNOWN_FIELD") for name in given if name != "until"]
        if not isinstance(given.get("until"), str):
            violations.append(Violation("until", "REQUIRED"))
        if violations:
            raise Invalid("INVALID_FIELDS", violations=violations)
        wanted = leases_pb2.MakeUnlockCodeRequest(device_id=_device(request), until=given["until"][:11])
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            found = await self._owners.leases().MakeUnlockCode(wanted)
        return json_response({"code": found.code, "until": found.until})


def _device(request: Request) -> str:
    found = incoming.uuid_text(request.path_params["id"])
    if found is None:
        raise NotFound("DEVICE_UNKNOWN", params={"device": request.path_params["id"][:100]})
    return found
