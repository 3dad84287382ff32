"""The sync channel: what stubs of services call through."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc

from services.kit.rpc import metrics
from services.kit.rpc.call import current_actor, timeout_for
from services.kit.rpc.metadata import outgoing
from services.kit.rpc.options import CHANNEL_OPTIONS
from services.kit.rpc.problems import error_from_call

#: Streams end at the latest after this; whoever follows one calls again.
STREAM_TIMEOUT_S = 3600.0


def channel(target: str) -> SyncChannel:
    """Return a channel to the owner at `host:port`.

    Make one per service and process: it is shared by threads and reconnects by itself.
    """
    return SyncChannel(target)


class SyncChannel(grpc.Channel):
    """A channel whose calls carry actor, trace and deadline, and raise `SalesError`.

    Not made of grpc's client interceptors: those cost a future per call.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self._channel = grpc.insecure_channel(target, options=CHANNEL_OPTIONS)

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Return a function `(request, *, timeout=None, metadata=None) -> response`."""
        return _unary(method, self._channel.unary_unary(method, *args, **kwargs))

    def unary_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Return a function `(request, *, timeout=None, metadata=None) -> iterator of responses`."""
        return _streaming(method, self._channel.unary_stream(method, *args, **kwargs))

    def stream_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Refuse: our contracts have no requests as streams."""
        raise NotImplementedError(method)

    def stream_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Refuse: our contracts have no requests as streams."""
        raise NotImplementedError(method)

    def subscribe(
        self, callback: Callable[[grpc.ChannelConnectivity], None], try_to_connect: bool = False
    ) -> None:
        """Tell `callback` how the connection changes."""
        self._channel.subscribe(callback, try_to_connect)

    def unsubscribe(self, callback: Callable[[grpc.ChannelConnectivity], None]) -> None:
        """Stop telling."""
        self._channel.unsubscribe(callback)

    def close(self) -> None:
        """Drop the connection; calls in flight end as unavailable."""
        self._channel.close()

    def __enter__(self) -> SyncChannel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _unary(method: str, send: Callable[..., Any]) -> Callable[..., Any]:
    def call(request: Any, *, timeout: float | None = None, metadata: Any = None) -> Any:
        started = time.perf_counter()
        status = "OK"
        try:
            return send(request, timeout=timeout_for(timeout), metadata=outgoing(current_actor(), metadata))
        except grpc.RpcError as failed:
            status = failed.code().name
            raise error_from_call(failed) from failed
        finally:
            metrics.called(method, status).observe(time.perf_counter() - started)

    return call


def _streaming(method: str, send: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
    def call(request: Any, *, timeout: float | None = None, metadata: Any = None) -> Iterator[Any]:
        started = time.perf_counter()
        status = "OK"
        wanted = timeout_for(STREAM_TIMEOUT_S if timeout is None else timeout)
        responses = send(request, timeout=wanted, metadata=outgoing(current_actor(), metadata))
        try:
            yield from responses
        except grpc.RpcError as failed:
            status = failed.code().name
            raise error_from_call(failed) from failed
        finally:
            responses.cancel()  # a caller that stops early frees the server's thread
            metrics.called(method, status).observe(time.perf_counter() - started)

    return call
