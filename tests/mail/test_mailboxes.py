"""Mailboxes: who sees them, what they accept, and a password that nobody reads back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import pytest
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from services.kit.actor import Actor
from services.kit.permissions import Grant, Kind, Scope, Term, buckets_of
from services.kit.records.places import place_of
from services.mail.adapters.keys import keys, keys_of
from services.mail.adapters.sealing import CannotOpen, open_sealed, seal
from tests.mail.world import World, mail_from
from tests.support.owners import OwnerUnderTest, create, update

SECRET = "una password che nessuno deve leggere"


def own_only(owner: OwnerUnderTest) -> Actor:
    """A seller as in the demonstration: mail by owner."""
    actor = owner.accesses.give()
    assert actor.user_id is not None
    scope = Scope((Term(Kind.OWNER, frozenset({actor.user_id})),))
    access = owner.accesses.known[actor.user_id]
    grant = Grant("mail", frozenset({"read", "write", "replicate"}), (scope,), frozenset())
    owner.accesses.known[actor.user_id] = replace(access, grants=(grant,))
    return actor


def everything_stored(world: World) -> str:
    """Every text in every table."""
    tables = world.rows(
        "select table_name as name from information_schema.tables where table_schema = 'public'"
    )
    return "\n".join(
        str(row["line"])
        for table in tables
        for row in world.rows(f'select t::text as line from "{table["name"]}" t')
    )


def test_the_password_is_nowhere_to_be_read(world: World) -> None:
    device = replace(world.seller, device_id=uuid7())
    for actor, mailbox_id in (
        (world.seller, world.mailbox_id),
        (device, world.mailbox_id),
        (device, str(uuid7())),
    ):
        world.command("mail.mailbox", mailbox_id, "set_secret", actor, secret=SECRET)
    assert world.rows("select count(*) as parked from parked_change") == [{"parked": 1}]
    stored = everything_stored(world)
    assert SECRET not in stored and SECRET.encode().hex() not in stored
    mailbox = world.owner.stored("mail.mailbox", world.mailbox_id)
    assert mailbox is not None and mailbox["has_secret"] is True
    (row,) = world.rows("select sealed from mailbox_secret")
    key = keys(world.chosen).sealing
    assert open_sealed(bytes(row["sealed"]), mailbox_id=world.mailbox_id, key=key) == SECRET


def test_a_sealed_password_opens_for_its_mailbox_and_key_alone() -> None:
    key, other = keys_of("a" * 32).sealing, keys_of("b" * 32).sealing
    sealed = seal(SECRET, mailbox_id="one", key=key)
    assert open_sealed(sealed, mailbox_id="one", key=key) == SECRET
    assert seal(SECRET, mailbox_id="one", key=key) != sealed
    for wrong in (
        {"mailbox_id": "two", "key": key},
        {"mailbox_id": "one", "key": other},
    ):
        with pytest.raises(CannotOpen):
            open_sealed(sealed, **wrong)
    with pytest.raises(CannotOpen):
        open_sealed(sealed[:-1] + bytes([sealed[-1] ^ 1]), mailbox_id="one", key=key)
    with pytest.raises(ValueError, match="32 characters"):
        keys_of("short")


@pytest.mark.parametrize(
    "change", [{"smtp_host": "evil.example", "smtp_security": "tls"}, {"imap_port": 9}, {"user_name": "x"}]
)
def test_who_points_a_mailbox_elsewhere_is_not_handed_its_password(
    world: World, change: dict[str, Any]
) -> None:
    decision = world.owner.one(world.seller, update("mail.mailbox", world.mailbox_id, **change))
    assert decision.outcome == "applied"
    mailbox = world.owner.stored("mail.mailbox", world.mailbox_id)
    assert mailbox is not None and (mailbox["has_secret"], mailbox["state"]) == (False, "incomplete")
    assert world.rows("select * from mailbox_secret") == []


def test_on_a_server_of_others_even_its_own_machine_needs_protection(world: World) -> None:
    world.chosen.environment = "production"
    decision = world.owner.one(world.seller, update("mail.mailbox", world.mailbox_id, name="Altro"))
    assert decision.error is not None
    assert {violation.reason for violation in decision.error.violations} == {"UNPROTECTED_CONNECTION"}


def test_a_new_name_keeps_the_password(world: World) -> None:
    world.owner.one(world.seller, update("mail.mailbox", world.mailbox_id, name="Altro", paused=True))
    assert len(world.rows("select * from mailbox_secret")) == 1


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"address": "vendite"}, "address", "INVALID_EMAIL"),
        ({"address": "vendite+x@rossi.example"}, "address", "INVALID_EMAIL"),
        ({"address": "vendite@rossi.example\nBcc: x"}, "address", "INVALID_EMAIL"),
        (
            {"smtp_host": "smtp.rossi.example", "smtp_security": "none"},
            "smtp_security",
            "UNPROTECTED_CONNECTION",
        ),
        (
            {"imap_host": "imap.rossi.example", "imap_security": "none"},
            "imap_security",
            "UNPROTECTED_CONNECTION",
        ),
        ({"smtp_host": "a b"}, "smtp_host", "INVALID_HOST"),
        ({"smtp_host": "http://x/"}, "smtp_host", "INVALID_HOST"),
        ({"display_name": "Anna\r\nBcc: x@x.example"}, "display_name", "LINE_BREAK"),
        ({"smtp_port": 70000}, "smtp_port", ""),
        ({"has_secret": True}, "has_secret", "OUTPUT_ONLY"),
        ({"state": "working"}, "state", "OUTPUT_ONLY"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(
    world: World, change: dict[str, Any], field: str, reason: str
) -> None:
    before = world.owner.stored("mail.mailbox", world.mailbox_id)
    decision = world.owner.one(world.seller, update("mail.mailbox", world.mailbox_id, **change))
    assert decision.error is not None
    found = [(violation.field, violation.reason) for violation in decision.error.violations]
    assert any(name == field and (not reason or given == reason) for name, given in found), found
    assert world.owner.stored("mail.mailbox", world.mailbox_id) == before


def test_ports_follow_from_the_protection(world: World) -> None:
    item = create(
        "mail.mailbox", name="x", address="x@rossi.example", smtp_host="SMTP.Rossi.example",
        imap_host="imap.rossi.example", imap_security="starttls",
    )  # fmt: skip
    assert world.owner.one(world.seller, item).outcome == "applied"
    stored = world.owner.stored("mail.mailbox", item["record_id"])
    assert stored is not None
    assert (stored["smtp_host"], stored["smtp_port"], stored["smtp_security"]) == (
        "smtp.rossi.example",
        465,
        "tls",
    )
    assert (stored["imap_port"], stored["state"], stored["has_secret"]) == (143, "incomplete", False)


def test_one_address_has_one_mailbox(world: World) -> None:
    twice = create("mail.mailbox", name="x", address=world.address)
    decision = world.owner.one(world.seller, twice)
    assert decision.error is not None and decision.error.reason == "NOT_UNIQUE"


def test_a_mailbox_that_is_not_ready_sends_nothing(world: World) -> None:
    item = create("mail.mailbox", name="x", address=f"x@{world.tag}.example", smtp_host="smtp.rossi.example")
    world.owner.one(world.seller, item)
    request = {"to": ["a@b.example"], "subject": "x", "text": "x"}
    for change, reason in (({}, "MAILBOX_NOT_READY"), ({"paused": True}, "MAILBOX_PAUSED")):
        world.owner.one(world.seller, update("mail.mailbox", item["record_id"], **change))
        decision = world.command("mail.mailbox", item["record_id"], "send", **request)
        assert decision.error is not None and decision.error.reason == reason


def test_mail_is_its_owners_and_of_those_with_whom_it_is_shared(world: World) -> None:
    owner, other = own_only(world.owner), own_only(world.owner)
    item = create("mail.mailbox", name="x", address=f"x@{world.tag}.example")
    assert world.owner.one(owner, item).outcome == "applied"
    for actor, outcome in ((owner, "applied"), (other, "refused")):
        assert (
            world.command("mail.mailbox", item["record_id"], "set_secret", actor, secret="x").outcome
            == outcome
        )
    stolen = create("mail.mailbox", name="y", address=f"y@{world.tag}.example", owner_id=str(owner.user_id))
    assert world.owner.one(other, stolen).outcome == "refused"


def test_a_message_is_placed_in_the_bucket_of_its_mailboxs_owner(world: World) -> None:
    world.arrive(mail_from("a@b.example", to=world.address))
    world.read()
    (message,) = world.incoming()
    assert message["owner_id"] is None and str(message["mailbox_id"]) == world.mailbox_id
    mailbox = world.owner.stored("mail.mailbox", world.mailbox_id)
    assert mailbox is not None
    keys_found = buckets_of("mail", [place_of(message), place_of(mailbox)], ())
    assert f"mail/owner:{world.seller.user_id}" in keys_found


def test_a_message_in_a_foreign_mailbox_cannot_be_answered_filed_or_seen(world: World) -> None:
    world.arrive(mail_from("a@b.example", to=world.address))
    world.read()
    message_id = str(world.incoming()[0]["id"])
    other = own_only(world.owner)
    mine = create("mail.mailbox", name="x", address=f"x@{world.tag}.example", smtp_host="smtp.rossi.example")
    world.owner.one(other, mine)
    world.command("mail.mailbox", mine["record_id"], "set_secret", other, secret="x")
    for decision in (
        world.command("mail.message", message_id, "file", other, entity="crm.party", record_id=str(uuid7())),
        world.command("mail.message", message_id, "unfile", other),
    ):
        assert decision.error is not None and decision.error.reason == "RECORD_NOT_FOUND"
    answer = world.command(
        "mail.mailbox", mine["record_id"], "send", other,
        to=["a@b.example"], subject="x", text="x", answers_id=message_id,
    )  # fmt: skip
    assert answer.error is not None
    assert [violation.reason for violation in answer.error.violations] == ["REFERENCE_NOT_FOUND"]


@pytest.mark.parametrize("entity", ["mail.message", "mail.attachment", "mail.link", "mail.review_item"])
def test_what_servers_and_commands_make_is_not_written_by_hand(world: World, entity: str) -> None:
    decision = world.owner.one(world.seller, create(entity))
    assert decision.error is not None and decision.error.reason == "OPERATION_CLOSED"


def test_records_on_their_way_to_devices_hold_no_secret(world: World) -> None:
    world.set_secret(world.mailbox_id, SECRET)
    with world.owner.owner.database.read() as connection:
        events = connection.execute(sa.text("select data from outbox")).scalars().all()
    assert SECRET not in "".join(events)
    fields = {
        key for event in events for r in orjson.loads(event).get("records", ()) for key in r["fragments"]
    }
    assert fields == {"base"}
    assert UUID(world.mailbox_id)
