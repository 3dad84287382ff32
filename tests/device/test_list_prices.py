"""List prices on a device against the service's, on random lists: price, discounts, trail and totals."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from gateway.device.device import Device, utc_now
from gateway.device.errors import Unusable
from services.kit.actor import Actor
from services.kit.company_time import company_date
from tests.offers.storage.conftest import ARTICLE, PARTY, OfferItems, know_party, offers  # noqa: F401 - fixture
from tests.support.budget import FACTOR
from tests.support.owners import OwnerUnderTest, create, everything

CODE = "C00017"
CATALOGUE = ("offers.article", "offers.price_list", "offers.price")
TOLD = ("unit_price", "discounts", "amount", "price_trail")
#: Price lists that a user may choose, beside those that hold by themselves.
LISTS = 12
OFFERS = 25 * FACTOR


@pytest.fixture
def seller(offers: OwnerUnderTest) -> Actor:  # noqa: F811
    know_party(offers, erp_code=CODE)
    return offers.accesses.give(*everything("crm", "offers", "catalogue"))


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    with Device(tmp_path) as device:
        device.store.sql.execute("insert into bucket (key, facet) values ('all', 'base')")
        yield device


def hold(device: Device, entity: str, body: bytes) -> None:
    """Let the copy hold a record, as a bundle would bring it."""
    record_id = orjson.loads(body)["id"]
    device.store.sql.execute(
        "insert into fragment values (?, ?, 'base', 1, 1, 0, 0, ?)", (entity, record_id, body)
    )
    device.store.sql.execute("insert into member values ('all', ?, ?, 1)", (entity, record_id))


def lists(chance: random.Random, today: date) -> Iterator[dict[str, Any]]:
    """Price lists with prices, in date and not, for everybody and for some."""

    def around() -> dict[str, str]:
        begins, ends = (today + timedelta(days=chance.randint(*span)) for span in ((-9, 3), (-2, 9)))
        return {
            "valid_from": begins.isoformat() if chance.random() < 0.6 else "",
            "valid_to": max(begins, ends).isoformat() if chance.random() < 0.4 else "",
        }

    for number in range(LISTS):
        source = chance.choice(["standard", "campaign", "contract", "customer", "unspecified"])
        fields = {
            "code": f"L{number:02}",
            "currency": chance.choice(["EUR", "EUR", "EUR", "USD"]),
            "source": source,
            "standard": chance.random() < 0.3,
            "customer_code": chance.choice([CODE, CODE, "C99999"])
            if source in ("contract", "customer")
            else "",
        }
        made = create("offers.price_list", **fields, **around())
        yield made
        for _ in range(chance.randint(0, 4)):
            net = chance.random() < 0.2
            price = {
                "price_list_id": made["record_id"],
                "article_id": ARTICLE,
                "unit_price": f"{chance.randint(1, 99999) / 100:.2f}",
                "discounts": "" if net else chance.choice(["", "", "5", "10+3"]),
                "min_quantity": chance.choice(["", "", "2", "5.5"]),
                "net": net,
            }
            yield create("offers.price", **price, **around())


def test_device_and_service_find_the_same_prices(
    offers: OwnerUnderTest,  # noqa: F811
    seller: Actor,
    device: Device,
) -> None:
    chance = random.Random(20261123)
    unpriced = create("offers.article", code="PR-200", description="Senza listino", unit="pz", vat_rate="22")
    made = [unpriced, *lists(chance, company_date(utc_now()))]
    articles = [ARTICLE] * 9 + [unpriced["record_id"]]
    decisions = offers.apply(seller, *made)
    assert {each.outcome for each in decisions} == {"applied"}, [d.error for d in decisions if d.error]
    with offers.owner.database.read() as connection:
        for entity in CATALOGUE:
            table = offers.owner.database.tables[entity]
            for row in connection.execute(sa.select(table.c.base_json)):
                hold(device, entity, row.base_json.encode())
    hold(device, "crm.party", orjson.dumps({"id": PARTY, "version": 1, "name": "Rossi", "erp_code": CODE}))
    list_ids = [each["record_id"] for each in made if each["entity"] == "offers.price_list"]
    device.store.put(user_id=str(seller.user_id))
    outcomes = [_compare(offers, seller, device, chance, list_ids, articles) for _ in range(OFFERS)]
    assert {"priced", "no price", "RATE_MISSING"} <= set(outcomes)


def _compare(
    offers: OwnerUnderTest,  # noqa: F811
    seller: Actor,
    device: Device,
    chance: random.Random,
    list_ids: list[str],
    articles: list[str],
) -> str:
    chosen = {"price_list_id": chance.choice(list_ids)} if chance.random() < 0.4 else {}
    items = OfferItems(currency=chance.choice(["EUR", "EUR", "EUR", "USD"]), **chosen)
    for _ in range(chance.randint(1, 3)):
        discounts = {"discounts": chance.choice(["7", "50+10"])} if chance.random() < 0.3 else {}
        line_list = {"price_list_id": chance.choice(list_ids)} if chance.random() < 0.2 else {}
        items.parts.append(
            create(
                "offers.line",
                revision_id=items.revision_id,
                article_id=chance.choice(articles),
                quantity=chance.choice(["1", "2", "5.5", "30"]),
                **discounts,
                **line_list,
            )
        )
    sent = items.items()
    device.author.save([{**item, "made_at": "", "base_version": 0} for item in sent])
    decisions = offers.apply(seller, *sent)
    applied = {decision.outcome for decision in decisions} == {"applied"}
    try:
        revision, lines, _ = device.offers.priced(items.revision_id)
    except Unusable as error:
        assert not applied, (error, "the service found a price")
        return "no price" if error.reason == "PRICE_MISSING" else error.reason
    assert applied, [decision.error for decision in decisions if decision.error]
    for line in lines:
        stored = _stored(offers, "offers.line", line["id"])
        assert {name: line[name] for name in TOLD} == {name: stored[name] for name in TOLD}
    stored = _stored(offers, "offers.revision", items.revision_id)
    assert revision["total"] == stored["total"]
    return "priced"


def _stored(offers: OwnerUnderTest, entity: str, record_id: str) -> dict[str, Any]:  # noqa: F811
    row = offers.stored(entity, record_id)
    assert row is not None
    return dict(orjson.loads(row["base_json"]))
