"""Addresses and methods. Few routes, whatever the number of entities: what an address means is looked up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.api.commands import Commands, addresses
from gateway.api.records import Records, entity_at
from services.kit.errors import Invalid, NotFound

Handler = Callable[[Request], Awaitable[Response]]


class Methods:
    """An address and what each method does there."""

    def __init__(self, route: str, /, **handlers: Handler) -> None:
        self._route = route
        self._handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request's method; HEAD is GET whose body the server leaves out."""
        scope["sales.route"] = self._route
        response = await answer(Request(scope, receive, send), self._handlers)
        await response(scope, receive, send)


async def answer(request: Request, handlers: dict[str, Handler]) -> Response:
    """Return the answer of the method's handler.

    Raises:
        Invalid: METHOD_NOT_ALLOWED.
    """
    method = "GET" if request.method == "HEAD" else request.method
    handler = handlers.get(method)
    if handler is not None:
        return await handler(request)
    allowed = ", ".join([*handlers, *(["HEAD"] if "GET" in handlers else []), "OPTIONS"])
    if method == "OPTIONS":
        return Response(status_code=204, headers={"Allow": allowed})
    raise Invalid("METHOD_NOT_ALLOWED", params={"allow": allowed})


class Collections:
    """`/v1/<service>/<collection>` of every entity."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """List or create; what the contracts close to clients is no method here."""
        request = Request(scope, receive, send)
        entity = entity_at(request)
        scope["sales.route"] = f"/v1/{entity.service}/{entity.collection}"
        handlers: dict[str, Handler] = {"GET": self._records.list}
        if "create" not in entity.closed:
            handlers["POST"] = self._records.create
        response = await answer(request, handlers)
        await response(scope, receive, send)


class Members:
    """`/v1/<service>/<collection>/{id}` of every entity, and `/{id}:<verb>` of every command."""

    def __init__(self, records: Records, commands: Commands) -> None:
        self._records = records
        self._commands = commands

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, change or delete a record, or run a command on it."""
        request = Request(scope, receive, send)
        response = await (
            self._command(request) if ":" in request.path_params["id"] else self._record(request)
        )
        await response(scope, receive, send)

    async def _record(self, request: Request) -> Response:
        entity = entity_at(request)
        request.scope["sales.route"] = f"/v1/{entity.service}/{entity.collection}/{{id}}"
        handlers: dict[str, Handler] = {"GET": self._records.get}
        if "update" not in entity.closed:
            handlers["PATCH"] = self._records.update
        if "delete" not in entity.closed:
            handlers["DELETE"] = self._records.delete
        return await answer(request, handlers)

    async def _command(self, request: Request) -> Response:
        params = request.path_params
        params["id"], _, params["verb"] = params["id"].rpartition(":")
        key = params["service"], params["collection"], params["verb"]
        if key not in addresses():
            raise NotFound("NO_SUCH_ADDRESS", "nothing is served at this address")
        request.scope["sales.route"] = addresses()[key].command.path
        return await answer(request, {"POST": self._commands.run})


def router(records: Records, commands: Commands, fixed: list[BaseRoute], *, default: ASGIApp) -> Router:
    """Return a router over the `fixed` addresses and those of the contracts; `default` answers the rest.

    Routes are tried in order. Records come first because they are asked for most, after the few
    fixed addresses that have as many parts; collections come last because /v1/parked/{id}:resolve would be
    one.
    """
    return Router(
        [
            *(route for route in fixed if isinstance(route, Route) and route.path.count("/") > 3),
            Route("/v1/{service}/{collection}/{id}", Members(records, commands)),
            *fixed,
            Route("/v1/{service}/{collection}", Collections(records)),
        ],
        redirect_slashes=False,
        default=default,
    )
