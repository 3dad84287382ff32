"""What offers make of their opportunity: work on one begins quoting, a yes wins it, a loss is proposed."""

from __future__ import annotations

import random
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from services.crm.usecases.setup import provide
from services.kit.actor import SYSTEM, Actor
from tests.crm.storage.test_opportunities import PRICE, STOPPED, done, opened, stays, stored
from tests.crm.storage.test_timeline import hear, record
from tests.support.owners import OwnerUnderTest, everything


@pytest.fixture(autouse=True)
def lists(crm: OwnerUnderTest) -> None:
    with crm.owner.database.unit_of_work(SYSTEM) as uow:
        provide(uow)


@pytest.fixture
def seller(crm: OwnerUnderTest) -> Actor:
    return crm.accesses.give(*everything("crm", "crm_setup", "offers"))


def offer(
    opportunity: str, version: int, state: str, offer_id: str | None = None, **values: Any
) -> dict[str, Any]:
    party_id = values.pop("party_id", str(uuid7()))
    named = {"state": state, "opportunity_id": opportunity, "party_id": party_id, **values}
    return record("offers.offer", offer_id or str(uuid7()), version, **named)


def looks(crm: OwnerUnderTest, opportunity: str) -> tuple[str, str]:
    found = stored(crm, opportunity)
    return found["state"], found["proposal"]


def test_an_offer_begins_the_quoting_and_its_acceptance_wins(crm: OwnerUnderTest, seller: Actor) -> None:
    found, offer_id = opened(crm, seller), str(uuid7())
    hear(crm, offer(found, 1, "draft", offer_id))
    assert looks(crm, found) == ("quoting", "unspecified")
    hear(crm, offer(found, 2, "accepted", offer_id, at="2027-03-04"))
    assert looks(crm, found) == ("won", "unspecified")
    last = stays(crm, seller, found)[-1].stay
    assert (last.command, last.by_id, last.since.date().isoformat()) == ("win", None, "2027-03-04")


def test_a_loss_is_proposed_once_every_offer_is_over_and_a_person_decides(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    found, one, two = opened(crm, seller), str(uuid7()), str(uuid7())
    hear(crm, offer(found, 1, "sent", one), offer(found, 1, "sent", two))
    hear(crm, offer(found, 2, "lost", one))
    assert looks(crm, found) == ("quoting", "unspecified")
    hear(crm, offer(found, 2, "expired", two))
    assert looks(crm, found) == ("quoting", "lose")
    hear(crm, offer(found, 3, "in_work", two))
    assert looks(crm, found) == ("quoting", "unspecified")
    hear(crm, offer(found, 4, "lost", two))
    assert done(crm, seller, found, "lose", reason_id=PRICE)["proposal"] == "unspecified"


def test_offers_that_were_only_cancelled_propose_nothing(crm: OwnerUnderTest, seller: Actor) -> None:
    found = opened(crm, seller)
    hear(crm, offer(found, 2, "cancelled"))
    assert looks(crm, found) == ("quoting", "unspecified")


def test_the_customers_yes_wins_what_was_given_up_as_lost_but_not_what_was_dropped(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    lost, dropped = opened(crm, seller), opened(crm, seller)
    done(crm, seller, lost, "lose", reason_id=PRICE)
    done(crm, seller, dropped, "drop", reason_id=STOPPED)
    hear(crm, offer(lost, 5, "accepted"), offer(dropped, 5, "accepted"))
    assert looks(crm, lost)[0] == "won"
    assert [each.stay.state for each in stays(crm, seller, lost)] == ["open", "lost", "open", "won"]
    assert looks(crm, dropped)[0] == "dropped"


def test_what_an_offer_said_before_does_not_undo_what_a_person_decided_since(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    found = opened(crm, seller)
    sent = offer(found, 2, "sent")
    hear(crm, sent)
    done(crm, seller, found, "lose", reason_id=PRICE)
    done(crm, seller, found, "reopen")
    hear(crm, sent)
    hear(crm, record("offers.offer", sent["id"], 3, state="negotiation", opportunity_id=found))
    assert looks(crm, found)[0] == "open"


def test_a_deleted_or_moved_offer_no_longer_counts(crm: OwnerUnderTest, seller: Actor) -> None:
    first, second, offer_id = opened(crm, seller), opened(crm, seller), str(uuid7())
    hear(crm, offer(first, 1, "lost", offer_id))
    assert looks(crm, first)[1] == "lose"
    hear(crm, offer(second, 2, "lost", offer_id))
    assert (looks(crm, first)[1], looks(crm, second)[1]) == ("unspecified", "lose")
    hear(crm, offer(second, 3, "lost", offer_id, deleted=True))
    assert looks(crm, second)[1] == "unspecified"


@pytest.mark.parametrize("seed", range(4))
def test_any_order_and_repetition_of_an_offers_versions_ends_alike(
    crm: OwnerUnderTest, seller: Actor, seed: int
) -> None:
    found, offer_id, other = opened(crm, seller), str(uuid7()), str(uuid7())
    versions = [
        offer(found, number, state, offer_id)
        for number, state in enumerate(("draft", "ready", "sent", "lost", "in_work", "sent", "lost"), start=1)
    ] + [offer(found, 1, "draft", other), offer(found, 2, "cancelled", other)]
    versions += versions[2:6]
    random.Random(seed).shuffle(versions)
    while versions:
        hear(crm, *versions[: seed + 1])
        versions = versions[seed + 1 :]
    assert looks(crm, found) == ("quoting", "lose")
