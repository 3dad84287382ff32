"""The queue: what becomes of the user's own changes."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from gateway.device import outgoing
from gateway.device.device import Device
from gateway.device.errors import ServerAway, Unusable
from tests.device.conftest import offer, party
from tests.device.fake_owners import ACTIVITY, OFFER, PARTY, REFUSED_NAME
from tests.device.fake_sync import FakeSync
from tests.device.support import Clock, device_on


@pytest.fixture
def pulled(device: Device) -> Device:
    device.pull()
    return device


def shown(device: Device, number: int = 0) -> str:
    record = device.view.record(PARTY, party(number))
    assert record is not None
    return str(record["name"])


def replica(device: Device, number: int = 0) -> str:
    record = device.view.server_record(PARTY, party(number))
    assert record is not None
    return str(record["name"])


def test_an_edit_is_shown_until_the_bundle_that_brings_it_back(server: FakeSync, pulled: Device) -> None:
    pulled.author.edit(PARTY, party(0), {"name": "Mine"})
    assert shown(pulled) == "Mine"
    assert pulled.push().outcomes == {"applied": 1}
    assert (shown(pulled), replica(pulled)) == ("Mine", "Party 0")  # applied, and not published yet
    pulled.pull()
    assert (shown(pulled), replica(pulled)) == ("Mine", "Party 0")
    server.ingest()
    pulled.pull()
    assert (shown(pulled), replica(pulled)) == ("Mine", "Mine")
    assert outgoing.shown(pulled.store) == []


def test_an_answer_lost_after_the_commit_changes_nothing_twice(server: FakeSync, pulled: Device) -> None:
    change = pulled.author.edit(PARTY, party(0), {"name": "Mine"})
    server.lose_answers = True
    with pytest.raises(ServerAway):
        pulled.push()
    server.lose_answers = False
    assert [item.id for item in outgoing.waiting(pulled.store)] == [change]
    assert pulled.push().outcomes == {"applied": 1}
    assert server.owners.applied == [change]


def test_the_queue_survives_the_program(server: FakeSync, pulled: Device, tmp_path: Path) -> None:
    pulled.author.edit(PARTY, party(0), {"name": "Mine"})
    pulled.close()
    again = device_on(server, tmp_path)
    assert shown(again) == "Mine"
    assert again.push().outcomes == {"applied": 1}
    again.close()


def test_a_party_and_its_children_made_offline_are_one_transaction(server: FakeSync, pulled: Device) -> None:
    new = pulled.author.create(PARTY, {"name": "New"}, [(ACTIVITY, {"subject": "Call", "kind": "call"})])
    assert pulled.view.records(ACTIVITY, party_id=new)[0]["subject"] == "Call"
    pulled.push()
    server.ingest()
    pulled.pull()
    (call,) = [each for each in server.owners.records.values() if each.parent == new]
    assert call.entity == ACTIVITY
    assert pulled.view.server_record(PARTY, new) is not None


def test_clean_fields_merge_and_the_conflict_is_shown(server: FakeSync, pulled: Device) -> None:
    pulled.author.edit(PARTY, party(0), {"name": "Mine", "website": "https://mine.example"})
    pulled.author.edit(PARTY, party(1), {"name": "Also mine"})
    server.owners.update(party(0), name="Theirs")
    assert pulled.push().outcomes == {"conflict": 1, "applied": 1}
    record = pulled.view.record(PARTY, party(0))
    assert record is not None
    assert (record["name"], record["website"]) == ("Party 0", "https://mine.example")
    server.ingest()
    pulled.pull()
    (question,) = pulled.parked.questions()
    assert (question.mine, question.theirs) == ({"name": "Mine"}, {"name": "Theirs"})


@pytest.mark.parametrize(
    ("choice", "fields", "expected"),
    [("mine", None, "Mine"), ("theirs", None, "Theirs"), ("edited", {"name": "Both"}, "Both")],
)
def test_a_conflict_is_decided_offline_and_sent_later(
    server: FakeSync, pulled: Device, choice: str, fields: dict[str, str] | None, expected: str
) -> None:
    change = pulled.author.edit(PARTY, party(0), {"name": "Mine"})
    server.owners.update(party(0), name="Theirs")
    pulled.push()
    server.ingest()
    pulled.pull()
    pulled.parked.resolve(change, choice, fields)
    assert shown(pulled) == expected
    with pytest.raises(Unusable, match="QUESTION_DECIDED"):
        pulled.parked.resolve(change, "discarded")
    pulled.push()
    server.ingest()
    pulled.pull()
    assert (shown(pulled), replica(pulled)) == (expected, expected)
    assert (pulled.parked.questions(), server.owners.parked) == ([], {})


def test_a_decision_whose_answer_was_lost_is_sent_again(server: FakeSync, pulled: Device) -> None:
    change = pulled.author.edit(PARTY, party(0), {"name": "Mine"})
    server.owners.update(party(0), name="Theirs")
    pulled.push()
    pulled.pull()
    pulled.parked.resolve(change, "mine")
    server.lose_answers = True
    with pytest.raises(ServerAway):
        pulled.push()
    server.lose_answers = False
    pulled.push()
    assert server.owners.records[party(0)].values["name"] == "Mine"
    assert pulled.parked.questions() == []


def test_a_refusal_ends_the_overlay_and_keeps_what_was_typed(server: FakeSync, pulled: Device) -> None:
    pulled.author.edit(PARTY, party(0), {"name": REFUSED_NAME})
    pulled.author.edit(PARTY, party(1), {"name": "Fine"})
    assert pulled.push().outcomes == {"refused": 1, "applied": 1}
    assert shown(pulled) == "Party 0"
    (question,) = pulled.parked.questions()
    assert (question.outcome, question.mine) == ("refused", {"name": REFUSED_NAME})


def test_a_decision_that_is_refused_leaves_the_question_open(server: FakeSync, pulled: Device) -> None:
    new = pulled.author.create(PARTY, {"name": REFUSED_NAME})
    pulled.push()
    (question,) = pulled.parked.questions()
    pulled.parked.resolve(question.id, "edited", {"name": REFUSED_NAME, "website": "https://typed.example"})
    assert pulled.push().outcomes == {"refused": 1}
    (again,) = pulled.parked.questions()
    assert (again.id, again.decided) == (question.id, False)
    assert "https://typed.example" in again.detail
    pulled.parked.resolve(question.id, "edited", {"name": "Right"})
    assert pulled.push().outcomes == {"applied": 1}
    assert (new in server.owners.records, pulled.parked.questions()) == (True, [])


def test_a_decision_that_meets_another_change_is_asked_again(server: FakeSync, pulled: Device) -> None:
    change = pulled.author.edit(PARTY, party(0), {"name": "Mine"})
    server.owners.update(party(0), name="Theirs")
    pulled.push()
    pulled.parked.resolve(change, "mine")
    server.owners.update(party(0), name="Theirs again")
    assert pulled.push().outcomes == {"conflict": 1}
    (question,) = pulled.parked.questions()
    assert (question.id, question.theirs) == (change, {"name": "Theirs again"})
    pulled.parked.resolve(change, "mine")
    assert set(pulled.push().outcomes) <= {"applied", "merged"}
    assert server.owners.records[party(0)].values["name"] == "Mine"


def test_what_builds_on_a_refused_create_is_held_until_it_is_decided(
    server: FakeSync, pulled: Device
) -> None:
    new = pulled.author.create(PARTY, {"name": REFUSED_NAME})
    pulled.author.create(ACTIVITY, {"party_id": new, "subject": "Call", "kind": "call"})
    pulled.author.edit(PARTY, party(1), {"name": "Fine"})
    assert pulled.push().outcomes == {"refused": 1, "held": 1, "applied": 1}
    assert pulled.push().outcomes == {"held": 1}
    (question,) = pulled.parked.questions()
    pulled.parked.resolve(question.id, "edited", {"name": "Right"})
    assert pulled.push().outcomes == {"applied": 2}
    server.ingest()
    pulled.pull()
    assert len(pulled.view.records(ACTIVITY, party_id=new)) == 1
    assert outgoing.waiting(pulled.store) == []


def test_an_owner_that_is_away_holds_its_own_items_only(server: FakeSync, pulled: Device) -> None:
    server.owners.away = {"crm"}
    pulled.author.edit(PARTY, party(0), {"name": "Later"})
    pulled.author.edit(OFFER, offer(0), {"notes": "Now"})
    assert pulled.push().outcomes == {"held": 1, "applied": 1}
    assert shown(pulled) == "Later"
    server.owners.away = set()
    assert pulled.push().outcomes == {"applied": 1}


def test_what_a_restored_owner_may_have_lost_is_sent_again_with_the_same_ids(
    server: FakeSync, pulled: Device, clock: Clock
) -> None:
    backup = copy.deepcopy(server.owners)
    change = pulled.author.edit(PARTY, party(0), {"name": "Mine"})
    pulled.push()
    server.ingest()
    pulled.pull()
    pulled.author.edit(OFFER, offer(0), {"notes": "Other owner"})
    pulled.push()
    clock.forward(days=6)
    server.owners = backup
    server.owners.update(party(0), website="https://after.example")
    server.epochs["crm"] = "2"
    server.ingest()
    pulled.pull()
    assert [item.id for item in outgoing.waiting(pulled.store)] == [change]
    assert shown(pulled) == "Mine"
    pulled.push()
    assert server.owners.records[party(0)].values["name"] == "Mine"


def test_acknowledged_changes_are_forgotten_after_seven_days(
    server: FakeSync, pulled: Device, clock: Clock
) -> None:
    change = pulled.author.edit(PARTY, party(0), {"name": "Mine"})
    pulled.push()
    server.ingest()
    pulled.pull()
    assert outgoing.find(pulled.store, change) is not None
    clock.forward(days=7, seconds=1)
    server.owners.update(party(1), name="New")
    server.ingest()
    pulled.pull()
    assert outgoing.find(pulled.store, change) is None


def test_unsent_changes_outlive_the_eviction_of_their_record(server: FakeSync, pulled: Device) -> None:
    change = pulled.author.edit(PARTY, party(0), {"name": "Mine"})
    server.owners.update(party(0), territory="south")
    server.ingest()
    pulled.pull()
    assert pulled.view.record(PARTY, party(0)) is None
    assert [item.id for item in outgoing.waiting(pulled.store)] == [change]
    assert pulled.push().outcomes == {"merged": 1}


@pytest.mark.parametrize(
    ("entity", "fields", "reason"),
    [
        ("crm.nothing", {}, "ENTITY_UNKNOWN"),
        (PARTY, {"colour": "red"}, "FIELD_UNKNOWN"),
        (PARTY, {"state": "customer"}, "FIELD_NOT_WRITABLE"),
        (PARTY, {"kind": "robot"}, "FIELD_INVALID"),
    ],
)
def test_what_no_owner_would_take_is_refused_while_typing(
    pulled: Device, entity: str, fields: dict[str, str], reason: str
) -> None:
    with pytest.raises(Unusable, match=reason):
        pulled.author.edit(entity, party(0), fields)
    assert outgoing.waiting(pulled.store) == []


def test_sets_and_custom_fields_travel_as_differences(pulled: Device) -> None:
    pulled.author.edit(PARTY, party(0), {"roles": ["dealer"], "custom": {"colour": '"red"'}})
    record = pulled.view.record(PARTY, party(0))
    assert record is not None
    assert (record["roles"], record["custom"]) == (["dealer"], {"colour": '"red"'})
    pulled.author.edit(PARTY, party(0), {"roles": ["supplier"], "custom": {"colour": None}})
    record = pulled.view.record(PARTY, party(0))
    assert record is not None
    assert (record["roles"], record["custom"]) == (["supplier"], {})
    last = outgoing.waiting(pulled.store)[-1].body
    assert last["fields"] == {
        "roles": {"add": ["supplier"], "remove": ["dealer"]},
        "custom": {"colour": None},
    }
    assert last["base"]["custom"] == {"colour": '"red"'}


def test_another_user_cannot_sign_in_over_unsent_changes(server: FakeSync, pulled: Device) -> None:
    pulled.author.edit(PARTY, party(0), {"name": "Mine"})
    with pytest.raises(Unusable, match="UNSENT_OF_ANOTHER"):
        pulled.sign_in("http://fake", "sales.south", "secret")
    pulled.push()
    pulled.sign_in("http://fake", "sales.south", "secret")
    assert pulled.view.counts() == {}
