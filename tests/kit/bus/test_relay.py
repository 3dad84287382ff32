"""Nothing that was committed is lost between the outbox and the broker, and the numbers have no holes."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import kombu
import orjson
import pytest

from services.kit.relay import metrics
from services.kit.relay.publisher import Publisher
from services.kit.relay.stream import Stream
from services.kit.subscriptions import Subscription
from tests.kit.bus.support import Listener, Processes, Running, Source, eventually, stop


@pytest.fixture
def listener(vhost: str) -> Iterator[Listener]:
    made = Listener(vhost, "offers")
    yield made
    made.close()


def start_relay(processes: Processes, source: Source, vhost: str) -> subprocess.Popen[bytes]:
    databases = orjson.dumps({"offers": source.url}).decode()
    return processes.start("services.kit.relay", database_urls=databases, amqp_url=vhost)


def test_a_committed_event_reaches_the_exchange(source: Source, vhost: str, listener: Listener) -> None:
    with Running(source, vhost):
        [event_id] = source.commit("offer_accepted", number=7)
        [event] = listener.read(1)
    assert str(event.id) == event_id
    assert event.type == "offers.offer_accepted.v1"
    assert event.data == {"number": 7}
    assert event.stream_seq == 1
    assert event.epoch == str(source.one("select epoch from outbox_counter"))
    assert source.unpublished() == 0


def test_an_event_without_a_notification_is_found_by_the_poll(
    source: Source, vhost: str, listener: Listener
) -> None:
    with Running(source, vhost):
        idle = listener.next(60)
        assert idle is not None
        assert idle.type == "offers.heartbeat.v1"
        source.commit("offer_accepted", wake=False)
        listener.read(1)


def test_a_transaction_that_was_rolled_back_publishes_nothing(
    source: Source, vhost: str, listener: Listener
) -> None:
    with Running(source, vhost):
        with pytest.raises(ZeroDivisionError), source.engine.begin() as connection:
            connection.exec_driver_sql(
                "insert into outbox (event_id, type, subject, data) "
                "values (gen_random_uuid(), 'offers.offer_accepted.v1', '', '{}')"
            )
            raise ZeroDivisionError
        source.commit("revision_frozen")
        [event] = listener.read(1)
    assert event.type == "offers.revision_frozen.v1"
    assert event.stream_seq == 1


def test_concurrent_writers_leave_numbers_without_holes_in_outbox_order(
    source: Source, vhost: str, listener: Listener
) -> None:
    def write(writer: int) -> None:
        for number in range(25):
            source.commit("first", "second", number=writer * 1000 + number)

    with Running(source, vhost):
        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        events = listener.read(200)
    assert [event.stream_seq for event in events] == list(range(1, 201))
    for writer in range(4):
        own = [(e.data["number"], e.type) for e in events if e.data["number"] // 1000 == writer]
        assert own == sorted(own)


def test_two_relays_that_hand_over_leave_no_holes(
    source: Source, vhost: str, listener: Listener, processes: Processes
) -> None:
    first = start_relay(processes, source, vhost)
    start_relay(processes, source, vhost)
    for number in range(150):
        source.commit("counted", number=number)
        if number == 75:
            first.send_signal(signal.SIGKILL)
    eventually(lambda: source.unpublished() == 0)
    events = listener.read(150) + listener.rest()
    assert sorted({event.stream_seq for event in events}) == list(range(1, 151))
    assert {event.data["number"] for event in events} == set(range(150))


def test_a_relay_that_is_killed_loses_nothing_and_keeps_the_numbers(
    source: Source, vhost: str, listener: Listener, processes: Processes
) -> None:
    ids = []
    for _ in range(3):
        relay = start_relay(processes, source, vhost)
        for number in range(60):
            ids += source.commit("counted", number=number)
        time.sleep(0.3)
        relay.send_signal(signal.SIGKILL)
        relay.wait()
    start_relay(processes, source, vhost)
    eventually(lambda: source.unpublished() == 0)
    events = listener.rest()
    assert {str(event.id) for event in events} == set(ids)
    numbers = {event.stream_seq: str(event.id) for event in events}
    assert [numbers[seq] for seq in range(1, 181)] == ids


def test_a_relay_stops_at_sigterm_and_says_so(
    source: Source, vhost: str, listener: Listener, processes: Processes
) -> None:
    relay = start_relay(processes, source, vhost)
    source.commit("counted")
    listener.read(1)
    assert stop(relay) == 0


def test_a_relay_without_a_broker_waits_for_it(source: Source, processes: Processes, tmp_path: Path) -> None:
    log = tmp_path / "log"
    ready = tmp_path / "ready"
    processes.start(
        "services.kit.relay",
        "offers",
        database_url=source.url,
        amqp_url="amqp://guest:guest@127.0.0.1:1//",
        ready_file=str(ready),
        log=log,
    )
    eventually(lambda: b"relay interrupted" in log.read_bytes())
    assert not ready.exists()


def test_an_event_that_nobody_subscribes_to_counts_as_sent(source: Source, vhost: str) -> None:
    before = metrics.returned.labels("offers")._value.get()
    with Running(source, vhost):
        source.commit("nobody_cares")
        eventually(lambda: source.unpublished() == 0)
    assert metrics.returned.labels("offers")._value.get() == before + 1


def test_an_event_whose_subscriber_has_no_queue_yet_waits_for_it(source: Source, vhost: str) -> None:
    wanted = Subscription("crm", "offers", "customer_needed", "crm.customers", "handle")
    listener = Listener(vhost, "offers", "other")
    with Publisher(vhost, service="offers") as publisher:
        publisher.set_marker()
    with Running(source, vhost, wanted):
        ids = source.commit("other", "customer_needed", "other")
        [first] = listener.read(1)
        eventually(lambda: metrics.waiting.labels("offers")._value.get() == 1)
        eventually(lambda: source.unpublished() == 2)
        late = Listener(vhost, "offers", "customer_needed", name="crm.customers")
        [needed] = late.read(1)
        eventually(lambda: source.unpublished() == 0)
        events = [first, *listener.rest()]
    late.close()
    listener.close()
    assert str(needed.id) == ids[1]
    assert {str(event.id) for event in events} == {ids[0], ids[2]}
    assert metrics.waiting.labels("offers")._value.get() == 0


def test_a_relay_binds_the_queues_of_subscribers_that_it_finds(source: Source, vhost: str) -> None:
    """A new release may publish under new keys before its subscribers are restarted."""
    late = Listener(vhost, "offers", "nothing", name="crm.orders")
    wanted = Subscription("crm", "offers", "order_made", "crm.orders", "handle")
    missing = Subscription("crm", "offers", "customer_needed", "crm.customers", "handle")
    with Publisher(vhost, service="offers") as publisher:
        publisher.set_marker()
    with Running(source, vhost, wanted, missing):
        source.commit("order_made")
        late.read(1)
        source.commit("customer_needed")
        eventually(lambda: metrics.waiting.labels("offers")._value.get() == 1)
    late.close()


def test_a_broker_that_lost_its_data_gets_seven_days_again(source: Source, vhost: str) -> None:
    wanted = Subscription("crm", "offers", "customer_needed", "crm.customers", "handle")
    with Running(source, vhost, wanted):
        ids = source.commit("customer_needed", "customer_needed")
        eventually(lambda: source.unpublished() == 0)
    source.change("update outbox set created_at = now() - interval '8 days' where stream_seq = 1")
    with kombu.Connection(vhost) as connection:
        for name in ("crm.customers", "projectsales.marker.offers"):
            connection.default_channel.queue_delete(name)
    with Running(source, vhost, wanted):
        late = Listener(vhost, "offers", "customer_needed", name="crm.customers2")
        late.close()
        eventually(lambda: source.unpublished() == 0)
    with kombu.Connection(vhost) as connection:
        message = connection.default_channel.basic_get("crm.customers", no_ack=True)
        assert message.properties["message_id"] == ids[1]
        assert connection.default_channel.basic_get("crm.customers", no_ack=True) is None


def test_an_idle_relay_says_its_last_number(source: Source, vhost: str, listener: Listener) -> None:
    with Running(source, vhost):
        source.commit("counted", "counted")
        listener.read(2)
        heartbeat = listener.next(60)
    assert heartbeat is not None
    assert heartbeat.type == "offers.heartbeat.v1"
    assert heartbeat.stream_seq == 2
    assert heartbeat.epoch == str(source.one("select epoch from outbox_counter"))


def test_a_relay_that_lost_its_lock_can_number_nothing(source: Source) -> None:
    import psycopg

    with Stream(source.url, service="offers") as old:
        assert old.try_to_lead()
        source.commit("counted")
        source.change(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'sales-offers-relay' and datname = current_database()"
        )
        with pytest.raises(psycopg.OperationalError):
            old.number()
    with Stream(source.url, service="offers") as new:
        assert new.try_to_lead()
        assert [row.stream_seq for row in new.number()] == [1]


def test_what_was_numbered_and_never_published_comes_before_what_is_new(
    source: Source, vhost: str, listener: Listener
) -> None:
    with Stream(source.url, service="offers") as dead:
        source.commit("counted", number=1)
        assert [row.data for row in dead.number()] == ['{"number":1}']
        assert dead.number() == []
        assert [row.stream_seq for row in dead.pending()] == [1]
    source.commit("counted", number=2)
    with Running(source, vhost):
        events = listener.read(2)
    assert [(event.stream_seq, event.data["number"]) for event in events] == [(1, 1), (2, 2)]


def test_only_one_relay_leads(source: Source) -> None:
    with Stream(source.url, service="offers") as one, Stream(source.url, service="offers") as other:
        assert one.try_to_lead()
        assert not other.try_to_lead()
