"""One timeline per party, from the records of every service, each line seen by who may see what it tells."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import orjson
import pytest
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from services.crm.worker.aftersales import tell_of_aftersales
from services.crm.worker.crm import tell_of_crm
from services.crm.worker.identity import copy_access
from services.crm.worker.mail import tell_of_mail
from services.crm.worker.offers import tell_of_offers
from services.kit.actor import Actor
from services.kit.entities import default_values, entity
from services.kit.permissions import Access, Grant, Kind, Scope, Term
from services.kit.records.reading import Reader
from services.kit.worker import deliver
from tests.support.owners import (
    NORTH,
    OwnerUnderTest,
    create,
    everything,
    foreign,
    received,
    update,
    within,
)


def record(
    name: str, record_id: str, version: int, /, *, at: str = "2026-03-01", **values: Any
) -> dict[str, Any]:
    """A version of another service's record in the form of records_changed."""
    found = foreign(name, record_id, version)
    times = {"created_at": "2026-01-10T08:00:00Z", "updated_at": f"{at}T10:00:00Z"}
    given = {"id": record_id, "version": version, **times, **values}
    found |= {key: values[key] for key in ("owner_id", "deleted", "shared_with") if key in values}
    body = {k: v for k, v in (default_values(entity(name)) | given).items() if v is not None}
    return found | {"fragments": {"base": orjson.dumps(body).decode()}}


HANDLERS = {"offers": tell_of_offers, "aftersales": tell_of_aftersales, "mail": tell_of_mail}


def hear(crm: OwnerUnderTest, *records: dict[str, Any]) -> None:
    """Bring the CRM an event for each record, those of one owner together, as its worker does when it is
    behind.
    """
    for service, handler in HANDLERS.items():
        told = [record for record in records if record["entity"].startswith(f"{service}.")]
        events = [received(service, f"{service}.records_changed.v1", {"records": [each]}) for each in told]
        if events:
            deliver(crm.owner.database, handler, *events)


def hear_itself(crm: OwnerUnderTest) -> None:
    """Bring the CRM its own events, as its worker gets them."""
    for event in crm.events():
        if event["type"] == "crm.records_changed.v1":
            deliver(crm.owner.database, tell_of_crm, received("crm", event["type"], event["data"]))


def party(crm: OwnerUnderTest, author: Actor, **fields: Any) -> str:
    item = create("crm.party", name="Rossi", **fields)
    assert crm.one(author, item).outcome == "applied"
    return str(item["record_id"])


def timeline(
    crm: OwnerUnderTest, actor: Actor, *, filter_text: str = "", page_size: int = 0, page_token: str = ""
) -> tuple[list[dict[str, Any]], str]:
    """A page, latest first, as `GET /v1/crm/timeline-entries` answers it."""
    records, token = Reader(crm.owner.database).page(
        crm.accesses.get(actor),
        entity("crm.timeline_entry"),
        filter_text=filter_text,
        order_by="happened_at desc",
        page_size=page_size,
        page_token=page_token,
    )
    return [orjson.loads(each.fragments["base"]) for each in records], token


def whats(crm: OwnerUnderTest, actor: Actor, filter_text: str = "") -> list[str]:
    return [entry["what"] for entry in timeline(crm, actor, filter_text=filter_text)[0]]


@pytest.fixture
def everyone(crm: OwnerUnderTest) -> Actor:
    return crm.accesses.give(*everything("crm", "offers", "mail", "service"))


def life(offer: str, party_id: str) -> list[dict[str, Any]]:
    """An offer from its first day to the delivery of its order, each version as its owner told it."""
    revision, order = str(uuid7()), str(uuid7())
    freeze, ask = "2026-01-11T09:00:00Z", "2026-02-04T08:00:00Z"
    answer = {"state": "registered", "number": "4711", "registered_at": "2026-02-05T08:00:00Z"}
    of = {"number": "OFF-2026-00007", "title": "Pressa", "party_id": party_id, "offer_date": "2026-01-10"}
    under = {"offer_id": offer}
    return [
        record("offers.offer", offer, 1, state="draft", **of),
        record("offers.revision", revision, 1, state="draft", ordinal=1, **under),
        record("offers.revision", revision, 2, state="frozen", ordinal=1, frozen_at=freeze, **under),
        record("offers.offer", offer, 2, state="ready", at="2026-01-11", **of),
        record("offers.revision", revision, 3, state="sent", ordinal=1, at="2026-01-12",
               frozen_at=freeze, **under),
        record("offers.offer", offer, 3, state="sent", at="2026-01-12", **of),
        record("offers.offer", offer, 4, state="sent", at="2026-01-13", **of | {"title": "Pressa 40 t"}),
        record("offers.offer", offer, 5, state="lost", at="2026-02-01", **of | {"title": "Pressa 40 t"}),
        record("offers.offer", offer, 6, state="in_work", at="2026-02-02", **of | {"title": "Pressa 40 t"}),
        record("offers.offer", offer, 7, state="lost", at="2026-02-03", **of | {"title": "Pressa 40 t"}),
        record("offers.order", order, 1, state="sent", requested_at=ask, **under),
        record("offers.order", order, 2, requested_at=ask, **answer, **under),
        record("offers.order", order, 3, requested_at=ask, delivered_at="2026-03-05T00:00:00Z",
               **answer, **under),
    ]  # fmt: skip


