"""An owner that was restored from a backup: what it lost is sent again, and nobody decides anything twice."""

from __future__ import annotations

import copy

import pytest

from gateway.device import outgoing
from gateway.device.device import Device
from tests.device.conftest import party
from tests.device.fake_owners import PARTY, REFUSED_NAME, Owners
from tests.device.fake_sync import FakeSync


@pytest.fixture
def pulled(device: Device) -> Device:
    device.pull()
    return device


def backup(server: FakeSync) -> Owners:
    return copy.deepcopy(server.owners)


def restore(server: FakeSync, kept: Owners) -> None:
    """Everything after the backup never happened, and the owner says that it began a new life."""
    server.owners = kept
    for record in list(kept.records.values()):
        kept.write(record)
    server.epochs = {**server.epochs, "crm": server.epochs["crm"] + "'"}
    server.ingest()


def synchronise(server: FakeSync, device: Device) -> None:
    for _ in range(2):
        device.pull()
        device.push()
        server.ingest()
    device.pull()


def in_conflict(server: FakeSync, device: Device) -> str:
    """Bring the name of a party into conflict; return the change."""
    change = device.author.edit(PARTY, party(0), {"name": "Mine", "website": "https://mine.example"})
    server.owners.update(party(0), name="Theirs")
    return change


@pytest.mark.parametrize(
    ("choice", "name"), [("mine", "Mine"), ("edited", "Both"), ("theirs", "Theirs"), ("discarded", "Theirs")]
)
@pytest.mark.parametrize("when", ["before the change", "before the decision"])
def test_a_conflict_that_was_decided_is_not_asked_again(
    server: FakeSync, pulled: Device, choice: str, name: str, when: str
) -> None:
    change = in_conflict(server, pulled)
    kept = backup(server)
    assert pulled.push().outcomes == {"conflict": 1}
    if when == "before the decision":
        kept = backup(server)
    pulled.parked.resolve(change, choice, {"name": "Both"} if choice == "edited" else None)
    synchronise(server, pulled)
    assert server.owners.records[party(0)].values["name"] == name
    restore(server, kept)
    synchronise(server, pulled)
    assert pulled.parked.questions() == []
    assert server.owners.parked == {}
    stored = server.owners.records[party(0)].values
    assert (stored["name"], stored["website"]) == (name, "https://mine.example")
    assert outgoing.waiting(pulled.store) == []
    assert len(server.owners.applied) == len(set(server.owners.applied))


def test_a_refusal_that_was_decided_is_not_asked_again(server: FakeSync, pulled: Device) -> None:
    kept = backup(server)
    change = pulled.author.edit(PARTY, party(0), {"name": REFUSED_NAME})
    assert pulled.push().outcomes == {"refused": 1}
    pulled.parked.resolve(change, "edited", {"name": "Accepted"})
    synchronise(server, pulled)
    restore(server, kept)
    synchronise(server, pulled)
    assert pulled.parked.questions() == []
    assert server.owners.records[party(0)].values["name"] == "Accepted"


def test_what_was_not_decided_is_still_asked(server: FakeSync, pulled: Device) -> None:
    change = in_conflict(server, pulled)
    kept = backup(server)
    pulled.push()
    restore(server, kept)
    synchronise(server, pulled)
    assert [question.id for question in pulled.parked.questions()] == [change]
    assert list(server.owners.parked) == [change]
