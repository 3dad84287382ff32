"""Pokes: one stream from sync for the whole process, handed on to every device that listens.

A poke carries no data; a device that hears one pulls. So nothing can leak here, and a lost poke costs a
device its next poll.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from typing import Final

import orjson
from sales.sync.v1 import bundle_pb2

from gateway.api.owners import Owners
from services.kit import rpc
from services.kit.actor import SYSTEM, Actor
from services.kit.errors import SalesError
from services.kit.telemetry.logs import get_logger

_log = get_logger(__name__)

PING_S: Final = 25.0
#: Commits that follow each other closely become one poke.
_TOGETHER_S: Final = 0.05
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 5.0


class Live:
    """Follows the head once somebody listens."""

    def __init__(self, owners: Owners, *, ping_s: float = PING_S) -> None:
        self._owners = owners
        self._ping_s = ping_s
        self._head = 0
        self._ended: set[str] = set()
        self._moved = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Stop following."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    async def events(self, actor: Actor, *, still_admitted: Callable[[], object]) -> AsyncIterator[bytes]:
        """Yield server-sent events for a device: the head now, then each time that it moves.

        Ends when the caller's session or token does; the device comes again with a fresh one.
        """
        if self._following is None:
            self._following = asyncio.create_task(self._follow())
        told = -1
        while True:
            try:
                still_admitted()
            except SalesError:
                return
            if actor.device_id is not None and str(actor.device_id) in self._ended:
                yield _event("wipe", {"reason": "revoked"})
                return
            moved = self._moved
            if self._head > told:
                told = self._head
                yield _event("poke", {"head": told})
            try:
                async with asyncio.timeout(self._ping_s):
                    await moved.wait()
                await asyncio.sleep(_TOGETHER_S)
            except TimeoutError:
                yield _event("ping", {})

    async def _follow(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                with rpc.acting(SYSTEM):
                    stream = self._owners.sync().WatchHead(bundle_pb2.WatchHeadRequest())
                    async for message in stream:
                        pause_s = _FIRST_PAUSE_S
                        self._take(message)
            except SalesError as error:
                _log.warning("lost the stream of heads", reason=error.reason)
            await asyncio.sleep(pause_s * random.uniform(0.5, 1))
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    def _take(self, message: bundle_pb2.WatchHeadResponse) -> None:
        self._head = message.head
        if message.names_ended:
            self._ended = set(message.ended_devices)
        self._moved.set()
        self._moved = asyncio.Event()


def _event(name: str, body: dict[str, object]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(body))