def test_the_life_of_an_offer_is_told_latest_first(crm: OwnerUnderTest, everyone: Actor) -> None:
    party_id, offer = party(crm, everyone), str(uuid7())
    for version in life(offer, party_id):
        hear(crm, version)
    entries, _ = timeline(crm, everyone, filter_text=f"party_id = {party_id}")
    assert [(entry["what"], entry["happened_at"][:10]) for entry in entries] == [
        ("order_delivered", "2026-03-05"),
        ("order_registered", "2026-02-05"),
        ("order_requested", "2026-02-04"),
        ("offer_lost", "2026-02-03"),
        ("offer_lost", "2026-02-01"),
        ("revision_sent", "2026-01-12"),
        ("revision_frozen", "2026-01-11"),
        ("offer_created", "2026-01-10"),
    ]
    assert entries[0]["title"] == "OFF-2026-00007 Pressa 40 t · 4711"
    assert {entry["subject_id"] for entry in entries} == {offer}


@pytest.mark.parametrize("seed", range(8))
def test_redelivered_and_reordered_events_end_in_the_same_timeline(
    crm: OwnerUnderTest, everyone: Actor, seed: int
) -> None:
    first, second = party(crm, everyone), party(crm, everyone)
    for version in life(str(uuid7()), first):
        hear(crm, version)
    shuffled = life(str(uuid7()), second)
    shuffled += shuffled[2:9]
    random.Random(seed).shuffle(shuffled)
    while shuffled:
        size = seed % 4 + 1
        hear(crm, *shuffled[:size])
        shuffled = shuffled[size:]

    def lines(party_id: str) -> list[tuple[str, ...]]:
        found, _ = timeline(crm, everyone, filter_text=f"party_id = {party_id}")
        return sorted((e["what"], e["happened_at"], e["title"], str(e["deleted"])) for e in found)

    assert lines(second) == lines(first)


def test_the_same_event_again_writes_nothing(crm: OwnerUnderTest, everyone: Actor) -> None:
    version = life(str(uuid7()), party(crm, everyone))[0]
    hear(crm, version)
    before = crm.count("outbox")
    hear(crm, version)
    assert crm.count("outbox") == before


def test_what_overtakes_its_offer_waits_for_it(crm: OwnerUnderTest, everyone: Actor) -> None:
    offer, party_id = str(uuid7()), party(crm, everyone)
    hear(crm, record("offers.revision", str(uuid7()), 2, state="frozen", ordinal=2, offer_id=offer))
    assert crm.count("timeline_entry") == 0
    hear(crm, record("offers.offer", offer, 1, state="draft", party_id=party_id, number="OFF-1"))
    entries, _ = timeline(crm, everyone)
    assert {(entry["what"], entry["title"]) for entry in entries} == {
        ("revision_frozen", "OFF-1 · rev. 2"),
        ("offer_created", "OFF-1"),
    }


def test_an_offer_takes_its_lines_along_to_another_party_and_owner(
    crm: OwnerUnderTest, everyone: Actor
) -> None:
    offer, old, new, owner = str(uuid7()), party(crm, everyone), party(crm, everyone), str(uuid7())
    hear(crm, *life(offer, old))
    hear(crm, record("offers.offer", offer, 8, state="lost", party_id=new, owner_id=owner))
    assert whats(crm, everyone, f"party_id = {old}") == []
    entries, _ = timeline(crm, everyone, filter_text=f"party_id = {new}")
    assert len(entries) == 8
    assert {entry["owner_id"] for entry in entries} == {owner}


def test_a_deleted_record_takes_its_lines_away_and_brings_them_back(
    crm: OwnerUnderTest, everyone: Actor
) -> None:
    offer, party_id = str(uuid7()), party(crm, everyone)
    hear(crm, *life(offer, party_id))
    hear(crm, record("offers.offer", offer, 8, state="lost", party_id=party_id, deleted=True))
    assert whats(crm, everyone) == []
    hear(crm, record("offers.offer", offer, 9, state="lost", party_id=party_id))
    assert len(whats(crm, everyone)) == 8


