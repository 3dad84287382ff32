"""Two sequencers on a real broker: one leads, the other takes over, nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import kombu
import psycopg
import pytest

from services.kit.config import Settings
from services.kit.subscriptions import declare
from services.sync.sequencer import process
from services.sync.sequencer.inflow import LOST, declare_inflow
from services.sync.storage.store import Fenced
from tests.support.watching import eventually
from tests.sync.test_inflow import publish
from tests.sync.world import NORTH, PlayedOwners, World, new_id, record


@contextmanager
def sequencing(world: World, vhost: str, owners: PlayedOwners, count: int) -> Iterator[None]:
    """Run sequencers as their processes do, each in a thread."""
    stop = threading.Event()
    chosen = Settings(database_url=world.url, amqp_url=vhost)

    def run() -> None:
        while not stop.is_set():
            try:
                process.lead(chosen, owners, stop)
            except (psycopg.Error, Fenced, *LOST):
                stop.wait(0.1)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    yield
    stop.set()
    for thread in threads:
        thread.join(60)


def test_when_the_leader_loses_its_connection_another_goes_on_and_nothing_is_lost(
    world: World, vhost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_STANDBY_S", 0.05)
    declare("sync", vhost, delays_s=())
    with kombu.Connection(vhost) as connection:
        declare_inflow(connection.default_channel)
    crm = world.owners.played["crm"]
    bucket = f"crm/territory:{NORTH}"
    (before,) = world.rows("select epoch from head")
    with sequencing(world, vhost, world.owners, 2):
        ids = [new_id() for _ in range(60)]
        for number, each in enumerate(ids):
            publish(vhost, *crm.commit(record("crm.party", each, territory_id=NORTH)))
            if number in (20, 40):
                eventually(lambda: bool(world.live(bucket)))
                world.rows(
                    "select pg_terminate_backend(pid) from pg_locks "
                    "where locktype = 'advisory' and granted and objid = %s and pid <> pg_backend_pid() "
                    "and database = (select oid from pg_database where datname = current_database())",
                    process._LOCK[1],
                )
        eventually(lambda: world.live(bucket) == set(ids))
    (after,) = world.rows("select epoch from head")
    assert after.epoch >= before.epoch + 2
    numbers = world.rows(
        "select count(*) as n, count(distinct seq) as different from bucket_entry e "
        "join bucket b on b.id = e.bucket where b.key = %s",
        bucket,
    )
    assert (numbers[0].n, numbers[0].different) == (60, 60)
