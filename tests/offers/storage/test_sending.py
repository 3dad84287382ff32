"""A frozen revision is sent by mail, or by hand; mail's answer decides."""

from __future__ import annotations

from typing import Any

import pytest
from uuid_utils.compat import uuid7

from services.kit.actor import Actor
from services.kit.errors import Invalid
from services.kit.worker import NotYet, deliver
from services.offers.worker.mail import record_not_sent, record_sent
from tests.offers.storage.conftest import PARTY, OfferItems, command, know_party
from tests.offers.storage.steps import accepted, done, frozen, made, reason, stored, told
from tests.support.owners import OwnerUnderTest, received


@pytest.fixture(autouse=True)
def customer(offers: OwnerUnderTest) -> None:
    know_party(offers, erp_code="C00017")


def sent(message_id: str, revision_id: str, at: str = "2026-03-27T16:00:00Z", to: str = "a@b.it") -> Any:
    data = {"message_id": message_id, "revision_id": revision_id, "sent_at": at, "to": to}
    return received("mail", "mail.message_sent.v1", data)


def not_sent(message_id: str, revision_id: str) -> Any:
    data = {"message_id": message_id, "revision_id": revision_id, "reason": "MAILBOX_UNKNOWN"}
    return received("mail", "mail.message_not_sent.v1", data)


def states(offers: OwnerUnderTest, items: OfferItems) -> tuple[str, str]:
    revision = stored(offers, "offers.revision", items.revision_id)
    return str(revision["state"]), str(stored(offers, "offers.offer", items.offer_id)["state"])


def test_mail_is_asked_to_send_the_frozen_revision(offers: OwnerUnderTest, seller: Actor) -> None:
    items = frozen(offers, seller)
    mailbox = str(uuid7())
    send = command(
        "offers.revision",
        items.revision_id,
        "send",
        mailbox_id=mailbox,
        to=" rossi@rossi.it ",
        text="Buongiorno",
    )
    done(offers, seller, send)

    (asked,) = told(offers, "document_sending_requested")
    offer = stored(offers, "offers.offer", items.offer_id)
    revision = stored(offers, "offers.revision", items.revision_id)
    label = f"{offer['number']} rev. 1"
    assert asked == {
        "message_id": str(revision["sending_id"]),
        "revision_id": items.revision_id,
        "offer_id": items.offer_id,
        "party_id": PARTY,
        "offer_number": offer["number"],
        "document_label": label,
        "mailbox_id": mailbox,
        "to": "rossi@rossi.it",
        "subject": f"Offerta {label}: Pressa",
        "text": "Buongiorno",
        "language": "it",
        "requested_by": str(seller.user_id),
    }
    assert states(offers, items) == ("frozen", "ready")


def test_a_revision_is_sent_once_mail_says_so(offers: OwnerUnderTest, seller: Actor) -> None:
    items = frozen(offers, seller)
    done(offers, seller, command("offers.revision", items.revision_id, "send"))
    message_id = told(offers, "document_sending_requested")[0]["message_id"]
    answer = sent(message_id, items.revision_id)
    assert deliver(offers.owner.database, record_sent, answer)
    assert not deliver(offers.owner.database, record_sent, answer)

    revision = stored(offers, "offers.revision", items.revision_id)
    assert (revision["sending_id"], revision["sent_to"]) == (None, "a@b.it")
    assert revision["sent_at"].isoformat() == "2026-03-27T16:00:00+00:00"
    assert states(offers, items) == ("sent", "sent")


def test_what_was_not_sent_shows_why_and_can_be_sent_again(offers: OwnerUnderTest, seller: Actor) -> None:
    items = frozen(offers, seller)
    done(offers, seller, command("offers.revision", items.revision_id, "send"))
    twice = offers.one(seller, command("offers.revision", items.revision_id, "send"))
    assert reason(twice) == "SENDING_ALREADY"

    message_id = told(offers, "document_sending_requested")[0]["message_id"]
    assert deliver(offers.owner.database, record_not_sent, not_sent(message_id, items.revision_id))
    revision = stored(offers, "offers.revision", items.revision_id)
    assert (revision["sending_id"], revision["sending_failure"]) == (None, "MAILBOX_UNKNOWN")
    assert states(offers, items) == ("frozen", "ready")

    done(offers, seller, command("offers.revision", items.revision_id, "send"))
    second = told(offers, "document_sending_requested")[1]["message_id"]
    assert second != message_id
    # An answer to the first message is old news.
    assert deliver(offers.owner.database, record_not_sent, not_sent(message_id, items.revision_id))
    assert str(stored(offers, "offers.revision", items.revision_id)["sending_id"]) == second


