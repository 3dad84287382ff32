"""An owner's database goes back to a backup: whoever holds copies of its records takes them anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from services.kit.actor import Actor
from services.kit.database import Database
from services.kit.envelope import Event
from services.kit.permissions import Access
from services.kit.records.copies import IDENTITY, copy_identity, copy_records
from services.kit.records.retelling import begin_new_life
from services.kit.worker.away import Gate
from services.kit.worker.declared import Context, Handler, Records
from services.kit.worker.delivery import deliver_to
from services.kit.worker.handling import Handling
from tests.support.owners import NORTH, SOUTH, OwnerUnderTest, create, foreign, update


def copy_parties(context: Context, records: Records) -> None:
    copy_records(context.uow, records)


def copy_access(context: Context, records: Records) -> None:
    copy_identity(context.uow, records)


PARTIES = Handler("crm", "records_changed", copy_parties, ("crm.party",))
ACCESSES = Handler("identity", "records_changed", copy_access, IDENTITY)


@pytest.fixture
def holder(create_database: Callable[..., str]) -> Iterator[Database]:
    """A service that keeps copies."""
    database = Database("offers", create_database("offers"), pool_size=2)
    yield database
    database.close()


def told(epoch: UUID, *records: dict[str, Any], service: str = "crm", kind: str = "records_changed") -> Event:
    return Event(
        id=uuid7(),
        service=service,
        type=f"{service}.{kind}.v1",
        subject="",
        time=datetime.now(UTC),
        data={"records": list(records), "change_ids": [], "transaction": str(uuid7())},
        epoch=str(epoch),
        stream_seq=1,
    )


def copies(holder: Database) -> dict[str, tuple[int, UUID]]:
    with holder.read() as connection:
        rows = connection.execute(sa.text("select id::text, version, territory_id from root_scope"))
        return {row.id: (row.version, row.territory_id) for row in rows}


def test_the_records_of_a_new_life_replace_copies_whatever_their_version(holder: Database) -> None:
    before, after = uuid7(), uuid7()
    moved, vanished = str(uuid7()), str(uuid7())
    known = foreign("crm.party", moved, 7, territory_id=str(SOUTH))
    deliver_to(holder, PARTIES, [told(before, known, foreign("crm.party", vanished, 2))])
    assert copies(holder)[moved] == (7, SOUTH)
    deliver_to(holder, PARTIES, [told(after, foreign("crm.party", moved, 4, territory_id=str(NORTH)))])
    assert copies(holder)[moved] == (4, NORTH)
    assert copies(holder)[vanished][0] == 0


def test_what_an_earlier_life_told_and_the_broker_kept_comes_too_late(holder: Database) -> None:
    before, after, party = uuid7(), uuid7(), str(uuid7())
    deliver_to(holder, PARTIES, [told(before, foreign("crm.party", party, 7, territory_id=str(SOUTH)))])
    deliver_to(holder, PARTIES, [told(after, foreign("crm.party", party, 4, territory_id=str(NORTH)))])
    late = told(before, foreign("crm.party", party, 9, territory_id=str(SOUTH)))
    assert deliver_to(holder, PARTIES, [late])
    assert copies(holder)[party] == (4, NORTH)
    deliver_to(holder, PARTIES, [told(after, foreign("crm.party", party, 5, territory_id=str(SOUTH)))])
    assert copies(holder)[party] == (5, SOUTH)


def test_events_of_two_lives_are_not_handled_together(holder: Database) -> None:
    before, after, party = uuid7(), uuid7(), str(uuid7())
    deliver_to(holder, PARTIES, [told(before, foreign("crm.party", party, 7))])
    gate = Gate(holder, is_stopping=lambda: False)
    handling = Handling(holder, gate=gate, delays_s=(1,))
    old, new = (told(epoch, foreign("crm.party", party, 8)) for epoch in (before, after))
    assert not handling.handle_together(PARTIES, [old, new])
    assert copies(holder)[party][0] == 7
    assert handling.handle_together(PARTIES, [new])
    assert handling.handle_together(PARTIES, [old])
    assert copies(holder)[party][0] == 8


def test_of_two_versions_in_one_transaction_the_newer_counts(holder: Database) -> None:
    epoch, party, other = uuid7(), str(uuid7()), str(uuid7())
    versions = [foreign("crm.party", party, 3, territory_id=str(NORTH)), foreign("crm.party", party, 2)]
    events = [told(epoch, each, foreign("crm.address", other, 1)) for each in versions]
    assert deliver_to(holder, PARTIES, events) == {event.id for event in events}
    assert copies(holder) == {party: (3, NORTH)}
    assert deliver_to(holder, PARTIES, [*events, told(epoch, foreign("crm.party", other, 1))])
    assert copies(holder) == {party: (3, NORTH), other: (1, None)}


def test_other_publishers_and_other_events_are_as_before(holder: Database) -> None:
    before, party = uuid7(), str(uuid7())
    deliver_to(holder, PARTIES, [told(before, foreign("crm.party", party, 7))])
    deliver_to(holder, PARTIES, [told(uuid7(), service="mail")])
    deliver_to(holder, PARTIES, [told(uuid7(), kind="something_happened")])
    assert copies(holder)[party][0] == 7


def test_accesses_of_a_restored_identity_are_asked_for_again(holder: Database) -> None:
    user = str(uuid7())

    def access(version: int) -> dict[str, Any]:
        body = f'{{"id":"{user}","version":{version},"grants":[]}}'
        return foreign("identity.access", user, version) | {"fragments": {"base": body}}

    deliver_to(holder, ACCESSES, [told(uuid7(), access(9), service="identity")])
    deliver_to(holder, ACCESSES, [told(uuid7(), access(6), service="identity")])
    with holder.read() as connection:
        (body,) = connection.execute(sa.text("select body from access_copy")).scalars()
    assert Access.from_json(body).epoch == 6


def test_a_new_life_tells_every_record_and_the_next_change_goes_on(
    crm: OwnerUnderTest, seller: Actor, holder: Database
) -> None:
    ids = [str(uuid7()) for _ in range(120)]
    for start in range(0, 120, 40):
        crm.apply(seller, *(create("crm.party", each, name="Rossi") for each in ids[start : start + 40]))
    crm.one(seller, update("crm.party", ids[0], 1, name="Bianchi"))
    before = len(crm.events())
    epoch = begin_new_life(crm.owner.database)
    staged = crm.events()[before:]
    records = [record for event in staged for record in event["data"]["records"]]
    assert {record["id"]: record["version"] for record in records} == dict.fromkeys(ids, 1) | {ids[0]: 2}
    assert max(len(event["data"]["records"]) for event in staged) <= 50
    with crm.owner.database.read() as connection:
        assert connection.execute(sa.text("select epoch from outbox_counter")).scalar_one() == epoch
    for event in staged:
        deliver_to(holder, PARTIES, [told(epoch, *event["data"]["records"])])
    assert copies(holder).keys() == set(ids)
