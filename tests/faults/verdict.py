"""What must be true once the faults are over, whatever they were."""

from __future__ import annotations

import json
import time

from tests.faults.fleet import ACTIVITY, Fleet, Person
from tests.faults.oracle import Content, Oracle
from tests.faults.ward import Ward

HEAL_S = 180.0


def check_all_is_well(ward: Ward, fleet: Fleet) -> None:
    """Nothing was lost, nothing done twice, nothing given up, and every device holds what it must."""
    fleet.all(Person.send)
    _wait_until_quiet(ward)
    _check_devices(ward, fleet)
    _check_changes(ward, fleet)
    assert ward.dead_letters() == []
    assert ward.query("sync", "select type, id, cause from quarantine") == []
    assert ward.metric("sync-sequencer", "sales_sync_quarantined") == 0
    assert fleet.all(Person.mismatches) == [0] * len(fleet.people)


def _wait_until_quiet(ward: Ward) -> None:
    """Every event is published and consumed."""
    deadline = time.monotonic() + HEAL_S
    while ward.unpublished() or ward.queued():
        assert time.monotonic() < deadline, (ward.unpublished(), ward.queued(), ward.dead_letters())
        time.sleep(0.2)


def _check_devices(ward: Ward, fleet: Fleet) -> None:
    """Each copy equals what the owners' databases say, to the byte."""
    deadline = time.monotonic() + HEAL_S
    differing = ["nobody has looked yet"]
    while differing:
        oracle = Oracle(ward.services, ward.query)
        fleet.all(lambda person: person.insist(person.device.pull))
        held = fleet.all(Person.content)
        users = fleet.all(lambda person: person.user_id)
        wanted = {user: oracle.content(user) for user in set(users)}
        differing = [
            _difference(person, found, wanted[user])
            for person, found, user in zip(fleet.people, held, users, strict=True)
            if found != wanted[user]
        ]
        if differing:
            assert time.monotonic() < deadline, differing
            time.sleep(0.3)


def _difference(person: Person, held: Content, wanted: Content) -> str:
    missing = sorted(wanted.keys() - held.keys())
    superfluous = sorted(held.keys() - wanted.keys())
    other = sorted(key for key in wanted.keys() & held.keys() if wanted[key] != held[key])
    return (
        f"device {person.number} of {person.user_name}: {len(missing)} missing {missing[:3]}, "
        f"{len(superfluous)} too many {superfluous[:3]}, {len(other)} different {other[:3]}"
    )


def _check_changes(ward: Ward, fleet: Fleet) -> None:
    """Each change was applied, once: its id is claimed, its value stands, versions count changes."""
    claims: dict[str, tuple[str, str]] = {}
    for service in ward.services:
        rows = ward.query(service, "select change_id::text, outcome, reason from change_claim")
        claims.update({change: (outcome, reason) for change, outcome, reason in rows})
    sent = set().union(*fleet.all(lambda person: person.item_ids))
    assert {
        change: claims.get(change) for change in sent if claims.get(change, ("", ""))[0] not in _DONE
    } == {}
    assert fleet.all(lambda person: len(person.device.parked.questions())) == [0] * len(fleet.people)
    for person in fleet.people:
        _check_values(ward, person)
    twice = """
        select a.id::text, a.version, count(*) from activity a join change_claim c on c.record_id = a.id
        where c.changed group by a.id, a.version having a.version <> count(*)
    """
    assert ward.query("crm", twice) == []


_DONE = ("applied", "merged")


def _check_values(ward: Ward, person: Person) -> None:
    tables = {"crm.party": "party", ACTIVITY: "activity", "offers.offer": "offer"}
    ids: dict[str, list[str]] = {}
    for entity, record_id in person.written:
        ids.setdefault(entity, []).append(record_id)
    for entity, wanted in ids.items():
        question = f'select id::text, base_json from "{tables[entity]}" where id = any(%s::uuid[])'
        rows = dict(ward.query(entity.partition(".")[0], question, wanted))
        for record_id in wanted:
            stored = json.loads(rows[record_id])
            fields = person.written[entity, record_id]
            assert {name: stored[name] for name in fields} == fields, (entity, record_id)
    if person.rounds:
        (row,) = ward.query("crm", "select base_json from party where id = %s", person.shared)
        assert json.loads(row[0])["custom"][f"device_{person.number}"] == str(person.rounds)
