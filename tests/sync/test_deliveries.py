"""What was on the stolen laptop; what of that is kept, and for how long."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from services.kit.errors import NotFound
from services.sync.usecases.deliveries import received_by
from services.sync.usecases.devices import end_device
from services.sync.usecases.sweeping import DELIVERIES_DAYS, sweep
from services.sync.usecases.verifying import verify
from tests.sync.test_pulling import NORTHERN, offer, party
from tests.sync.world import NORTH, World, grant, new_id, record

_CRM, _OFFERS = f"crm/territory:{NORTH}", f"offers/territory:{NORTH}"


def test_the_report_names_every_bucket_that_was_on_the_device_with_rows_and_times(world: World) -> None:
    root = party(world)
    offer(world, root)
    user = world.give(*NORTHERN)
    device = world.device(user)
    device.pull()
    world.commit("crm", record("crm.party", root, 2, territory_id=NORTH))
    device.pull()
    world.give(NORTHERN[0], user_id=user, version=2)
    device.pull()
    end_device(world.database, device.actor, device_id=UUID(device.id), wipe=False)
    report = received_by(world.database, UUID(device.id))
    assert (report["user_id"], report["state"]) == (user, "revoked")
    assert (report["received"]["bundles"], report["received"]["rows"]) == (3, 6)
    assert report["received"]["bytes"] > 500
    buckets = {each["key"]: each for each in report["buckets"]}
    assert {key: (each["held"], each["rows"]) for key, each in buckets.items()} == {
        _CRM: (True, 1),
        _OFFERS: (False, 4),
    }
    assert buckets[_OFFERS]["first_at"] == buckets[_CRM]["first_at"] == report["received"]["first_at"]
    assert buckets[_OFFERS]["last_at"] < buckets[_CRM]["last_at"] == report["received"]["last_at"]


def test_a_device_that_nobody_knows_has_no_report(world: World) -> None:
    with pytest.raises(NotFound, match="DEVICE_UNKNOWN"):
        received_by(world.database, UUID(new_id()))


@pytest.mark.parametrize("known", [True, False])
def test_the_command_prints_the_report(world: World, known: bool) -> None:
    party(world)
    device = world.device(world.give(*NORTHERN))
    device.pull()
    found = subprocess.run(
        [sys.executable, "-m", "services.sync", "received", device.id if known else "nothing"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "SALES_DATABASE_URL": world.url, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    if known:
        assert json.loads(found.stdout)["buckets"][0]["key"] == _CRM
    else:
        assert (found.returncode, found.stderr) == (1, "no device has this id: nothing\n")


def _age(world: World, days: int) -> None:
    world.store.run("update held_set set created_at = created_at - make_interval(days => %s)", (days,))
    world.store.run("update delivery set at = at - make_interval(days => %s)", (days,))


def _sets(world: World) -> int:
    return int(world.rows("select count(*) from held_set")[0].count)


def test_sets_that_no_device_and_no_delivery_names_are_pruned(world: World) -> None:
    party(world)
    user = world.give(*NORTHERN)
    device = world.device(user)
    device.pull()
    world.give(*NORTHERN, grant("crm", {"owner": [user]}), user_id=user, version=2)
    device.pull()
    assert _sets(world) == 2
    _age(world, 60)
    sweep(world.store, epoch=world.ledger.epoch, seq=world.ledger.seq)
    assert _sets(world) == 2, "a delivery names the first one: the report needs it"
    _age(world, DELIVERIES_DAYS)
    sweep(world.store, epoch=world.ledger.epoch, seq=world.ledger.seq)
    assert _sets(world) == 1, "the device names the second one"
    assert world.rows("select 1 from delivery") == []
    assert device.pull() == []


def test_a_set_that_is_named_again_is_not_pruned(world: World) -> None:
    party(world)
    device = world.device(world.give(*NORTHERN))
    device.pull()
    wrong = {_CRM: (7, "0" * 16)}
    parameters = {"device_id": UUID(device.id), "checkpoint": device.checkpoint, "sums": wrong}
    found = verify(world.database, world.key, device.actor, **parameters)
    _age(world, 60)
    found = verify(world.database, world.key, device.actor, **parameters)
    sweep(world.store, epoch=world.ledger.epoch, seq=world.ledger.seq)
    device.checkpoint = found.checkpoint
    assert [each["b"] for each in device.pull()[0]["backfill"]] == [_CRM]