def test_what_was_sent_by_hand_is_sent_without_mail(offers: OwnerUnderTest, seller: Actor) -> None:
    items = frozen(offers, seller)
    by_hand = {"by_hand": True, "sent_at": "2026-03-27T16:00:00+01:00", "to": "a mano"}
    done(offers, seller, command("offers.revision", items.revision_id, "send", **by_hand))
    assert states(offers, items) == ("sent", "sent")
    assert told(offers, "document_sending_requested") == []
    revision = stored(offers, "offers.revision", items.revision_id)
    assert (revision["sent_at"].hour, revision["sent_to"]) == (15, "a mano")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"by_hand": True, "sent_at": "yesterday"}, "INVALID_TIME"),
        ({"by_hand": True, "sent_at": "2026-03-27T16:00:00"}, "TIME_WITHOUT_ZONE"),
        ({"by_hand": True, "sent_at": "2999-03-27T16:00:00Z"}, "TIME_AHEAD"),
        ({"sent_at": "2026-03-27T16:00:00Z"}, "NOT_HERE"),
        ({"language": "de"}, "UNKNOWN_VALUE"),
        ({"mailbox_id": "mine"}, "INVALID_ID"),
    ],
)
def test_a_wrong_request_sends_nothing(
    offers: OwnerUnderTest, seller: Actor, fields: dict[str, Any], expected: str
) -> None:
    items = frozen(offers, seller)
    refused = offers.one(seller, command("offers.revision", items.revision_id, "send", **fields))
    assert reason(refused) == expected
    assert told(offers, "document_sending_requested") == []


def test_only_what_the_customer_could_accept_is_sent(offers: OwnerUnderTest, seller: Actor) -> None:
    draft = made(offers, seller, OfferItems().line())
    suspended = frozen(offers, seller)
    done(offers, seller, command("offers.offer", suspended.offer_id, "suspend"))
    ordered = OfferItems().line()
    accepted(offers, seller, ordered)
    for items in (draft, suspended, ordered):
        refused = offers.one(seller, command("offers.revision", items.revision_id, "send"))
        assert reason(refused) == "TRANSITION_NOT_ALLOWED"


def test_mails_late_answer_moves_no_accepted_revision(offers: OwnerUnderTest, seller: Actor) -> None:
    items = frozen(offers, seller)
    done(offers, seller, command("offers.revision", items.revision_id, "send"))
    done(offers, seller, command("offers.offer", items.offer_id, "accept"))
    message_id = told(offers, "document_sending_requested")[0]["message_id"]
    assert deliver(offers.owner.database, record_sent, sent(message_id, items.revision_id))
    assert states(offers, items) == ("accepted", "accepted")
    assert stored(offers, "offers.revision", items.revision_id)["sent_to"] == "a@b.it"


def test_the_latest_sending_is_shown_and_a_negotiation_goes_on(offers: OwnerUnderTest, seller: Actor) -> None:
    items = frozen(offers, seller)
    done(offers, seller, command("offers.revision", items.revision_id, "send", by_hand=True, to="first"))
    done(offers, seller, command("offers.offer", items.offer_id, "negotiate"))
    late = sent(str(uuid7()), items.revision_id, to="earlier@b.it")
    assert deliver(offers.owner.database, record_sent, late)
    assert stored(offers, "offers.revision", items.revision_id)["sent_to"] == "first"
    done(offers, seller, command("offers.revision", items.revision_id, "send", to="again@b.it"))
    assert states(offers, items) == ("sent", "negotiation")


def test_an_answer_about_an_unknown_revision_waits_and_a_wrong_one_is_refused(
    offers: OwnerUnderTest, seller: Actor
) -> None:
    with pytest.raises(NotYet):
        deliver(offers.owner.database, record_sent, sent(str(uuid7()), str(uuid7())))
    with pytest.raises(Invalid):
        deliver(offers.owner.database, record_sent, sent(str(uuid7()), "nonsense"))
    items = frozen(offers, seller)
    with pytest.raises(Invalid):
        deliver(offers.owner.database, record_sent, sent(str(uuid7()), items.revision_id, at="soon"))


def test_mail_that_carried_no_revision_is_none_of_ours(offers: OwnerUnderTest) -> None:
    assert deliver(offers.owner.database, record_sent, sent(str(uuid7()), ""))
