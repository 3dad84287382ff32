"""The worker as a process of its own, on a real broker with real relays: late parties, doubles, kills."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sales.offers.v1 import events_pb2
from uuid_utils.compat import uuid7

from services.kit.actor import SYSTEM
from services.kit.database import Database
from services.kit.relay.service_relay import ServiceRelay
from services.kit.subscriptions import declare, manifest, queue_name
from tests.kit.bus.support import Processes, eventually, queue_length

DELAYS = [0.2, 0.5]
QUEUE = queue_name(
    publisher="offers", event="goods_delivered", subscriber="aftersales", handler="install_delivered"
)


@dataclass
class Company:
    """CRM and offers that tell their news, and the after-sales worker that hears them."""

    crm: Database
    offers: Database
    aftersales: Database
    environment: dict[str, str]
    log: Path
    processes: Processes = field(default_factory=Processes)
    stop: threading.Event = field(default_factory=threading.Event)

    def start_worker(self) -> None:
        self.processes.start("services.aftersales", "worker", log=self.log, **self.environment)

    def kill_worker(self) -> None:
        worker = self.processes.started[-1]
        worker.send_signal(signal.SIGKILL)
        worker.wait()

    def add_party(self, party_id: str) -> None:
        with self.crm.unit_of_work(SYSTEM) as uow:
            uow.create("crm.party", {"id": party_id, "name": "Rossi", "state": "customer"})

    def deliver(self, party_id: str, order_id: str, number: str, *serials: str) -> None:
        line = events_pb2.DeliveredLine(
            line_id=order_id,
            article_code="PB-40",
            description="Press brake",
            quantity=str(len(serials)),
            amount="1000.00",
            currency="EUR",
            serial_numbers=serials,
        )
        told = events_pb2.GoodsDelivered(
            order_id=order_id,
            offer_id=order_id,
            revision_id=order_id,
            offer_number="OFF-2026-00001",
            party_id=party_id,
            delivery_number=number,
            delivery_date="2026-06-15",
            lines=[line],
        )
        with self.offers.unit_of_work(SYSTEM) as uow:
            uow.emit(told, subject=order_id)

    def machines(self) -> list[str]:
        table = self.aftersales.tables["aftersales.installed_product"]
        with self.aftersales.read() as connection:
            return sorted(row["serial_number"] for row in connection.execute(table.select()).mappings())


@pytest.fixture
def company(create_database: Callable[..., str], vhost: str, tmp_path: Path) -> Iterator[Company]:
    urls = {name: create_database(name) for name in ("crm", "offers", "aftersales")}
    wanted = [entry for entry in manifest() if entry.subscriber == "aftersales"]
    for name in ("identity", *urls):
        declare(name, vhost, delays_s=DELAYS, subscriptions=wanted)
    databases = {name: Database(name, url) for name, url in urls.items()}
    environment = {
        "database_url": urls["aftersales"],
        "amqp_url": vhost,
        "retry_delays_s": json.dumps(DELAYS),
    }
    made = Company(**databases, environment=environment, log=tmp_path / "worker.log")
    relays = [
        threading.Thread(
            target=ServiceRelay(
                name, database_url=urls[name], amqp_url=vhost, subscriptions=wanted, stop=made.stop
            ).run
        )
        for name in ("crm", "offers")
    ]
    for relay in relays:
        relay.start()
    yield made
    made.processes.kill_all()
    made.stop.set()
    for relay in relays:
        relay.join(10)
    for database in databases.values():
        database.close()


@pytest.mark.timeout(120)
def test_machines_appear_once_whatever_order_news_arrive_in_and_whoever_is_killed(
    company: Company, vhost: str
) -> None:
    party, order = str(uuid7()), str(uuid7())
    company.start_worker()
    company.deliver(party, order, "D1", "A1", "A2")
    # The party is still unknown here: the delivery waits, nobody loses it.
    eventually(lambda: "PARTY_UNKNOWN" in company.log.read_text())
    assert company.machines() == []
    company.add_party(party)
    eventually(lambda: company.machines() == ["A1", "A2"])

    company.kill_worker()
    company.deliver(party, order, "D1", "A1", "A2")
    company.deliver(party, order, "D2", "A3")
    company.start_worker()
    eventually(lambda: company.machines() == ["A1", "A2", "A3"])
    eventually(lambda: queue_length(vhost, QUEUE) == 0)
    assert company.machines() == ["A1", "A2", "A3"]


@pytest.mark.timeout(120)
def test_a_delivery_that_makes_no_sense_is_set_aside_and_holds_nobody_up(
    company: Company, vhost: str
) -> None:
    party, order = str(uuid7()), str(uuid7())
    company.add_party(party)
    company.start_worker()
    company.deliver("nobody", order, "D1", "A1")
    company.deliver(party, order, "D2", "A2")
    eventually(lambda: company.machines() == ["A2"])
    eventually(lambda: queue_length(vhost, "aftersales.dead_letters") == 1)


@pytest.mark.timeout(120)
def test_migrating_gives_a_new_installation_what_it_begins_with_once(company: Company) -> None:
    def migrate() -> tuple[int, ...]:
        process = company.processes.start(
            "services.aftersales", "migrate", log=company.log, **company.environment
        )
        assert process.wait(60) == 0, company.log.read_text()
        names = ("business_calendar", "sla_policy", "warranty_policy")
        tables = [company.aftersales.tables[f"aftersales.{name}"] for name in names]
        with company.aftersales.read() as connection:
            return tuple(
                row["version"] for table in tables for row in connection.execute(table.select()).mappings()
            )

    assert migrate() == (1, 1, 1)
    assert migrate() == (1, 1, 1)
