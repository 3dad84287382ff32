"""Customers of somebody who leaves pass to another: previewed, in groups, resumable, each party judged by
itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from sales.crm.v1 import service_pb2 as pb
from uuid_utils.compat import uuid7

from services.crm.api import questions
from services.crm.storage.handovers import OPEN
from services.crm.usecases import handovers
from services.crm.usecases.merging import CHILDREN
from services.crm.usecases.opportunity_lists import loss_reason_id
from services.crm.usecases.setup import provide
from services.crm.worker.crm import continue_handover
from services.kit import access, rpc
from services.kit.actor import SYSTEM, Actor
from services.kit.entities import entities_of
from services.kit.errors import NotFound
from services.kit.permissions import Grant
from services.kit.records.references import store_foreign
from services.kit.worker import deliver
from tests.crm.parties import body, changed, command, everything_stored, party, person, reasons, related
from tests.support.owners import NORTH, SOUTH, OwnerUnderTest, create, everything, foreign, received, within


@pytest.fixture
def manager(crm: OwnerUnderTest) -> Actor:
    return with_copy(crm, crm.accesses.give(*everything("crm")))


@pytest.fixture
def leaver(crm: OwnerUnderTest) -> Actor:
    return crm.accesses.give(*everything("crm", "crm_setup"))


@pytest.fixture
def heir(crm: OwnerUnderTest) -> Actor:
    return with_copy(crm, crm.accesses.give(within(NORTH)))


def with_copy(crm: OwnerUnderTest, user: Actor, *, epoch: int = 1, inactive: bool = False) -> Actor:
    """Let the CRM's own copy of the user's access arrive, as identity's event brings it."""
    given = crm.accesses.get(user)
    grants = [
        {
            "group": grant.group,
            "actions": sorted(grant.actions),
            "scopes": [
                {
                    "terms": [
                        {"kind": term.kind.value, "values": [str(v) for v in term.values]}
                        for term in scope.terms
                    ]
                }
                for scope in grant.scopes
            ],
        }
        for grant in given.grants
    ]
    record = {"id": str(user.user_id), "version": epoch, "grants": grants, "inactive": inactive}
    with crm.owner.database.engine.begin() as connection:
        access.store(connection, orjson.dumps(record).decode())
    return user


def plan(crm: OwnerUnderTest, author: Actor, leaver: Actor, heir: Actor, **limits: Any) -> str:
    users = {"from_owner_id": str(leaver.user_id), "to_owner_id": str(heir.user_id)}
    item = create("crm.handover", **users, **limits)
    decision = crm.one(author, item)
    assert decision.outcome == "applied", decision.error
    return str(item["record_id"])


def start(crm: OwnerUnderTest, author: Actor, handover: str) -> None:
    decision = crm.one(author, command("crm.handover", handover, "start"))
    assert decision.outcome == "applied", decision.error


def go_on(crm: OwnerUnderTest) -> int:
    """Deliver what the CRM tells itself, until it has nothing to tell; return how often that was."""
    seen = 0
    while True:
        told = [each for each in crm.events() if each["type"] == "crm.handover_continued.v1"]
        if len(told) <= seen:
            return seen
        for event in told[seen:]:
            deliver(
                crm.owner.database,
                continue_handover,
                received("crm", "crm.handover_continued.v1", event["data"]),
            )
        seen = len(told)


@contextmanager
def calling(monkeypatch: pytest.MonkeyPatch, user: Actor) -> Iterator[type[questions.CrmQuestions]]:
    with monkeypatch.context() as patched:
        patched.setattr(rpc, "current_actor", lambda: user)
        yield questions.CrmQuestions


def owner(crm: OwnerUnderTest, name: str, record_id: str) -> str:
    return str(body(crm, name, record_id)["owner_id"])


