"""The broker or the database is killed and comes back; nothing is lost. Both are this test's own."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.kit.relay.publisher import Outgoing, Publisher, PublishFailed
from services.kit.subscriptions import declare
from services.local.ports import random_free
from services.local.private_postgres import private_postgres
from services.local.process import Process
from services.local.rabbitmq import RabbitNode, RabbitPorts
from services.local.rabbitmq_programs import programs
from tests.kit.bus.probe import SUBSCRIPTIONS
from tests.kit.bus.support import Processes, Running, Source, driver_url, eventually, make_tables

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]


class Server:
    """A server that can be killed and started again on the same data."""

    def __init__(self, process: Process, log: Path) -> None:
        self.process = process
        self.log = log
        self.running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.running = self.process.start(self.log)
        eventually(self.process.is_ready, within_s=90)

    def kill(self) -> None:
        assert self.running is not None
        self.signal(signal.SIGKILL)
        self.running.wait()

    def signal(self, number: signal.Signals) -> None:
        """To its whole session: PostgreSQL's backends must not live on, the broker's shell has children."""
        assert self.running is not None
        os.killpg(self.running.pid, number)

    def freeze(self) -> None:
        """Stop it where it is, and return when it stands still."""
        assert self.running is not None
        self.signal(signal.SIGSTOP)
        state = Path(f"/proc/{self.running.pid}/stat")
        eventually(lambda: state.read_text().rpartition(")")[2].split()[0] == "T")

    def stop(self) -> None:
        if self.running is not None and self.running.poll() is None:
            self.kill()
        self.process.after_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[tuple[Server, str]]:
    found = programs()
    assert found is not None
    node = RabbitNode(
        folder=tmp_path / "rabbitmq",
        ports=RabbitPorts(*(random_free() for _ in range(5))),
        password=secrets.token_urlsafe(16),
        cookie=secrets.token_hex(16),
        programs=found,
    )
    node.create()
    server = Server(node.process(), tmp_path / "rabbitmq.log")
    server.start()
    yield server, node.amqp_url
    server.stop()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[tuple[Server, str]]:
    node = private_postgres(tmp_path / "pg", port=random_free(), password="only-for-tests", durable=True)
    server = Server(node.process(), tmp_path / "postgres.log")
    server.start()
    engine = sa.create_engine(driver_url(node.admin_url))
    with engine.begin() as connection:
        make_tables(connection)
        connection.exec_driver_sql("create table probe (what text, event_id uuid, number int)")
    engine.dispose()
    yield server, node.admin_url
    server.stop()


def counted(url: str) -> tuple[int, int]:
    """Effects, and different events among them."""
    engine = sa.create_engine(driver_url(url))
    with engine.connect() as connection:
        query = "select count(*), count(distinct event_id) from probe where what = 'counted'"
        row = connection.exec_driver_sql(query).one()
    engine.dispose()
    return row[0], row[1]


def start_worker(processes: Processes, url: str, amqp_url: str, folder: Path) -> None:
    declare("probe", amqp_url, delays_s=(0.2, 1), subscriptions=SUBSCRIPTIONS)
    processes.start(
        "tests.kit.bus.probe",
        database_url=url,
        amqp_url=amqp_url,
        retry_delays_s="[0.2, 1]",
        log=folder / "worker.log",
    )


def commit_for(source: Source, seconds: float, then: Callable[[], None]) -> int:
    """Commit events; call `then` in the middle; return how many were committed."""
    made, deadline, is_done = 0, time.monotonic() + seconds, False
    while not is_done or time.monotonic() < deadline:
        try:
            source.commit("counted", number=made)
            made += 1
        except sa.exc.DBAPIError:  # the database is away: this one was not committed, or its answer was lost
            time.sleep(0.05)
        if not is_done and made >= 100:
            then()
            is_done = True
    return made


@pytest.mark.parametrize("is_warm", [True, False], ids=["working", "just declared"])
def test_a_broker_that_is_killed_and_comes_back_loses_nothing(
    broker: tuple[Server, str], source: Source, processes: Processes, tmp_path: Path, is_warm: bool
) -> None:
    server, amqp_url = broker
    source.change("create table probe (what text, event_id uuid, number int)")
    start_worker(processes, source.url, amqp_url, tmp_path)
    with Running(source, amqp_url, *SUBSCRIPTIONS):
        made = 0
        if is_warm:
            source.commit("counted")
            made += 1
            eventually(lambda: counted(source.url)[0] == 1)
        made += commit_for(source, 2.0, server.kill)
        time.sleep(1)
        server.start()
        made += commit_for(source, 1.0, lambda: None)
        eventually(lambda: counted(source.url)[1] >= made)
    assert counted(source.url) == (made, made)


def test_a_broker_that_is_frozen_does_not_hold_the_publisher(broker: tuple[Server, str]) -> None:
    server, amqp_url = broker
    publisher = Publisher(amqp_url, service="offers", confirm_timeout_s=5)
    message = Outgoing("1", "counted", "projectsales.offers.counted.v1", b"{}")
    publisher.publish([message])
    server.freeze()
    began = time.monotonic()
    try:
        with pytest.raises(PublishFailed):
            publisher.publish([message])
        publisher.drop()
        assert time.monotonic() - began < 20
    finally:
        server.signal(signal.SIGCONT)


def test_a_database_that_is_killed_and_comes_back_loses_nothing(
    database: tuple[Server, str], vhost: str, processes: Processes, tmp_path: Path
) -> None:
    server, url = database
    source = Source("offers", url)
    start_worker(processes, url, vhost, tmp_path)
    with Running(source, vhost, *SUBSCRIPTIONS):
        source.commit("counted")
        eventually(lambda: counted(url)[0] > 0)
        commit_for(source, 1.0, server.kill)
        time.sleep(1)
        server.start()
        source.engine.dispose()
        commit_for(source, 1.0, lambda: None)
        committed = int(str(source.one("select count(*) from outbox")))
        eventually(lambda: counted(url)[1] >= committed)
    assert counted(url) == (committed, committed)
    assert source.one("select max(stream_seq) = count(*) from outbox")
    assert "event failed" not in (tmp_path / "worker.log").read_text()
    source.engine.dispose()
