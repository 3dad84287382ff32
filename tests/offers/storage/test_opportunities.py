"""An offer is part of an opportunity of its own party."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from uuid_utils.compat import uuid7

from services.kit.actor import Actor
from services.kit.worker import deliver
from services.offers.worker.crm import copy_parties
from tests.offers.storage.conftest import PARTY, know_party
from tests.support.owners import OwnerUnderTest, create, foreign, received, update


@pytest.fixture(autouse=True)
def customer(offers: OwnerUnderTest) -> None:
    know_party(offers)


def hear(offers: OwnerUnderTest, *records: dict[str, Any]) -> None:
    event = received("crm", "crm.records_changed.v1", {"records": list(records)})
    deliver(offers.owner.database, copy_parties, event)


def opportunity(party_id: str) -> dict[str, Any]:
    found = foreign("crm.opportunity", str(uuid7()))
    body = {"id": found["id"], "party_id": party_id, "title": "Pressa"}
    return found | {"fragments": {"base": orjson.dumps(body).decode()}}


def test_an_offer_names_its_opportunity(offers: OwnerUnderTest, seller: Actor) -> None:
    known = opportunity(PARTY)
    hear(offers, known)
    item = create("offers.offer", party_id=PARTY, opportunity_id=known["id"])
    assert offers.one(seller, item).outcome == "applied"
    stored = offers.stored("offers.offer", item["record_id"])
    assert stored is not None
    assert str(stored["opportunity_id"]) == known["id"]
    assert (
        offers.one(seller, update("offers.offer", item["record_id"], opportunity_id="")).outcome == "applied"
    )


def test_a_merged_partys_opportunity_is_its_survivors(offers: OwnerUnderTest, seller: Actor) -> None:
    survivor, known = foreign("crm.party", str(uuid7())), opportunity(PARTY)
    hear(
        offers,
        known,
        survivor,
        foreign("crm.party", PARTY, 2) | {"alias_of": survivor["id"], "deleted": True},
    )
    item = create("offers.offer", party_id=survivor["id"], opportunity_id=known["id"])
    assert offers.one(seller, item).outcome == "applied"


def test_an_opportunity_of_another_party_or_of_nobody_is_refused_and_changes_nothing(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    other = foreign("crm.party", str(uuid7()))
    known = opportunity(other["id"])
    hear(offers, other, known)
    before = offers.count("outbox"), offers.count("offer")
    for wanted, reason in (
        (known["id"], "OPPORTUNITY_OF_OTHER_PARTY"),
        (str(uuid7()), "REFERENCE_NOT_FOUND"),
    ):
        decision = offers.one(seller, create("offers.offer", party_id=PARTY, opportunity_id=wanted))
        assert decision.error is not None
        assert [violation.reason for violation in decision.error.violations] == [reason]
    assert (offers.count("outbox"), offers.count("offer")) == before
