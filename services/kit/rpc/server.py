"""The gRPC server of an owner: thread pool, health, reflection, graceful stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc  # type: ignore[import-untyped]
from grpc_reflection.v1alpha import reflection

from services.kit import telemetry
from services.kit.config import Settings
from services.kit.garbage import collect_rarely
from services.kit.rpc.interceptor import CallInterceptor
from services.kit.rpc.options import SERVER_OPTIONS
from services.kit.telemetry.logs import get_logger

_log = get_logger(__name__)

#: Adds the servicers of an owner to its server.
Register = Callable[[grpc.Server], None]

#: What a stopping server allows the calls that it has already taken.
DRAIN_S = 10.0
#: Calls that may wait for a thread, per thread; more are turned away at once, which the caller retries.
_WAITING_PER_THREAD = 32


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A started server and the port that it listens on."""

    port: int
    _server: grpc.Server
    _health: health.HealthServicer

    def drain(self, grace_s: float = DRAIN_S) -> None:
        """Refuse new calls, let those in flight finish for `grace_s`, then stop."""
        self._health.enter_graceful_shutdown()
        self._server.stop(grace_s).wait()


class _Recorder:
    """A server that notes which services are added to it, for health and reflection."""

    def __init__(self, server: grpc.Server) -> None:
        self._server = server
        self.services: list[str] = []

    def add_registered_method_handlers(self, service_name: str, method_handlers: Any) -> None:
        if service_name not in self.services:
            self.services.append(service_name)
        self._server.add_registered_method_handlers(service_name, method_handlers)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)


def start_server(register: Register, *, host: str, port: int, threads: int) -> RunningServer:
    """Start serving; `port` 0 takes a free one.

    Every endless stream (identity's Watch) keeps a thread, so an owner of such streams is given more of them.
    """
    server = grpc.server(
        ThreadPoolExecutor(threads, thread_name_prefix="grpc"),
        interceptors=[CallInterceptor()],
        options=SERVER_OPTIONS,
        maximum_concurrent_rpcs=threads * _WAITING_PER_THREAD,
    )
    recorder = _Recorder(server)
    register(recorder)  # type: ignore[arg-type]  # stands in for the server
    states = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(states, server)
    reflection.enable_server_reflection(
        [*recorder.services, health.SERVICE_NAME, reflection.SERVICE_NAME], server
    )
    # Raises RuntimeError when the port is taken.
    bound = server.add_insecure_port(f"{host}:{port}")
    server.start()
    for service in ("", *recorder.services):
        states.set(service, health_pb2.HealthCheckResponse.SERVING)
    return RunningServer(bound, server, states)


def serve(service_name: str, register: Register, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then drain. Runs on the main thread; the caller has set up telemetry.

    The readiness file exists exactly while calls are taken.
    """
    stopping = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopping.set())
    running = start_server(
        register, host=settings.host, port=settings.grpc_port, threads=settings.grpc_threads
    )
    _log.info("serving", service=service_name, port=running.port)
    collect_rarely()
    telemetry.ready(settings)
    stopping.wait()
    if settings.ready_file:
        settings.ready_file.unlink(missing_ok=True)
    _log.info("draining", service=service_name)
    running.drain()
