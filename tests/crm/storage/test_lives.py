"""Read models after a restore of what they tell of, and for data that is older than they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from services.crm.reports.selling import selling_figures
from services.crm.worker.crm import tell_of_crm
from services.crm.worker.offers import tell_of_offers
from services.kit.actor import Actor
from services.kit.records.retelling import tell_again
from services.kit.worker import deliver
from tests.crm.storage.test_opportunities import party
from tests.crm.storage.test_questions import ids, proposed
from tests.crm.storage.test_timeline import hear_itself, record, timeline, whats
from tests.support.owners import OwnerUnderTest, everything, received, update

BEFORE, AFTER = uuid7(), uuid7()


@pytest.fixture
def everyone(crm: OwnerUnderTest) -> Actor:
    return crm.accesses.give(*everything("crm", "offers"))


def hear_in(
    crm: OwnerUnderTest, life: UUID, *records: dict[str, Any], handler: Callable[..., None] = tell_of_offers
) -> None:
    service = records[0]["entity"].partition(".")[0]
    event = received(service, f"{service}.records_changed.v1", {"records": list(records)})
    deliver(crm.owner.database, handler, replace(event, epoch=str(life)))


def won(crm: OwnerUnderTest, user: Actor) -> list[tuple[int, int, int]]:
    found = selling_figures(crm.owner.database, crm.accesses.get(user), by="customer", since=None, until=None)
    return [(each.won, each.lost, each.open) for each in found]


def test_what_a_restored_offer_lost_is_no_longer_told(crm: OwnerUnderTest, everyone: Actor) -> None:
    known, offer = {"party_id": party(crm, everyone), "number": "OFF-1"}, str(uuid7())
    states = ("draft", "sent", "negotiation", "accepted")
    for version, state in enumerate(states, start=1):
        hear_in(crm, BEFORE, record("offers.offer", offer, version, state=state, **known))
    other = str(uuid7())
    hear_in(crm, BEFORE, record("offers.offer", other, 3, state="draft", **known | {"number": "OFF-2"}))
    assert sorted(whats(crm, everyone)) == [
        "offer_accepted", "offer_created", "offer_created", "offer_in_negotiation",
    ]  # fmt: skip
    assert won(crm, everyone) == [(1, 0, 1)]

    # The backup had it as it was sent; the new life gives version 3 to something else.
    hear_in(crm, AFTER, record("offers.offer", offer, 2, state="sent", **known))
    assert sorted(whats(crm, everyone)) == ["offer_created", "offer_created"]
    assert won(crm, everyone) == [(0, 0, 2)]
    hear_in(crm, AFTER, record("offers.offer", offer, 3, state="lost", **known))
    assert sorted(whats(crm, everyone)) == ["offer_created", "offer_created", "offer_lost"]
    assert won(crm, everyone) == [(0, 1, 1)]

    # What the forgotten life told and the broker kept comes too late.
    hear_in(crm, BEFORE, record("offers.offer", offer, 5, state="ordered", **known))
    assert won(crm, everyone) == [(0, 1, 1)]


def test_a_newer_version_of_the_new_life_keeps_what_is_certain(crm: OwnerUnderTest, everyone: Actor) -> None:
    known, offer = {"party_id": party(crm, everyone)}, str(uuid7())
    for version, state in enumerate(("draft", "sent", "lost"), start=1):
        hear_in(crm, BEFORE, record("offers.offer", offer, version, state=state, **known))
    hear_in(crm, AFTER, record("offers.offer", offer, 4, state="in_work", **known))
    assert sorted(whats(crm, everyone)) == ["offer_created", "offer_lost"]


def test_parties_are_recognised_by_what_the_restored_database_says(
    crm: OwnerUnderTest, everyone: Actor
) -> None:
    known = party(crm, everyone)
    values = {"kind": "company", "state": "prospect"}
    for life, version, name in ((BEFORE, 3, "Vetreria Verdi"), (AFTER, 2, "Fonderia Bianchi")):
        told = record("crm.party", known, version, name=name, **values)
        hear_in(crm, life, told, handler=tell_of_crm)
    crm.one(everyone, update("crm.party", known, name="Fonderia Bianchi"))
    assert ids(proposed(crm, everyone, name="fonderia bianchi")) == [known]
    assert proposed(crm, everyone, name="vetreria verdi") == []


def test_read_models_that_are_newer_than_the_data_are_filled_when_it_is_told_again(
    crm: OwnerUnderTest, everyone: Actor
) -> None:
    known = party(crm, everyone, vat_number="00159560366")
    hear_itself(crm)
    with crm.owner.database.engine.begin() as connection:
        for table in ("timeline_source", "party_key", "figure_source", "outbox"):
            connection.execute(sa.text(f"delete from {table}"))
    assert proposed(crm, everyone, vat_number="00159560366") == []
    assert tell_again(crm.owner.database) >= 1
    before = timeline(crm, everyone)
    hear_itself(crm)
    assert ids(proposed(crm, everyone, vat_number="00159560366")) == [known]
    told = crm.count("outbox")
    # Once more, nothing is new.
    tell_again(crm.owner.database)
    hear_itself(crm)
    assert timeline(crm, everyone) == before
    assert crm.count("outbox") == told + told_again(crm)


def told_again(crm: OwnerUnderTest) -> int:
    """How many events one telling takes: what was staged last, and nothing besides."""
    return sum(1 for name in crm.owner.database.tables if crm.count(crm.owner.database.tables[name].name))
