"""What a device receives, and what it never does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.kit.errors import Invalid, NotFound, Unavailable
from services.sync.domain.checkpoints import read_checkpoint
from services.sync.usecases.devices import end_device
from services.sync.usecases.sweeping import sweep
from services.sync.usecases.verifying import verify
from tests.sync.world import NORTH, SOUTH, PlayedDevice, World, access, grant, new_id, record

NORTHERN = (grant("crm", {"territory": [NORTH]}), grant("offers", {"territory": [NORTH]}))


def party(world: World, territory: str = NORTH) -> str:
    found = new_id()
    world.commit("crm", record("crm.party", found, territory_id=territory))
    return found


def offer(world: World, party_id: str) -> list[str]:
    """An offer with a revision and two lines that have a cost; return all ids."""
    ids = [new_id() for _ in range(4)]
    world.commit(
        "offers",
        record("offers.offer", ids[0], parent_id=party_id),
        record("offers.revision", ids[1], parent_id=ids[0]),
        *(record("offers.line", each, parent_id=ids[1], cost="12.50") for each in ids[2:]),
    )
    return ids


def kinds(frames: list[dict[str, Any]]) -> list[str]:
    return [frame["k"] for frame in frames]


def test_a_device_receives_what_its_user_may_carry_away_and_then_only_what_changes(world: World) -> None:
    north, south = party(world), party(world, SOUTH)
    ids = offer(world, north)
    offer(world, south)
    device = world.device(world.give(*NORTHERN))
    device.pull()
    assert device.visible() == {north, *ids}
    assert device.pull() == []
    world.commit("crm", record("crm.party", south, 2, territory_id=SOUTH))
    assert device.pull() == []
    world.commit("crm", record("crm.party", north, 2, territory_id=NORTH))
    assert kinds(device.pull()) == ["plan", "put", "done"]
    assert device.fragments["crm.party", north, "base"][0] == 2


def test_a_party_that_moves_away_leaves_with_its_whole_subtree(world: World) -> None:
    moved = party(world)
    offer(world, moved)
    device = world.device(world.give(*NORTHERN))
    device.pull()
    world.commit("crm", record("crm.party", moved, 2, territory_id=SOUTH))
    frames = device.pull()
    assert device.visible() == set()
    assert kinds(frames) == ["plan", *["out"] * 5, "done"]
    assert not any("gone" in frame for frame in frames)
    assert b"version" not in b"".join(device.wire[-7:])


def test_a_deleted_record_is_gone(world: World) -> None:
    some = party(world)
    device = world.device(world.give(*NORTHERN))
    device.pull()
    world.commit("crm", record("crm.party", some, 2, territory_id=NORTH, deleted=True))
    assert [frame["gone"] for frame in device.pull() if frame["k"] == "out"] == [True]


def test_nobody_without_the_facet_ever_receives_a_cost(world: World) -> None:
    root = party(world)
    ids = offer(world, root)
    plain = world.device(world.give(*NORTHERN))
    seeing = world.device(world.give(grant("offers", {"territory": [NORTH]}, facets=["cost"])))
    for device in (plain, seeing):
        device.pull()
    world.commit("offers", record("offers.line", ids[2], 2, parent_id=ids[1], cost="13.00"))
    world.commit("crm", record("crm.party", root, 2, territory_id=SOUTH))
    world.commit("crm", record("crm.party", root, 3, territory_id=NORTH))
    for device in (plain, seeing):
        device.pull()
    assert b"unit_cost" not in b"".join(plain.wire)
    assert seeing.visible("cost") == set(ids[2:])
    assert seeing.fragments["offers.line", ids[2], "cost"][2] == b'{"unit_cost":"13.00"}'


def test_a_right_that_is_granted_revoked_and_granted_again_moves_only_its_bucket(world: World) -> None:
    root = party(world)
    ids = offer(world, root)
    user = world.give(NORTHERN[0])
    device = world.device(user)
    device.pull()
    assert device.visible() == {root}
    world.give(*NORTHERN, user_id=user, version=2)
    frames = device.pull()
    assert {each["b"] for each in frames[0]["backfill"]} == {f"offers/territory:{NORTH}"}
    assert device.visible() == {root, *ids}
    world.give(NORTHERN[0], user_id=user, version=3)
    assert device.pull()[0]["drop"] == [f"offers/territory:{NORTH}"]
    assert device.visible() == {root}
    world.give(*NORTHERN, user_id=user, version=4)
    device.pull()
    assert device.visible() == {root, *ids}


def test_a_row_in_several_buckets_is_sent_once(world: World) -> None:
    user = new_id()
    some = new_id()
    world.commit("crm", record("crm.party", some, territory_id=NORTH, owner_id=user, shared_with=[user]))
    world.give(grant("crm", {"territory": [NORTH]}, {"owner": [user]}, {"shared_with": [user]}), user_id=user)
    device = world.device(user)
    (put,) = (frame for frame in device.pull() if frame["k"] == "put")
    assert len(put["b"]) == 3


def test_a_partial_device_becomes_general_and_back(world: World) -> None:
    root = party(world)
    ids = offer(world, root)
    device = world.device(world.give(*NORTHERN), groups=["crm"])
    device.pull()
    assert device.visible() == {root}
    device.groups = None
    device.pull()
    assert device.visible() == {root, *ids}
    device.groups = frozenset({"crm"})
    device.pull()
    assert device.visible() == {root}


def test_a_right_that_ends_during_a_bundle_stops_it_before_the_next_page(world: World) -> None:
    for _ in range(30):
        party(world)
    user = world.give(*NORTHERN)
    device = world.device(user)
    lines = device.lines(page=10)
    received = [next(lines) for _ in range(11)]
    world.give(user_id=user, version=2)
    received += list(lines)
    assert received[-1]["k"] == "replan"
    assert sum(frame["k"] == "put" for frame in received) == 10
    assert device.pull() and device.visible() == set()


def test_rows_that_change_during_a_backfill_arrive_as_they_are_at_the_end(world: World) -> None:
    ids = [party(world) for _ in range(25)]
    device = world.device(world.give(*NORTHERN))
    lines = device.lines(page=10)
    received = [next(lines) for _ in range(11)]
    world.commit("crm", *(record("crm.party", each, 2, territory_id=NORTH) for each in ids[:20]))
    world.commit("crm", record("crm.party", ids[24], 2, territory_id=SOUTH))
    device.take(received + list(lines))
    assert device.visible() == set(ids[:24])
    assert {device.fragments["crm.party", each, "base"][0] for each in ids[:20]} == {2}


def test_acknowledged_changes_are_named_once_their_effect_is_in_the_bundle(world: World) -> None:
    device = world.device(world.give(*NORTHERN))
    device.pull()
    mine, unknown = new_id(), new_id()
    world.commit("crm", record("crm.party", new_id(), territory_id=NORTH), changes=[mine])
    assert device.pull(awaited=[mine, unknown])[-1]["seen"] == [mine]
    assert device.pull(awaited=[unknown]) == []


def test_a_device_behind_the_floor_fetches_that_bucket_anew(world: World) -> None:
    kept, gone = party(world), party(world)
    device = world.device(world.give(*NORTHERN))
    device.pull()
    world.commit("crm", record("crm.party", gone, 2, territory_id=NORTH, deleted=True))
    world.store.run(
        "insert into head_moment (seq, at) values (%s, now() - interval '99 days') "
        "on conflict (seq) do update set at = excluded.at",
        (world.ledger.seq,),
    )
    sweep(world.store, epoch=world.ledger.epoch, seq=world.ledger.seq)
    assert world.rows("select 1 from bucket_entry where not live") == []
    frames = device.pull()
    assert [each["b"] for each in frames[0]["backfill"]] == [f"crm/territory:{NORTH}"]
    assert device.visible() == {kept}
    assert device.pull() == []


def test_a_rebuild_of_unchanged_records_sends_nothing_again(world: World) -> None:
    root = party(world)
    offer(world, root)
    device = world.device(world.give(*NORTHERN))
    before = device.pull()[0]["gen"]
    world.store.run("update head set rebuild_wanted = true")
    world.now_s += 2
    world.sequencer.step([])
    world.settle()
    world.sequencer.step([])
    frames = device.pull()
    assert kinds(frames) == ["plan", "done"]
    assert frames[0]["gen"] == before + 1
    assert not frames[0]["backfill"]
    assert device.pull() == []


def test_a_checkpoint_beyond_a_restored_head_is_answered_with_everything(world: World) -> None:
    lost = party(world)
    device = world.device(world.give(*NORTHERN))
    device.pull()
    # As a backup from before would: the last number is smaller, and the database is another one.
    world.store.run("update head set seq = 1, database_epoch = gen_random_uuid()")
    world.lead()
    frames = device.pull()
    assert frames[0]["backfill"]
    assert frames[0]["gen"] == 2
    assert device.visible() == {lost}


def test_checkpoints_of_other_devices_and_forged_ones_are_refused(world: World) -> None:
    user = world.give(*NORTHERN)
    device, other = world.device(user), world.device(user)
    device.pull()
    other.checkpoint = device.checkpoint
    payload, _, signature = device.checkpoint.partition(".")
    for checkpoint in (device.checkpoint, f"{payload}x.{signature}", "", f"{payload}.{signature[:-2]}AA"):
        if checkpoint:
            other.checkpoint = checkpoint
            with pytest.raises(Invalid, match="CHECKPOINT_INVALID"):
                other.pull()


def test_a_copy_of_the_grants_that_is_too_old_answers_nothing(world: World) -> None:
    device = world.device(world.give(*NORTHERN))
    device.epoch = 2
    with pytest.raises(Unavailable, match="ACCESS_UNKNOWN"):
        device.pull()


def test_a_user_who_became_inactive_holds_nothing(world: World) -> None:
    some = party(world)
    user = world.give(*NORTHERN)
    device = world.device(user)
    device.pull()
    assert device.visible() == {some}
    ended = access(user, 2, *NORTHERN)
    ended["fragments"]["base"] = ended["fragments"]["base"].replace('"inactive":false', '"inactive":true')
    world.commit("identity", ended)
    device.pull()
    assert device.visible() == set()


@pytest.mark.parametrize("wipe", [False, True])
def test_an_ended_device_is_told_so_and_receives_nothing(world: World, wipe: bool) -> None:
    party(world)
    user = world.give(*NORTHERN)
    device = world.device(user)
    stranger = world.device(world.give(*NORTHERN))
    with pytest.raises(NotFound, match="DEVICE_UNKNOWN"):
        end_device(world.database, stranger.actor, device_id=UUID(device.id), wipe=wipe)
    end_device(world.database, device.actor, device_id=UUID(device.id), wipe=wipe)
    assert kinds(device.pull()) == ["wipe"]


def test_verify_names_the_bucket_and_its_ranges_and_the_next_pull_heals_it(world: World) -> None:
    ids = {party(world) for _ in range(3)}
    device = world.device(world.give(*NORTHERN))
    device.pull()
    bucket = f"crm/territory:{NORTH}"
    damaged = next(iter(device.members))
    device.members.remove(damaged)
    found = _verified(world, device, bucket)
    assert [(each.bucket, sum(row.n for row in each.ranges)) for each in found.differences] == [(bucket, 3)]
    device.checkpoint = found.checkpoint
    assert [each["b"] for each in device.pull()[0]["backfill"]] == [bucket]
    assert device.visible() == ids
    assert not _verified(world, device, bucket).differences


def _verified(world: World, device: PlayedDevice, bucket: str) -> Any:
    return verify(
        world.database,
        world.key,
        device.actor,
        device_id=UUID(device.id),
        checkpoint=device.checkpoint,
        sums={bucket: device.sum(bucket)},
    )


def test_what_a_device_received_can_be_reported(world: World) -> None:
    party(world)
    device = world.device(world.give(*NORTHERN))
    device.pull()
    (row,) = world.rows("select d.*, h.buckets from delivery d join held_set h on h.hash = d.held")
    assert (str(row.device_id), row.rows) == (device.id, 1)
    assert f"crm/territory:{NORTH}" in row.buckets
    read = read_checkpoint(device.checkpoint, world.key, device.id)
    assert read == replace(read, seq=row.to_seq)


def test_a_bucket_whose_first_record_comes_during_the_bundle_is_sent_with_it(world: World) -> None:
    first = party(world)
    device = world.device(world.give(grant("crm", {"territory": [NORTH, SOUTH]})))
    lines = device.lines()
    plan = next(lines)
    later = party(world, SOUTH)
    assert device.take([plan, *lines])[-1]["k"] == "done"
    assert device.visible() == {first, later}