def test_customers_pass_with_what_is_open_and_what_is_over_stays(
    crm: OwnerUnderTest, manager: Actor, leaver: Actor, heir: Actor
) -> None:
    with crm.owner.database.unit_of_work(SYSTEM) as uow:
        provide(uow)
    firm = party(crm, leaver)
    hoped_for, lost = (create("crm.opportunity", party_id=firm, title=title) for title in ("open", "lost"))
    give_up = command("crm.opportunity", lost["record_id"], "lose", reason_id=loss_reason_id("lost", "PRICE"))
    outcomes = [each.outcome for each in crm.apply(leaver, hoped_for, lost, give_up)]
    assert outcomes == ["applied"] * 3
    site = create("crm.address", party_id=firm, kind="site", city="Schio")
    planned, done = (create("crm.activity", party_id=firm, kind="call", subject=s) for s in ("plan", "done"))
    of_a_colleague = create("crm.activity", party_id=firm, kind="call", subject="theirs")
    crm.apply(
        leaver, site, planned, done, command("crm.activity", done["record_id"], "complete", outcome="x")
    )
    crm.one(manager, of_a_colleague)
    handover = plan(crm, manager, leaver, heir, to_territory_id=str(SOUTH))
    start(crm, manager, handover)
    go_on(crm)
    new = str(heir.user_id)
    assert (owner(crm, "crm.party", firm), body(crm, "crm.party", firm)["territory_id"]) == (new, str(SOUTH))
    assert owner(crm, "crm.address", site["record_id"]) == new
    assert owner(crm, "crm.activity", planned["record_id"]) == new
    assert owner(crm, "crm.opportunity", hoped_for["record_id"]) == new
    assert owner(crm, "crm.opportunity", lost["record_id"]) == str(leaver.user_id)
    assert owner(crm, "crm.activity", done["record_id"]) == str(leaver.user_id)
    assert owner(crm, "crm.activity", of_a_colleague["record_id"]) == str(manager.user_id)
    record = body(crm, "crm.handover", handover)
    counts = [record[name] for name in ("state", "total", "handed_over", "refused", "records")]
    assert counts == ["done", 1, 1, 0, 3]
    assert body(crm, "crm.party", firm)["updated_by"] == str(manager.user_id)


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_groups_of_any_size_come_to_the_same(
    crm: OwnerUnderTest,
    manager: Actor,
    leaver: Actor,
    heir: Actor,
    size: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handovers, "GROUP", size)
    firms = [party(crm, leaver, name=str(n)) for n in range(5)]
    handover = plan(crm, manager, leaver, heir)
    start(crm, manager, handover)
    assert go_on(crm) == -(-5 // size) + 1
    assert {owner(crm, "crm.party", each) for each in firms} == {str(heir.user_id)}
    assert body(crm, "crm.handover", handover)["handed_over"] == 5


def test_limits_by_territory_and_by_list(
    crm: OwnerUnderTest, manager: Actor, leaver: Actor, heir: Actor
) -> None:
    north, south, third = (party(crm, leaver, territory_id=str(where)) for where in (NORTH, SOUTH, NORTH))
    start(crm, manager, plan(crm, manager, leaver, heir, only_territory_id=str(SOUTH)))
    go_on(crm)
    assert [owner(crm, "crm.party", each) == str(heir.user_id) for each in (north, south, third)] == [
        False,
        True,
        False,
    ]
    start(crm, manager, plan(crm, manager, leaver, heir, only_party_ids=[third, south]))
    go_on(crm)
    assert [owner(crm, "crm.party", each) == str(heir.user_id) for each in (north, south, third)] == [
        False,
        True,
        True,
    ]


def test_an_interrupted_handover_goes_on_where_it_was_and_repeats_change_nothing(
    crm: OwnerUnderTest, manager: Actor, leaver: Actor, heir: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event of a group that fails is delivered again; one that is delivered twice finds its group
    done.
    """
    monkeypatch.setattr(handovers, "GROUP", 2)
    firms = [party(crm, leaver, name=str(n)) for n in range(5)]
    handover = plan(crm, manager, leaver, heir)
    start(crm, manager, handover)
    event = received("crm", "crm.handover_continued.v1", {"handover_id": handover})
    with monkeypatch.context() as broken:
        broken.setattr(handovers, "note_passages", lambda *args, **named: 1 / 0)
        before = everything_stored(crm)
        with pytest.raises(ZeroDivisionError):
            deliver(crm.owner.database, continue_handover, event)
        assert everything_stored(crm) == before
    deliver(crm.owner.database, continue_handover, event)
    once = everything_stored(crm)
    deliver(crm.owner.database, continue_handover, event)
    assert everything_stored(crm) == once
    assert body(crm, "crm.handover", handover)["handed_over"] == 2
    go_on(crm)
    assert {owner(crm, "crm.party", each) for each in firms} == {str(heir.user_id)}
    assert crm.count("party_passage") == 5
    done = everything_stored(crm)
    late = received("crm", "crm.handover_continued.v1", {"handover_id": handover})
    deliver(crm.owner.database, continue_handover, late)
    assert everything_stored(crm) == done


def test_what_cannot_pass_is_named_with_its_reason(
    crm: OwnerUnderTest, leaver: Actor, heir: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Grant("crm", frozenset({"read"}), everything("crm")[0].scopes)
    manager = with_copy(crm, crm.accesses.give(within(NORTH), reading))
    works_in_the_north = foreign("identity.user", str(manager.user_id))
    works_in_the_north["fragments"] = {"base": orjson.dumps({"territory_ids": [str(NORTH)]}).decode()}
    with crm.owner.database.engine.begin() as connection:
        store_foreign(connection, works_in_the_north)
    names = {}
    for name, where in (("passes", NORTH), ("south", SOUTH), ("moved on", NORTH), ("deleted", NORTH)):
        names[party(crm, leaver, name=name, territory_id=str(where))] = name
    ids = {name: party_id for party_id, name in names.items()}
    handover = plan(crm, manager, leaver, heir)
    with calling(monkeypatch, manager) as ask:
        shown = ask(crm.owner).PreviewHandover(pb.PreviewHandoverRequest(handover_id=handover), None)
    assert [(each.entity, each.count) for each in shown.moved] == [("crm.party", 3)]
    assert [(each.reason, each.count) for each in shown.refused] == [("NOT_GRANTED", 1)]
    start(crm, manager, handover)
    third = crm.accesses.give(within(NORTH))
    changed(crm, leaver, "crm.party", ids["moved on"], owner_id=str(third.user_id))
    crm.one(leaver, {"id": str(uuid7()), "entity": "crm.party", "record_id": ids["deleted"], "op": "delete"})
    go_on(crm)
    with calling(monkeypatch, manager) as ask:
        result = ask(crm.owner).GetHandoverResult(pb.GetHandoverResultRequest(handover_id=handover), None)
        only = pb.GetHandoverResultRequest(handover_id=handover, outcome="handed_over")
        passed = ask(crm.owner).GetHandoverResult(only, None)
    assert {(names[each.party_id], each.outcome, each.reason) for each in result.parties} == {
        ("passes", "handed_over", ""),
        ("south", "refused", "NOT_GRANTED"),
        ("moved on", "refused", "OWNER_CHANGED"),
        ("deleted", "refused", "RECORD_NOT_FOUND"),
    }
    assert [each.name for each in passed.parties] == ["passes"]
    record = body(crm, "crm.handover", handover)
    assert (record["state"], record["handed_over"], record["refused"]) == ("done", 1, 3)


def test_permissions_are_those_of_the_moment(
    crm: OwnerUnderTest, manager: Actor, leaver: Actor, heir: Actor
) -> None:
    firm = party(crm, leaver)
    handover = plan(crm, manager, leaver, heir)
    start(crm, manager, handover)
    with_copy(crm, manager, epoch=2, inactive=True)
    go_on(crm)
    assert owner(crm, "crm.party", firm) == str(leaver.user_id)
    assert body(crm, "crm.handover", handover)["refused"] == 1


def test_people_pass_with_their_company_and_are_counted_once(
    crm: OwnerUnderTest, manager: Actor, leaver: Actor, heir: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handovers, "GROUP", 1)
    firm, anna = party(crm, leaver), person(crm, leaver)
    works = related(crm, leaver, anna, "works_at", firm)
    handover = plan(crm, manager, leaver, heir)
    start(crm, manager, handover)
    go_on(crm)
    assert {owner(crm, "crm.party", each) for each in (firm, anna)} == {str(heir.user_id)}
    assert owner(crm, "crm.relationship", works) == str(heir.user_id)
    record = body(crm, "crm.handover", handover)
    assert (record["handed_over"], record["refused"], record["records"]) == (2, 0, 1)
    assert crm.count("party_passage") == 2


def test_a_cancelled_handover_stops_where_it_is(
    crm: OwnerUnderTest, manager: Actor, leaver: Actor, heir: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handovers, "GROUP", 1)
    firms = [party(crm, leaver, name=str(n)) for n in range(3)]
    handover = plan(crm, manager, leaver, heir)
    start(crm, manager, handover)
    event = received("crm", "crm.handover_continued.v1", {"handover_id": handover})
    deliver(crm.owner.database, continue_handover, event)
    assert crm.one(manager, command("crm.handover", handover, "cancel")).outcome == "applied"
    go_on(crm)
    passed = [owner(crm, "crm.party", each) == str(heir.user_id) for each in firms]
    assert passed.count(True) == 1
    assert body(crm, "crm.handover", handover)["state"] == "cancelled"


#: What is asked -> why it is refused; nothing may have changed afterwards.
HOSTILE: list[tuple[str, dict[str, Any], str]] = [
    ("to who has them", {"to_owner_id": "leaver"}, "SAME_OWNER"),
    ("to who has left", {"to_owner_id": "gone"}, "USER_LEFT"),
    ("to nobody", {"to_owner_id": ""}, "REQUIRED"),
    ("to an unknown user", {"to_owner_id": str(uuid7())}, "REFERENCE_NOT_FOUND"),
    ("to what is no id", {"to_owner_id": "x"}, "INVALID_ID"),
    ("in an unknown territory", {"only_territory_id": str(uuid7())}, "REFERENCE_NOT_FOUND"),
    ("of a party that is not seen", {"only_party_ids": ["hidden"]}, "REFERENCE_NOT_FOUND"),
    ("with counts of one's own", {"total": 5}, "OUTPUT_ONLY"),
    ("in a state of one's own", {"state": "done"}, "OUTPUT_ONLY"),
]


@pytest.mark.parametrize(("what", "fields", "reason"), HOSTILE, ids=[each[0] for each in HOSTILE])
def test_a_handover_that_makes_no_sense_is_refused_and_changes_nothing(
    crm: OwnerUnderTest, leaver: Actor, heir: Actor, what: str, fields: dict[str, Any], reason: str
) -> None:
    north = with_copy(crm, crm.accesses.give(within(NORTH)))
    gone = with_copy(crm, crm.accesses.give(within(NORTH)), epoch=2, inactive=True)
    hidden = party(crm, leaver, territory_id=str(SOUTH))
    named = {"leaver": str(leaver.user_id), "gone": str(gone.user_id), "hidden": hidden}
    wanted = {"from_owner_id": str(leaver.user_id), "to_owner_id": str(heir.user_id)} | {
        name: [named.get(each, each) for each in value]
        if isinstance(value, list)
        else named.get(value, value)
        for name, value in fields.items()
    }
    wanted |= {} if "only_territory_id" in wanted else {"only_territory_id": str(NORTH)}
    before = everything_stored(crm)
    assert reason in reasons(crm.one(north, create("crm.handover", **wanted)))
    assert everything_stored(crm) == before


def test_what_nobody_may_start_twice_or_see_or_change(
    crm: OwnerUnderTest, manager: Actor, leaver: Actor, heir: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = plan(crm, manager, leaver, heir)
    assert reasons(crm.one(manager, command("crm.handover", empty, "start"))) == ["NOTHING_TO_HAND_OVER"]
    party(crm, leaver)
    start(crm, manager, empty)
    again = everything_stored(crm)
    assert reasons(crm.one(manager, command("crm.handover", empty, "start"))) == ["WRONG_STATE"]
    stranger = crm.accesses.give(within(SOUTH))
    assert reasons(crm.one(stranger, command("crm.handover", empty, "cancel"))) == ["RECORD_NOT_FOUND"]
    change = {"id": str(uuid7()), "entity": "crm.handover", "record_id": empty, "op": "update"}
    assert reasons(crm.one(manager, change | {"fields": {"reason": "x"}})) == ["OPERATION_CLOSED"]
    assert everything_stored(crm) == again
    with calling(monkeypatch, stranger) as ask, pytest.raises(NotFound):
        ask(crm.owner).PreviewHandover(pb.PreviewHandoverRequest(handover_id=empty), None)


def test_whatever_hangs_under_a_party_is_merged_and_handed_over() -> None:
    """Who adds an entity under a party says here, and there, what becomes of it."""
    under = {each.name for each in entities_of("crm") if each.parent == "crm.party"}
    made_of_events = {"crm.timeline_entry"}
    assert under - made_of_events == set(CHILDREN) == set(OPEN)
