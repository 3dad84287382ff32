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
    """Every page of an encrypted file and of its journal, free ones too, as the key's holder could read them.

    SQLCipher 4: pages of 4096 bytes, AES-256-CBC, the last 80 bytes are IV and HMAC, the first page begins
    with the salt. The journal has a head of 32 bytes, and 24 bytes before each page.
    """
    raw, journal = (folder / FILE).read_bytes(), folder / f"{FILE}-wal"
    assert len(raw) % 4096 == 0
    pages = [(start // 4096 + 1, raw[start : start + 4096]) for start in range(0, len(raw), 4096)]
    frames = journal.read_bytes()[32:] if journal.exists() else b""
    for start in range(0, len(frames), 24 + 4096):
        number = int.from_bytes(frames[start : start + 4])
        pages.append((number, frames[start + 24 : start + 24 + 4096]))
    found = []
    for number, page in pages:
        cipher = Cipher(algorithms.AES(key), modes.CBC(page[-80:-64])).decryptor()
        found.append(cipher.update(page[16 if number == 1 else 0 : -80]))
    return b"".join(found)
