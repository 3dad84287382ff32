"""The process: uvicorn on uvloop, ready once identity is followed."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator

import uvicorn
import uvloop

from gateway.api.app import Gateway
from gateway.api.http_protocol import BoundedHttp
from gateway.api.settings import GatewaySettings
from services.kit import telemetry
from services.kit.garbage import collect_rarely

#: What a stopping gateway allows the requests that it has taken.
_DRAIN_S = 10


class _Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config, gateway: Gateway, settings: GatewaySettings) -> None:
        super().__init__(config)
        self._gateway = gateway
        self._settings = settings
        self._telling: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT; uvicorn would raise them again and leave the process half closed."""
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self.handle_exit)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._telling = asyncio.create_task(self._tell_ready())

    async def _tell_ready(self) -> None:
        await self._gateway.watch.first_snapshot.wait()
        telemetry.ready(self._settings)


def run(settings: GatewaySettings) -> None:
    """Serve until SIGTERM or SIGINT, then let the requests in flight finish."""
    telemetry.start("gateway", "api", sql=False)
    collect_rarely()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))


async def serve(settings: GatewaySettings) -> None:
    """Serve inside the running loop."""
    gateway = Gateway(settings)
    gateway.start()

    class Http(BoundedHttp):
        max_head_bytes = settings.max_header_bytes

    config = uvicorn.Config(
        gateway.app,
        host=settings.host,
        port=settings.http_port,
        http=Http,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_DRAIN_S,
    )
    server = _Server(config, gateway, settings)
    try:
        await server.serve()
    finally:
        if settings.ready_file:
            settings.ready_file.unlink(missing_ok=True)
        await gateway.close()
