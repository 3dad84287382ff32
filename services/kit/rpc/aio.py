"""The asyncio channel: what the gateway calls through. The same promises as the sync one."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from grpc import aio

from services.kit.rpc import metrics
from services.kit.rpc.call import current_actor, timeout_for
from services.kit.rpc.client import STREAM_TIMEOUT_S
from services.kit.rpc.metadata import outgoing
from services.kit.rpc.options import CHANNEL_OPTIONS
from services.kit.rpc.problems import error_from_call


def aio_channel(target: str) -> AioChannel:
    """Return a channel to the owner at `host:port`, for the event loop that is running."""
    return AioChannel(target)


class AioChannel(aio.Channel):
    """A channel whose calls carry actor, trace and deadline, and raise `SalesError`."""

    def __init__(self, target: str) -> None:
        self.target = target
        self._channel = aio.insecure_channel(target, options=CHANNEL_OPTIONS)

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Return a coroutine function `(request, *, timeout=None, metadata=None) -> response`."""
        return _unary(method, self._channel.unary_unary(method, *args, **kwargs))

    def unary_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Return a function `(request, *, timeout=None, metadata=None) -> async iterator of responses`."""
        return _streaming(method, self._channel.unary_stream(method, *args, **kwargs))

    def stream_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Refuse: our contracts have no requests as streams."""
        raise NotImplementedError(method)

    def stream_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Refuse: our contracts have no requests as streams."""
        raise NotImplementedError(method)

    def is_ready(self) -> bool:
        """Return whether the connection stands; asking starts to connect."""
        return self._channel.get_state(try_to_connect=True) == grpc.ChannelConnectivity.READY

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """Return the state of the connection."""
        return self._channel.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Return once the connection's state is another one."""
        await self._channel.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Return once the connection stands."""
        await self._channel.channel_ready()

    async def close(self, grace: float | None = None) -> None:
        """Drop the connection after `grace` seconds for calls in flight."""
        await self._channel.close(grace)

    async def __aenter__(self) -> AioChannel:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _unary(method: str, send: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    async def call(request: Any, *, timeout: float | None = None, metadata: Any = None) -> Any:
        started = time.perf_counter()
        status = "OK"
        try:
            return await send(
                request, timeout=timeout_for(timeout), metadata=outgoing(current_actor(), metadata)
            )
        except aio.AioRpcError as failed:
            status = failed.code().name
            raise error_from_call(failed) from failed
        finally:
            metrics.called(method, status).observe(time.perf_counter() - started)

    return call


def _streaming(method: str, send: Callable[..., Any]) -> Callable[..., AsyncIterator[Any]]:
    async def call(request: Any, *, timeout: float | None = None, metadata: Any = None) -> AsyncIterator[Any]:
        started = time.perf_counter()
        status = "OK"
        wanted = timeout_for(STREAM_TIMEOUT_S if timeout is None else timeout)
        responses = send(request, timeout=wanted, metadata=outgoing(current_actor(), metadata))
        try:
            async for response in responses:
                yield response
        except aio.AioRpcError as failed:
            status = failed.code().name
            raise error_from_call(failed) from failed
        finally:
            responses.cancel()
            metrics.called(method, status).observe(time.perf_counter() - started)

    return call
