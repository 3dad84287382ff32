"""Where a message belongs: the first rule that answers decides, and several answers go to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mail.domain.addresses import folded, names_a_company
from services.mail.domain.filing import Clues, Target, decide, numbers_in
from services.mail.domain.forwarded import addresses_in_text

ROSSI = Target("crm.party", "rossi", "rossi")
BIANCHI = Target("crm.party", "bianchi", "bianchi")
OFFER = Target("offers.offer", "offer-1", "rossi")
OTHER_OFFER = Target("offers.offer", "offer-2", "rossi")
OF_BIANCHI = Target("offers.offer", "offer-3", "bianchi")


@dataclass
class Known:
    """An archive as a test fills it."""

    tokens: dict[str, list[Target]] = field(default_factory=dict)
    messages: dict[str, list[Target]] = field(default_factory=dict)
    numbers: dict[str, list[Target]] = field(default_factory=dict)
    addresses: dict[str, list[Target]] = field(default_factory=dict)
    domains: dict[str, list[Target]] = field(default_factory=dict)

    def of_token(self, token: str) -> Sequence[Target]:
        return self.tokens.get(token, [])

    def of_message(self, rfc_message_id: str) -> Sequence[Target]:
        return self.messages.get(rfc_message_id, [])

    def of_number(self, number: str) -> Sequence[Target]:
        return self.numbers.get(number, [])

    def of_address(self, address: str) -> Sequence[Target]:
        return self.addresses.get(address, [])

    def of_domain(self, domain: str) -> Sequence[Target]:
        return self.domains.get(domain, [])


FULL = Known(
    tokens={"t": [OFFER]},
    messages={"<1@us>": [OFFER], "<2@us>": [ROSSI], "<3@us>": [OF_BIANCHI]},
    numbers={"OFF-2026-00123": [OFFER], "OFF-2026-00124": [OTHER_OFFER], "OFF-2026-00777": [OF_BIANCHI]},
    addresses={"anna@rossi.example": [ROSSI], "info@bianchi.example": [BIANCHI]},
    domains={"rossi.example": [ROSSI], "bianchi.example": [BIANCHI], "gmail.com": [ROSSI]},
)
ALL_CLUES = Clues(
    sender="anna@rossi.example",
    subject="R: OFF-2026-00124 rev. 2",
    in_reply_to="<2@us>",
    references=["<1@us>"],
    reply_tokens=["t"],
    forwarded=["info@bianchi.example"],
)


def test_the_rules_are_asked_in_their_order() -> None:
    clues = ALL_CLUES
    for rule, targets, weaker in (
        ("reply_address", [OFFER], {"reply_tokens": []}),
        ("thread", [ROSSI], {"in_reply_to": ""}),
        ("thread", [OFFER], {"references": []}),
        ("number", [OTHER_OFFER], {"subject": "Buongiorno"}),
        ("address", [ROSSI], {"sender": "nuovo@rossi.example"}),
        ("forwarded", [BIANCHI], {"forwarded": []}),
        ("domain", [ROSSI], {"sender": "nuovo@altrove.example"}),
    ):
        filing = decide(clues, FULL)
        assert [(each.rule, each.target) for each in filing.links] == [(rule, t) for t in targets]
        assert all(each.reason and 0 < each.confidence < 100 for each in filing.links)
        clues = replace(clues, **weaker)
    assert decide(clues, FULL) == decide(Clues("nobody@altrove.example", ""), Known())


def test_several_parties_of_one_address_go_to_a_person() -> None:
    shared = Known(addresses={"studio@commercialista.example": [ROSSI, BIANCHI]})
    filing = decide(Clues("studio@commercialista.example", ""), shared)
    assert filing.links == ()
    assert {each.target for each in filing.candidates} == {ROSSI, BIANCHI}


def test_two_offers_of_one_customer_in_the_subject_are_both_linked() -> None:
    filing = decide(Clues("anna@rossi.example", "OFF-2026-00123 e off-2026-00124"), FULL)
    assert {each.target for each in filing.links} == {OFFER, OTHER_OFFER}


def test_a_number_counts_only_from_an_address_of_that_customer() -> None:
    stranger = decide(Clues("ladro@altrove.example", "OFF-2026-00123"), FULL)
    assert stranger.links == stranger.candidates == ()
    other_customer = decide(Clues("info@bianchi.example", "OFF-2026-00123"), FULL)
    assert [(each.rule, each.target) for each in other_customer.links] == [("address", BIANCHI)]


def test_a_public_provider_names_no_company() -> None:
    assert decide(Clues("qualcuno@gmail.com", ""), FULL).links == ()
    with_number = decide(Clues("qualcuno@gmail.com", "OFF-2026-00123"), FULL)
    assert with_number.links == ()


def test_our_own_addresses_say_nothing_about_a_customer() -> None:
    ours = Known(addresses={"nora@us.example": [ROSSI]}, domains={"us.example": [ROSSI]})
    for sender in ("nora@us.example", "collega@us.example"):
        assert decide(Clues(sender, "", ours={"nora@us.example"}), ours).links == ()
    forwarded = Clues(
        "nora@us.example", "I: prezzi", forwarded=["anna@rossi.example"], ours={"nora@us.example"}
    )
    assert [each.target for each in decide(forwarded, FULL).links] == [ROSSI]


def test_a_plus_and_capitals_do_not_hide_a_contact() -> None:
    filing = decide(Clues("Anna+news@Rossi.Example", ""), FULL)
    assert [each.rule for each in filing.links] == ["address"]


@pytest.mark.parametrize(
    ("domain", "company"),
    [("rossi.example", True), ("gmail.com", False), ("mail.gmail.com", False), ("legalmail.it", False),
     ("com", False), ("", False), ("gmail.com.example", True), ("rossi.wixsite.com", False)],
)  # fmt: skip
def test_which_domains_name_a_company(domain: str, company: bool) -> None:
    assert names_a_company(domain) is company


def test_numbers_are_found_in_any_case_and_once() -> None:
    assert numbers_in("Re: off-2026-00123, OFF-2026-00123; ASS-2026-00007 x-1") == [
        "OFF-2026-00123",
        "ASS-2026-00007",
    ]


def test_addresses_above_a_forwarded_message_are_found_in_our_languages() -> None:
    text = """\
Vedi sotto.
---------- Forwarded message ---------
Da: Anna <anna@rossi.example>
Date: lun 23 nov
> From: bruno@bianchi.example [mailto:bruno@bianchi.example]
> A: vendite@us.example
Testo con carlo@verdi.example in mezzo.
"""
    assert addresses_in_text(text) == ["anna@rossi.example", "bruno@bianchi.example", "vendite@us.example"]


@given(st.text(max_size=300))
def test_no_text_breaks_the_search_for_addresses(text: str) -> None:
    addresses_in_text(text)
    folded(text)
