"""Merged records: their ids stand for the survivor, in what a device shows and in what it writes."""

from __future__ import annotations

import pytest

from gateway.device.device import Device
from tests.device.conftest import offer, party
from tests.device.fake_owners import ACTIVITY, OFFER, PARTY
from tests.device.fake_sync import FakeSync, Grant


@pytest.fixture
def merged(device: Device, server: FakeSync) -> Device:
    """Party 1 was merged into party 0 after the device had pulled both."""
    device.pull()
    server.owners.merge(party(1), party(0))
    server.ingest()
    device.pull()
    return device


def name(device: Device, number: int) -> str:
    record = device.view.record(PARTY, party(number))
    assert record is not None
    return str(record["name"])


def test_the_id_of_a_merged_record_shows_the_survivor(merged: Device) -> None:
    assert name(merged, 1) == "Party 0"
    assert [record["id"] for record in merged.view.records(PARTY)] == [party(0)]


def test_links_to_the_merged_record_are_links_to_the_survivor(merged: Device) -> None:
    for asked in (party(0), party(1)):
        found = {record["id"] for record in merged.view.records(OFFER, party_id=asked)}
        assert found == {offer(0), offer(1)}


def test_new_links_and_edits_go_to_the_survivor(merged: Device, server: FakeSync) -> None:
    activity = merged.author.create(ACTIVITY, {"party_id": party(1), "subject": "Call", "kind": "call"})
    merged.author.edit(PARTY, party(1), {"name": "Edited"})
    assert merged.push().outcomes == {"applied": 2}
    assert server.owners.records[activity].values["party_id"] == party(0)
    assert server.owners.records[party(0)].values["name"] == "Edited"


def test_an_edit_made_before_the_merge_was_known_is_shown_on_the_survivor(
    device: Device, server: FakeSync
) -> None:
    device.pull()
    device.author.edit(PARTY, party(1), {"website": "https://mine.example"})
    server.owners.merge(party(1), party(0))
    server.ingest()
    device.pull()
    record = device.view.record(PARTY, party(0))
    assert record is not None
    assert (record["name"], record["website"]) == ("Party 0", "https://mine.example")


def test_a_merge_of_a_merge_leads_to_the_last_survivor(merged: Device, server: FakeSync) -> None:
    server.grants.add(Grant("crm", "south"))
    server.owners.merge(party(0), party(2))
    server.ingest()
    merged.pull()
    assert [name(merged, number) for number in range(3)] == ["Party 2"] * 3


def test_a_merge_that_was_taken_back_leaves_two_records(merged: Device, server: FakeSync) -> None:
    server.owners.unmerge(party(1))
    server.ingest()
    merged.pull()
    assert [name(merged, 0), name(merged, 1)] == ["Party 0", "Party 1"]


def test_ids_of_a_revoked_merge_leave_the_file(merged: Device, server: FakeSync) -> None:
    server.grants.clear()
    merged.pull()
    (left,) = merged.store.sql.execute("select count(*) from alias").fetchone()
    assert left == 0