def test_the_crm_tells_of_its_own_activities(crm: OwnerUnderTest, everyone: Actor) -> None:
    party_id = party(crm, everyone)
    call = create("crm.activity", party_id=party_id, kind="call", subject="Prima chiamata")
    crm.one(everyone, call)
    done = {"id": str(uuid7()), "entity": "crm.activity", "record_id": call["record_id"]}
    crm.one(everyone, done | {"command": "complete", "request": {"outcome": "interested"}})
    hear_itself(crm)
    hear_itself(crm)
    (latest, first), _ = timeline(crm, everyone, filter_text=f"party_id = {party_id}")
    assert (latest["what"], latest["title"], latest["detail"]) == (
        "activity_done",
        "Prima chiamata",
        "interested",
    )
    assert (first["what"], first["by_id"]) == ("activity_planned", str(everyone.user_id))


def test_a_line_is_seen_by_who_may_see_what_it_tells_of(crm: OwnerUnderTest, everyone: Actor) -> None:
    party_id = party(crm, everyone, territory_id=str(NORTH))
    hear(crm, *life(str(uuid7()), party_id))
    crm.one(everyone, create("crm.activity", party_id=party_id, kind="call", subject="Chiamata"))
    hear_itself(crm)
    only_crm = crm.accesses.give(within(NORTH, "crm"))
    with_offers = crm.accesses.give(within(NORTH, "crm"), within(NORTH, "offers"))
    elsewhere = crm.accesses.give(within(uuid7(), "crm"), within(uuid7(), "offers"))
    assert whats(crm, only_crm) == ["activity_planned"]
    assert len(whats(crm, with_offers)) == 9
    assert whats(crm, elsewhere) == []


def test_own_offers_only_means_own_lines_only(crm: OwnerUnderTest, everyone: Actor) -> None:
    party_id = party(crm, everyone, territory_id=str(NORTH))
    mine = crm.accesses.give(within(NORTH, "crm"))
    with_grant(crm, mine, owned(mine, "offers"))
    of = {"state": "draft", "party_id": party_id}
    hear(
        crm,
        record("offers.offer", str(uuid7()), 1, title="theirs", **of),
        record("offers.offer", str(uuid7()), 1, title="mine", owner_id=str(mine.user_id), **of),
    )
    assert [entry["title"] for entry in timeline(crm, mine)[0]] == ["mine"]


def test_pages_follow_each_other_without_gap_or_repetition(crm: OwnerUnderTest, everyone: Actor) -> None:
    party_id = party(crm, everyone)
    hear(crm, *life(str(uuid7()), party_id), *life(str(uuid7()), party_id))
    seen, token = timeline(crm, everyone, page_size=5)
    while token:
        more, token = timeline(crm, everyone, page_size=5, page_token=token)
        seen += more
    assert len({entry["id"] for entry in seen}) == len(seen) == 16
    assert [e["happened_at"] for e in seen] == sorted((e["happened_at"] for e in seen), reverse=True)


def test_nobody_writes_a_line_by_hand(crm: OwnerUnderTest, everyone: Actor) -> None:
    hear(crm, *life(str(uuid7()), party(crm, everyone)))
    with crm.owner.database.read() as connection:
        entry = str(connection.execute(sa.text("select id from timeline_entry limit 1")).scalar_one())
    for item in (
        create("crm.timeline_entry", title="made up"),
        update("crm.timeline_entry", entry, title="made up"),
    ):
        decision = crm.one(everyone, item)
        assert decision.error is not None
        assert decision.error.reason == "OPERATION_CLOSED"


def visits(crm: OwnerUnderTest, *users: Actor) -> None:
    records = [foreign("identity.user", str(user.user_id)) for user in users]
    data = {"records": records}
    deliver(crm.owner.database, copy_access, received("identity", "identity.records_changed.v1", data))


def personal(crm: OwnerUnderTest) -> Actor:
    user = crm.accesses.give()
    with_grant(crm, user, owned(user, "personal"))
    return user


def seen_at(crm: OwnerUnderTest, user: Actor) -> str:
    stored = crm.stored("crm.timeline_visit", str(user.user_id))
    assert stored is not None
    return str(orjson.loads(stored["base_json"])["seen_at"])


def test_the_last_visit_moves_forward_only_and_never_beyond_now(crm: OwnerUnderTest) -> None:
    user = personal(crm)
    visits(crm, user)
    visits(crm, user)
    own = str(user.user_id)
    assert seen_at(crm, user) == "1970-01-01T00:00:00Z"
    crm.one(user, update("crm.timeline_visit", own, seen_at="2026-03-01T10:00:00.5Z"))
    crm.one(user, update("crm.timeline_visit", own, seen_at="2026-03-01T10:00:00Z"))
    assert seen_at(crm, user) == "2026-03-01T10:00:00.500000Z"
    crm.one(user, update("crm.timeline_visit", own, seen_at="2999-01-01T00:00:00Z"))
    assert "2026-03-01" < seen_at(crm, user) < "2100"


