"""A device on a fake server, and what a test wants to know about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

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


def device_on(
    server: FakeSync,
    folder: Path,
    clock: Callable[[], datetime] | None = None,
    *,
    key: bytes | None = None,
) -> Device:
    """Open the device of a folder; signs in the first time."""
    transport = httpx.MockTransport(server.handle)
    device = Device(folder, key=key, transport=transport, clock=clock or Clock())
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


def decrypted_bytes(folder: Path, key: bytes) -> bytes:
    """Every page of an encrypted file, those that are free too, as its owner could read them.

    SQLCipher 4: pages of 4096 bytes, AES-256-CBC, the last 80 bytes are IV and HMAC, the first page begins
    with the salt. A journal that holds pages would need the same; the device empties it.
    """
    assert not any(path.stat().st_size for path in folder.glob(f"{FILE}-wal"))
    raw = (folder / FILE).read_bytes()
    assert len(raw) % 4096 == 0
    pages = []
    for start in range(0, len(raw), 4096):
        page = raw[start : start + 4096]
        cipher = Cipher(algorithms.AES(key), modes.CBC(page[-80:-64])).decryptor()
        pages.append(cipher.update(page[0 if start else 16 : -80]))
    return b"".join(pages)
