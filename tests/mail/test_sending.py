"""Sending over a real SMTP server: what leaves, what does not, and what nobody can know."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import Message
from typing import Any

import pytest
import sqlalchemy as sa

from services.kit.actor import SYSTEM
from services.kit.errors import Invalid, NotFound, Unavailable
from services.mail.adapters.blobs import FolderBlobs
from services.mail.domain.attempts import DELAYS_S
from services.mail.usecases import sending
from tests.mail.world import PDF, World, mail_from
from tests.support.owners import update
from tests.support.watching import eventually


def parsed(world: World, address: str) -> list[Any]:
    """The messages that arrived at an address."""
    return [message_from_bytes(raw, policy=policy.default) for raw in world.office.messages(address)]


def make_due(world: World) -> None:
    """As if the delay were over, and the lease of whoever works at it too."""
    with world.owner.owner.database.engine.begin() as connection:
        connection.execute(
            sa.text(
                "update delivery set next_attempt_at = now() - interval '1 s', "
                "leased_until = leased_until - interval '1 day' where next_attempt_at is not null"
            )
        )


@pytest.fixture
def customer(world: World) -> str:
    return f"anna@cliente-{world.tag}.example"


def test_a_message_about_a_customer_is_sent_and_kept_raw(world: World, customer: str) -> None:
    party_id = world.party(customer)
    message_id = world.write(
        customer, subject="Perché no?", text="Buongiorno è\n.\nfine\n", entity="crm.party", record_id=party_id
    )
    assert world.send_all() == 1
    stored = world.message(message_id)
    assert (stored["state"], str(stored["party_id"])) == ("sent", party_id)
    (arrived,) = parsed(world, customer)
    assert arrived["Subject"] == "Perché no?"
    assert arrived.get_content().replace("\r\n", "\n") == "Buongiorno è\n.\nfine\n"
    assert arrived["Reply-To"].addresses[0].addr_spec.startswith("vendite+r-")
    raw = FolderBlobs(world.chosen.blobs_dir / "mail").get(stored["raw_sha256"])
    assert message_from_bytes(raw, policy=policy.default)["Message-ID"] == stored["rfc_message_id"]
    assert world.events("mail.message_sent.v1") == []
    assert world.send_all() == 0


def test_a_command_answers_with_the_mailbox_and_twice_sends_once(world: World, customer: str) -> None:
    message_id = world.write(customer)
    again = world.command(
        "mail.mailbox", world.mailbox_id, "send",
        message_id=message_id, to=[customer], subject="Oggetto", text="Testo\n",
    )  # fmt: skip
    assert (again.outcome, again.changed) == ("applied", False)
    assert again.record is not None and again.record.id == world.mailbox_id
    assert world.send_all() == 1
    assert len(parsed(world, customer)) == 1


def test_a_refusal_for_good_is_kept_in_the_servers_words(world: World, customer: str) -> None:
    message_id = world.ask_for_document(to=customer)
    world.post.refused[customer] = "550 5.1.1 no such user here"
    assert world.send_all() == 1
    stored = world.message(message_id)
    assert (stored["state"], stored["attempts"]) == ("not_sent", 1)
    assert "550 5.1.1 no such user here" in stored["server_reply"]
    (told,) = world.events("mail.message_not_sent.v1")
    assert told["message_id"] == message_id and "5.1.1" in told["reason"]
    make_due(world)
    assert world.send_all() == 0


def test_a_server_that_is_busy_is_tried_again_with_the_same_bytes(world: World, customer: str) -> None:
    message_id = world.ask_for_document(to=customer)
    world.post.data_answers = ["451 4.7.1 try later", "421 4.3.2 shutting down"]
    for attempts, state in ((1, "queued"), (2, "queued"), (3, "sent")):
        make_due(world)
        assert world.send_all() == 1
        assert (world.message(message_id)["state"], world.message(message_id)["attempts"]) == (
            state,
            attempts,
        )
    (envelope,) = world.post.taken
    content = envelope.content
    assert isinstance(content, bytes)
    raw = FolderBlobs(world.chosen.blobs_dir / "mail").get(world.message(message_id)["raw_sha256"])
    assert content == raw
    assert world.prints.asked == [world.prints.asked[0]]
    assert len(world.rows("select * from attachment where message_id = :id", id=message_id)) == 1


def test_the_delays_between_attempts_grow(world: World, customer: str) -> None:
    world.write(customer)
    world.post.data_answers = ["451 later"] * 3
    for expected in DELAYS_S[:3]:
        before = datetime.now(UTC)
        assert world.send_all() == 1
        (row,) = world.rows("select next_attempt_at from delivery")
        delay_s = (row["next_attempt_at"] - before).total_seconds()
        # Counted from the end of the attempt, which a busy machine draws out.
        lasted_s = (datetime.now(UTC) - before).total_seconds()
        assert expected - 1 <= delay_s <= expected + lasted_s + 1
        make_due(world)


def test_after_the_last_attempt_the_message_is_given_up(world: World, customer: str) -> None:
    message_id = world.ask_for_document(to=customer)
    world.post.data_answers = ["451 4.7.1 try later"] * 20
    for _ in range(len(DELAYS_S) + 1):
        make_due(world)
        assert world.send_all() == 1
    stored = world.message(message_id)
    assert (stored["state"], stored["server_reply"]) == ("not_sent", "451 4.7.1 try later")
    assert len(world.events("mail.message_not_sent.v1")) == 1


def test_a_connection_cut_after_the_message_leaves_it_uncertain(world: World, customer: str) -> None:
    message_id = world.ask_for_document(to=customer)
    world.post.cut_after_data = 1
    world.send_all()
    assert world.message(message_id)["state"] == "uncertain"
    make_due(world)
    assert world.send_all() == 0
    assert len(parsed(world, customer)) == 1
    assert world.events("mail.message_sent.v1") == world.events("mail.message_not_sent.v1") == []


def test_a_person_may_send_an_uncertain_message_again_under_its_message_id(
    world: World, customer: str
) -> None:
    message_id = world.write(customer)
    world.post.cut_after_data = 1
    world.send_all()
    assert world.command("mail.message", message_id, "send_again").outcome == "applied"
    assert world.send_all() == 1
    assert world.message(message_id)["state"] == "sent"
    first, second = parsed(world, customer)
    assert first["Message-ID"] == second["Message-ID"]
    again = world.command("mail.message", message_id, "send_again")
    assert again.error is not None and again.error.reason == "WRONG_STATE"


def test_an_answer_proves_that_an_uncertain_message_arrived(world: World, customer: str) -> None:
    message_id = world.ask_for_document(to=customer)
    world.post.cut_after_data = 1
    world.send_all()
    world.arrive(
        mail_from(customer, to=world.address, In_Reply_To=str(world.message(message_id)["rfc_message_id"]))
    )
    world.read()
    assert world.message(message_id)["state"] == "sent"
    assert len(world.events("mail.message_sent.v1")) == 1


def test_whoever_is_killed_before_the_handover_loses_nothing(world: World, customer: str) -> None:
    message_id = world.write(customer)
    with world.owner.owner.database.unit_of_work(SYSTEM) as uow:
        assert sending.claim(uow) is not None
    assert world.send_all() == 0  # leased
    make_due(world)
    assert world.send_all() == 1
    assert (world.message(message_id)["state"], world.message(message_id)["attempts"]) == ("sent", 2)


def test_whoever_is_killed_at_the_handover_leaves_an_uncertain_message(world: World, customer: str) -> None:
    message_id = world.write(customer)
    with world.owner.owner.database.unit_of_work(SYSTEM) as uow:
        attempt = sending.claim(uow)
    assert attempt is not None
    with world.owner.owner.database.engine.begin() as connection:
        assert sending.hand_over(connection, attempt)
        assert not sending.hand_over(connection, attempt)
    make_due(world)
    assert world.send_all() == 0
    assert world.message(message_id)["state"] == "uncertain"
    assert parsed(world, customer) == []


def test_an_attempt_that_outlived_its_lease_hands_nothing_over(world: World, customer: str) -> None:
    world.write(customer)
    with world.owner.owner.database.unit_of_work(SYSTEM) as uow:
        slow = sending.claim(uow)
    assert slow is not None
    make_due(world)
    with world.owner.owner.database.engine.begin() as connection:
        assert not sending.hand_over(connection, slow)
    assert world.send_all() == 1
    with world.owner.owner.database.engine.begin() as connection:
        assert not sending.hand_over(connection, slow)


def test_several_couriers_send_each_message_once(world: World, customer: str) -> None:
    ids = [world.write(customer, subject=f"numero {n}") for n in range(12)]
    stop = threading.Event()
    senders = [threading.Thread(target=world.sender().run, args=[stop]) for _ in range(4)]
    for thread in senders:
        thread.start()
    try:
        eventually(lambda: all(world.message(each)["state"] == "sent" for each in ids))
    finally:
        stop.set()
        for thread in senders:
            thread.join()
    assert sorted(m["Subject"] for m in parsed(world, customer)) == sorted(f"numero {n}" for n in range(12))


def test_a_wrong_password_waits_for_a_person_and_shows_at_the_mailbox(world: World, customer: str) -> None:
    world.set_secret(world.mailbox_id, "wrong")
    message_id = world.write(customer)
    assert world.send_all() == 1
    mailbox = world.owner.stored("mail.mailbox", world.mailbox_id)
    assert mailbox is not None
    assert (mailbox["state"], world.message(message_id)["state"]) == ("failing", "queued")
    assert "login refused" in mailbox["problem"] and "wrong" not in mailbox["problem"]
    world.set_secret(world.mailbox_id)
    assert world.send_all() == 1
    mailbox = world.owner.stored("mail.mailbox", world.mailbox_id)
    assert mailbox is not None and (mailbox["state"], mailbox["problem"]) == ("working", "")


def test_a_server_that_is_away_is_tried_again(world: World, customer: str) -> None:
    world.owner.one(world.seller, update("mail.mailbox", world.mailbox_id, smtp_port=1))
    world.set_secret(world.mailbox_id)
    message_id = world.write(customer)
    assert world.send_all() == 1
    assert world.message(message_id)["state"] == "queued"
    assert "ConnectionRefusedError" in world.message(message_id)["server_reply"]


def test_recipients_that_are_refused_are_named_and_the_others_served(world: World, customer: str) -> None:
    other = f"gone@cliente-{world.tag}.example"
    world.post.refused[other] = "550 5.1.1 gone"
    message_id = world.write(customer, cc=[other])
    world.send_all()
    stored = world.message(message_id)
    assert stored["state"] == "sent"
    assert [other in each and "5.1.1" in each for each in stored["refused_recipients"]] == [True]
    assert len(parsed(world, customer)) == 1


def test_a_print_that_is_away_is_waited_for_and_one_that_is_refused_is_told(
    world: World, customer: str
) -> None:
    message_id = world.ask_for_document(to=customer)
    world.prints.error = Unavailable("OWNER_AWAY")
    assert world.send_all() == 1
    assert world.message(message_id)["state"] == "queued"
    world.prints.error = NotFound("RECORD_NOT_FOUND")
    make_due(world)
    world.send_all()
    assert world.message(message_id)["state"] == "not_sent"
    (told,) = world.events("mail.message_not_sent.v1")
    assert told["reason"] == "PRINT_REFUSED: RECORD_NOT_FOUND"
    assert parsed(world, customer) == []


def test_the_document_arrives_byte_for_byte_and_is_an_attachment_of_the_message(
    world: World, customer: str
) -> None:
    message_id = world.ask_for_document(to=customer)
    world.send_all()
    (arrived,) = parsed(world, customer)
    (part,) = arrived.iter_attachments()
    assert isinstance(part, Message)
    assert (part.get_filename(), part.get_content_type()) == ("OFF-2026-00123_rev2.pdf", "application/pdf")
    (attachment,) = world.rows("select * from attachment where message_id = :id", id=message_id)
    assert FolderBlobs(world.chosen.blobs_dir / "mail").get(attachment["sha256"]) == PDF


def test_a_paused_mailbox_keeps_its_messages(world: World, customer: str) -> None:
    message_id = world.write(customer)
    world.owner.one(world.seller, update("mail.mailbox", world.mailbox_id, paused=True))
    assert world.send_all() == 0
    assert (world.message(message_id)["state"], world.message(message_id)["attempts"]) == ("queued", 0)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"to": []}, "RECIPIENT_MISSING"),
        ({"to": ["anna@rossi.example\r\nBcc: x@x.example"]}, "INVALID_EMAIL"),
        ({"subject": "x\r\nBcc: x@x.example"}, "LINE_BREAK"),
        ({"entity": "identity.user", "record_id": "01a20914-13bb-77d6-aef9-a83689722bed"}, "NOT_LINKABLE"),
        ({"entity": "crm.party", "record_id": "01a20914-13bb-77d6-aef9-a83689722bed"}, "REFERENCE_NOT_FOUND"),
        ({"entity": "crm.party", "record_id": "x"}, "REFERENCE_NOT_FOUND"),
        ({"answers_id": "01a20914-13bb-77d6-aef9-a83689722bed"}, "REFERENCE_NOT_FOUND"),
        ({"answers_id": "x"}, "INVALID_ID"),
        ({"message_id": "x"}, "INVALID_ID"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_nothing_is_queued(
    world: World, request_: dict[str, Any], reason: str
) -> None:
    fixed = {"to": ["anna@rossi.example"], "subject": "x", "text": "x"}
    decision = world.command("mail.mailbox", world.mailbox_id, "send", **{**fixed, **request_})
    assert isinstance(decision.error, Invalid)
    assert reason in [violation.reason for violation in decision.error.violations]
    assert world.rows("select * from delivery") == world.rows("select * from message") == []
