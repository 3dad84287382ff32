"""Merging two parties, what late changes meet then, and taking it back."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from services.crm.worker.erp import record_registration
from services.kit.actor import SYSTEM, Actor
from services.kit.entities import entity
from services.kit.permissions import Grant
from services.kit.records.claims import Decision
from services.kit.records.reading import Reader
from services.kit.records.serving import RecordsServicer
from services.kit.rpc import acting
from services.kit.worker import deliver
from tests.crm.storage.test_timeline import hear, record, timeline
from tests.support.owners import (
    NORTH,
    SOUTH,
    OwnerUnderTest,
    create,
    everything,
    received,
    update,
    within,
)

DEVICE = uuid7()


@pytest.fixture
def seller(crm: OwnerUnderTest) -> Actor:
    return crm.accesses.give(*everything("crm", "offers", facets=("private",)))


def party(crm: OwnerUnderTest, author: Actor, **fields: Any) -> str:
    item = create("crm.party", **{"name": "Rossi", **fields})
    assert crm.one(author, item).outcome == "applied"
    return str(item["record_id"])


def command(name: str, party_id: str, **request: Any) -> dict[str, Any]:
    item = {"id": str(uuid7()), "entity": "crm.party", "record_id": party_id, "command": name}
    return item | {"request": request}


def merge(crm: OwnerUnderTest, author: Actor, into: str, other: str, **request: Any) -> Decision:
    return crm.one(author, command("merge", into, other_id=other, **request))


def unmerge(crm: OwnerUnderTest, author: Actor, into: str, other: str) -> Decision:
    return crm.one(author, command("unmerge", into, other_id=other))


def body(crm: OwnerUnderTest, name: str, record_id: str) -> dict[str, Any]:
    stored = crm.stored(name, record_id)
    assert stored is not None
    return dict(orjson.loads(stored["base_json"]))


def refused(decision: Decision) -> str:
    assert decision.outcome == "refused"
    assert decision.error is not None
    return decision.error.reason


def told(crm: OwnerUnderTest) -> dict[str, dict[str, Any]]:
    """The records of the last records_changed, by id."""
    return {each["id"]: each for each in crm.events()[-1]["data"]["records"]}


def everything_stored(crm: OwnerUnderTest) -> Any:
    """Every record, alias and event, for comparisons before and after."""
    tables = (
        "party",
        "address",
        "contact_point",
        "activity",
        "timeline_entry",
        "record_alias",
        "party_merge",
    )
    with crm.owner.database.read() as connection:
        return [connection.execute(sa.text(f"select * from {name} order by 1")).all() for name in tables] + [
            crm.count("outbox"),
            crm.count("transition"),
        ]


def test_the_other_party_s_records_move_and_what_is_alike_is_one(crm: OwnerUnderTest, seller: Actor) -> None:
    one, two = party(crm, seller, website="w"), party(crm, seller, pec="a@b.it")
    mail = create("crm.contact_point", party_id=one, kind="email", value="info@rossi.it")
    same = create("crm.contact_point", party_id=two, kind="email", value="info@rossi.it")
    own = create("crm.contact_point", party_id=two, kind="phone", value="045 1234567")
    call = create("crm.activity", party_id=two, kind="call", subject="Chiamata")
    crm.apply(seller, mail, same, own, call)
    assert merge(crm, seller, one, two).outcome == "applied"
    assert body(crm, "crm.party", one)["pec"] == "a@b.it"
    assert body(crm, "crm.contact_point", own["record_id"])["party_id"] == one
    assert body(crm, "crm.activity", call["record_id"])["party_id"] == one
    assert body(crm, "crm.contact_point", same["record_id"])["deleted"]
    gone = body(crm, "crm.party", two)
    assert (gone["state"], gone["deleted"], gone["merged_into_id"]) == ("merged", True, one)
    assert told(crm)[two]["alias_of"] == one


def test_the_old_id_is_read_and_written_as_the_survivor(crm: OwnerUnderTest, seller: Actor) -> None:
    one, two = party(crm, seller), party(crm, seller)
    merge(crm, seller, one, two)
    access = crm.accesses.get(seller)
    assert Reader(crm.owner.database).get(access, entity("crm.party"), two).id == one
    crm.one(seller, update("crm.party", two, website="www"))
    call = create("crm.activity", party_id=two, kind="call", subject="Chiamata")
    address = create("crm.address", party_id=two, city="Verona")
    assert [each.outcome for each in crm.apply(seller, call, address)] == ["applied", "applied"]
    assert body(crm, "crm.party", one)["website"] == "www"
    assert body(crm, "crm.activity", call["record_id"])["party_id"] == one
    assert body(crm, "crm.address", address["record_id"])["party_id"] == one


@pytest.mark.parametrize("base_version", [1, 2, 9])
def test_late_changes_of_a_device_reach_the_survivor_by_what_their_author_saw(
    crm: OwnerUnderTest, seller: Actor, base_version: int
) -> None:
    one = party(crm, seller, pec="a@b.it", website="same")
    two = party(crm, seller, pec="c@d.it", website="same")
    merge(crm, seller, one, two)
    device = Actor(user_id=seller.user_id, session_id=uuid7(), device_id=DEVICE)
    item = update("crm.party", two, base_version, pec="new@d.it", website="new")
    decision = crm.one(device, item | {"base": {"pec": "c@d.it", "website": "same"}})
    assert (decision.outcome, list(decision.conflicts)) == ("conflict", ["pec"])
    now = body(crm, "crm.party", one)
    assert (now["pec"], now["website"]) == ("a@b.it", "new")
    assert crm.count("parked_change") == 1


def test_an_alias_names_the_last_survivor_and_every_service_hears_it(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    one, two, three = (party(crm, seller) for _ in range(3))
    merge(crm, seller, two, three)
    merge(crm, seller, one, two)
    records = told(crm)
    assert (records[two]["alias_of"], records[three]["alias_of"]) == (one, one)
    crm.one(seller, update("crm.party", three, website="www"))
    assert body(crm, "crm.party", one)["website"] == "www"


def test_both_timelines_are_one_and_late_events_join_it(crm: OwnerUnderTest, seller: Actor) -> None:
    one, two = party(crm, seller), party(crm, seller)
    for each in (one, two):
        hear(crm, record("offers.offer", str(uuid7()), 1, state="draft", party_id=each, title=each))
    merge(crm, seller, one, two)
    hear(crm, record("offers.offer", str(uuid7()), 1, state="draft", party_id=two, title="late"))
    entries, _ = timeline(crm, seller, filter_text=f"party_id = {one}")
    assert {entry["title"] for entry in entries} == {one, two, "late"}
    assert {entry["root_id"] for entry in entries} == {one}


def test_a_merge_is_taken_back_whole(crm: OwnerUnderTest, seller: Actor) -> None:
    one = party(crm, seller, notes="mine", roles=["dealer"])
    two = party(crm, seller, notes="theirs", private_notes="secret", pec="a@b.it")
    points = [
        create("crm.contact_point", party_id=each, kind="email", value="info@rossi.it") for each in (one, two)
    ]
    address = create("crm.address", party_id=two, city="Verona")
    crm.apply(seller, *points, address)
    hear(crm, record("offers.offer", str(uuid7()), 1, state="draft", party_id=two))
    records = [("crm.party", one), ("crm.party", two), ("crm.address", address["record_id"])]
    records += [("crm.contact_point", each["record_id"]) for each in points]

    def values() -> list[dict[str, Any]]:
        changing = {"version", "updated_at", "updated_by"}
        return [{k: v for k, v in body(crm, *each).items() if k not in changing} for each in records]

    before = values()
    merge(crm, seller, one, two)
    assert values() != before
    assert unmerge(crm, seller, one, two).outcome == "applied"
    assert values() == before
    assert told(crm)[two]["alias_of"] == ""
    assert crm.count("record_alias") == 0
    assert len(timeline(crm, seller, filter_text=f"party_id = {two}")[0]) == 1
    stored = crm.stored("crm.party", two)
    assert stored is not None
    assert orjson.loads(stored["facets_json"]["private"])["private_notes"] == "secret"
    assert merge(crm, seller, one, two).outcome == "applied"


def test_a_merge_stays_once_something_else_has_happened(crm: OwnerUnderTest, seller: Actor) -> None:
    one, two = party(crm, seller), party(crm, seller)
    merge(crm, seller, one, two)
    crm.one(seller, update("crm.party", one, website="www"))
    before = everything_stored(crm)
    assert refused(unmerge(crm, seller, one, two)) == "MERGED_CHANGED_SINCE"
    assert everything_stored(crm) == before


def test_the_same_merge_again_is_answered_and_not_done_again(crm: OwnerUnderTest, seller: Actor) -> None:
    one, two = party(crm, seller), party(crm, seller)
    item = command("merge", one, other_id=two)
    crm.one(seller, item)
    before = everything_stored(crm)
    again = crm.one(seller, item)
    assert (again.outcome, again.duplicate) == ("applied", True)
    assert everything_stored(crm) == before


#: What is tried -> the error that it gets; nothing may have changed afterwards.
HOSTILE: list[tuple[str, dict[str, Any], str]] = [
    ("with itself", {"other_id": "one"}, "SAME_PARTY"),
    ("with nothing", {}, "RECORD_NOT_FOUND"),
    ("with what is no id", {"other_id": "x"}, "INVALID_FIELDS"),
    ("with an unknown party", {"other_id": str(uuid7())}, "RECORD_NOT_FOUND"),
    ("with a merged party", {"other_id": "merged"}, "RECORD_NOT_FOUND"),
    ("with an address' id", {"other_id": "address"}, "RECORD_NOT_FOUND"),
    ("with a party of another territory", {"other_id": "south"}, "RECORD_NOT_FOUND"),
    ("with one that may only be read", {"other_id": "read_only"}, "NOT_GRANTED"),
    ("both have a code in the ERP", {"other_id": "registered"}, "PARTIES_BOTH_IN_ERP"),
    ("the notes are too long together", {"other_id": "long"}, "MERGED_NOTES_TOO_LONG"),
    ("a state is to be taken", {"other_id": "two", "take": ["state"]}, "INVALID_FIELDS"),
    ("an unknown field is to be taken", {"other_id": "two", "take": ["x"]}, "INVALID_FIELDS"),
    ("an unknown parameter", {"other_id": "two", "force": True}, "INVALID_FIELDS"),
]


@pytest.mark.parametrize(("what", "request_", "reason"), HOSTILE, ids=[each[0] for each in HOSTILE])
def test_a_merge_that_makes_no_sense_is_refused_and_changes_nothing(
    crm: OwnerUnderTest, seller: Actor, what: str, request_: dict[str, Any], reason: str
) -> None:
    north = {"territory_id": str(NORTH)}
    ids = {
        "one": party(crm, seller, notes="n" * 9000, **north),
        "two": party(crm, seller, **north),
        "south": party(crm, seller, territory_id=str(SOUTH)),
        "long": party(crm, seller, notes="m" * 9000, **north),
        "merged": party(crm, seller, **north),
        "registered": party(crm, seller, **north),
        "read_only": party(crm, seller, territory_id=str(SOUTH)),
    }
    address = create("crm.address", party_id=ids["one"], city="Verona")
    crm.one(seller, address)
    merge(crm, seller, ids["two"], ids["merged"])
    for name in ("one", "registered"):
        answer = {"party_id": ids[name], "customer_code": name}
        deliver(crm.owner.database, record_registration, received("erp", "erp.party_registered.v1", answer))
    user = crm.accesses.give(within(NORTH))
    if what == "with one that may only be read":
        reading = Grant("crm", frozenset({"read"}), everything("crm")[0].scopes)
        user = crm.accesses.give(within(NORTH), reading)
    named = {"address": address["record_id"], **ids}
    request = dict(request_)
    if "other_id" in request:
        request["other_id"] = named.get(request["other_id"], request["other_id"])
    before = everything_stored(crm)
    assert refused(crm.one(user, command("merge", ids["one"], **request))) == reason
    assert everything_stored(crm) == before


def test_only_the_last_pair_is_taken_back(crm: OwnerUnderTest, seller: Actor) -> None:
    one, two = party(crm, seller), party(crm, seller)
    assert refused(unmerge(crm, seller, one, two)) == "MERGE_NOT_FOUND"
    merge(crm, seller, one, two)
    unmerge(crm, seller, one, two)
    assert refused(unmerge(crm, seller, one, two)) == "MERGE_NOT_FOUND"


def test_who_asks_for_the_merged_party_later_learns_of_the_survivor(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    """A service that missed the event, or one that begins with an export."""
    one, two = party(crm, seller), party(crm, seller)
    merge(crm, seller, one, two)
    servicer = RecordsServicer(crm.owner)
    with acting(SYSTEM, timeout_s=5):
        pages = list(servicer._export(entity("crm.party"), after=""))
    placed = {each.record.id: each for page in pages for each in page.records}
    assert (placed[two].alias_of, placed[two].deleted, placed[one].alias_of) == (one, True, "")
    assert servicer._placed(entity("crm.party"), two).alias_of == one
