"""The broker's side, on a real one: nothing is acknowledged before its effect is committed."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import amqp
import kombu
import orjson
import pytest

from services.kit.envelope import CONTENT_TYPE, Event
from services.kit.subscriptions import declare
from services.sync.sequencer.inflow import LOST, Inflow, declare_inflow
from services.sync.sequencer.source import Received
from tests.support.watching import eventually
from tests.sync.world import NORTH, World, new_id, record


def _body(event: Event) -> bytes:
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": str(event.id),
            "source": f"/projectsales/{event.service}",
            "type": f"projectsales.{event.type}",
            "time": event.time.isoformat(),
            "epoch": event.epoch,
            "streamseq": str(event.stream_seq),
            "part": event.part,
            "parts": event.parts,
            "data": event.data,
        }
    )


def publish(vhost: str, *events: Event) -> None:
    with kombu.Connection(vhost) as connection:
        channel = connection.channel()
        for event in events:
            message = amqp.Message(_body(event), content_type=CONTENT_TYPE, delivery_mode=2)
            key = event.type.split(".")[1]
            channel.basic_publish_confirm(message, f"{event.service}.events", key, mandatory=True)


@pytest.fixture
def broker(vhost: str) -> str:
    declare("sync", vhost, delays_s=())
    with kombu.Connection(vhost) as connection:
        declare_inflow(connection.default_channel)
    return vhost


def collected(inflow: Inflow, count: int) -> list[Received]:
    found: list[Received] = []
    deadline = time.monotonic() + 60
    while len(found) < count and time.monotonic() < deadline:
        found += inflow.collect()
    return found


def test_events_of_all_owners_and_their_heartbeats_arrive_in_one_queue(world: World, broker: str) -> None:
    owners = world.owners.played
    events = [*owners["crm"].commit(record("crm.party", new_id())), *owners["offers"].commit()]
    publish(broker, *events, owners["identity"].heartbeat())
    inflow = Inflow(broker)
    found = collected(inflow, 3)
    assert sorted(each.event.service for each in found) == ["crm", "identity", "offers"]
    inflow.drop()


def test_a_sequencer_that_dies_before_its_commit_loses_nothing(world: World, broker: str) -> None:
    ids = [new_id() for _ in range(30)]
    for each in ids:
        publish(broker, *world.owners.played["crm"].commit(record("crm.party", each, territory_id=NORTH)))
    first = Inflow(broker)
    assert len(collected(first, 30)) == 30
    first.drop()
    second = Inflow(broker)
    world.sequencer.step(collected(second, 30))
    assert world.live(f"crm/territory:{NORTH}") == set(ids)
    second.settle()
    second.drop()
    third = Inflow(broker)
    assert third.collect(wait_s=0.5) == []
    third.drop()


def test_what_is_held_back_is_not_acknowledged_with_those_around_it(world: World, broker: str) -> None:
    ids = [new_id() for _ in range(4)]
    events = [world.owners.played["crm"].commit(record("crm.party", each))[0] for each in ids]
    publish(broker, *events)
    first = Inflow(broker)
    found = collected(first, 4)
    for position in (0, 1, 3):
        found[position].done()
    first.settle()
    first.drop()
    second = Inflow(broker)
    assert [each.event.id for each in collected(second, 1)] == [events[2].id]
    assert second.collect(wait_s=0.5) == []
    second.drop()


def test_a_batch_costs_few_reads_of_the_socket(world: World, broker: str) -> None:
    inflow = Inflow(broker)
    transport = inflow._connection.connection.transport
    receive, reads = transport._quick_recv, []
    transport._quick_recv = lambda size: reads.append(size) or receive(size)
    with kombu.Connection(broker) as connection:
        channel = connection.channel()
        for _ in range(200):
            (event,) = world.owners.played["crm"].commit(record("crm.party", new_id()))
            # Unconfirmed, the broker may drop the last ones with the channel.
            channel.basic_publish_confirm(
                amqp.Message(_body(event), delivery_mode=2), "crm.events", "records_changed"
            )
    assert len(collected(inflow, 200)) == 200
    # py-amqp alone: nine for each event.
    assert len(reads) < 5 * 200
    inflow.drop()


def test_a_broker_that_is_lost_is_told_to_whoever_collects(broker: str) -> None:
    inflow = Inflow(broker)
    inflow._connection.connection.transport.sock.shutdown(socket.SHUT_RDWR)
    with pytest.raises(LOST):
        inflow.collect(wait_s=10)
    inflow.drop()


def test_what_is_no_event_goes_to_the_dead_letters(broker: str, create_database: Callable[..., str]) -> None:
    with kombu.Connection(broker) as connection:
        message = amqp.Message(b"?", delivery_mode=2)
        connection.channel().basic_publish_confirm(message, "crm.events", "records_changed", mandatory=True)
    inflow = Inflow(broker)
    with kombu.Connection(broker) as connection:

        def is_set_aside() -> bool:
            assert inflow.collect(wait_s=0.1) == []
            return connection.default_channel.basic_get("sync.dead_letters") is not None

        eventually(is_set_aside)
    inflow.drop()
