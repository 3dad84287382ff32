"""A copy that does not see the server for too long stays closed; a code by telephone opens it for longer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from gateway.device import outgoing
from gateway.device.device import Device, utc_now
from gateway.device.errors import LeaseOver, Unusable
from tests.device.conftest import party
from tests.device.fake_owners import PARTY
from tests.device.fake_sync import FakeSync
from tests.device.support import device_on

BEGIN = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def time() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEGIN, tick=False) as clock:
        yield clock


@pytest.fixture
def device(time: time_machine.Traveller, server: FakeSync, tmp_path: Path) -> Iterator[Device]:
    server.marks = 61
    device = device_on(server, tmp_path, utc_now)
    device.pull()
    server.away = True
    yield device
    device.close()


def is_closed(device: Device) -> bool:
    """Whether nothing at all is shown or written."""
    doors = (
        lambda: device.view.record(PARTY, party(0)),
        lambda: device.author,
        lambda: device.parked.questions(),
        lambda: device.offers,
    )
    refused = 0
    for door in doors:
        try:
            door()
        except LeaseOver:
            refused += 1
    assert refused in (0, len(doors))
    return refused > 0


def test_after_fourteen_days_the_copy_is_closed_until_the_server_is_reached(
    device: Device, server: FakeSync, time: time_machine.Traveller
) -> None:
    device.author.edit(PARTY, party(0), {"name": "typed in time"})
    time.move_to(BEGIN + timedelta(days=14))
    assert not is_closed(device)
    time.shift(timedelta(seconds=1))
    assert is_closed(device)
    assert len(outgoing.waiting(device.store)) == 1
    server.away = False
    device.pull()
    assert not is_closed(device)
    device.push()
    assert server.owners.records[party(0)].values["name"] == "typed in time"


def test_the_server_says_how_long(device: Device, server: FakeSync, time: time_machine.Traveller) -> None:
    server.away, server.lease_days = False, 30
    time.shift(timedelta(days=2))
    device.pull()
    time.shift(timedelta(days=30))
    assert not is_closed(device)
    time.shift(timedelta(seconds=1))
    assert is_closed(device)


def test_a_contact_with_nothing_new_begins_the_lease_anew(
    device: Device, server: FakeSync, time: time_machine.Traveller
) -> None:
    server.away = False
    time.shift(timedelta(hours=10))
    assert device.pull().rows == 0
    server.away = True
    time.move_to(BEGIN + timedelta(days=14, hours=5))
    assert not is_closed(device)


def test_a_clock_set_back_gains_nothing(device: Device, time: time_machine.Traveller) -> None:
    time.shift(timedelta(days=13, hours=23))
    assert not is_closed(device)
    time.shift(timedelta(hours=2))
    assert is_closed(device)
    time.move_to(BEGIN)
    assert not is_closed(device)
    device.store.put(last_contact=(BEGIN - timedelta(days=1)).isoformat())
    assert is_closed(device)


def test_reaching_the_server_heals_a_clock_that_was_in_the_future(
    device: Device, server: FakeSync, time: time_machine.Traveller
) -> None:
    time.shift(timedelta(days=10))
    assert not is_closed(device)
    server.away = False
    time.move_to(BEGIN)
    device.pull()
    server.away = True
    time.shift(timedelta(days=13))
    assert not is_closed(device)


def code_for(device: Device, server: FakeSync, day: date) -> str:
    return server.unlock_code(device.store.get("device_id"), day)


def test_a_code_by_telephone_opens_the_copy_until_the_end_of_its_day(
    device: Device, server: FakeSync, time: time_machine.Traveller
) -> None:
    time.shift(timedelta(days=20))
    assert is_closed(device)
    last = (BEGIN + timedelta(days=25)).date()
    typed = code_for(device, server, last).lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert device.lease.unlock(typed) == last
    assert not is_closed(device)
    time.move_to(datetime(last.year, last.month, last.day, 23, 59, tzinfo=UTC))
    assert not is_closed(device)
    time.shift(timedelta(minutes=2))
    assert is_closed(device)
    with pytest.raises(Unusable, match="CODE_WRONG"):
        device.lease.unlock(typed)
    server.away = False
    device.pull()
    assert not is_closed(device)


@pytest.mark.parametrize(
    "code", ["", "7K3Q-9MTZ-04XA", "another device", "yesterday", "too late", "mistyped"]
)
def test_any_other_code_opens_nothing(
    device: Device, server: FakeSync, time: time_machine.Traveller, code: str
) -> None:
    time.shift(timedelta(days=20))
    today = (BEGIN + timedelta(days=20)).date()
    right = code_for(device, server, today)
    given = {
        "another device": server.unlock_code("0190a000-0000-7000-8000-00000000dead", today),
        "yesterday": code_for(device, server, today - timedelta(days=1)),
        "too late": code_for(device, server, today + timedelta(days=41)),
        "mistyped": ("0" if right[0] != "0" else "1") + right[1:],
    }.get(code, code)
    with pytest.raises(Unusable, match="CODE_WRONG"):
        device.lease.unlock(given)
    assert is_closed(device)


def test_no_code_can_be_read_in_the_copy(device: Device, server: FakeSync) -> None:
    kept = [value for _, value in device.store.sql.execute("select key, value from setting")]
    for days in range(61):
        code = code_for(device, server, (BEGIN + timedelta(days=days)).date())
        assert not [value for value in kept if code in value or code.replace("-", "") in value]
