"""`/healthz` and `/readyz`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from gateway.api.answers import json_response
from gateway.api.owners import Owners
from gateway.api.watch import Watch

_NO_STORE = {"Cache-Control": "no-store"}


class Health:
    """Answers about this process, for whoever supervises it; nobody signs in for them."""

    def __init__(self, owners: Owners, watch: Watch) -> None:
        self._owners = owners
        self._watch = watch

    async def alive(self, _: Request) -> Response:
        """Answer 200: the process answers."""
        return json_response({"status": "alive"}, headers=_NO_STORE)

    async def ready(self, _: Request) -> Response:
        """Answer 200 if all owners are connected and identity is followed, else 503 with what is missing."""
        owners = self._owners.states()
        is_ready = self._watch.is_fresh and all(owners.values())
        body = {
            "status": "ready" if is_ready else "not ready",
            "watch": self._watch.is_fresh,
            "owners": owners,
        }
        return json_response(body, 200 if is_ready else 503, _NO_STORE)
