"""uvicorn's HTTP protocol, with headers and first body bytes in one write, and with two limits that it lacks:
how long a request's head may be, and may take.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop, TimerHandle, Transport
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HEAD_TIMEOUT_S = 15.0


class _HeadTooLarge(Exception):
    pass


class _JoinedWrites:
    """A transport that keeps the head of a response until the first bytes of its body.

    Two writes are two segments (TCP_NODELAY is on) and two system calls; uvloop 0.23 does not gather them
    (measured). A head without a body leaves at the end of this turn of the loop.
    """

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""

    def write(self, data: bytes) -> None:
        """Write, with the head before it that waits."""
        if self._head:
            data, self._head = self._head + data, b""
        elif data.startswith(b"HTTP/1.1 "):
            self._head = data
            self._loop.call_soon(self._flush)
            return
        if data:
            self._transport.write(data)

    def close(self) -> None:
        """Write what waits and close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class BoundedHttp(HttpToolsProtocol):
    """Answers 431 to a head above `max_head_bytes` and closes a connection whose head does not come."""

    max_head_bytes = 32 * 1024

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_bytes = 0
        self._in_head = True
        self._too_large = False
        self._head_timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(cast(Transport, _JoinedWrites(transport, self.loop)))
        self._head_timer = self.loop.call_later(_HEAD_TIMEOUT_S, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_head_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what arrives until the head is complete."""
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > self.max_head_bytes and not self.transport.is_closing():
            self._too_large = True
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a head."""
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = 0
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(_HEAD_TIMEOUT_S, self.transport.close)

    def on_headers_complete(self) -> None:
        """Let a head of the right size through."""
        self._in_head = False
        self._stop_head_timer()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > self.max_head_bytes:
            self._too_large = True
            raise _HeadTooLarge  # httptools makes it a parser error, uvicorn a call of send_400_response
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, or too much of it, and hang up. No application has seen the request."""
        status, reason = (
            ("431 Request Header Fields Too Large", "HEADERS_TOO_LARGE")
            if self._too_large
            else ("400 Bad Request", "INVALID_HTTP")
        )
        body = f'{{"title":"{status[4:]}","status":{status[:3]},"reason":"{reason}"}}'
        self.transport.write(
            f"HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n{body}".encode("ascii")
        )
        self.transport.close()

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
