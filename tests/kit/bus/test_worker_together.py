"""Events that wait are handled together; each still takes effect once, and none pays for another one."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import amqp
import kombu
import orjson
import psycopg
import pytest

from services.kit.actor import SYSTEM
from services.kit.envelope import encode
from services.kit.outbox import OutboxEvent, stage
from services.kit.subscriptions import declare
from tests.kit.bus.probe import SUBSCRIPTIONS
from tests.kit.bus.support import Processes, Source, eventually, queue_length, stop

DELAYS = (0.2, 0.4)
DEAD = "probe.dead_letters"
QUEUE = SUBSCRIPTIONS[-1].queue
Told = tuple[str, bytes]


class Bench:
    """A publisher of records, and a worker that keeps their numbers."""

    def __init__(self, source: Source, vhost: str, processes: Processes, folder: Path) -> None:
        self.source, self.vhost, self.processes = source, vhost, processes
        self.log, self.ready = folder / "log", folder / "ready"
        self.epoch = str(uuid4())
        source.change("create table probe (what text, event_id uuid, number int, together int)")
        declare("offers", vhost, delays_s=DELAYS, subscriptions=SUBSCRIPTIONS)
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

    def told(self, number: int, *, ask: str = "", entity: str = "offers.offer") -> Told:
        """An event with a record of this number."""
        record = {"entity": entity, "id": str(uuid4()), "version": number, "ask": ask}
        data = orjson.dumps({"records": [record]}).decode()
        with self.source.engine.begin() as connection:
            [event_id] = stage(connection, [OutboxEvent("records_changed.v1", entity, data)], actor=SYSTEM)
            row = connection.exec_driver_sql(
                "update outbox set stream_seq = id, published_at = now() where event_id = %s returning *",
                (event_id,),
            ).one()
        return str(event_id), encode("offers", self.epoch, row)

    def send(self, events: Sequence[Told]) -> None:
        with kombu.Connection(self.vhost) as connection:
            for event_id, body in events:
                connection.default_channel.basic_publish_confirm(
                    amqp.Message(body, delivery_mode=2, message_id=event_id),
                    "offers.events",
                    "records_changed.offer",
                    mandatory=True,
                )

    def kept(self) -> list[int]:
        with self.source.engine.connect() as connection:
            query = "select number from probe where what = 'kept' order by number"
            return list(connection.exec_driver_sql(query).scalars())

    def is_held(self) -> bool:
        """Whether a transaction of the handler waits for a lock."""
        query = (
            "select count(*) from pg_stat_activity where datname = current_database()"
            " and wait_event_type = 'Lock' and strpos(query, 'together') > 0"
        )
        return bool(self.source.one(query))

    def most_together(self) -> int:
        return int(str(self.source.one("select coalesce(max(together), 0) from probe")))

    def blamed(self) -> set[str]:
        """Ids of the events that were counted as failed."""
        lines = [orjson.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return {line["event_id"] for line in lines if line["event"] in {"event failed", "event set aside"}}

    def dead(self) -> list[str]:
        with kombu.Connection(self.vhost) as connection:
            found = []
            while (message := connection.default_channel.basic_get(DEAD)) is not None:
                found.append(message.properties["message_id"])
            return found


@pytest.fixture
def bench(source: Source, vhost: str, processes: Processes, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(source, vhost, processes, tmp_path)
    yield made
    processes.kill_all()


def test_what_waits_is_handled_in_one_transaction(bench: Bench) -> None:
    bench.send([bench.told(number) for number in range(30)])
    # How many the first transaction finds is chance; the second one comes when all have arrived.
    bench.start(probe_pace_s="4")
    eventually(lambda: bench.kept() == list(range(30)))
    assert bench.most_together() >= 15
    eventually(lambda: queue_length(bench.vhost, QUEUE) == 0)


def test_events_that_follow_closely_share_a_transaction_and_a_lone_one_does_not_wait(bench: Bench) -> None:
    bench.start(probe_pace_s="15")
    bench.send([bench.told(0)])
    eventually(lambda: bench.kept() == [0], within_s=14)
    for number in (1, 2, 3):  # each long after the one before was handled
        bench.send([bench.told(number)])
        time.sleep(0.4)
    eventually(lambda: bench.kept() == [0, 1, 2, 3])
    assert bench.most_together() == 3


def test_what_fills_a_transaction_waits_for_no_pace(bench: Bench) -> None:
    bench.start(probe_pace_s="600")
    bench.send([bench.told(0)])
    eventually(lambda: bench.kept() == [0])
    bench.send([bench.told(number) for number in range(1, 51)])
    eventually(lambda: bench.kept() == list(range(51)))


def test_of_events_together_those_that_are_known_take_no_effect_again(bench: Bench) -> None:
    known, unknown = ([bench.told(n) for n in numbers] for numbers in (range(5), range(5, 10)))
    worker = bench.start()
    bench.send(known)
    eventually(lambda: bench.kept() == list(range(5)))
    stop(worker)
    mixed = [each for pair in zip(known, unknown, strict=True) for each in pair]
    bench.send([*mixed, *mixed])
    bench.start()
    eventually(lambda: bench.kept() == list(range(10)))
    time.sleep(0.5)
    assert bench.kept() == list(range(10))
    assert bench.dead() == []


def test_an_event_that_fails_neither_delays_nor_buries_those_beside_it(bench: Bench) -> None:
    poison = bench.told(99, ask="poison")
    bench.send([*(bench.told(n) for n in range(5)), poison, *(bench.told(n) for n in range(5, 10))])
    bench.start()
    eventually(lambda: bench.kept() == list(range(10)))
    eventually(lambda: queue_length(bench.vhost, DEAD) == 1)
    assert bench.dead() == [poison[0]]
    assert bench.kept() == list(range(10))
    assert bench.blamed() == {poison[0]}, "no other was sent to wait"
    assert "Rossi" not in bench.log.read_text(), "the text of an exception may quote a record"


def test_an_early_event_holds_nobody_up(bench: Bench) -> None:
    bench.send([*(bench.told(n) for n in range(5)), bench.told(5, ask="early")])
    bench.start()
    eventually(lambda: bench.kept() == list(range(5)))
    bench.source.change("insert into probe (what) values ('counted')")
    eventually(lambda: bench.kept() == list(range(6)))
    assert bench.dead() == []


def test_an_unreadable_message_among_others_is_set_aside_alone(bench: Bench) -> None:
    bench.send([bench.told(0), ("broken", b"{"), bench.told(1)])
    bench.start()
    eventually(lambda: bench.kept() == [0, 1])
    eventually(lambda: queue_length(bench.vhost, DEAD) == 1)
    assert bench.dead() == ["broken"]


def test_a_worker_that_dies_between_commit_and_acknowledgement_doubles_nothing(bench: Bench) -> None:
    bench.send([bench.told(number) for number in range(30)])
    worker = bench.start(probe_dies_after_commit="1")
    assert worker.wait(60) == -signal.SIGKILL
    assert bench.kept(), "it had committed"
    bench.start()
    eventually(lambda: bench.kept() == list(range(30)))
    eventually(lambda: queue_length(bench.vhost, QUEUE) == 0)
    time.sleep(0.5)
    assert bench.kept() == list(range(30))


def test_those_beside_an_event_that_kills_its_worker_are_kept_all_the_same(bench: Bench) -> None:
    # The event that kills waits for the others in its transaction: it must not be the one that enters their
    # publisher's life, for whose row they would wait.
    bench.source.change(f"insert into publisher_epoch (publisher, epoch) values ('offers', '{bench.epoch}')")
    bench.send([*(bench.told(n) for n in range(4)), bench.told(99, ask="kill")])
    for _ in range(2):
        assert bench.start().wait(60) == -signal.SIGKILL
    assert bench.kept() == list(range(4)), "what came back is handled alone"


def test_a_worker_that_is_told_to_go_finishes_what_it_began_and_leaves_the_rest(bench: Bench) -> None:
    bench.send([bench.told(number) for number in range(120)])
    with bench.source.engine.begin() as connection:
        connection.exec_driver_sql("lock table probe in share mode")
        worker = bench.start()
        eventually(bench.is_held)
        worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    eventually(lambda: queue_length(bench.vhost, QUEUE) == 120 - len(bench.kept()))
    assert 0 < len(bench.kept()) < 120
    bench.start()
    eventually(lambda: bench.kept() == list(range(120)))


def test_without_its_database_a_worker_keeps_what_waits_and_counts_no_attempt(
    bench: Bench, postgres_server: str
) -> None:
    bench.start()
    name = bench.source.url.rsplit("/", 1)[1]
    events = [bench.told(number) for number in range(20)]
    bench.source.engine.dispose()
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f'alter database "{name}" allow_connections false')
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
        bench.send(events)
        eventually(lambda: "database is away" in bench.log.read_text())
        time.sleep(1)  # more than the sum of the delays
        admin.execute(f'alter database "{name}" allow_connections true')
    eventually(lambda: bench.kept() == list(range(20)))
    assert "event failed" not in bench.log.read_text()
    assert bench.dead() == []
