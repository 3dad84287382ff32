"""Time in each state, and the funnel as it was on a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from services.kit.actor import SYSTEM, Actor
from services.kit.errors import Forbidden, NotFound
from services.kit.records.passages import Stay
from services.kit.records.reading import Reader
from services.offers.reports.history import funnel, offer_history
from services.offers.usecases import outcome_reasons as reasons
from tests.offers.storage.conftest import OfferItems, command, know_party
from tests.offers.storage.steps import done, frozen, made
from tests.support.owners import NORTH, OwnerUnderTest, delete, everything, update, within

#: A Monday, 10:00 in Rome.
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LOST = reasons.reason_id("lost", "PRICE")


@pytest.fixture(autouse=True)
def customer(offers: OwnerUnderTest) -> None:
    know_party(offers, erp_code="C00017")
    with offers.owner.database.unit_of_work(SYSTEM) as uow:
        reasons.store_standard_reasons(uow)


def history(offers: OwnerUnderTest, actor: Actor, offer_id: str) -> list[Stay]:
    database = offers.owner.database
    return offer_history(database, Reader(database), offers.accesses.get(actor), offer_id)


def stages(
    offers: OwnerUnderTest, actor: Actor, day: date | None, now: datetime
) -> dict[str, tuple[int, dict[str, Decimal]]]:
    found = funnel(offers.owner.database, offers.accesses.get(actor), day=day, now=now)
    return {stage.state: (stage.offers, stage.amounts) for stage in found}


def test_the_time_in_each_state_is_known(offers: OwnerUnderTest, seller: Actor) -> None:
    with time_machine.travel(START, tick=False):
        items = made(offers, seller, OfferItems().line())
    with time_machine.travel(START + timedelta(days=2), tick=False):
        done(offers, seller, command("offers.revision", items.revision_id, "freeze"))
    with time_machine.travel(START + timedelta(days=5), tick=False):
        done(offers, seller, command("offers.offer", items.offer_id, "lose", reason_id=LOST))

    stays = history(offers, seller, items.offer_id)
    now = START + timedelta(days=6)
    assert [(stay.state, stay.seconds(now) // 86400, stay.command) for stay in stays] == [
        ("draft", 2, ""),
        ("ready", 3, "freeze"),
        ("lost", 1, "lose"),
    ]
    assert (stays[-1].reason, stays[-1].by_id, stays[-1].until) == ("PRICE", seller.user_id, None)


def test_what_was_done_offline_counts_from_when_it_was_done(offers: OwnerUnderTest, seller: Actor) -> None:
    with time_machine.travel(START, tick=False):
        items = frozen(offers, seller)
    sent_at = START + timedelta(days=1)
    with time_machine.travel(START + timedelta(days=4), tick=False):
        by_hand = {"by_hand": True, "sent_at": sent_at.isoformat()}
        done(offers, seller, command("offers.revision", items.revision_id, "send", **by_hand))
    last = history(offers, seller, items.offer_id)[-1]
    assert (last.state, last.since, last.arrived_at) == ("sent", sent_at, START + timedelta(days=4))


def test_the_funnel_is_told_as_it_was_at_the_end_of_a_day(offers: OwnerUnderTest, seller: Actor) -> None:
    monday = START.date()
    with time_machine.travel(START, tick=False):
        lost = made(offers, seller, OfferItems().line())
        kept = made(offers, seller, OfferItems().line(quantity="5"))
        made(offers, seller, OfferItems(currency="USD").line())
    with time_machine.travel(START + timedelta(days=1), tick=False):
        done(offers, seller, command("offers.revision", lost.revision_id, "freeze"))
        done(offers, seller, command("offers.revision", kept.revision_id, "freeze"))
    with time_machine.travel(START + timedelta(days=2), tick=False):
        done(offers, seller, command("offers.offer", lost.offer_id, "lose", reason_id=LOST))

    now = START + timedelta(days=3)
    euro, dollar = Decimal("200.00"), {"USD": Decimal("200.00")}
    assert stages(offers, seller, monday - timedelta(days=1), now) == {}
    assert stages(offers, seller, monday, now) == {
        "draft": (3, {"EUR": Decimal("700.00"), **dollar}),
    }
    assert stages(offers, seller, monday + timedelta(days=1), now) == {
        "draft": (1, dollar),
        "ready": (2, {"EUR": Decimal("700.00")}),
    }
    assert stages(offers, seller, None, now) == {
        "draft": (1, dollar),
        "ready": (1, {"EUR": Decimal("500.00")}),
        "lost": (1, {"EUR": euro}),
    }


def test_a_day_ends_where_the_company_is(offers: OwnerUnderTest, seller: Actor) -> None:
    """23:30 UTC on the second is the third in Rome."""
    with time_machine.travel(datetime(2026, 3, 2, 23, 30, tzinfo=UTC), tick=False):
        made(offers, seller, OfferItems().line())
    now = START + timedelta(days=9)
    assert stages(offers, seller, date(2026, 3, 2), now) == {}
    assert stages(offers, seller, date(2026, 3, 3), now)["draft"][0] == 1


def test_the_funnel_holds_what_its_reader_may_see(offers: OwnerUnderTest, seller: Actor) -> None:
    items = made(offers, seller, OfferItems().line())
    stranger = offers.accesses.give(within(NORTH, "offers"))
    nobody = offers.accesses.give(*everything("crm"))
    now = datetime.now(UTC)
    assert stages(offers, stranger, None, now) == {}
    with pytest.raises(Forbidden):
        stages(offers, nobody, None, now)
    with pytest.raises(NotFound):
        history(offers, stranger, items.offer_id)


def test_an_accepted_offer_is_worth_what_was_accepted(offers: OwnerUnderTest, seller: Actor) -> None:
    items = frozen(offers, seller)
    other = done(offers, seller, command("offers.revision", items.revision_id, "revise", alternative="B"))
    done(offers, seller, update("offers.revision", other.record_id, header_discounts="50"))
    done(offers, seller, command("offers.revision", other.record_id, "freeze"))
    now = datetime.now(UTC)
    assert stages(offers, seller, None, now)["ready"] == (1, {"EUR": Decimal("100.00")})
    accept = command("offers.offer", items.offer_id, "accept", revision_id=items.revision_id)
    done(offers, seller, accept)
    assert stages(offers, seller, None, datetime.now(UTC))["accepted"] == (1, {"EUR": Decimal("200.00")})


def test_a_deleted_offer_is_in_no_funnel(offers: OwnerUnderTest, seller: Actor) -> None:
    items = made(offers, seller, OfferItems().line())
    for entity, record_id in (("offers.revision", items.revision_id), ("offers.offer", items.offer_id)):
        done(offers, seller, delete(entity, record_id))
    assert stages(offers, seller, None, datetime.now(UTC)) == {}
