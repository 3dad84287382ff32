"""What a pull leaves on the device, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.device.device import Device
from gateway.device.errors import Damaged, LeaseOver, ServerAway, UpgradeNeeded, Wiped
from tests.device.conftest import party
from tests.device.fake_owners import PARTY
from tests.device.fake_sync import FakeSync, Grant
from tests.device.support import Clock, content, file_bytes


def test_the_first_pull_brings_exactly_what_the_user_may_replicate(server: FakeSync, device: Device) -> None:
    device.pull()
    assert content(device.store) == server.oracle(None)
    assert device.view.record(PARTY, party(0)) is not None
    assert device.view.record(PARTY, party(2)) is None
    assert device.view.counts() == {"crm.activity": 2, "crm.party": 2, "offers.offer": 2}


def test_nothing_new_is_one_request_and_changes_nothing(server: FakeSync, device: Device) -> None:
    device.pull()
    before = device.store.get("checkpoint"), len(server.pulls)
    assert device.pull().rows == 0
    assert (device.store.get("checkpoint"), len(server.pulls) - 1) == before


def test_only_what_changed_is_sent(server: FakeSync, device: Device) -> None:
    device.pull()
    server.owners.update(party(0), name="Rossi")
    server.ingest()
    assert device.pull().rows == 1
    assert device.view.record(PARTY, party(0))["name"] == "Rossi"  # type: ignore[index]


def test_a_party_moved_away_takes_its_children_along(server: FakeSync, device: Device) -> None:
    device.pull()
    server.owners.update(party(0), territory="south")
    server.ingest()
    device.pull()
    assert content(device.store) == server.oracle(None)
    assert device.view.counts() == {"crm.activity": 1, "crm.party": 1, "offers.offer": 1}


def test_a_facet_comes_and_goes_with_its_grant(server: FakeSync, device: Device, tmp_path: Path) -> None:
    device.pull()
    assert "private_notes" not in device.view.record(PARTY, party(0))  # type: ignore[operator]
    server.grants.add(Grant("crm", "north", "private"))
    assert device.pull().rows == 2
    assert device.view.record(PARTY, party(0))["private_notes"] == "secret"  # type: ignore[index]
    server.grants.remove(Grant("crm", "north", "private"))
    device.pull()
    assert "private_notes" not in device.view.record(PARTY, party(0))  # type: ignore[operator]
    assert b'"secret"' not in file_bytes(tmp_path)


def test_what_was_revoked_is_gone_from_the_file(server: FakeSync, device: Device, tmp_path: Path) -> None:
    device.pull()
    assert b"Party 0" in file_bytes(tmp_path)
    server.grants.remove(Grant("crm", "north"))
    device.pull()
    assert b"Party 0" not in file_bytes(tmp_path)
    assert device.view.counts() == {"offers.offer": 2}


def test_a_bucket_behind_the_garbage_is_replaced(server: FakeSync, device: Device) -> None:
    device.pull()
    server.owners.update(party(0), deleted=True)
    server.ingest()
    server.collect_garbage()
    device.pull()
    assert content(device.store) == server.oracle(None)
    assert device.view.record(PARTY, party(0)) is None


def test_a_new_generation_replaces_the_old_one(server: FakeSync, device: Device) -> None:
    device.pull()
    server.owners.update(party(0), name="Rossi")
    server.ingest()
    server.rebuild()
    device.pull()
    assert content(device.store) == server.oracle(None)


def test_a_copy_does_not_follow_a_server_into_the_past(server: FakeSync, device: Device) -> None:
    server.rebuild()
    device.pull()
    server.generation = 1
    with pytest.raises(Damaged, match="GENERATION_BACK"):
        device.pull()


@pytest.mark.parametrize("frames", range(7))
def test_a_stream_that_ends_early_changes_nothing(server: FakeSync, device: Device, frames: int) -> None:
    def cut(lines: Iterator[bytes]) -> Iterator[bytes]:
        for _, line in zip(range(frames), lines, strict=False):
            yield line
        if frames % 2:
            raise httpx.ReadError("gone")

    server.distort = cut
    with pytest.raises((Damaged, ServerAway)):
        device.pull()
    assert content(device.store) == {}
    assert device.store.get("checkpoint") == ""
    server.distort = lambda lines: lines
    device.pull()
    assert content(device.store) == server.oracle(None)


def test_doubled_frames_do_no_harm(server: FakeSync, device: Device) -> None:
    def doubled(lines: Iterator[bytes]) -> Iterator[bytes]:
        earlier: list[bytes] = []
        for line in lines:
            yield from earlier[-3:] if b'"k":"done"' not in line else ()
            yield line
            earlier += [line] if b'"k":"plan"' not in line else []

    device.pull()
    server.owners.update(party(0), territory="south")
    server.owners.update(party(0), territory="north", name="Back")
    server.owners.update(party(1), territory="south")
    server.ingest()
    server.distort = doubled
    device.pull()
    assert content(device.store) == server.oracle(None)


def test_an_older_frame_that_comes_later_is_ignored(server: FakeSync, device: Device) -> None:
    old: list[bytes] = []

    def listening(lines: Iterator[bytes]) -> Iterator[bytes]:
        for line in lines:
            old.extend([line] if party(0).encode() in line and b'"k":"put"' in line else [])
            yield line

    def repeating(lines: Iterator[bytes]) -> Iterator[bytes]:
        for line in lines:
            yield from old if b'"k":"done"' in line else ()
            yield line

    server.distort = listening
    device.pull()
    server.owners.update(party(0), territory="south")
    server.ingest()
    server.distort = repeating
    device.pull()
    assert old
    assert content(device.store) == server.oracle(None)


def test_a_body_that_is_not_what_its_checksum_says_is_not_taken(server: FakeSync, device: Device) -> None:
    server.distort = lambda lines: (line.replace(b"Party 0", b"Party 9") for line in lines)
    with pytest.raises(Damaged, match="FRAGMENT_DIFFERS"):
        device.pull()
    assert content(device.store) == {}


def test_a_copy_that_differs_is_healed_and_counted(server: FakeSync, device: Device) -> None:
    device.pull()
    device.store.sql.execute("delete from member where id = ?", (party(0),))
    server.owners.update(party(1), name="Rossi")
    server.ingest()
    # The damage shows once a bundle makes the device count that bucket again.
    assert device.pull().healed == ["crm/territory:north"]
    assert content(device.store) == server.oracle(None)
    assert device.store.get("mismatches") == "1"


def test_a_forgotten_checkpoint_fetches_everything_anew(server: FakeSync, device: Device) -> None:
    device.pull()
    server.checkpoints.clear()
    server.grants.remove(Grant("crm", "north"))
    device.pull()
    assert content(device.store) == server.oracle(None)


def test_healing_fetches_the_bucket_that_differs_and_no_other(server: FakeSync, device: Device) -> None:
    device.pull()
    device.store.sql.execute("update fragment set body = cast('{}' as blob) where id = ?", (party(0),))
    assert device.verify().rows == 4  # of crm; the two offers are not sent again
    assert content(device.store) == server.oracle(None)


def test_verify_reads_the_stored_bytes(server: FakeSync, device: Device) -> None:
    device.pull()
    device.store.sql.execute("update fragment set body = cast('{}' as blob) where id = ?", (party(0),))
    assert device.verify().healed == ["crm/territory:north"]
    assert content(device.store) == server.oracle(None)


def test_a_partial_copy_becomes_general_and_partial_again(server: FakeSync, device: Device) -> None:
    device.choose_groups(["offers"])
    device.pull()
    assert device.view.counts() == {"offers.offer": 2}
    device.choose_groups([])
    device.pull()
    assert content(device.store) == server.oracle(None)
    device.choose_groups(["crm"])
    device.pull()
    assert content(device.store) == server.oracle(["crm"])


def test_a_wipe_leaves_nothing_not_even_unsent_changes(
    server: FakeSync, device: Device, tmp_path: Path
) -> None:
    device.pull()
    device.author.edit(PARTY, party(0), {"name": "Unsent"})
    server.revoked = True
    with pytest.raises(Wiped):
        device.pull()
    assert content(device.store) == {}
    left = file_bytes(tmp_path)
    assert b"Party" not in left
    assert b"Unsent" not in left


def test_a_server_that_needs_a_newer_program_says_so(server: FakeSync, device: Device) -> None:
    server.upgrade = True
    with pytest.raises(UpgradeNeeded, match=r"9\.0"):
        device.pull()


def test_reading_and_writing_go_on_without_the_server(server: FakeSync, device: Device) -> None:
    device.pull()
    server.away = True
    with pytest.raises(ServerAway):
        device.pull()
    device.author.edit(PARTY, party(0), {"name": "Offline"})
    assert device.view.record(PARTY, party(0))["name"] == "Offline"  # type: ignore[index]


def test_after_the_lease_the_copy_is_closed_until_the_server_is_reached(
    server: FakeSync, device: Device, clock: Clock
) -> None:
    device.pull()
    device.author.edit(PARTY, party(0), {"name": "Kept"})
    clock.forward(days=14, seconds=1)
    with pytest.raises(LeaseOver):
        _ = device.view
    device.push()
    device.pull()
    assert server.owners.records[party(0)].values["name"] == "Kept"
    assert device.view.record(PARTY, party(0)) is not None


def test_an_expired_token_is_refreshed_unseen(server: FakeSync, device: Device) -> None:
    device.store.put(access="old")
    device.pull()
    device.store.put(access="old")
    device.push()
    assert content(device.store) == server.oracle(None)
