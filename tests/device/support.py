"""A device on a fake server, and what a test wants to know about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from gateway.device.device import FILE, Device
from gateway.device.store import Store
from tests.device.fake_sync import Content, FakeSync


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


def device_on(server: FakeSync, folder: Path, clock: Callable[[], datetime] | None = None) -> Device:
    """Open the device of a folder; signs in the first time."""
    device = Device(folder, transport=httpx.MockTransport(server.handle), clock=clock or Clock())
    device.store.sql.execute("pragma synchronous = off")
    if not device.store.get("user_name"):
        device.sign_in("http://fake", "sales.north", "secret", name="laptop")
    return device


def content(store: Store) -> Content:
    """Everything that a bucket of its facet shows."""
    query = """
        select type, id, facet, version, body from fragment where exists (
            select 1 from member join bucket on bucket.key = member.bucket
            where member.type = fragment.type and member.id = fragment.id and bucket.facet = fragment.facet)
    """
    return {(t, i, f): (v, bytes(body)) for t, i, f, v, body in store.sql.execute(query)}


def file_bytes(folder: Path) -> bytes:
    """Everything that the device has on disk."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob(f"{FILE}*")))
