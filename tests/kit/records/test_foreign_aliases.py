"""Ids of another service's merged records, named by whoever does not know of the merge yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from uuid_utils.compat import uuid7

from services.kit.database import Database
from services.kit.records.owner import Owner
from services.offers.usecases.rules import RULES
from tests.support.owners import NORTH, Accesses, OwnerUnderTest, create, everything, foreign


def test_a_merged_party_that_no_event_has_told_of_stands_for_its_survivor(
    create_database: Callable[..., str],
) -> None:
    survivor, merged = str(uuid7()), str(uuid7())
    told = {
        survivor: foreign("crm.party", survivor, 2, territory_id=str(NORTH)),
        merged: foreign("crm.party", merged, 3, alias_of=survivor) | {"deleted": True},
    }
    accesses = Accesses()

    def fetch(name: str, record_id: str) -> dict[str, Any] | None:
        return told.get(record_id) if name == "crm.party" else accesses.fetch(name, record_id)

    database = Database("offers", create_database("offers"))
    offers = OwnerUnderTest(Owner(database, RULES, accesses, fetch), accesses)
    seller = accesses.give(*everything("crm", "offers"))
    item = create("offers.offer", party_id=merged, title="Pressa")
    decision = offers.one(seller, item)
    assert decision.outcome == "applied", decision.error
    stored = offers.stored("offers.offer", item["record_id"])
    assert stored is not None
    assert orjson.loads(stored["base_json"])["party_id"] == survivor
    database.close()
