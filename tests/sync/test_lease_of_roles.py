"""A device's lease is what its user's roles allow, also when that changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.sync.usecases.devices import LEASE_DAYS, lease_days, register_device
from services.sync.usecases.leases import MARKED_DAYS, renew_lease
from services.sync.usecases.sweeping import KEPT_DAYS
from tests.sync.test_pulling import NORTHERN
from tests.sync.world import PlayedDevice, Record, World, access, new_id


def _with_lease(user_id: str, version: int, days: int) -> Record:
    found = access(user_id, version, *NORTHERN)
    body = found["fragments"]["base"]
    found["fragments"]["base"] = body.replace('"inactive":', f'"lease_days":{days},"inactive":')
    return found


def _register(world: World, device: PlayedDevice) -> tuple[int, datetime]:
    return register_device(
        world.database, device.actor, device_id=UUID(device.id), name="", platform="", app="", schema="1.0"
    )


def _lasts(until: datetime, days: int) -> bool:
    return abs(until - datetime.now(UTC) - timedelta(days=days)) < timedelta(minutes=1)


@pytest.mark.parametrize(("own", "expected"), [(0, LEASE_DAYS), (21, 21), (3, 3)])
def test_a_lease_is_that_of_the_users_roles(world: World, own: int, expected: int) -> None:
    user = new_id()
    device = world.device(user)
    days, until = _register(world, device)
    assert (days, _lasts(until, LEASE_DAYS)) == (LEASE_DAYS, True), "no copy of the rights yet"
    world.commit("identity", _with_lease(user, 1, own))
    days, until = _register(world, device)
    assert (days, _lasts(until, expected)) == (expected, True)
    assert lease_days(world.database, UUID(user)) == expected


def test_a_lease_that_changes_holds_from_the_next_contact_and_so_do_its_codes(world: World) -> None:
    user = new_id()
    device = world.device(user)
    world.commit("identity", _with_lease(user, 1, 21))
    lease = renew_lease(world.database, world.key, device.actor, device_id=UUID(device.id))
    assert (lease.days, _lasts(lease.until, 21)) == (21, True)
    assert lease.marks_from == datetime.now(UTC).date()
    assert len(lease.marks) == MARKED_DAYS + 1
    world.commit("identity", _with_lease(user, 2, 3))
    lease = renew_lease(world.database, world.key, device.actor, device_id=UUID(device.id))
    assert (lease.days, _lasts(lease.until, 3)) == (3, True)
    assert lease.marks_from == datetime.now(UTC).date()


def test_tombstones_outlive_the_longest_lease_that_a_role_may_have() -> None:
    from buf.validate import validate_pb2
    from sales.identity.v1.records_pb2 import Role

    rules = Role.DESCRIPTOR.fields_by_name["lease_days"].GetOptions().Extensions[validate_pb2.field]
    assert rules.int32.lte + 7 <= KEPT_DAYS
