"""Numbers of documents made without the server: final ones from the device's blocks, else provisional."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.device.device import Device
from services.offers.domain.numbering import provisional_number
from tests.device.conftest import party
from tests.device.fake_owners import OFFER
from tests.device.fake_sync import FakeSync, Grant
from tests.device.support import Clock, device_on

RESERVE = "/v1/offers/number-blocks"


@pytest.fixture
def device(server: FakeSync, tmp_path: Path, clock: Clock) -> Iterator[Device]:
    server.numbers = True
    server.grants.add(Grant("personal", "north"))
    device = device_on(server, tmp_path, clock)
    device.pull()
    device.pull()
    yield device
    device.close()


def numbers(device: Device, count: int, **fields: str) -> list[str]:
    """Make offers offline; return the numbers that their author sees at once."""
    made = [device.author.create(OFFER, {"party_id": party(0), **fields}) for _ in range(count)]
    return [str((device.view.record(OFFER, each) or {})["number"]) for each in made]


def test_offers_get_the_numbers_of_the_block_and_keep_them(device: Device, server: FakeSync) -> None:
    assert numbers(device, 3) == ["OFF-2026-00101", "OFF-2026-00102", "OFF-2026-00103"]
    assert device.numbers.left("OFF", "2026") == 17
    device.push()
    stored = [
        record.values["number"]
        for record in server.owners.records.values()
        if record.entity == OFFER and "number" in record.values
    ]
    assert stored == ["OFF-2026-00101", "OFF-2026-00102", "OFF-2026-00103"]


def test_an_empty_block_leaves_provisional_numbers_that_stay(device: Device, server: FakeSync) -> None:
    server.away = True
    given = numbers(device, 22)
    assert given[19] == "OFF-2026-00120"
    me = device.store.get("device_id")
    assert given[20:] == [provisional_number("OFF", me, 1), provisional_number("OFF", me, 2)]
    server.away = False
    device.push()
    device.pull()
    shown = {offer["number"] for offer in device.view.records(OFFER) if offer["number"]}
    assert shown == set(given)


def test_a_block_serves_its_year_only(device: Device) -> None:
    (number,) = numbers(device, 1, offer_date="2027-01-04")
    assert number.startswith("OFF-P-")
    assert numbers(device, 1) == ["OFF-2026-00101"]


def test_the_date_that_decides_the_year_is_sent(device: Device, clock: Clock) -> None:
    clock.now = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    device.store.put(last_contact=clock.now.isoformat())
    offer = device.author.create(OFFER, {"party_id": party(0)})
    # Half past midnight where the company is.
    record = device.view.record(OFFER, offer)
    assert record is not None
    assert record["offer_date"] == "2027-01-01"
    assert record["number"].startswith("OFF-P-")


def test_a_block_is_refilled_at_the_next_contact_before_it_is_empty(device: Device, server: FakeSync) -> None:
    numbers(device, 10)
    device.pull()
    assert server.calls.count(RESERVE) == 1
    numbers(device, 1)
    device.pull()
    device.pull()
    assert server.calls.count(RESERVE) == 2
    assert device.numbers.left("OFF", "2026") == 29
    assert numbers(device, 10)[-1] == "OFF-2026-00121"


def test_a_lost_answer_reserves_nothing_twice(server: FakeSync, tmp_path: Path, clock: Clock) -> None:
    server.numbers = True
    server.grants.add(Grant("personal", "north"))
    device = device_on(server, tmp_path, clock)
    server.lose_answers = True
    device.store.put(renewed_at=clock.now.isoformat())
    for _ in range(2):
        device.pull()
    server.lose_answers = False
    device.pull()
    device.pull()
    assert device.numbers.left("OFF", "2026") == 20
    assert server.last_number == 120
    device.close()


def test_in_december_numbers_of_the_next_year_are_reserved_too(device: Device, clock: Clock) -> None:
    clock.now = datetime(2026, 12, 1, 9, tzinfo=UTC)
    device.pull()
    clock.now = datetime(2026, 12, 30, 9, tzinfo=UTC)
    device.pull()
    assert device.numbers.left("OFF", "2027") == 20
    clock.now = datetime(2027, 1, 5, 9, tzinfo=UTC)
    assert numbers(device, 1)[0].startswith("OFF-2027-")


def test_who_may_not_reserve_is_asked_again_the_next_day_only(
    server: FakeSync, tmp_path: Path, clock: Clock
) -> None:
    device = device_on(server, tmp_path, clock)
    for _ in range(3):
        device.pull()
    assert server.calls.count(RESERVE) == 1
    clock.forward(days=1)
    device.pull()
    assert server.calls.count(RESERVE) == 2
    device.close()


def test_who_carries_no_offers_reserves_nothing(server: FakeSync, tmp_path: Path, clock: Clock) -> None:
    server.grants = {Grant("crm", "north")}
    device = device_on(server, tmp_path, clock)
    device.pull()
    assert RESERVE not in server.calls
    device.close()


def test_two_programs_on_one_copy_give_no_number_twice(
    device: Device, server: FakeSync, tmp_path: Path, clock: Clock
) -> None:
    other = device_on(server, tmp_path, clock)
    given = [number for pair in range(5) for each in (device, other) for number in numbers(each, 1)]
    assert len(set(given)) == 10
    other.close()


def test_a_copy_that_was_set_back_gives_no_number_that_it_can_see(device: Device, server: FakeSync) -> None:
    (first,) = numbers(device, 1)
    device.push()
    server.ingest()
    device.pull()
    device.store.sql.execute("delete from setting where key like 'number/%'")
    assert first not in numbers(device, 3)
