"""Pokes: one stream from sync for the whole process, handed on to every device that listens.

A poke goes to the devices of those whom a move concerns. It carries no data; a device that hears one pulls.
So nothing can leak here, and a lost poke costs a device its next poll.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
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


@dataclass(eq=False, slots=True)
class _Listener:
    """One device's stream."""

    user_id: str
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    #: It has to be told the head.
    is_due: bool = True


class Live:
    """Follows the head once somebody listens."""

    def __init__(self, owners: Owners, *, ping_s: float = PING_S) -> None:
        self._owners = owners
        self._ping_s = ping_s
        self._head = 0
        self._ended: set[str] = set()
        self._listeners: dict[str, set[_Listener]] = {}
        self._following: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Stop following."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    def begins_anew(self, device_id: str) -> None:
        """Forget that a device was ended: it has just been registered again."""
        self._ended.discard(device_id)

    async def events(self, actor: Actor, *, still_admitted: Callable[[], object]) -> AsyncIterator[bytes]:
        """Yield server-sent events for a device: the head now, then each time that a move concerns its user.

        Ends when the caller's session or token does; the device comes again with a fresh one.
        """
        if self._following is None:
            self._following = asyncio.create_task(self._follow())
        listener = _Listener(str(actor.user_id or ""))
        mine = self._listeners.setdefault(listener.user_id, set())
        mine.add(listener)
        try:
            while True:
                try:
                    still_admitted()
                except SalesError as error:
                    if error.reason == "DEVICE_REVOKED":
                        yield _event("wipe", {"reason": "revoked"})
                    return
                if actor.device_id is not None and str(actor.device_id) in self._ended:
                    yield _event("wipe", {"reason": "revoked"})
                    return
                if listener.is_due:
                    listener.is_due = False
                    yield _event("poke", {"head": self._head})
                if not await self._is_woken(listener):
                    yield _event("ping", {})
        finally:
            mine.discard(listener)
            if not mine:
                self._listeners.pop(listener.user_id, None)

    async def _is_woken(self, listener: _Listener) -> bool:
        """Wait for what concerns the listener; False after the time of a ping.

        The first poke after a pause leaves at once, those that follow closely become one.
        """
        told_at = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self._ping_s):
                await listener.wake.wait()
        except TimeoutError:
            return False
        since = asyncio.get_running_loop().time() - told_at
        if since < _TOGETHER_S:
            await asyncio.sleep(_TOGETHER_S - since)
        listener.wake.clear()
        return True

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
        everybody = [each for listeners in self._listeners.values() for each in listeners]
        concerned = everybody
        if message.selective:
            concerned = [each for user_id in message.users for each in self._listeners.get(user_id, ())]
        for listener in concerned:
            listener.is_due = True
            listener.wake.set()
        if message.names_ended:
            self._ended = set(message.ended_devices)
            for listener in everybody:
                listener.wake.set()


def _event(name: str, body: dict[str, object]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(body))
