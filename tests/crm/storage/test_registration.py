"""A prospect becomes a customer when the ERP has registered it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from uuid_utils.compat import uuid7

from services.crm.worker.erp import record_registration
from services.crm.worker.identity import copy_access
from services.crm.worker.offers import request_registration
from services.kit.actor import Actor
from services.kit.errors import Invalid, NotFound
from services.kit.worker import deliver
from tests.support.owners import OwnerUnderTest, create, foreign, received


def requests(crm: OwnerUnderTest) -> list[dict[str, Any]]:
    return [e["data"] for e in crm.events() if e["type"] == "crm.party_registration_requested.v1"]


def test_the_erp_is_asked_with_what_it_needs_and_once_for_each_event(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    party = create("crm.party", name="Rossi", vat_number="00159560366", sdi_code="abc1234")
    address = create("crm.address", party_id=party["record_id"], kind="legal", city="Modena")
    crm.apply(seller, party, address)
    event = received(
        "offers", "offers.customer_needed.v1", {"party_id": party["record_id"], "order_id": str(uuid7())}
    )
    assert deliver(crm.owner.database, request_registration, event)
    assert not deliver(crm.owner.database, request_registration, event)

    (request,) = requests(crm)
    assert (request["name"], request["vat_number"], request["sdi_code"]) == (
        "Rossi",
        "00159560366",
        "ABC1234",
    )
    assert [a["city"] for a in request["addresses"]] == ["Modena"]


def test_the_answer_makes_a_customer_of_the_prospect(crm: OwnerUnderTest, seller: Actor) -> None:
    party = create("crm.party", name="Rossi", roles=["prospect", "dealer"])
    crm.one(seller, party)
    answer = {
        "party_id": party["record_id"],
        "customer_code": "C00017",
        "credit_state": "limited",
        "payment_terms": "60 DFFM",
        "an_unknown_member": 1,
    }
    deliver(crm.owner.database, record_registration, received("erp", "erp.party_registered.v1", answer))

    stored = crm.stored("crm.party", party["record_id"])
    assert stored is not None
    assert (stored["state"], stored["erp_code"], stored["credit_state"]) == ("customer", "C00017", "limited")
    assert stored["roles"] == ["customer", "dealer"]
    assert orjson.loads(stored["base_json"])["payment_terms"] == "60 DFFM"
    assert crm.count("transition") == 1
    needed = received("offers", "offers.customer_needed.v1", {"party_id": party["record_id"]})
    deliver(crm.owner.database, request_registration, needed)
    assert requests(crm) == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"party_id": "00000000-0000-7000-8000-000000000000", "customer_code": "C1"}, NotFound),
        ({"party_id": 7}, Invalid),
        ({"customer_code": ["C1"]}, Invalid),
    ],
)
def test_an_answer_that_makes_no_sense_changes_nothing(
    crm: OwnerUnderTest, seller: Actor, answer: dict[str, Any], error: type[Exception]
) -> None:
    crm.one(seller, create("crm.party", name="Rossi"))
    event = received("erp", "erp.party_registered.v1", answer)
    with pytest.raises(error):
        deliver(crm.owner.database, record_registration, event)
    assert len(crm.events()) == 1
    assert crm.count("inbox") == 0


def test_a_new_prospect_belongs_where_its_author_works(crm: OwnerUnderTest, seller: Actor) -> None:
    territory = str(uuid7())
    user = foreign("identity.user", str(seller.user_id))
    user["fragments"] = {"base": orjson.dumps({"territory_ids": [territory]}).decode()}
    event = received("identity", "identity.records_changed.v1", {"records": [user]})
    deliver(crm.owner.database, copy_access, event)
    item = create("crm.party", name="Rossi")
    crm.one(seller, item)

    stored = crm.stored("crm.party", item["record_id"])
    assert stored is not None
    assert str(stored["territory_id"]) == territory
