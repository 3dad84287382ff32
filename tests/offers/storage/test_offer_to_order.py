"""An offer from its first line to the ERP's order, on the owner's own database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import orjson
import pytest
import sqlalchemy as sa
from sales.erp.v1 import events_pb2 as erp_pb2

from services.kit.actor import SYSTEM, Actor
from services.kit.entities import entity
from services.kit.records.claims import Decision
from services.kit.records.reading import Reader
from services.kit.worker import deliver
from services.offers.domain import snapshot as snapshots
from services.offers.domain.contents import reprice
from services.offers.domain.documents import freeze_records
from services.offers.storage.tables import snapshot as snapshot_table
from services.offers.usecases import orders
from services.offers.worker.crm import copy_parties
from tests.offers.storage.conftest import ARTICLE, PARTY, OfferItems, command, know_party
from tests.support.owners import OwnerUnderTest, create, foreign, received, update


def reason(decision: Decision) -> str:
    return decision.error.reason if decision.error else ""


def make(offers: OwnerUnderTest, actor: Actor, items: OfferItems) -> OfferItems:
    decisions = offers.apply(actor, *items.items())
    assert {d.outcome for d in decisions} == {"applied"}, [d.error for d in decisions]
    return items


def frozen(offers: OwnerUnderTest, actor: Actor, **revision: Any) -> OfferItems:
    items = make(offers, actor, OfferItems(**revision).line())
    assert offers.one(actor, command("offers.revision", items.revision_id, "freeze")).outcome == "applied"
    return items


def order_events(offers: OwnerUnderTest) -> list[dict[str, Any]]:
    return [e for e in offers.events() if e["type"] == "offers.customer_order_requested.v1"]


def test_an_offer_in_one_group_is_numbered_priced_and_told_once(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    know_party(offers)
    before = len(offers.events())
    items = OfferItems(header_discounts="5+2").line(discounts="10").line(quantity="1", unit_price="33.33")
    make(offers, seller, items.charge("50.00"))

    revision = offers.stored("offers.revision", items.revision_id)
    offer = offers.stored("offers.offer", items.offer_id)
    assert revision is not None
    assert offer is not None
    assert offer["number"].startswith("OFF-")
    assert offer["state"] == "draft"
    assert str(revision["lines_net"]) == "213.33"
    assert str(revision["header_discount"]) == "-14.72"
    assert str(revision["taxable"]) == "248.61"
    assert str(revision["total"]) == "303.30"
    events = offers.events()[before:]
    assert len(events) == 1
    assert len(events[0]["data"]["records"]) == 5


def test_numbers_follow_each_other_without_holes(offers: OwnerUnderTest, seller: Actor) -> None:
    know_party(offers)
    numbers = []
    for _ in range(3):
        items = make(offers, seller, OfferItems().line())
        refused = OfferItems().line(discounts="nonsense")
        assert {d.outcome for d in offers.apply(seller, *refused.items())} == {"refused"}
        stored = offers.stored("offers.offer", items.offer_id)
        assert stored is not None
        numbers.append(int(stored["number"].rsplit("-", 1)[1]))
    assert numbers == [1, 2, 3]


def test_a_line_takes_what_it_lacks_from_the_article_and_its_price_from_the_list(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    know_party(offers)
    items = OfferItems()
    for quantity in ("1", "2"):
        items.parts.append(
            create("offers.line", revision_id=items.revision_id, article_id=ARTICLE, quantity=quantity)
        )
    make(offers, seller, items)

    first = offers.stored("offers.line", items.parts[0]["record_id"])
    second = offers.stored("offers.line", items.parts[1]["record_id"])
    assert first is not None
    assert second is not None
    assert (first["description"], str(first["unit_price"])) == ("Pressa idraulica 100 t", "98000.00")
    assert str(second["unit_price"]) == "95000.00"
    assert str(second["amount"]) == "190000.00"


def test_an_article_without_a_price_is_an_error_never_zero(offers: OwnerUnderTest, seller: Actor) -> None:
    know_party(offers)
    items = OfferItems(currency="USD")
    items.parts.append(create("offers.line", revision_id=items.revision_id, article_id=ARTICLE, quantity="1"))
    decisions = offers.apply(seller, *items.items())

    error = decisions[-1].error
    assert error is not None
    assert [(v.field, v.reason) for v in error.violations] == [("lines[0].unit_price", "LIST_PRICE_MISSING")]
    assert offers.count("offer") == 0


def test_a_frozen_revision_changes_no_more(offers: OwnerUnderTest, seller: Actor) -> None:
    know_party(offers)
    items = frozen(offers, seller)
    line_id = items.parts[0]["record_id"]

    for item in (
        update("offers.revision", items.revision_id, header_discounts="50"),
        update("offers.line", line_id, quantity="99"),
        create("offers.line", revision_id=items.revision_id, quantity="1", unit_price="1", vat_rate="22"),
        create("offers.charge", revision_id=items.revision_id, amount="5"),
        command("offers.revision", items.revision_id, "freeze"),
    ):
        assert reason(offers.one(seller, item)) in ("REVISION_NOT_DRAFT", "TRANSITION_NOT_ALLOWED")
    stored = offers.stored("offers.line", line_id)
    assert stored is not None
    assert str(stored["quantity"]) == "2"


def test_snapshots_are_hashed_and_chained(offers: OwnerUnderTest, seller: Actor) -> None:
    know_party(offers)
    items = frozen(offers, seller)
    revised = offers.one(seller, command("offers.revision", items.revision_id, "revise"))
    assert revised.record_id != items.revision_id
    assert offers.one(seller, command("offers.revision", revised.record_id, "freeze")).outcome == "applied"

    with offers.owner.database.read() as connection:
        rows = connection.execute(sa.select(snapshot_table).order_by(snapshot_table.c.frozen_at)).all()
    chain = [
        snapshots.Snapshot(
            row.public.encode(), row.sha256, row.previous_sha256, row.internal.encode(), row.internal_sha256
        )
        for row in rows
    ]
    assert snapshots.verify_chain(chain) == 2
    assert {str(reprice(snapshot).total) for snapshot in chain} == {"244.00"}
    first = offers.stored("offers.revision", items.revision_id)
    assert first is not None
    assert first["state"] == "superseded"


def test_a_charge_that_is_spread_moves_no_total_and_freezes(offers: OwnerUnderTest, seller: Actor) -> None:
    know_party(offers)
    totals = []
    for mode in ("shown", "spread"):
        items = OfferItems().line(vat_rate="22").line(quantity="1", unit_price="333.33", vat_rate="10")
        make(offers, seller, items.charge("50.00"))
        if mode == "spread":
            offers.one(seller, command("offers.charge", items.parts[-1]["record_id"], "spread"))
        frozen_one = offers.one(seller, command("offers.revision", items.revision_id, "freeze"))
        assert frozen_one.outcome == "applied", frozen_one.error
        stored = offers.stored("offers.revision", items.revision_id)
        assert stored is not None
        totals.append((str(stored["total"]), stored["vat_groups"]))
    assert totals[0] == totals[1]


def test_a_device_that_holds_the_records_computes_the_same_hash(
    offers: OwnerUnderTest, seller: Actor, manager: Actor
) -> None:
    know_party(offers)
    items = make(offers, seller, OfferItems(header_discounts="5").line().charge("10.00"))
    reader = Reader(offers.owner.database)
    access = offers.accesses.get(seller)

    def record(name: str, record_id: str) -> dict[str, Any]:
        seen = reader.get(access, entity(name), record_id).fragments
        return dict(orjson.loads(seen["base"]))

    there = freeze_records(
        record("offers.revision", items.revision_id),
        record("offers.offer", items.offer_id),
        [record("offers.line", items.parts[0]["record_id"])],
        [record("offers.charge", items.parts[1]["record_id"])],
    )
    freeze = command("offers.revision", items.revision_id, "freeze", sha256=there.sha256)
    assert offers.one(seller, freeze).outcome == "applied"


def test_another_hash_than_the_devices_refuses_the_freeze(offers: OwnerUnderTest, seller: Actor) -> None:
    know_party(offers)
    items = make(offers, seller, OfferItems().line())
    refused = offers.one(seller, command("offers.revision", items.revision_id, "freeze", sha256="0" * 64))

    assert reason(refused) == "HASH_DIFFERS"
    stored = offers.stored("offers.revision", items.revision_id)
    assert stored is not None
    assert (stored["state"], stored["sha256"]) == ("draft", "")


def test_accepting_makes_one_order_for_a_registered_customer(offers: OwnerUnderTest, seller: Actor) -> None:
    know_party(offers, erp_code="C00017")
    items = frozen(offers, seller)
    accept = command("offers.offer", items.offer_id, "accept")
    first = offers.one(seller, accept)
    again = offers.one(seller, command("offers.offer", items.offer_id, "accept"))

    assert (first.outcome, first.changed) == ("applied", True)
    assert (again.outcome, again.changed) == ("applied", False)
    (event,) = order_events(offers)
    assert event["data"]["customer_code"] == "C00017"
    assert event["data"]["total"] == "244.00"
    assert [line["amount"] for line in event["data"]["lines"]] == ["200.00"]
    offer = offers.stored("offers.offer", items.offer_id)
    assert offer is not None
    assert offer["state"] == "accepted"
    order = offers.stored("offers.order", str(offer["order_id"]))
    assert order is not None
    assert (order["state"], str(order["total"])) == ("sent", "244.00")


def test_accepting_in_parallel_makes_one_order(offers: OwnerUnderTest, seller: Actor) -> None:
    know_party(offers, erp_code="C00017")
    items = frozen(offers, seller)
    with ThreadPoolExecutor(8) as pool:
        decisions = list(
            pool.map(
                lambda _: offers.one(seller, command("offers.offer", items.offer_id, "accept")), range(16)
            )
        )

    assert {d.outcome for d in decisions} == {"applied"}
    assert sum(d.changed for d in decisions) == 1
    assert offers.count("customer_order") == 1
    assert len(order_events(offers)) == 1


def test_of_two_alternatives_only_one_is_accepted(offers: OwnerUnderTest, seller: Actor) -> None:
    know_party(offers, erp_code="C00017")
    items = frozen(offers, seller)
    other = offers.one(
        seller, command("offers.revision", items.revision_id, "revise", alternative="B")
    ).record_id
    assert offers.one(seller, command("offers.revision", other, "freeze")).outcome == "applied"

    unclear = offers.one(seller, command("offers.offer", items.offer_id, "accept"))
    assert reason(unclear) == "REVISION_REQUIRED"
    wanted = [
        command("offers.offer", items.offer_id, "accept", revision_id=revision)
        for revision in (items.revision_id, other)
    ]
    with ThreadPoolExecutor(2) as pool:
        decisions = list(pool.map(lambda item: offers.one(seller, item), wanted))
    assert sorted(d.outcome for d in decisions) == ["applied", "refused"]
    assert {reason(d) for d in decisions} == {"", "ACCEPTED_OTHERWISE"}
    assert offers.count("customer_order") == 1
    states = {
        str(row["state"])
        for row in (offers.stored("offers.revision", i) for i in (items.revision_id, other))
        if row
    }
    assert states == {"accepted", "not_chosen"}


@pytest.mark.parametrize(
    ("valid_until", "outcome"), [("2020-01-31", "OFFER_EXPIRED"), ("2999-12-31", ""), ("", "")]
)
def test_an_expired_revision_is_not_accepted(
    offers: OwnerUnderTest, seller: Actor, valid_until: str, outcome: str
) -> None:
    know_party(offers, erp_code="C00017")
    items = frozen(offers, seller, valid_until=valid_until)
    assert reason(offers.one(seller, command("offers.offer", items.offer_id, "accept"))) == outcome
    assert offers.count("customer_order") == (0 if outcome else 1)


def test_a_draft_is_not_accepted_and_an_overtaken_revision_neither(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    know_party(offers, erp_code="C00017")
    draft = make(offers, seller, OfferItems().line())
    assert reason(offers.one(seller, command("offers.offer", draft.offer_id, "accept"))) == (
        "TRANSITION_NOT_ALLOWED"
    )
    items = frozen(offers, seller)
    offers.one(seller, command("offers.revision", items.revision_id, "revise"))
    accept = command("offers.offer", items.offer_id, "accept", revision_id=items.revision_id)
    assert reason(offers.one(seller, accept)) == "TRANSITION_NOT_ALLOWED"
    assert offers.count("customer_order") == 0


def test_an_order_waits_for_its_customer_and_leaves_when_the_code_arrives(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    know_party(offers)
    items = frozen(offers, seller)
    assert offers.one(seller, command("offers.offer", items.offer_id, "accept")).outcome == "applied"
    assert order_events(offers) == []
    assert [e["data"]["party_id"] for e in offers.events() if e["type"] == "offers.customer_needed.v1"] == [
        PARTY
    ]

    registered = foreign("crm.party", PARTY, 2)
    registered["fragments"] = {"base": orjson.dumps({"erp_code": "C00018"}).decode()}
    for _ in range(2):
        arrived = received("crm", "crm.records_changed.v1", {"records": [registered]})
        assert deliver(offers.owner.database, copy_parties, arrived)
    (event,) = order_events(offers)
    assert event["data"]["customer_code"] == "C00018"


def test_the_erps_answers_move_order_and_offer(offers: OwnerUnderTest, seller: Actor) -> None:
    know_party(offers, erp_code="C00017")
    items = frozen(offers, seller)
    offers.one(seller, command("offers.offer", items.offer_id, "accept"))
    (event,) = order_events(offers)
    key = event["data"]["order_key"]

    for _ in range(2):
        with offers.owner.database.unit_of_work(SYSTEM) as uow:
            order = orders.order_by_key(uow, key)
            assert order is not None
            orders.record_registered(uow, order, erp_pb2.OrderRegistered(order_key=key, order_number="ORD-1"))
    stored = offers.stored("offers.order", key)
    offer = offers.stored("offers.offer", items.offer_id)
    assert stored is not None
    assert offer is not None
    assert (stored["state"], stored["number"], stored["version"]) == ("registered", "ORD-1", 2)
    assert offer["state"] == "ordered"


def test_cost_reaches_only_who_may_see_it(offers: OwnerUnderTest, seller: Actor, manager: Actor) -> None:
    know_party(offers)
    items = OfferItems()
    items.parts.append(create("offers.line", revision_id=items.revision_id, article_id=ARTICLE, quantity="1"))
    make(offers, seller, items)
    stored = offers.stored("offers.revision", items.revision_id)
    assert stored is not None
    assert (str(stored["cost_total"]), str(stored["margin_percent"])) == ("61000.00", "37.76")
    assert "cost" not in orjson.loads(stored["base_json"])

    line_id = items.parts[0]["record_id"]
    refused = offers.one(seller, update("offers.line", line_id, unit_cost="1.00"))
    assert reason(refused) == "FACET_NOT_GRANTED"
    assert offers.one(manager, update("offers.line", line_id, unit_cost="60000.00")).outcome == "applied"
    stored = offers.stored("offers.revision", items.revision_id)
    assert stored is not None
    assert str(stored["cost_total"]) == "60000.00"


def test_an_order_is_changed_by_nobody(offers: OwnerUnderTest, manager: Actor) -> None:
    know_party(offers, erp_code="C00017")
    items = frozen(offers, manager)
    offers.one(manager, command("offers.offer", items.offer_id, "accept"))
    offer = offers.stored("offers.offer", items.offer_id)
    assert offer is not None
    for item in (
        update("offers.order", str(offer["order_id"]), state="registered"),
        create("offers.order", offer_id=items.offer_id),
    ):
        assert reason(offers.one(manager, item)) == "OPERATION_CLOSED"
    assert reason(offers.one(manager, update("offers.offer", items.offer_id, title="x"))) == "OFFER_CLOSED"
    assert UUID(str(offer["order_id"]))
