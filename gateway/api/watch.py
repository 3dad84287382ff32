"""What identity's stream `Watch` told: grant epochs, ended sessions, revoked devices, signing keys.

Kept in memory, so that a revocation binds at once without a call per request. While the stream is broken
the last state is trusted for a bounded time; after that the gateway answers 503 rather than let a revoked
session in.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Protocol

from prometheus_client import Gauge
from sales.identity.v1 import service_pb2

from gateway.api.tokens import Claims
from services.kit.errors import SalesError, Unauthenticated, Unavailable
from services.kit.telemetry.logs import get_logger

_log = get_logger(__name__)
_connected = Gauge("sales_gateway_watch_connected", "1 while identity's stream is followed.")

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0


class Identity(Protocol):
    """The part of identity's stub that is followed here."""

    def Watch(self, request: service_pb2.WatchRequest) -> AsyncIterator[service_pb2.WatchResponse]:  # noqa: N802
        """Return the stream."""


class Watch:
    """The state of sessions and grants, and the task that follows it."""

    def __init__(
        self, identity: Identity, *, patience_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._identity = identity
        self._patience_s = patience_s
        self._clock = clock
        self._lost_at: float | None = None
        self._following = False
        self._epochs: dict[str, int] = {}
        self._ended: set[str] = set()
        self._revoked: set[str] = set()
        self._keys: dict[str, str] = {}
        self.first_snapshot = asyncio.Event()

    @property
    def is_fresh(self) -> bool:
        """True while what is known may be trusted."""
        if self._following:
            return True
        return self._lost_at is not None and self._clock() - self._lost_at < self._patience_s

    def keys(self) -> Mapping[str, str]:
        """Return the public signing keys by id.

        Raises:
            Unavailable: IDENTITY_UNAVAILABLE, the stream has been lost for too long.
        """
        self.require_fresh()
        return self._keys

    def require_fresh(self) -> None:
        """Raise Unavailable (IDENTITY_UNAVAILABLE) if what is known is too old."""
        if not self.is_fresh:
            raise Unavailable("IDENTITY_UNAVAILABLE", "sessions cannot be checked at present")

    def admit(self, claims: Claims) -> int:
        """Return the newest grant epoch known for the user of a live session.

        Raises:
            Unauthenticated: SESSION_ENDED, DEVICE_REVOKED.
            Unavailable: IDENTITY_UNAVAILABLE.
        """
        self.require_fresh()
        # Its sessions have ended too, but only this tells the device to remove its copy.
        if claims.device_id is not None and str(claims.device_id) in self._revoked:
            raise Unauthenticated("DEVICE_REVOKED", "this device was revoked")
        if str(claims.session_id) in self._ended:
            raise Unauthenticated("SESSION_ENDED", "the session has ended; sign in again")
        return max(claims.epoch, self._epochs.get(str(claims.user_id), 0))

    async def follow(self) -> None:
        """Follow the stream for ever, with pauses that grow while identity is away."""
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                async for message in self._identity.Watch(service_pb2.WatchRequest()):
                    pause_s = _FIRST_PAUSE_S
                    self.take(message)
                self._lose("ENDED")
            except SalesError as error:
                self._lose(error.reason)
            await asyncio.sleep(pause_s * random.uniform(0.5, 1))
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    def take(self, message: service_pb2.WatchResponse) -> None:
        """Learn what one message says; only a snapshot makes a broken state whole."""
        if message.snapshot:
            self._epochs.clear()
            self._ended.clear()
            self._revoked.clear()
            self._keys = {}
            if not self._following:
                _log.info("watching identity")
            self._following = True
            self._lost_at = None
            _connected.set(1)
        self._epochs.update(message.epochs)
        self._ended.update(message.ended_sessions)
        self._revoked.update(message.revoked_devices)
        if message.keys:
            self._keys = {**self._keys, **message.keys}
        if message.snapshot:
            self.first_snapshot.set()

    def _lose(self, reason: str) -> None:
        if self._following:
            self._following = False
            self._lost_at = self._clock()
            _connected.set(0)
            _log.warning("lost identity's stream", reason=reason)
