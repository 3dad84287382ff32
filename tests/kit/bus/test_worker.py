"""What a worker process does with messages: each takes effect once, or is set aside; none is lost."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import amqp
import kombu
import orjson
import pytest

from services.kit.actor import SYSTEM
from services.kit.envelope import encode
from services.kit.subscriptions import declare
from tests.kit.bus.probe import SUBSCRIPTIONS
from tests.kit.bus.support import Processes, Source, eventually, queue_length

DELAYS = (0.2, 0.4)
DEAD = "probe.dead_letters"


class Bench:
    """The probe's database and broker, and a publisher that sends whatever a test wants."""

    def __init__(self, source: Source, vhost: str, processes: Processes, folder: Path) -> None:
        self.source = source
        self.vhost = vhost
        self.processes = processes
        self.log = folder / "log"
        self.ready = folder / "ready"
        source.change(
            "create table probe (what text, event_id uuid, number int, at timestamptz default now())"
        )
        declare("probe", vhost, delays_s=DELAYS, subscriptions=SUBSCRIPTIONS)

    def start(self, **environment: str) -> subprocess.Popen[bytes]:
        self.ready.unlink(missing_ok=True)
        process = self.processes.start(
            "tests.kit.bus.probe",
            database_url=self.source.url,
            amqp_url=self.vhost,
            ready_file=str(self.ready),
            retry_delays_s=orjson.dumps(DELAYS).decode(),
            log=self.log,
            **environment,
        )
        eventually(self.ready.exists)
        return process

    def publish(self, event: str, *, number: int = 0) -> str:
        """As the relay does, without one."""
        event_id, body = self.prepared(event, number=number)
        self.send(event, body, event_id)
        return event_id

    def prepared(self, event: str, *, number: int = 0) -> tuple[str, bytes]:
        """A committed event: its id and its message."""
        [event_id] = self.source.commit(event, number=number, wake=False)
        with self.source.engine.begin() as connection:
            row = connection.exec_driver_sql(
                "update outbox set stream_seq = id, published_at = now() where event_id = %s returning *",
                (event_id,),
            ).one()
        return event_id, encode("offers", str(uuid4()), row)

    def send(self, event: str, body: bytes, event_id: str = "") -> None:
        with kombu.Connection(self.vhost) as connection:
            connection.default_channel.basic_publish_confirm(
                amqp.Message(body, delivery_mode=2, message_id=event_id),
                "offers.events",
                event,
                mandatory=True,
            )

    def noted(self, what: str) -> int:
        return int(str(self.source.one(f"select count(*) from probe where what = '{what}'")))

    def held(self) -> int:
        """Transactions that wait for a lock."""
        query = (
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and wait_event_type = 'Lock'"
        )
        return int(str(self.source.one(query)))

    def dead(self) -> list[amqp.Message]:
        with kombu.Connection(self.vhost) as connection:
            channel = connection.default_channel
            found = []
            while (message := channel.basic_get(DEAD)) is not None:
                found.append(message)
            return found

    def logged(self, text: str) -> bool:
        return text in self.log.read_text()


