"""Offers on real PostgreSQL: a catalogue, a customer, people with and without sight of costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from sales.erp.v1 import events_pb2 as erp_pb2
from uuid_utils.compat import uuid7

from services.kit.actor import SYSTEM, Actor
from services.kit.database import Database
from services.kit.records.owner import Owner
from services.kit.records.references import store_foreign
from services.offers.usecases import catalogue
from services.offers.usecases.rules import RULES
from tests.support.owners import Accesses, OwnerUnderTest, create, everything, foreign

PARTY = str(uuid7())
ARTICLE = catalogue.article_id("PR-100")


@pytest.fixture
def offers(create_database: Callable[..., str]) -> Iterator[OwnerUnderTest]:
    database = Database("offers", create_database("offers"))
    accesses = Accesses()
    with database.unit_of_work(SYSTEM) as uow:
        article = erp_pb2.ArticleChanged(
            code="PR-100",
            description="Pressa idraulica 100 t",
            unit="pz",
            vat_rate="22",
            unit_cost="61000.00",
            family="Presse",
            product_line="press",
        )
        catalogue.store_article(uow, article)
        prices = [
            erp_pb2.ListPrice(article_code="PR-100", unit_price="98000.00"),
            erp_pb2.ListPrice(article_code="PR-100", unit_price="95000.00", min_quantity="2"),
        ]
        catalogue.store_price_list(
            uow, erp_pb2.PriceListChanged(code="STD", currency="EUR", standard=True, prices=prices)
        )
    yield OwnerUnderTest(Owner(database, RULES, accesses, accesses.fetch), accesses)
    database.close()


def know_party(offers: OwnerUnderTest, *, erp_code: str = "", version: int = 1) -> None:
    """Let the copy of the customer arrive, with or without its code in the ERP."""
    record = foreign("crm.party", PARTY, version)
    record["fragments"] = {"base": orjson.dumps({"name": "Rossi", "erp_code": erp_code}).decode()}
    with offers.owner.database.unit_of_work(SYSTEM) as uow:
        store_foreign(uow.connection, record)


@pytest.fixture
def seller(offers: OwnerUnderTest) -> Actor:
    """May read and write offers, reads the catalogue, sees no cost."""
    return offers.accesses.give(
        *everything("offers", "crm"), *_reading("catalogue"), *_reading("offers_setup")
    )


@pytest.fixture
def manager(offers: OwnerUnderTest) -> Actor:
    """Sees costs."""
    grants = everything("offers", "crm", facets=("cost",))
    return offers.accesses.give(*grants, *_reading("catalogue", facets=("cost",)))


def _reading(group: str, facets: tuple[str, ...] = ()) -> list[Any]:
    return [replace(grant, actions=frozenset({"read"})) for grant in everything(group, facets=facets)]


class OfferItems:
    """The items of an offer with one revision; add lines, then send them as one group."""

    def __init__(self, **revision: Any) -> None:
        self.offer = create("offers.offer", party_id=PARTY, title="Pressa")
        self.revision = create("offers.revision", offer_id=self.offer["record_id"], **revision)
        self.parts: list[dict[str, Any]] = []

    @property
    def offer_id(self) -> str:
        return str(self.offer["record_id"])

    @property
    def revision_id(self) -> str:
        return str(self.revision["record_id"])

    def line(self, **fields: Any) -> OfferItems:
        """Add a line; by default two pieces at 100.00 and 22 %."""
        fixed = {"quantity": "2", "unit_price": "100.00", "vat_rate": "22"}
        self.parts.append(create("offers.line", revision_id=self.revision_id, **{**fixed, **fields}))
        return self

    def charge(self, amount: str, **fields: Any) -> OfferItems:
        """Add a charge."""
        self.parts.append(create("offers.charge", revision_id=self.revision_id, amount=amount, **fields))
        return self

    def items(self) -> list[dict[str, Any]]:
        """Everything as one group."""
        return [item | {"group": "offer"} for item in (self.offer, self.revision, *self.parts)]


def command(entity: str, record_id: str, name: str, **request: Any) -> dict[str, Any]:
    """A command with a new id."""
    return {
        "id": str(uuid7()),
        "entity": entity,
        "record_id": record_id,
        "command": name,
        "request": request,
    }
