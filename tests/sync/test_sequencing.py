"""Order, doubles, gaps, parts, epochs, crashes, leaders: whatever the broker does, the store is right."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from services.kit.errors import Unavailable
from services.sync.sequencer import source
from services.sync.sequencer.ledger import Ledger, Work
from services.sync.sequencer.owners import Download
from services.sync.sequencer.source import PATIENCE_S
from services.sync.storage.store import Fenced, Store
from tests.sync.world import NORTH, World, grant, new_id, record

CRM_NORTH = f"crm/territory:{NORTH}"


def party(record_id: str, version: int = 1, **given: Any) -> dict[str, Any]:
    return record("crm.party", record_id, version, territory_id=NORTH, **given)


def stored(world: World) -> dict[str, int]:
    return {
        row.id: row.version
        for row in world.rows("select id::text, version from entity where type = 'crm.party'")
    }


def head(world: World) -> int:
    return int(world.rows("select seq from head")[0].seq)


def position(world: World, service: str = "crm") -> int:
    return int(world.rows("select stream_seq from source_position where service = %s", service)[0].stream_seq)


def start(world: World) -> str:
    """Have crm's position known: one record committed and applied."""
    first = new_id()
    world.commit("crm", party(first))
    world.deliver(world.owners.played["crm"].heartbeat())
    world.now_s += PATIENCE_S
    world.settle()
    assert position(world) == 1
    return first


def test_doubles_change_nothing(world: World) -> None:
    start(world)
    some = new_id()
    events = world.commit("crm", party(some), changes=[new_id()])
    before = head(world)
    assert world.deliver(*events, *events) == [*events, *events]
    assert head(world) == before


def test_an_event_that_was_overtaken_is_waited_for_and_applied_in_order(world: World) -> None:
    start(world)
    some = new_id()
    first, second, third = (
        world.owners.played["crm"].commit(party(some, version))[0] for version in (1, 2, 3)
    )
    assert world.deliver(third, second) == []
    assert some not in stored(world)
    assert world.deliver(first) == [first, second, third]
    assert stored(world)[some] == 3
    assert position(world) == 4


def test_a_gap_is_fetched_from_the_owner_after_five_seconds(world: World) -> None:
    start(world)
    lost, later = new_id(), new_id()
    world.owners.played["crm"].commit(party(lost))
    world.commit("crm", party(later))
    world.settle()
    assert world.owners.replayed == [] or lost not in stored(world)
    replayed = len(world.owners.replayed)
    world.now_s += PATIENCE_S
    world.settle()
    assert world.owners.replayed[replayed:] == [("crm", 2, 2)]
    assert {lost, later} <= stored(world).keys()
    assert position(world) == 3


def test_a_lost_tail_is_seen_by_the_heartbeat(world: World) -> None:
    start(world)
    lost = new_id()
    world.owners.played["crm"].commit(party(lost))
    world.deliver(world.owners.played["crm"].heartbeat())
    world.now_s += PATIENCE_S
    world.settle()
    assert lost in stored(world)


def test_a_gap_that_the_owner_no_longer_keeps_is_closed_by_an_export(world: World) -> None:
    start(world)
    lost, later = new_id(), new_id()
    crm = world.owners.played["crm"]
    crm.commit(party(lost))
    crm.oldest = crm.seq + 1
    world.commit("crm", party(later))
    world.now_s += PATIENCE_S
    exported = world.owners.exported.count("crm")
    world.settle()
    world.settle()
    assert world.owners.exported.count("crm") == exported + 1
    assert {lost, later} <= stored(world).keys()


def test_the_parts_of_a_transaction_are_never_published_apart(world: World) -> None:
    start(world)
    ids = [new_id() for _ in range(6)]
    one, two, three = world.owners.played["crm"].commit(*(party(each) for each in ids), parts=3)
    before = head(world)
    assert world.deliver(one, two) == []
    assert head(world) == before
    assert world.deliver(three) == [one, two, three]
    assert set(ids) <= stored(world).keys()


def test_a_part_that_is_lost_holds_back_its_transaction_until_it_was_fetched(world: World) -> None:
    start(world)
    ids = [new_id() for _ in range(6)]
    one, _, three = world.owners.played["crm"].commit(*(party(each) for each in ids), parts=3)
    before = head(world)
    assert world.deliver(one, three) == []
    assert head(world) == before
    world.now_s += PATIENCE_S
    heads = set()
    while not set(ids) <= stored(world).keys():
        world.sequencer.step([])
        heads.add(head(world))
    assert len(heads - {before}) == 1, "a head between the parts"
    assert world.acknowledged[-2:] == [one, three]


def test_a_gap_with_more_behind_it_than_may_be_held_back_is_fetched_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MOST_WAITING", 5)
    start(world)
    lost, *later = (new_id() for _ in range(6))
    world.owners.played["crm"].commit(party(lost))
    for each in later[:4]:
        world.commit("crm", party(each))
    world.settle()
    assert lost not in stored(world)
    world.commit("crm", party(later[4]))
    world.settle()
    assert {lost, *later} <= stored(world).keys()


