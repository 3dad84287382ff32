"""The stand-in as a process on a real broker."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import amqp
import kombu
import orjson
import pytest

from services.kit.envelope import Event, decode
from services.kit.subscriptions import declare

ROOT = Path(__file__).parents[2]
ANSWERS = ("party_registered", "order_registered", "order_refused", "goods_delivered")


class Erp:
    """The process, and the sales side of the broker."""

    def __init__(self, amqp_url: str, folder: Path) -> None:
        self.amqp_url = amqp_url
        self.folder = folder
        self.running: list[subprocess.Popen[bytes]] = []

    def declare(self) -> None:
        declare("crm", self.amqp_url, delays_s=())
        declare("offers", self.amqp_url, delays_s=())

    def start(self) -> subprocess.Popen[bytes]:
        ready = self.folder / "ready"
        ready.unlink(missing_ok=True)
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SALES_AMQP_URL": self.amqp_url,
            "SALES_ERP_FOLDER": str(self.folder / "erp"),
            "SALES_ERP_DELIVERY_S": "0.5",
            "SALES_READY_FILE": str(ready),
        }
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "services.local.erp"]
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        self.running.append(process)
        return process

    def ask(self, publisher: str, name: str, /, **data: Any) -> None:
        body = {
            "specversion": "1.0",
            "id": str(uuid4()),
            "source": f"/projectsales/{publisher}",
            "type": f"projectsales.{publisher}.{name}.v1",
            "time": "2026-01-02T03:04:05Z",
            "data": data,
        }
        self.publish(f"{publisher}.events", name, orjson.dumps(body))

    def publish(self, exchange: str, key: str, body: bytes) -> None:
        with kombu.Connection(self.amqp_url) as connection:
            message = amqp.Message(body, delivery_mode=2)
            connection.default_channel.basic_publish_confirm(message, exchange, key, mandatory=True)

    def answer(self, name: str, *, within_s: float = 60.0) -> Event:
        subscriber, handler = {
            "party_registered": ("crm", "record_registration"),
            "order_registered": ("offers", "record_order_registered"),
            "order_refused": ("offers", "record_order_refused"),
            "goods_delivered": ("offers", "record_delivery"),
            "article_changed": ("offers", "copy_article"),
        }[name]
        deadline = time.monotonic() + within_s
        with kombu.Connection(self.amqp_url) as connection:
            queue = f"evt-erp-{name}--{subscriber}.{handler}"
            while time.monotonic() < deadline:
                message = connection.default_channel.basic_get(queue, no_ack=True)
                if message is not None:
                    return decode(message.body)
                time.sleep(0.02)
        raise AssertionError(f"no {name} within {within_s} s:\n{(self.folder / 'log').read_text()[-1500:]}")

    def length(self, queue: str) -> int:
        with kombu.Connection(self.amqp_url) as connection:
            return int(connection.default_channel.queue_declare(queue, passive=True).message_count)

    def eventually(self, condition: Callable[[], bool], *, within_s: float = 60.0) -> None:
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline, (self.folder / "log").read_text()[-1500:]
            time.sleep(0.05)


@pytest.fixture
def erp(vhost: str, tmp_path: Path) -> Iterator[Erp]:
    made = Erp(vhost, tmp_path)
    yield made
    for process in made.running:
        process.kill()
        process.wait()


def request_order(erp: Erp, customer: str, key: str = "k1") -> None:
    line = {"line_id": "l1", "position": 1, "article_code": "PB-80-2500", "quantity": "1"}
    erp.ask(
        "offers", "customer_order_requested", order_key=key, attempt=1, customer_code=customer, lines=[line]
    )


def test_from_a_prospect_to_delivered_goods(erp: Erp) -> None:
    erp.declare()
    process = erp.start()
    erp.ask("crm", "party_registration_requested", party_id="p1", name="Rossi")
    customer = str(erp.answer("party_registered").data["customer_code"])
    request_order(erp, customer)
    assert str(erp.answer("order_registered").data["order_number"]).endswith("-000001")
    delivered = erp.answer("goods_delivered").data
    assert len(delivered["lines"][0]["serial_numbers"]) == 1
    erp.ask("offers", "customer_order_requested", order_key="k2", attempt=1, customer_code="C0", lines=[])
    assert erp.answer("order_refused").data["reason"] == "CUSTOMER_UNKNOWN"
    erp.eventually(lambda: erp.length("evt-erp-article_changed--offers.copy_article") == 40)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0


def test_it_waits_for_an_installation_that_is_just_starting(erp: Erp) -> None:
    erp.start()
    time.sleep(1.5)
    erp.declare()
    assert erp.answer("article_changed").data["code"] == "PB-40-1250"


def test_requests_that_arrive_while_it_is_killed_are_answered_once_it_is_back(erp: Erp) -> None:
    erp.declare()
    process = erp.start()
    erp.ask("crm", "party_registration_requested", party_id="p1", name="Rossi")
    customer = str(erp.answer("party_registered").data["customer_code"])
    for number in range(20):
        request_order(erp, customer, key=f"k{number}")
        if number == 10:
            process.kill()
            process.wait()
    erp.start()
    numbers: dict[str, str] = {}
    while len(numbers) < 20:
        answer = erp.answer("order_registered").data
        # An answer may come twice, but never a second number for one key.
        assert numbers.setdefault(answer["order_key"], answer["order_number"]) == answer["order_number"]
    assert len(set(numbers.values())) == 20


def test_a_message_that_cannot_be_read_is_set_aside(erp: Erp) -> None:
    erp.declare()
    erp.start()
    erp.publish("", "erp.orders", b"{")
    erp.ask("offers", "customer_order_requested", order_key="k1", lines="many", attempt="first")
    erp.eventually(lambda: erp.length("erp.dead_letters") == 2)


def test_it_imports_nothing_of_the_services() -> None:
    for path in (ROOT / "services/local/erp").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                top = name.partition(".")[0]
                is_own = name.startswith("services.local.erp")
                assert is_own or top == "kombu" or top in sys.stdlib_module_names, f"{path.name}: {name}"
