"""Offers that are lost, cancelled, expired or suspended, and come back: by the transition table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from uuid_utils.compat import uuid7

from services.kit import schema
from services.kit.actor import SYSTEM, Actor
from services.offers.domain import transitions
from services.offers.usecases import outcome_reasons as reasons
from services.offers.usecases import outcomes
from services.offers.usecases.rules import RULES
from tests.offers.storage.conftest import OfferItems, command, know_party
from tests.offers.storage.steps import accepted, done, frozen, made, reason, stored
from tests.support.owners import OwnerUnderTest, create, everything, update

PRICE = reasons.reason_id("lost", "PRICE")


@pytest.fixture(autouse=True)
def standard_reasons(offers: OwnerUnderTest) -> None:
    know_party(offers, erp_code="C00017")
    with offers.owner.database.unit_of_work(SYSTEM) as uow:
        assert reasons.store_standard_reasons(uow) == len(reasons.STANDARD)


def offer_state(offers: OwnerUnderTest, items: OfferItems) -> str:
    return str(stored(offers, "offers.offer", items.offer_id)["state"])


def passages(offers: OwnerUnderTest, record_id: str) -> list[dict[str, Any]]:
    table = schema.transition
    with offers.owner.database.read() as connection:
        query = sa.select(table).where(table.c.record_id == sa.cast(record_id, sa.Uuid)).order_by(table.c.id)
        return [dict(row) for row in connection.execute(query).mappings()]


def expire_now(offers: OwnerUnderTest) -> int:
    with offers.owner.database.unit_of_work(SYSTEM) as uow:
        return outcomes.expire_overdue_offers(uow)


def test_the_standard_reasons_are_made_once(offers: OwnerUnderTest) -> None:
    with offers.owner.database.unit_of_work(SYSTEM) as uow:
        assert reasons.store_standard_reasons(uow) == 0
    assert offers.count("reason") == len(reasons.STANDARD)


def test_a_lost_offer_says_why_to_whom_and_at_which_price(offers: OwnerUnderTest, seller: Actor) -> None:
    items = frozen(offers, seller)
    lose = {
        "reason_id": PRICE,
        "note": "15 % meno",
        "competitor": "Presse Bianchi",
        "competitor_price": "170.50",
    }
    done(offers, seller, command("offers.offer", items.offer_id, "lose", **lose))

    offer = stored(offers, "offers.offer", items.offer_id)
    assert (offer["state"], str(offer["outcome_reason_id"])) == ("lost", PRICE)
    assert (offer["competitor"], str(offer["competitor_price"])) == ("Presse Bianchi", "170.50")
    last = passages(offers, items.offer_id)[-1]
    assert (last["from_state"], last["to_state"], last["reason"]) == ("ready", "lost", "PRICE")
    assert last["by_id"] == seller.user_id


@pytest.mark.parametrize(
    ("request_fields", "expected"),
    [
        ({}, "OUTCOME_REASON_MISSING"),
        ({"reason_id": "none"}, "INVALID_ID"),
        ({"reason_id": str(uuid7())}, "REFERENCE_NOT_FOUND"),
        ({"reason_id": reasons.reason_id("cancelled", "NOT_FEASIBLE")}, "REASON_OF_OTHER_OUTCOME"),
        ({"reason_id": PRICE, "competitor_price": "cheap"}, "INVALID_DECIMAL"),
    ],
)
def test_an_offer_is_not_lost_without_a_fitting_reason(
    offers: OwnerUnderTest, seller: Actor, request_fields: dict[str, str], expected: str
) -> None:
    items = frozen(offers, seller)
    refused = offers.one(seller, command("offers.offer", items.offer_id, "lose", **request_fields))
    assert reason(refused) == expected
    assert offer_state(offers, items) == "ready"


def test_a_reason_out_of_use_is_not_taken(offers: OwnerUnderTest, seller: Actor) -> None:
    administrator = offers.accesses.give(*everything("offers_setup"))
    done(offers, administrator, update("offers.reason", PRICE, inactive=True))
    items = frozen(offers, seller)
    refused = offers.one(seller, command("offers.offer", items.offer_id, "lose", reason_id=PRICE))
    assert reason(refused) == "REASON_INACTIVE"


def test_a_reason_needs_its_texts_in_both_languages(offers: OwnerUnderTest) -> None:
    administrator = offers.accesses.give(*everything("offers_setup"))
    wrong = create("offers.reason", code="X", outcome="lost", texts={"it": "Altro"})
    right = create("offers.reason", code="X", outcome="lost", texts={"it": "Altro", "en": "Other"})
    assert reason(offers.one(administrator, wrong)) == "TEXT_MISSING"
    done(offers, administrator, right)


def test_a_lost_offer_is_reopened_and_forgets_why(offers: OwnerUnderTest, seller: Actor) -> None:
    items = frozen(offers, seller)
    done(offers, seller, command("offers.offer", items.offer_id, "lose", reason_id=PRICE, competitor="B"))
    done(offers, seller, command("offers.offer", items.offer_id, "reopen"))
    offer = stored(offers, "offers.offer", items.offer_id)
    assert (offer["state"], offer["outcome_reason_id"], offer["competitor"]) == ("in_work", None, "")
    assert [p["to_state"] for p in passages(offers, items.offer_id)] == ["ready", "lost", "in_work"]


def test_a_suspended_offer_comes_back_by_resuming_or_by_a_new_revision(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    for name, entity in (("resume", "offers.offer"), ("revise", "offers.revision")):
        items = frozen(offers, seller)
        done(offers, seller, command("offers.offer", items.offer_id, "suspend"))
        assert offer_state(offers, items) == "suspended"
        record_id = items.offer_id if entity == "offers.offer" else items.revision_id
        done(offers, seller, command(entity, record_id, name))
        assert offer_state(offers, items) == "in_work"


def test_a_cancelled_offer_is_closed_for_good(offers: OwnerUnderTest, seller: Actor) -> None:
    items = frozen(offers, seller)
    why = reasons.reason_id("cancelled", "PROJECT_STOPPED")
    done(offers, seller, command("offers.offer", items.offer_id, "cancel", reason_id=why))
    for item in (
        command("offers.offer", items.offer_id, "reopen"),
        command("offers.offer", items.offer_id, "accept"),
        command("offers.revision", items.revision_id, "revise"),
        update("offers.offer", items.offer_id, title="x"),
    ):
        assert reason(offers.one(seller, item)) in ("TRANSITION_NOT_ALLOWED", "OFFER_CLOSED")


def test_what_was_ordered_is_not_lost_but_explained(offers: OwnerUnderTest, seller: Actor) -> None:
    items = OfferItems().line()
    accepted(offers, seller, items)
    lost = offers.one(seller, command("offers.offer", items.offer_id, "lose", reason_id=PRICE))
    assert reason(lost) == "OFFER_CLOSED"

    wrong = offers.one(seller, command("offers.offer", items.offer_id, "explain", reason_id=PRICE))
    assert reason(wrong) == "REASON_OF_OTHER_OUTCOME"
    won = reasons.reason_id("won", "SERVICE")
    done(offers, seller, command("offers.offer", items.offer_id, "explain", reason_id=won, competitor="B"))
    offer = stored(offers, "offers.offer", items.offer_id)
    assert (offer["state"], str(offer["outcome_reason_id"]), offer["competitor"]) == ("accepted", won, "B")


def test_withdrawing_the_last_revision_puts_the_offer_back_to_work(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    items = frozen(offers, seller)
    other = done(offers, seller, command("offers.revision", items.revision_id, "revise", alternative="B"))
    done(offers, seller, command("offers.revision", other.record_id, "freeze"))

    done(offers, seller, command("offers.revision", items.revision_id, "withdraw"))
    assert stored(offers, "offers.revision", items.revision_id)["state"] == "withdrawn"
    assert offer_state(offers, items) == "ready"
    done(offers, seller, command("offers.revision", other.record_id, "withdraw"))
    assert offer_state(offers, items) == "in_work"
    taken = command("offers.offer", items.offer_id, "accept", revision_id=other.record_id)
    assert reason(offers.one(seller, taken)) == "TRANSITION_NOT_ALLOWED"


# The clock. 27 March 2026 23:30 in Rome is 22:30 UTC; one hour later it is the 28th in Rome.


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (datetime(2026, 3, 27, 22, 30, tzinfo=UTC), "ready"),
        (datetime(2026, 3, 27, 23, 30, tzinfo=UTC), "expired"),
    ],
)
def test_an_offer_expires_when_its_last_day_is_over_where_the_company_is(
    offers: OwnerUnderTest, seller: Actor, now: datetime, state: str
) -> None:
    items = frozen(offers, seller, OfferItems(valid_until="2026-03-27").line())
    with time_machine.travel(now, tick=False):
        assert expire_now(offers) == (1 if state == "expired" else 0)
    offer = stored(offers, "offers.offer", items.offer_id)
    assert offer["state"] == state
    if state == "expired":
        assert str(offer["outcome_reason_id"]) == reasons.reason_id("expired", reasons.VALIDITY_OVER)
        assert passages(offers, items.offer_id)[-1]["by_id"] is None
        assert expire_now(offers) == 0


def test_an_alternative_that_is_still_valid_keeps_the_offer_alive(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    items = frozen(offers, seller, OfferItems(valid_until="2020-01-31").line())
    other = done(offers, seller, command("offers.revision", items.revision_id, "revise", alternative="B"))
    done(offers, seller, update("offers.revision", other.record_id, valid_until=""))
    done(offers, seller, command("offers.revision", other.record_id, "freeze"))
    assert expire_now(offers) == 0
    assert offer_state(offers, items) == "ready"


def test_drafts_and_offers_without_an_end_do_not_expire(offers: OwnerUnderTest, seller: Actor) -> None:
    made(offers, seller, OfferItems(valid_until="2020-01-31").line())
    frozen(offers, seller)
    assert expire_now(offers) == 0


def test_an_expired_offer_comes_back_by_a_new_revision_and_is_accepted(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    items = frozen(offers, seller, OfferItems(valid_until="2020-01-31").line())
    assert expire_now(offers) == 1
    draft = done(offers, seller, command("offers.revision", items.revision_id, "revise"))
    done(offers, seller, update("offers.revision", draft.record_id, valid_until="2999-12-31"))
    done(offers, seller, command("offers.revision", draft.record_id, "freeze"))
    done(offers, seller, command("offers.offer", items.offer_id, "accept"))
    assert offer_state(offers, items) == "accepted"
    assert stored(offers, "offers.offer", items.offer_id)["outcome_reason_id"] is None


@pytest.mark.parametrize("end", ["expire", "suspend"])
def test_what_has_ended_or_waits_may_turn_out_to_be_lost(
    offers: OwnerUnderTest, seller: Actor, end: str
) -> None:
    items = frozen(offers, seller)
    if end == "expire":
        why = reasons.reason_id("expired", reasons.VALIDITY_OVER)
        done(offers, seller, command("offers.offer", items.offer_id, end, reason_id=why))
    else:
        done(offers, seller, command("offers.offer", items.offer_id, end))
    done(offers, seller, command("offers.offer", items.offer_id, "lose", reason_id=PRICE, competitor="B"))
    offer = stored(offers, "offers.offer", items.offer_id)
    assert (offer["state"], str(offer["outcome_reason_id"]), offer["competitor"]) == ("lost", PRICE, "B")


# States of the administrators' own.


def test_an_own_state_belongs_to_one_system_state_and_goes_with_it(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    administrator = offers.accesses.give(*everything("offers_setup"))
    texts = {"it": "In verifica tecnica", "en": "Technical check"}
    status = create("offers.offer_status", code="CHECK", state="ready", texts=texts, probability=40)
    done(offers, administrator, status)
    items = made(offers, seller, OfferItems().line())
    chosen = update("offers.offer", items.offer_id, status_id=status["record_id"])
    assert reason(offers.one(seller, chosen)) == "STATUS_OF_OTHER_STATE"

    done(offers, seller, command("offers.revision", items.revision_id, "freeze"))
    done(offers, seller, update("offers.offer", items.offer_id, status_id=status["record_id"]))
    assert str(stored(offers, "offers.offer", items.offer_id)["status_id"]) == status["record_id"]
    done(offers, seller, command("offers.offer", items.offer_id, "suspend"))
    assert stored(offers, "offers.offer", items.offer_id)["status_id"] is None


def test_every_command_of_the_table_that_a_user_gives_is_served() -> None:
    served = set(RULES.commands)
    wanted = {
        (f"offers.{step.entity}", step.command) for step in transitions.TABLE if step.by == transitions.USER
    }
    # Signing and asking the ERP again are not built yet.
    assert wanted - served == {("offers.revision", "sign"), ("offers.order", "retry")}