def test_nobody_moves_the_visit_of_another_user(crm: OwnerUnderTest) -> None:
    user, other = personal(crm), personal(crm)
    visits(crm, user, other)
    item = update("crm.timeline_visit", str(user.user_id), seen_at="2026-03-01T10:00:00Z")
    decision = crm.one(other, item)
    assert decision.error is not None
    assert decision.error.reason == "RECORD_NOT_FOUND"
    assert seen_at(crm, user) == "1970-01-01T00:00:00Z"


def mail(crm: OwnerUnderTest, *records: dict[str, Any]) -> None:
    data = {"records": list(records)}
    deliver(crm.owner.database, tell_of_mail, received("mail", "mail.records_changed.v1", data))


def message(party_id: str, mailbox: str, version: int = 1, **values: Any) -> dict[str, Any]:
    given = {"direction": "incoming", "kind": "ordinary", "state": "filed", "subject": "Re: offerta"}
    given |= {"received_at": "2026-04-01T08:00:00Z", "party_id": party_id, "mailbox_id": mailbox}
    return record("mail.message", str(uuid7()), version, **given | values)


def with_grant(crm: OwnerUnderTest, user: Actor, *grants: Grant) -> None:
    known = crm.accesses.get(user)
    crm.accesses.known[user.user_id] = Access(
        user_id=known.user_id, epoch=known.epoch + 1, grants=(*known.grants, *grants)
    )


def owned(user: Actor, group: str) -> Grant:
    scope = Scope((Term(Kind.OWNER, frozenset({UUID(str(user.user_id))})),))
    return Grant(group, frozenset({"read", "write"}), (scope,))


def test_a_mail_is_told_to_the_owner_of_its_mailbox_and_not_to_the_owner_of_the_party(
    crm: OwnerUnderTest, everyone: Actor
) -> None:
    reader, other = (crm.accesses.give(within(NORTH, "crm")) for _ in range(2))
    for user in (reader, other):
        with_grant(crm, user, owned(user, "mail"))
    party_id = party(crm, everyone, territory_id=str(NORTH), owner_id=str(other.user_id))
    mailbox, offer = str(uuid7()), str(uuid7())
    mail(crm, message(party_id, mailbox, offer_id=offer))
    assert whats(crm, reader) == []
    mail(crm, record("mail.mailbox", mailbox, 1, owner_id=str(reader.user_id)))
    (entry,), _ = timeline(crm, reader)
    assert (entry["what"], entry["title"], entry["party_id"]) == ("mail_received", "Re: offerta", party_id)
    assert (entry["subject_entity"], entry["subject_id"]) == ("offers.offer", offer)
    assert whats(crm, other) == []
    assert whats(crm, everyone) == ["mail_received"]


@pytest.mark.parametrize("values", [{"state": "review"}, {"kind": "auto_reply"}, {"party_id": ""}])
def test_a_mail_that_is_not_filed_or_automatic_or_of_nobody_has_no_line(
    crm: OwnerUnderTest, everyone: Actor, values: dict[str, str]
) -> None:
    mailbox = str(uuid7())
    given = {"party_id": party(crm, everyone)} | values
    mail(crm, record("mail.mailbox", mailbox, 1), message(given.pop("party_id"), mailbox, **given))
    assert whats(crm, everyone) == []


def test_machines_and_requests_are_told(crm: OwnerUnderTest, everyone: Actor) -> None:
    party_id, request = party(crm, everyone), str(uuid7())
    records = [
        record("aftersales.installed_product", str(uuid7()), 1, party_id=party_id, state="delivered",
               description="PB-40", serial_number="S1", delivered_on="2026-03-05",
               commissioned_on="2026-03-20"),
        record("aftersales.task", str(uuid7()), 1, request_id=request, state="done", title="Visita",
               completed_at="2026-05-03T10:00:00Z"),
        record("aftersales.request", request, 1, party_id=party_id, state="new", number="REQ-1",
               title="Ferma", reported_at="2026-05-02T10:00:00Z"),
    ]  # fmt: skip
    event = received("aftersales", "aftersales.records_changed.v1", {"records": records})
    deliver(crm.owner.database, tell_of_aftersales, event)
    entries, _ = timeline(crm, everyone)
    assert [(entry["what"], entry["title"]) for entry in entries] == [
        ("task_done", "REQ-1 Ferma · Visita"),
        ("request_opened", "REQ-1 Ferma"),
        ("product_commissioned", "PB-40 S1"),
        ("product_delivered", "PB-40 S1"),
    ]
