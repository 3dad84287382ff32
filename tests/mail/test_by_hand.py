"""What the rules got wrong or left open is put right by a person, and can be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from uuid_utils.compat import uuid7

from services.kit.actor import Actor
from tests.mail.world import World, mail_from
from tests.support.owners import everything


@pytest.fixture
def wrongly_filed(world: World) -> tuple[str, str]:
    """Message and party under which a rule filed it."""
    customer = f"anna@cliente-{world.tag}.example"
    party_id = world.party(customer)
    world.arrive(mail_from(customer, to=world.address))
    world.read()
    return str(world.incoming()[0]["id"]), party_id


@pytest.fixture
def in_review(world: World) -> tuple[str, list[str]]:
    """Message and the parties between which nobody could decide."""
    studio = f"studio@commercialista-{world.tag}.example"
    parties = [world.party(studio), world.party(studio)]
    world.arrive(mail_from(studio, to=world.address))
    world.read()
    return str(world.incoming()[0]["id"]), parties


def test_a_wrong_filing_is_corrected(world: World, wrongly_filed: tuple[str, str]) -> None:
    message_id, _ = wrongly_filed
    right = world.party()
    offer_id = world.offer(right, "OFF-2026-00009")
    decision = world.command(
        "mail.message", message_id, "file", entity="offers.offer", record_id=offer_id, instead=True
    )
    assert decision.outcome == "applied"
    assert world.links(message_id) == [("crm.party", right, "by_hand"), ("offers.offer", offer_id, "by_hand")]
    message = world.message(message_id)
    assert (str(message["party_id"]), str(message["offer_id"])) == (right, offer_id)
    assert (message["filing_rule"], message["confidence"], message["state"]) == ("by_hand", 100, "filed")


def test_a_message_may_belong_to_several_records(world: World, wrongly_filed: tuple[str, str]) -> None:
    message_id, party_id = wrongly_filed
    other = world.party()
    for _ in range(2):
        world.command("mail.message", message_id, "file", entity="crm.party", record_id=other)
    assert {record for _, record, _ in world.links(message_id)} == {party_id, other}


def test_a_filing_is_taken_back_and_made_again(world: World, wrongly_filed: tuple[str, str]) -> None:
    message_id, party_id = wrongly_filed
    assert world.command("mail.message", message_id, "unfile").outcome == "applied"
    message = world.message(message_id)
    assert (message["state"], message["party_id"], message["confidence"]) == ("unrelated", None, 0)
    assert world.links(message_id) == []
    twice = world.command("mail.message", message_id, "unfile")
    assert twice.error is not None and twice.error.reason == "WRONG_STATE"
    world.command("mail.message", message_id, "file", entity="crm.party", record_id=party_id)
    assert world.links(message_id) == [("crm.party", party_id, "by_hand")]
    moves = world.rows("select from_state, to_state, command from transition order by id")
    assert [(m["from_state"], m["to_state"], m["command"]) for m in moves] == [
        ("filed", "unrelated", "unfile"),
        ("unrelated", "filed", "file"),
    ]


def test_one_of_several_links_is_taken_away(world: World, wrongly_filed: tuple[str, str]) -> None:
    message_id, party_id = wrongly_filed
    other = world.party()
    world.command("mail.message", message_id, "file", entity="crm.party", record_id=other)
    (link,) = world.rows("select id from link where record_id = :id", id=party_id)
    assert world.command("mail.message", message_id, "unfile", link_id=str(link["id"])).outcome == "applied"
    assert world.links(message_id) == [("crm.party", other, "by_hand")]
    assert world.message(message_id)["state"] == "filed"
    unknown = world.command("mail.message", message_id, "unfile", link_id=str(uuid7()))
    assert unknown.outcome == "refused"


def test_a_person_decides_a_review(world: World, in_review: tuple[str, list[str]]) -> None:
    message_id, (first, _) = in_review
    world.command("mail.message", message_id, "file", entity="crm.party", record_id=first)
    (item,) = world.rows("select * from review_item")
    assert (item["state"], world.message(message_id)["state"]) == ("resolved", "filed")
    late = world.command("mail.review_item", str(item["id"]), "dismiss")
    assert late.error is not None and late.error.reason == "WRONG_STATE"


def test_a_review_is_dismissed(world: World, in_review: tuple[str, list[str]]) -> None:
    message_id, _ = in_review
    (item,) = world.rows("select * from review_item")
    assert world.command("mail.review_item", str(item["id"]), "dismiss").outcome == "applied"
    (item,) = world.rows("select * from review_item")
    assert (item["state"], world.message(message_id)["state"]) == ("dismissed", "unrelated")


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"entity": "identity.user", "record_id": str(uuid7())}, "NOT_LINKABLE"),
        ({"entity": "mail.message", "record_id": str(uuid7())}, "NOT_LINKABLE"),
        ({"entity": "crm.party", "record_id": str(uuid7())}, "REFERENCE_NOT_FOUND"),
        ({"entity": "crm.party", "record_id": "x"}, "REFERENCE_NOT_FOUND"),
        ({"entity": "crm.party"}, "TOO_SHORT"),
        ({}, "TOO_SHORT"),
    ],
)
def test_a_record_that_nobody_sees_takes_no_message(
    world: World, wrongly_filed: tuple[str, str], request_: dict[str, Any], reason: str
) -> None:
    message_id, party_id = wrongly_filed
    decision = world.command("mail.message", message_id, "file", **request_)
    assert decision.error is not None
    assert reason in [violation.reason for violation in decision.error.violations]
    assert world.links(message_id) == [("crm.party", party_id, "address")]


def test_mail_is_not_filed_under_a_party_outside_the_users_grants(
    world: World, wrongly_filed: tuple[str, str]
) -> None:
    message_id, _ = wrongly_filed
    only_mail: Actor = world.owner.accesses.give(*everything("mail"))
    decision = world.command(
        "mail.message", message_id, "file", only_mail, entity="crm.party", record_id=world.party()
    )
    assert decision.error is not None
    assert [violation.reason for violation in decision.error.violations] == ["REFERENCE_NOT_FOUND"]


def test_a_reply_to_a_corrected_message_goes_where_the_correction_says(
    world: World, wrongly_filed: tuple[str, str]
) -> None:
    message_id, _ = wrongly_filed
    right = world.party()
    world.command("mail.message", message_id, "file", entity="crm.party", record_id=right, instead=True)
    rfc_id = str(world.message(message_id)["rfc_message_id"])
    world.arrive(mail_from("bruno@altrove.example", to=world.address, In_Reply_To=rfc_id))
    world.read()
    assert world.links(world.incoming()[1]["id"]) == [("crm.party", right, "thread")]
