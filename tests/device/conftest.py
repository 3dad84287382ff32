"""A fake server with something on it, and a device that is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from gateway.device import locks
from gateway.device.device import Device
from tests.device.fake_owners import ACTIVITY, OFFER, PARTY
from tests.device.fake_sync import ALL, FakeSync, Grant
from tests.device.support import Clock, device_on

NORTH = {grant for grant in ALL if grant.territory == "north"} - {Grant("crm", "north", "private")}


@pytest.fixture
def server() -> FakeSync:
    server = FakeSync(grants=set(NORTH))
    for number, territory in enumerate(("north", "north", "south")):
        party = f"0190b000-0000-7000-8000-00000000000{number}"
        server.owners.create(
            PARTY, party, territory=territory, name=f"Party {number}", website="", private_notes="secret"
        )
        for kind, entity in ((1, ACTIVITY), (2, OFFER)):
            child = f"0190c000-0000-7000-8000-0000000000{kind}{number}"
            server.owners.create(entity, child, parent=party, party_id=party, notes="")
    server.ingest()
    return server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def device(server: FakeSync, tmp_path: Path, clock: Clock) -> Iterator[Device]:
    device = device_on(server, tmp_path, clock)
    yield device
    device.close()


def party(number: int) -> str:
    """Id of the party of that number; 0 and 1 are in the north, 2 in the south."""
    return f"0190b000-0000-7000-8000-00000000000{number}"


def offer(number: int) -> str:
    """Id of that party's offer."""
    return f"0190c000-0000-7000-8000-00000000002{number}"


class MemoryRing(KeyringBackend):
    """A key ring that works, as those of the systems do; CI has none."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.secrets.pop((service, username), None) is None:
            raise PasswordDeleteError("not here")


@pytest.fixture
def ring() -> Iterator[MemoryRing]:
    """The system's key ring."""
    before, ring = keyring.get_keyring(), MemoryRing()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


@pytest.fixture
def cheap_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    """PINs that cost a test nothing."""
    monkeypatch.setattr(locks, "_MEMORY_KIB", 64)