@pytest.fixture
def bench(source: Source, vhost: str, processes: Processes, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(source, vhost, processes, tmp_path)
    yield made
    processes.kill_all()


def test_an_event_takes_effect_once_however_often_it_comes(bench: Bench) -> None:
    bench.start()
    event_id, body = bench.prepared("counted", number=1)
    for _ in range(6):
        bench.send("counted", body, event_id)
    bench.publish("counted", number=2)
    eventually(lambda: bench.noted("counted") == 2)
    time.sleep(0.2)
    assert bench.noted("counted") == 2
    assert queue_length(bench.vhost, SUBSCRIPTIONS[0].queue) == 0


def test_a_handler_that_keeps_failing_is_tried_after_each_delay_then_set_aside(bench: Bench) -> None:
    bench.start()
    event_id = bench.publish("fails")
    eventually(lambda: queue_length(bench.vhost, DEAD) == 1)
    [message] = bench.dead()
    assert message.properties["message_id"] == event_id
    headers = message.headers
    assert headers["x-sales-attempt"] == 3
    assert headers["x-sales-error"] == "ValueError"
    assert headers["x-sales-queue"] == SUBSCRIPTIONS[1].queue
    assert bench.noted("failed") == 0, "what a failing handler wrote is rolled back"
    assert not bench.logged("Rossi"), "the text of an exception may quote a record"
    bench.publish("counted")
    eventually(lambda: bench.noted("counted") == 1)


def test_a_handler_that_recovers_takes_effect_once(bench: Bench) -> None:
    bench.start()
    bench.publish("fails_twice")
    eventually(lambda: bench.noted("done at last") == 1)
    time.sleep(0.3)
    assert bench.noted("done at last") == 1
    assert queue_length(bench.vhost, DEAD) == 0


def test_an_early_event_waits_for_its_predecessor_longer_than_any_failure(bench: Bench) -> None:
    bench.start()
    bench.publish("early")
    time.sleep(1.5)  # more than the sum of the delays
    assert queue_length(bench.vhost, DEAD) == 0
    bench.publish("counted")
    eventually(lambda: bench.noted("no longer early") == 1)


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{", b"[]", b'{"specversion":"1.0"}'])
def test_an_unreadable_message_is_set_aside_not_lost(bench: Bench, body: bytes) -> None:
    bench.start()
    bench.send("counted", body)
    eventually(lambda: queue_length(bench.vhost, DEAD) == 1)
    [message] = bench.dead()
    kept = message.body.encode() if isinstance(message.body, str) else bytes(message.body)
    assert kept == body


def test_sigterm_lets_running_handlers_finish_and_acknowledge(bench: Bench) -> None:
    worker = bench.start()
    with bench.source.engine.begin() as connection:
        connection.exec_driver_sql("lock table probe in share mode")
        for _ in range(3):
            bench.publish("slow")
        eventually(lambda: bench.held() == 4)  # and the timer
        worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    assert bench.noted("slept") == 3
    bench.start()
    time.sleep(0.5)
    assert bench.noted("slept") == 3, "acknowledged, so not delivered again"
    assert queue_length(bench.vhost, SUBSCRIPTIONS[4].queue) == 0


def test_a_worker_that_is_killed_loses_nothing(bench: Bench) -> None:
    worker = bench.start()
    for number in range(60):
        bench.publish("counted", number=number)
        if number == 30:
            worker.send_signal(signal.SIGKILL)
    bench.start()
    eventually(lambda: bench.noted("counted") == 60)


def test_slow_statements_do_not_wait_for_each_other(bench: Bench) -> None:
    for _ in range(6):
        bench.publish("slow")
    bench.start()
    eventually(lambda: bench.noted("slept") == 6)
    # Noted when each transaction began; a statement of one second ends each.
    spread = "select extract(epoch from max(at) - min(at)) from probe where what = 'slept'"
    assert float(str(bench.source.one(spread))) < 5, "six statements of one second each, one after the other"


def test_without_its_database_a_worker_consumes_nothing_and_counts_no_attempt(
    bench: Bench, postgres_server: str
) -> None:
    import psycopg

    bench.start()
    name = bench.source.url.rsplit("/", 1)[1]
    messages = [bench.prepared("counted", number=number) for number in range(20)]
    bench.source.engine.dispose()
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f'alter database "{name}" allow_connections false')
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
        for event_id, body in messages:
            bench.send("counted", body, event_id)
        eventually(lambda: bench.logged("database is away"))
        time.sleep(1.5)  # more than the sum of the delays
        assert queue_length(bench.vhost, DEAD) == 0
        admin.execute(f'alter database "{name}" allow_connections true')
    eventually(lambda: bench.noted("counted") == 20)
    assert not bench.logged("event failed")
    assert queue_length(bench.vhost, DEAD) == 0


def test_timers_run_in_one_process_at_a_time(bench: Bench) -> None:
    from services.kit.database import Database
    from services.kit.worker import Timer
    from services.kit.worker.timers import run_timer
    from tests.kit.bus.probe import tick

    database = Database("probe", bench.source.url, tables={})
    timer = Timer(0.2, tick)
    with database.unit_of_work(SYSTEM) as uow:
        uow.connection.exec_driver_sql("select 1")
        assert run_timer(database, timer)

        def nested(context: object) -> None:
            assert not run_timer(database, Timer(1, nested))

        assert run_timer(database, Timer(1, nested))
    database.close()


def test_a_worker_ticks(bench: Bench) -> None:
    bench.start()
    eventually(lambda: bench.noted("ticked") >= 3)