def test_a_gap_whose_owner_is_away_is_asked_for_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    start(world)
    lost, later = new_id(), new_id()
    world.owners.played["crm"].commit(party(lost))
    world.commit("crm", party(later))
    answers = world.owners.replay

    def away(*asked: Any) -> Download:
        def call() -> Iterator[Any]:
            raise Unavailable("OWNER_AWAY")
            yield

        return Download(call)

    monkeypatch.setattr(world.owners, "replay", away)
    world.now_s += PATIENCE_S
    world.settle()
    assert lost not in stored(world)
    monkeypatch.setattr(world.owners, "replay", answers)
    world.now_s += 2
    world.settle()
    assert {lost, later} <= stored(world).keys()


def test_what_arrives_together_is_one_commit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    start(world)
    commits: list[int] = []
    commit = world.ledger.commit

    def counted(work: Work, sources: Any) -> None:
        commits.append(len(work.events))
        commit(work, sources)

    monkeypatch.setattr(world.ledger, "commit", counted)
    crm = world.owners.played["crm"]
    events = [event for _ in range(300) for event in crm.commit(party(new_id()))]
    assert world.deliver(*events) == events
    assert commits == [300]


def test_a_new_epoch_replaces_the_owners_rows_whatever_their_version(world: World) -> None:
    kept, changed, gone = start(world), new_id(), new_id()
    world.commit("crm", party(changed, 7), party(gone, 3))
    user = world.give(grant("crm", {"territory": [NORTH]}))
    device = world.device(user)
    device.pull()
    crm = world.owners.played["crm"]
    crm.epoch, crm.seq = new_id(), 0
    crm.events.clear()
    del crm.records["crm.party", gone]
    crm.records["crm.party", changed] = party(changed, 5, body={"name": "restored"})
    world.commit("crm", party(new_id()))
    world.settle()
    assert gone not in stored(world)
    assert stored(world)[changed] == 5
    frames = device.pull()
    assert gone not in device.visible()
    assert kept in device.visible()
    assert kept not in {frame.get("i") for frame in frames}, "what did not change is not sent again"
    assert [f["epochs"]["crm"] for f in frames if f["k"] == "done"] == [crm.epoch]


def test_a_heartbeat_below_the_position_means_that_the_owner_was_copied_back(world: World) -> None:
    kept = start(world)
    gone = new_id()
    world.commit("crm", party(gone))
    crm = world.owners.played["crm"]
    del crm.records["crm.party", gone]
    crm.seq = 1
    world.deliver(crm.heartbeat())
    world.settle()
    assert stored(world).keys() == {kept}


def test_a_heartbeat_that_is_only_old_changes_nothing(world: World) -> None:
    start(world)
    old = world.owners.played["crm"].heartbeat()
    world.commit("crm", party(new_id()))
    exported = list(world.owners.exported)
    world.deliver(old)
    world.settle()
    assert world.owners.exported == exported


def test_events_flow_while_an_owner_is_exported(world: World) -> None:
    start(world)
    for _ in range(5):
        world.commit("crm", party(new_id()))
    hold = world.owners.hold = threading.Event()
    world.sequencer.sources["crm"].begin_export()
    world.sequencer.step([])
    meanwhile = new_id()
    assert world.commit("crm", party(meanwhile, 2))
    assert stored(world)[meanwhile] == 2
    hold.set()
    world.settle()
    assert len(stored(world)) == 7
    assert stored(world)[meanwhile] == 2


def test_an_older_leader_can_commit_nothing(world: World) -> None:
    start(world)
    older = world.ledger
    store = Store(world.url)
    Ledger(store)
    with pytest.raises(Fenced):
        older.commit(Work(records=[party(new_id())]), world.sequencer.sources)
    assert len(stored(world)) == 1
    store.close()


def test_a_crash_between_commit_and_acknowledgement_only_means_doubles(world: World) -> None:
    start(world)
    some = new_id()
    events = world.commit("crm", party(some))
    before = head(world)
    world.lead()
    assert world.deliver(*events) == events
    assert head(world) == before
    next_one = new_id()
    world.commit("crm", party(next_one))
    assert {some, next_one} <= stored(world).keys()


def test_what_cannot_be_applied_is_set_aside_and_fetched_again(world: World) -> None:
    start(world)
    broken, fine = new_id(), new_id()
    events = world.owners.played["crm"].commit({**party(broken), "fragments": {}}, party(fine))
    assert world.deliver(*events) == events
    assert stored(world).keys() >= {fine}
    assert [row.id for row in world.rows("select id from quarantine")] == [broken]
    world.owners.played["crm"].records["crm.party", broken] = party(broken, 2)
    world.store.run("update quarantine set tried_at = now() - interval '61 seconds'")
    world.now_s += 61
    world.sequencer.step([])
    assert stored(world)[broken] == 2
    assert world.rows("select id from quarantine") == []


def test_what_was_set_aside_and_is_no_longer_there_is_forgotten(world: World) -> None:
    start(world)
    broken = new_id()
    world.commit("crm", {**party(broken), "fragments": {}})
    del world.owners.played["crm"].records["crm.party", broken]
    world.store.run("update quarantine set tried_at = now() - interval '61 seconds'")
    world.now_s += 61
    world.sequencer.step([])
    assert world.rows("select id from quarantine") == []
    assert broken not in stored(world)


def test_a_record_that_the_database_refuses_holds_up_no_other(world: World) -> None:
    start(world)
    broken, fine = new_id(), new_id()
    world.commit("crm", party(broken, 1 << 63), party(fine))
    assert fine in stored(world)
    assert [row.id for row in world.rows("select id from quarantine")] == [broken]
