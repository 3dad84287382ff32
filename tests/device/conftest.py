"""A fake server with something on it, and a device that is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
