"""After-sales on real PostgreSQL: a customer in the north, a technician, a deadline that can be foretold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from uuid_utils.compat import uuid7

from services.aftersales.usecases import setup
from services.aftersales.usecases.rules import RULES
from services.kit.actor import SYSTEM, Actor
from services.kit.database import Database
from services.kit.records.owner import Owner
from services.kit.records.references import store_foreign
from tests.support.owners import NORTH, Accesses, OwnerUnderTest, create, everything, foreign

PARTY = str(uuid7())
OTHER_PARTY = str(uuid7())
PRODUCT, COMPONENT, WARRANTY = (
    "aftersales.installed_product",
    "aftersales.component",
    "aftersales.warranty",
)
REQUEST, TASK, CLOCK_EVENT = "aftersales.request", "aftersales.task", "aftersales.clock_event"


@pytest.fixture
def service(create_database: Callable[..., str]) -> Iterator[OwnerUnderTest]:
    database = Database("aftersales", create_database("aftersales"))
    accesses = Accesses()
    made = OwnerUnderTest(Owner(database, RULES, accesses, accesses.fetch), accesses)
    know(made, "crm.party", PARTY, territory_id=str(NORTH))
    know(made, "crm.party", OTHER_PARTY, territory_id=str(NORTH))
    with database.unit_of_work(SYSTEM) as uow:
        setup.provide(uow)
    yield made
    database.close()


@pytest.fixture
def technician(service: OwnerUnderTest) -> Actor:
    """Reads and writes all of the service, sees no price."""
    return service.accesses.give(*everything("service", "service_setup", "crm"))


@pytest.fixture
def manager(service: OwnerUnderTest) -> Actor:
    """Sees prices too."""
    return service.accesses.give(
        *everything("service", facets=("price",)), *everything("service_setup", "crm")
    )


def know(
    service: OwnerUnderTest,
    entity: str,
    record_id: str,
    *,
    version: int = 1,
    body: dict[str, Any] | None = None,
    **scope: str,
) -> None:
    """Let the copy of a record of another owner arrive."""
    record = foreign(entity, record_id, version, **scope)
    record["fragments"] = {"base": orjson.dumps(body or {}).decode()}
    with service.owner.database.unit_of_work(SYSTEM) as uow:
        store_foreign(uow.connection, record)


def machine(**fields: Any) -> dict[str, Any]:
    """The create of a press at the customer, delivered in January 2026."""
    fixed = {
        "party_id": PARTY,
        "article_code": "PB-40",
        "description": "Press brake 40 t",
        "serial_number": str(uuid7()),
        "delivered_on": "2026-01-15",
    }
    return create(PRODUCT, **{**fixed, **fields})


def warranty(product_id: str, *terms: tuple[str, int], **fields: Any) -> dict[str, Any]:
    """The create of a warranty; by default 12 months from commissioning, at most 18 from delivery."""
    wanted = terms or (("commissioning", 12), ("delivery", 18))
    return create(
        WARRANTY,
        installed_product_id=product_id,
        name="Warranty",
        **{"terms": [{"basis": basis, "months": months} for basis, months in wanted], **fields},
    )


def call(entity: str, record_id: str, name: str, **request: Any) -> dict[str, Any]:
    """A command with a new id."""
    return {
        "id": str(uuid7()),
        "entity": entity,
        "record_id": record_id,
        "command": name,
        "request": request,
    }


def body(service: OwnerUnderTest, entity: str, record_id: str) -> dict[str, Any]:
    """The base fragment of a stored record."""
    stored = service.stored(entity, record_id)
    assert stored is not None, (entity, record_id)
    return dict(orjson.loads(stored["base_json"]))


def bodies(service: OwnerUnderTest, entity: str) -> list[dict[str, Any]]:
    """The base fragments of all records of an entity, by id."""
    table = service.owner.database.tables[entity]
    with service.owner.database.read() as connection:
        rows = connection.execute(table.select().order_by(table.c.id)).mappings().all()
    return [dict(orjson.loads(row["base_json"])) for row in rows if not row["deleted"]]
