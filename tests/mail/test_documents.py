"""Offers ask for a revision to be sent; mail checks who asks, and answers in every case."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from services.kit.errors import Invalid
from services.kit.worker import NotYet, deliver
from services.mail.usecases.queueing import ADDRESS_WAIT
from services.mail.worker import offers as from_offers
from tests.mail.world import World
from tests.support.owners import received, update


def reasons(world: World) -> list[str]:
    return [event["reason"] for event in world.events("mail.message_not_sent.v1")]


def test_an_event_that_comes_twice_queues_one_message(world: World) -> None:
    message_id = world.ask_for_document()
    world.ask_for_document(message_id=message_id)
    assert world.send_all() == 1
    assert len(world.post.taken) == 1


def test_without_a_mailbox_the_senders_own_is_taken(world: World) -> None:
    message_id = world.ask_for_document(mailbox_id="")
    assert str(world.message(message_id)["mailbox_id"]) == world.mailbox_id
    world.add_mailbox(f"altra@{world.tag}.example")
    world.ask_for_document(mailbox_id="")
    assert reasons(world) == ["MAILBOX_UNKNOWN"]


def test_without_an_address_the_partys_preferred_one_is_taken(world: World) -> None:
    party_id = world.party(f"uno@{world.tag}.example")
    only = world.ask_for_document(party_id=party_id, to="")
    world.contact(party_id, f"due@{world.tag}.example")
    world.ask_for_document(party_id=party_id, to="")
    world.contact(party_id, f"tre@{world.tag}.example", preferred=True)
    preferred = world.ask_for_document(party_id=party_id, to="")
    assert world.message(only)["to_addresses"] == [f"uno@{world.tag}.example"]
    assert world.message(preferred)["to_addresses"] == [f"tre@{world.tag}.example"]
    assert reasons(world) == ["RECIPIENT_MISSING"]


def test_an_address_that_the_crm_has_not_told_yet_is_waited_for(world: World) -> None:
    party_id, message_id = str(uuid7()), str(uuid7())
    with pytest.raises(NotYet, match="ADDRESS_UNKNOWN"):
        world.ask_for_document(message_id=message_id, party_id=party_id, to="")
    assert reasons(world) == []
    world.contact(party_id, f"uno@{world.tag}.example")
    world.ask_for_document(message_id=message_id, party_id=party_id, to="")
    assert world.message(message_id)["to_addresses"] == [f"uno@{world.tag}.example"]


def test_a_party_without_an_address_is_told_after_the_wait(world: World) -> None:
    world.ask_for_document(party_id=str(uuid7()), to="", asked_at=datetime.now(UTC) - ADDRESS_WAIT)
    assert reasons(world) == ["RECIPIENT_MISSING"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"mailbox_id": str(uuid7())}, "MAILBOX_UNKNOWN"),
        ({"requested_by": str(uuid7())}, "MAILBOX_UNKNOWN"),
        ({"to": "anna@rossi.example\r\nBcc: x@x.example"}, "INVALID_EMAIL"),
        ({"subject": "x\r\nBcc: x@x.example"}, "LINE_BREAK"),
        ({"text": ""}, "REQUIRED"),
    ],
)
def test_what_cannot_be_sent_is_answered_at_once(world: World, data: dict[str, Any], reason: str) -> None:
    message_id = world.ask_for_document(**data)
    assert reasons(world) == [reason]
    assert world.owner.stored("mail.message", message_id) is None


def test_nobody_sends_from_a_mailbox_that_is_not_theirs(world: World) -> None:
    other = world.owner.accesses.give()
    world.store_access(other)
    world.ask_for_document(requested_by=str(other.user_id))
    assert reasons(world) == ["MAILBOX_UNKNOWN"]


def test_a_paused_mailbox_is_told(world: World) -> None:
    world.owner.one(world.seller, update("mail.mailbox", world.mailbox_id, paused=True))
    world.ask_for_document()
    assert reasons(world) == ["MAILBOX_PAUSED"]


@pytest.mark.parametrize("data", [{"message_id": 7}, {"message_id": str(uuid7()), "to": ["x"]}, {}])
def test_an_event_that_makes_no_sense_changes_nothing(world: World, data: dict[str, Any]) -> None:
    event = received("offers", "offers.document_sending_requested.v1", data)
    with pytest.raises(Invalid):
        deliver(world.owner.owner.database, from_offers.queue_document, event)
    assert world.rows("select * from message") == [] and reasons(world) == []
