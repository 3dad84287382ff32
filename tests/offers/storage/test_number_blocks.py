"""Blocks of final numbers for devices: no number twice, none from another's block, each in its year."""

from __future__ import annotations

import threading
from dataclasses import replace
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from services.kit.actor import Actor
from services.kit.records.claims import Decision
from services.offers.domain.numbering import final_number, provisional_number
from tests.offers.storage.conftest import PARTY, know_party
from tests.offers.storage.steps import done, reason, stored
from tests.support.owners import OwnerUnderTest, create, everything, update

BLOCK, OFFER = "offers.number_block", "offers.offer"


@pytest.fixture
def device(offers: OwnerUnderTest) -> Actor:
    know_party(offers)
    actor = offers.accesses.give(*everything("crm", "offers", "catalogue", "personal"))
    return replace(actor, device_id=UUID(str(uuid7())))


def this_year(offers: OwnerUnderTest, actor: Actor) -> int:
    """The year in which the server is, as it dates documents."""
    made = done(offers, actor, create(OFFER, party_id=PARTY))
    return int(str(stored(offers, OFFER, str(made.record_id))["offer_date"])[:4])


def reserve(offers: OwnerUnderTest, actor: Actor, year: int, series: str = "OFF") -> Decision:
    return offers.one(actor, create(BLOCK, series=series, year=year))


def block(offers: OwnerUnderTest, actor: Actor, year: int) -> tuple[int, int]:
    decision = reserve(offers, actor, year)
    assert decision.outcome == "applied", decision.error
    row = stored(offers, BLOCK, str(decision.record_id))
    return row["first"], row["last"]


def test_blocks_and_single_numbers_come_from_one_series(offers: OwnerUnderTest, device: Actor) -> None:
    year = this_year(offers, device)
    first, last = block(offers, device, year)
    assert (first, last) == (2, 21)
    after = done(offers, device, create(OFFER, party_id=PARTY))
    assert stored(offers, OFFER, str(after.record_id))["number"] == final_number("OFF", year, 22)
    assert block(offers, device, year) == (23, 42)
    assert block(offers, device, year + 1) == (1, 20)


def test_a_block_belongs_to_the_device_and_the_user_that_reserved_it(
    offers: OwnerUnderTest, device: Actor
) -> None:
    decision = reserve(offers, device, this_year(offers, device))
    row = stored(offers, BLOCK, str(decision.record_id))
    assert (row["device_id"], row["owner_id"]) == (device.device_id, UUID(str(device.user_id)))


def test_blocks_that_are_reserved_at_once_do_not_overlap(offers: OwnerUnderTest, device: Actor) -> None:
    year = this_year(offers, device)
    found: list[tuple[int, int]] = []

    def reserving() -> None:
        mine = replace(device, device_id=UUID(str(uuid7())))
        found.extend(block(offers, mine, year) for _ in range(3))

    threads = [threading.Thread(target=reserving) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [number for first, last in found for number in range(first, last + 1)]
    assert len(numbers) == len(set(numbers)) == 12 * 20


def test_a_document_keeps_the_number_that_its_device_gave_it(offers: OwnerUnderTest, device: Actor) -> None:
    year = this_year(offers, device)
    _, last = block(offers, device, year)
    number = final_number("OFF", year, last)
    made = done(offers, device, create(OFFER, party_id=PARTY, number=number, offer_date=f"{year}-03-01"))
    assert stored(offers, OFFER, str(made.record_id))["number"] == number
    changed = offers.one(device, update(OFFER, str(made.record_id), number=""))
    assert (changed.outcome, reason(changed)) == ("refused", "IMMUTABLE")


def test_a_provisional_number_stays_for_ever(offers: OwnerUnderTest, device: Actor) -> None:
    number = provisional_number("OFF", str(device.device_id), 1)
    made = done(offers, device, create(OFFER, party_id=PARTY, number=number))
    done(offers, device, update(OFFER, str(made.record_id), title="Pressa"))
    assert stored(offers, OFFER, str(made.record_id))["number"] == number


def test_a_number_that_is_not_reserved_is_refused(offers: OwnerUnderTest, device: Actor) -> None:
    year = this_year(offers, device)
    first, last = block(offers, device, year)
    other = replace(device, device_id=UUID(str(uuid7())))
    block(offers, other, year)
    dated = {"party_id": PARTY, "offer_date": f"{year}-05-05"}
    good = final_number("OFF", year, first)
    refusals = {
        "past the block": (device, {**dated, "number": final_number("OFF", year, last + 1)}),
        "another device's": (other, {**dated, "number": good}),
        "no device": (replace(device, device_id=None), {**dated, "number": good}),
        "another year's": (device, {**dated, "number": good, "offer_date": f"{year + 1}-01-01"}),
        "another's provisional": (
            device,
            {**dated, "number": provisional_number("OFF", str(other.device_id), 1)},
        ),
        "another series": (device, {**dated, "number": good.replace("OFF", "ORD")}),
    }
    for why, (actor, fields) in refusals.items():
        decision = offers.one(actor, create(OFFER, **fields))
        assert (decision.outcome, reason(decision)) == ("refused", "DOCUMENT_NUMBER_NOT_RESERVED"), why
    for text in (
        "7",
        "OFF-2026-1",
        "OFF-2026-00000",
        "off-2026-00001",
        "OFF-P-IIIIIIII-001",
        " OFF-2026-00001",
    ):
        decision = offers.one(device, create(OFFER, **dated, number=text))
        assert reason(decision) == "DOCUMENT_NUMBER_MALFORMED", text


def test_no_two_documents_have_one_number(offers: OwnerUnderTest, device: Actor) -> None:
    year = this_year(offers, device)
    first, _ = block(offers, device, year)
    fields = {"party_id": PARTY, "number": final_number("OFF", year, first), "offer_date": f"{year}-01-31"}
    done(offers, device, create(OFFER, **fields))
    assert reason(offers.one(device, create(OFFER, **fields))) == "DOCUMENT_NUMBER_TAKEN"
    together = [create(OFFER, **{**fields, "number": final_number("OFF", year, first + 1)}) for _ in range(2)]
    decisions = offers.apply(device, *[{**item, "group": "g"} for item in together])
    assert {decision.outcome for decision in decisions} == {"refused"}


def test_reserving_needs_a_device_a_known_series_and_this_year_or_the_next(
    offers: OwnerUnderTest, device: Actor
) -> None:
    year = this_year(offers, device)
    assert reason(reserve(offers, replace(device, device_id=None), year)) == "NUMBERS_NEED_DEVICE"
    assert reason(reserve(offers, device, year, "ABC")) == "UNKNOWN_VALUE"
    for wrong in (year - 1, year + 2, 0):
        assert reason(reserve(offers, device, wrong)) in ("OUT_OF_RANGE", "REQUIRED")


def test_a_device_does_not_hoard_numbers(offers: OwnerUnderTest, device: Actor) -> None:
    year = this_year(offers, device)
    for _ in range(10):
        first, _ = block(offers, device, year)
    assert reason(reserve(offers, device, year)) == "NUMBERS_ENOUGH"
    number = final_number("OFF", year, first)
    done(offers, device, create(OFFER, party_id=PARTY, number=number, offer_date=f"{year}-01-31"))
    assert reserve(offers, device, year).outcome == "applied"


def test_a_block_never_changes(offers: OwnerUnderTest, device: Actor) -> None:
    decision = reserve(offers, device, this_year(offers, device))
    changed = offers.one(device, update(BLOCK, str(decision.record_id), custom={"a": '"b"'}))
    assert (changed.outcome, reason(changed)) == ("refused", "OPERATION_CLOSED")
