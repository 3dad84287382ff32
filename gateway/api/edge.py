"""The outermost layer: request id, language, limits, trace, metrics, errors, security headers.

One ASGI layer rather than one for each, because a layer costs more than what it does here.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from uuid import uuid4

from prometheus_client import Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api import texts
from gateway.api.problems import problem
from services.kit.errors import Invalid, SalesError, Unavailable
from services.kit.telemetry.logs import get_logger
from services.kit.telemetry.trace_context import span

_log = get_logger(__name__)
_answered = Histogram(
    "sales_http_seconds",
    "Duration of HTTP requests.",
    ["method", "route", "status"],
    buckets=(0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1, 2, 5, 10, 30),
)

_METHODS = {"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"}
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_LONGEST_ADDRESS = 16 * 1024

#: The policy of web.md, and what default-src does not cover.
_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; worker-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(self)"),
)
#: Its answers have no body that a policy could concern, and every device that polls gets one each time.
_NO_CONTENT = 204
_STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")


class Edge:
    """Wraps the routes."""

    def __init__(
        self, app: ASGIApp, *, max_body_bytes: int, request_timeout_s: float, traced: bool = False
    ) -> None:
        self._app = app
        self._traced = traced
        self._max_body_bytes = max_body_bytes
        self._request_timeout_s = request_timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; whatever happens, one answer leaves."""
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        exchange = _Exchange(scope, send, headers)
        scope["sales.max_body_bytes"] = self._max_body_bytes
        traceparent = _text(headers, b"traceparent")
        if self._traced or traceparent:
            with span(f"HTTP {exchange.method}", traceparent=traceparent) as running:
                await self._serve(scope, receive, headers, exchange)
                running.update_name(f"{exchange.method} {exchange.route}")
                running.set_attribute("http.response.status_code", exchange.status)
        else:
            await self._serve(scope, receive, headers, exchange)
        _observe(exchange.method, exchange.route, exchange.status).observe(time.perf_counter() - started)

    async def _serve(
        self, scope: Scope, receive: Receive, headers: Mapping[bytes, bytes], exchange: _Exchange
    ) -> None:
        try:
            self._require_size(scope, headers)
            async with asyncio.timeout(self._request_timeout_s) as limit:
                scope["sales.time_limit"] = limit
                await self._app(scope, receive, exchange.send)
        except ClientDisconnect:
            exchange.status = 499
        except Exception as error:  # noqa: BLE001  # the one place that answers whatever went wrong
            await exchange.fail(error, receive)

    def _require_size(self, scope: Scope, headers: Mapping[bytes, bytes]) -> None:
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._max_body_bytes:
            raise Invalid("BODY_TOO_LARGE", params={"limit": str(self._max_body_bytes)})
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > _LONGEST_ADDRESS:
            raise Invalid("ADDRESS_TOO_LONG", params={"limit": str(_LONGEST_ADDRESS)})


class _Exchange:
    """One request and what has been answered to it."""

    def __init__(self, scope: Scope, send: Send, headers: Mapping[bytes, bytes]) -> None:
        self._scope = scope
        self._send = send
        self.status = 0
        self.method: str = scope["method"] if scope["method"] in _METHODS else "OTHER"
        given = headers.get(b"x-request-id", b"")
        self._request_id = given.decode() if _REQUEST_ID.fullmatch(given) else uuid4().hex
        self._language = texts.preferred(_text(headers, b"accept-language"))
        scope["sales.request_id"] = self._request_id
        scope["sales.language"] = self._language
        self._headers = [*SECURITY_HEADERS, (b"x-request-id", self._request_id.encode())]
        if scope["scheme"] == "https":
            self._headers.append(_STRICT_TRANSPORT)

    async def send(self, message: Message) -> None:
        """Pass a message on, with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = self._headers if self.status != _NO_CONTENT else self._headers[len(SECURITY_HEADERS) :]
            message["headers"] = [*message["headers"], *headers]
        await self._send(message)

    async def fail(self, error: Exception, receive: Receive) -> None:
        """Answer an error as a problem; what nobody expected is logged, and only its id is shown."""
        if isinstance(error, TimeoutError):
            error = Unavailable("REQUEST_TIMEOUT", "it took too long")
        if not isinstance(error, SalesError):
            _log.exception("request failed", request_id=self._request_id, route=self.route)
            error = SalesError("INTERNAL", params={"request_id": self._request_id})
        if self.status:  # the answer has begun: all that is left is to cut it off
            raise error
        answer = problem(error, language=self._language, request_id=self._request_id)
        await answer(self._scope, receive, self.send)

    @property
    def route(self) -> str:
        """The address as a pattern, so that metrics have few series."""
        found: str = self._scope.get("sales.route", "none")
        return found


@lru_cache(maxsize=4096)
def _observe(method: str, route: str, status: int) -> Histogram:
    return _answered.labels(method, route, str(status))


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")
