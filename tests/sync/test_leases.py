"""Leases and unlock codes as sync gives them: for the right people, the right device, the right days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from services.kit.actor import Actor
from services.kit.errors import Forbidden, Invalid, NotFound
from services.kit.lease_codes import lease_code, lease_mark
from services.sync.usecases.devices import end_device
from services.sync.usecases.leases import MARKED_DAYS, make_unlock_code, renew_lease
from tests.sync.world import PlayedDevice, World, access, grant, new_id

KEY = b"the server's key"


def today() -> date:
    """The server's; asked for in each test, as a run of all tests may go on over midnight."""
    return datetime.now(UTC).date()


@pytest.fixture
def administrator(world: World) -> Actor:
    user_id = new_id()
    rights = {**grant("identity", {"all": []}), "actions": ["read", "write"]}
    world.commit("identity", access(user_id, 1, rights))
    return Actor(user_id=UUID(user_id), session_id=UUID(new_id()))


def code(world: World, actor: Actor, device: PlayedDevice, days: int) -> str:
    day = today()
    until = day + timedelta(days=days)
    return make_unlock_code(world.database, KEY, actor, device_id=UUID(device.id), until=until, today=day)


def test_the_marks_of_a_device_know_the_codes_that_an_administrator_makes(
    world: World, administrator: Actor
) -> None:
    device = world.device(world.give(grant("crm", {})))
    before = today()
    lease = renew_lease(world.database, KEY, device.actor, device_id=UUID(device.id))
    first = lease.marks_from
    assert before <= first <= today()
    assert len(lease.marks) == MARKED_DAYS + 1
    for days in (0, 20, MARKED_DAYS):
        made = code(world, administrator, device, days)
        day = first + timedelta(days=days)
        assert len(made) == 14
        assert [
            n for n in range(61) if lease.marks[n] == lease_mark(device.id, first + timedelta(days=n), made)
        ] == [days]
        assert made == lease_code(KEY, device.id, day)


def test_codes_are_for_administrators_and_for_days_that_the_device_knows(
    world: World, administrator: Actor
) -> None:
    device = world.device(world.give(grant("crm", {})))
    with pytest.raises(NotFound, match="DEVICE_UNKNOWN"):
        code(world, device.actor, device, 1)
    for days in (-1, MARKED_DAYS + 1):
        with pytest.raises(Invalid) as refused:
            code(world, administrator, device, days)
        assert refused.value.violations[0].reason == "UNLOCK_DAY_OUT_OF_RANGE"


def test_a_revoked_device_gets_neither_lease_nor_code(world: World, administrator: Actor) -> None:
    device = world.device(world.give(grant("crm", {})))
    end_device(world.database, device.actor, device_id=UUID(device.id), wipe=False)
    with pytest.raises(Forbidden, match="DEVICE_REVOKED"):
        renew_lease(world.database, KEY, device.actor, device_id=UUID(device.id))
    with pytest.raises(Forbidden, match="DEVICE_REVOKED"):
        code(world, administrator, device, 1)


def test_nobody_renews_the_lease_of_another(world: World) -> None:
    device, other = (world.device(world.give(grant("crm", {}))) for _ in range(2))
    with pytest.raises(Forbidden, match="DEVICE_DIFFERS"):
        renew_lease(world.database, KEY, other.actor, device_id=UUID(device.id))
    without_device = Actor(user_id=UUID(other.user_id), session_id=UUID(new_id()))
    with pytest.raises(NotFound, match="DEVICE_UNKNOWN"):
        renew_lease(world.database, KEY, without_device, device_id=UUID(device.id))
