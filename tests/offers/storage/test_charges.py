"""Kinds of lines, charges with formulas, and spread runs, as records of the owner."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from services.kit.actor import Actor
from services.kit.entities import entity
from services.kit.records.reading import Reader
from services.offers.domain import snapshot as snapshots
from services.offers.domain.contents import reprice
from services.offers.domain.documents import freeze_records, spread_fields
from services.offers.storage.tables import snapshot as snapshot_table
from tests.offers.storage.conftest import OfferItems, command, know_party
from tests.offers.storage.steps import accepted, done, frozen, made, reason, stored, told
from tests.support.owners import OwnerUnderTest, create, delete, update


@pytest.fixture(autouse=True)
def customer(offers: OwnerUnderTest) -> None:
    know_party(offers, erp_code="C00017")


def revision_of(offers: OwnerUnderTest, items: OfferItems) -> dict[str, Any]:
    return stored(offers, "offers.revision", items.revision_id)


def three_machines(**charge: Any) -> OfferItems:
    """Lines of 5000, 3000 and 900 kg, and a charge of 1500.00."""
    items = OfferItems()
    for position, kilograms in enumerate(("5000", "3000", "900")):
        items.line(quantity="1", unit_price="10000.00", weight_kg=kilograms, position=position)
    return items.charge("1500.00", description="Trasporto", **charge)


def charge_id(items: OfferItems) -> str:
    return str(items.parts[-1]["record_id"])


def shares(offers: OwnerUnderTest, items: OfferItems) -> list[str]:
    return [s["amount"] for s in stored(offers, "offers.charge", charge_id(items))["spread_shares"]]


def snapshot_of(offers: OwnerUnderTest, revision_id: str) -> snapshots.Snapshot:
    with offers.owner.database.read() as connection:
        query = sa.select(snapshot_table).where(snapshot_table.c.revision_id == sa.cast(revision_id, sa.Uuid))
        row = connection.execute(query).one()
    return snapshots.Snapshot(
        row.public.encode(), row.sha256, row.previous_sha256, row.internal.encode(), row.internal_sha256
    )


# Lines


def test_headings_and_notes_cost_nothing_and_need_nothing(offers: OwnerUnderTest, seller: Actor) -> None:
    items = OfferItems()
    for kind in ("section", "note"):
        fields = {"revision_id": items.revision_id, "kind": kind, "description": "Linea di piegatura"}
        items.parts.append(create("offers.line", **fields))
    frozen(offers, seller, items.line())
    assert str(revision_of(offers, items)["total"]) == "244.00"


@pytest.mark.parametrize("missing", ["quantity", "unit_price", "vat_rate"])
def test_a_priced_line_needs_quantity_price_and_vat(
    offers: OwnerUnderTest, seller: Actor, missing: str
) -> None:
    refused = offers.apply(seller, *OfferItems().line(**{missing: ""}).items())[-1]
    assert refused.error is not None
    assert [(v.field, v.reason) for v in refused.error.violations] == [(missing, "REQUIRED")]


def test_an_option_counts_once_it_is_ticked(offers: OwnerUnderTest, seller: Actor) -> None:
    items = made(offers, seller, OfferItems().line().line(presence="option", quantity="1"))
    assert str(revision_of(offers, items)["lines_net"]) == "200.00"
    option = items.parts[1]["record_id"]
    assert str(stored(offers, "offers.line", option)["amount"]) == "100.00"
    done(offers, seller, update("offers.line", option, selected=True))
    assert str(revision_of(offers, items)["lines_net"]) == "300.00"


def test_of_alternatives_at_most_one_is_chosen(offers: OwnerUnderTest, seller: Actor) -> None:
    items = OfferItems().line()
    for price in ("10.00", "20.00"):
        items.line(quantity="1", unit_price=price, presence="alternative", choice="motor")
    made(offers, seller, items)
    first, second = (part["record_id"] for part in items.parts[1:])
    done(offers, seller, update("offers.line", second, selected=True))
    assert str(revision_of(offers, items)["lines_net"]) == "220.00"
    twice = offers.one(seller, update("offers.line", first, selected=True))
    assert reason(twice) == "ALTERNATIVE_CHOSEN_TWICE"


def test_a_trade_in_stands_below_the_total(offers: OwnerUnderTest, seller: Actor) -> None:
    trade_in = {"kind": "trade_in", "quantity": "1", "unit_price": "50.00", "vat_rate": ""}
    items = made(offers, seller, OfferItems().line().line(**trade_in))
    revision = revision_of(offers, items)
    assert (str(revision["total"]), str(revision["trade_in"]), str(revision["balance"])) == (
        "244.00",
        "50.00",
        "194.00",
    )


def test_with_split_payment_the_taxable_amount_is_payable(offers: OwnerUnderTest, seller: Actor) -> None:
    items = made(offers, seller, OfferItems(split_payment=True).line())
    revision = revision_of(offers, items)
    assert (str(revision["total"]), str(revision["payable"])) == ("244.00", "200.00")


def test_only_what_counts_is_ordered(offers: OwnerUnderTest, seller: Actor) -> None:
    items = OfferItems().line().line(presence="option").line(presence="option", selected=True)
    items.line(kind="note", quantity="", unit_price="", vat_rate="")
    items.charge("50.00", mode="absorbed").charge("", formula="percent", rate="2.5")
    accepted(offers, seller, items)
    (order,) = told(offers, "customer_order_requested")
    ordered = {line["line_id"] for line in order["lines"]}
    assert ordered == {items.parts[0]["record_id"], items.parts[2]["record_id"]}
    assert [charge["amount"] for charge in order["charges"]] == ["10.00"]
    assert order["taxable"] == "410.00"


# Charges


@pytest.mark.parametrize(
    ("fields", "net"),
    [
        ({"formula": "fixed", "amount": "99.90"}, "99.90"),
        ({"formula": "percent", "rate": "2.5"}, "750.00"),
        ({"formula": "percent", "rate": "2.5", "base": "list"}, "750.00"),
        ({"formula": "per_kg", "rate": "0.12"}, "1068.00"),
        ({"formula": "per_piece", "rate": "100"}, "300.00"),
        ({"formula": "per_km", "rate": "1.85", "units": "420"}, "777.00"),
        ({"formula": "per_day", "rate": "650", "units": "2.5"}, "1625.00"),
    ],
)
def test_a_charge_follows_its_formula(
    offers: OwnerUnderTest, seller: Actor, fields: dict[str, str], net: str
) -> None:
    items = three_machines()
    items.parts[-1]["fields"].update({"amount": "", **fields})
    made(offers, seller, items)
    assert str(stored(offers, "offers.charge", charge_id(items))["net"]) == net
    assert str(revision_of(offers, items)["taxable"]) == f"{30000 + float(net):.2f}"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"formula": "percent"}, "REQUIRED"),
        ({"formula": "per_km", "rate": "1"}, "CHARGE_UNITS_MISSING"),
        ({"formula": "fixed"}, "REQUIRED"),
        ({"formula": "fixed", "amount": "5", "vat": "own_rate"}, "NUMBER_MALFORMED"),
    ],
)
def test_a_charge_that_cannot_be_computed_is_refused(
    offers: OwnerUnderTest, seller: Actor, fields: dict[str, str], expected: str
) -> None:
    items = OfferItems().line()
    items.parts.append(create("offers.charge", revision_id=items.revision_id, **fields))
    assert reason(offers.apply(seller, *items.items())[-1]) == expected


def test_a_charge_serves_the_lines_that_it_names(offers: OwnerUnderTest, seller: Actor) -> None:
    items = three_machines()
    heaviest = items.parts[0]["record_id"]
    items.parts[-1]["fields"].update(formula="per_kg", rate="1", serves=[heaviest])
    made(offers, seller, items)
    assert str(stored(offers, "offers.charge", charge_id(items))["net"]) == "5000.00"
    # The line cannot go while a charge is there for it alone.
    assert reason(offers.one(seller, delete("offers.line", heaviest))) == "CHARGE_SERVES_UNKNOWN_LINE"


# Spreading


@pytest.mark.parametrize(
    ("request_fields", "expected"),
    [
        ({"method": "weight"}, ["842.70", "505.62", "151.68"]),
        ({}, ["500.00", "500.00", "500.00"]),
        ({"method": "equal"}, ["500.00", "500.00", "500.00"]),
    ],
)
def test_a_charge_is_folded_into_the_lines(
    offers: OwnerUnderTest, seller: Actor, request_fields: dict[str, str], expected: list[str]
) -> None:
    items = made(offers, seller, three_machines())
    before = revision_of(offers, items)
    done(offers, seller, command("offers.charge", charge_id(items), "spread", **request_fields))
    assert shares(offers, items) == expected
    after = revision_of(offers, items)
    assert (after["taxable"], after["vat_groups"]) == (before["taxable"], before["vat_groups"])
    assert after["stale_charge_ids"] == []
    done(offers, seller, command("offers.revision", items.revision_id, "freeze"))
    snapshot = snapshot_of(offers, items.revision_id)
    assert str(reprice(snapshot).total) == str(after["total"])
    printed = orjson.loads(snapshot.public)["printed"]
    assert printed["charges"] == []
    assert [line["spread"] for line in printed["lines"]] == expected


def test_a_manual_spread_follows_the_weights_that_were_typed(offers: OwnerUnderTest, seller: Actor) -> None:
    items = made(offers, seller, three_machines())
    first, second, _ = (part["record_id"] for part in items.parts[:3])
    typed = {first: "2", second: "1"}
    done(offers, seller, command("offers.charge", charge_id(items), "spread", method="manual", weights=typed))
    assert shares(offers, items) == ["1000.00", "500.00", "0.00"]


def test_spreading_again_changes_nothing_and_undoing_restores(offers: OwnerUnderTest, seller: Actor) -> None:
    items = made(offers, seller, three_machines())
    before = stored(offers, "offers.charge", charge_id(items))
    done(offers, seller, command("offers.charge", charge_id(items), "spread", method="weight"))
    again = done(offers, seller, command("offers.charge", charge_id(items), "spread", method="weight"))
    assert not again.changed
    done(offers, seller, command("offers.charge", charge_id(items), "unspread"))
    after = stored(offers, "offers.charge", charge_id(items))
    same = ("mode", "spread_inputs", "spread_shares", "spread_method", "net", "amount")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert not done(offers, seller, command("offers.charge", charge_id(items), "unspread")).changed


def test_a_changed_line_makes_the_run_stale_and_forbids_freezing(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    items = made(offers, seller, three_machines())
    done(offers, seller, command("offers.charge", charge_id(items), "spread"))
    done(offers, seller, update("offers.line", items.parts[0]["record_id"], unit_price="9000.00"))
    assert [str(i) for i in revision_of(offers, items)["stale_charge_ids"]] == [charge_id(items)]
    assert (
        reason(offers.one(seller, command("offers.revision", items.revision_id, "freeze"))) == "SPREAD_STALE"
    )

    done(offers, seller, command("offers.charge", charge_id(items), "spread"))
    done(offers, seller, command("offers.revision", items.revision_id, "freeze"))


def test_a_charge_to_be_spread_without_a_run_forbids_freezing(offers: OwnerUnderTest, seller: Actor) -> None:
    items = made(offers, seller, three_machines(mode="spread"))
    assert (
        reason(offers.one(seller, command("offers.revision", items.revision_id, "freeze"))) == "SPREAD_STALE"
    )


def test_a_locked_line_carries_nothing_and_is_named(offers: OwnerUnderTest, seller: Actor) -> None:
    items = three_machines()
    items.parts[1]["fields"]["lock"] = "price"
    made(offers, seller, items)
    refused = offers.one(seller, command("offers.charge", charge_id(items), "spread"))
    assert refused.error is not None
    assert [(v.field, v.reason) for v in refused.error.violations] == [
        ("lines[1].lock", "SPREAD_LINE_LOCKED")
    ]
    assert shares(offers, items) == []


def test_spreading_by_cost_is_for_those_who_see_costs_and_stores_no_weight(
    offers: OwnerUnderTest, seller: Actor, manager: Actor
) -> None:
    items = three_machines()
    for part, cost in zip(items.parts, ("8000", "4000", "4000"), strict=False):
        part["fields"]["unit_cost"] = cost
    made(offers, manager, items)
    by_cost = {"method": "cost"}
    refused = offers.one(seller, command("offers.charge", charge_id(items), "spread", **by_cost))
    assert reason(refused) == "FACET_NOT_GRANTED"
    done(offers, manager, command("offers.charge", charge_id(items), "spread", **by_cost))
    assert shares(offers, items) == ["750.00", "375.00", "375.00"]
    charge = stored(offers, "offers.charge", charge_id(items))
    assert {share["weight"] for share in charge["spread_shares"]} == {"0"}
    # Who sees no cost can freeze it all the same.
    done(offers, seller, command("offers.revision", items.revision_id, "freeze"))


def test_a_frozen_revisions_charges_are_not_spread(offers: OwnerUnderTest, seller: Actor) -> None:
    items = frozen(offers, seller, three_machines())
    for name in ("spread", "unspread"):
        assert reason(offers.one(seller, command("offers.charge", charge_id(items), name))) == (
            "REVISION_NOT_DRAFT"
        )


def test_the_next_revision_names_the_origin_of_its_lines_and_is_spread_alike(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    items = three_machines()
    items.parts[-1]["fields"]["serves"] = [part["record_id"] for part in items.parts[:2]]
    made(offers, seller, items)
    done(offers, seller, command("offers.charge", charge_id(items), "spread", method="weight"))
    done(offers, seller, command("offers.revision", items.revision_id, "freeze"))
    draft = done(offers, seller, command("offers.revision", items.revision_id, "revise")).record_id

    reader, access = Reader(offers.owner.database), offers.accesses.get(seller)

    def children(name: str) -> list[dict[str, Any]]:
        found, _ = reader.page(access, entity(name), filter_text=f'revision_id = "{draft}"')
        return [orjson.loads(record.fragments["base"]) for record in found]

    lines = sorted(children("offers.line"), key=lambda line: line["position"])
    (charge,) = children("offers.charge")
    assert [line["origin_id"] for line in lines] == [part["record_id"] for part in items.parts[:3]]
    assert charge["serves"] == sorted(line["id"] for line in lines[:2])
    assert [share["amount"] for share in charge["spread_shares"]] == ["937.50", "562.50"]
    assert str(stored(offers, "offers.revision", draft)["stale_charge_ids"]) == "[]"
    done(offers, seller, command("offers.revision", draft, "freeze"))


def test_a_device_spreads_and_freezes_to_the_same_bytes(offers: OwnerUnderTest, seller: Actor) -> None:
    items = three_machines(formula="percent", rate="5")
    made(offers, seller, items.line(kind="free", quantity="1", unit_price="12.35", position=9))
    charge = items.parts[3]["record_id"]
    reader, access = Reader(offers.owner.database), offers.accesses.get(seller)

    def record(name: str, record_id: str) -> dict[str, Any]:
        return dict(orjson.loads(reader.get(access, entity(name), record_id).fragments["base"]))

    lines = [record("offers.line", items.parts[i]["record_id"]) for i in (4, 2, 0, 1)]
    revision = record("offers.revision", items.revision_id)
    before = record("offers.charge", charge)
    there = before | spread_fields(revision, lines, [before], charge, "quantity")
    frozen_there = freeze_records(revision, record("offers.offer", items.offer_id), lines, [there])

    done(offers, seller, command("offers.charge", charge, "spread", method="quantity"))
    assert record("offers.charge", charge)["spread_inputs"] == there["spread_inputs"]
    freeze = command("offers.revision", items.revision_id, "freeze", sha256=frozen_there.sha256)
    done(offers, seller, freeze)
