"""Where a received message belongs: the rules in their order, each asked only if none before it answered.

    reply_address  our own signed reply address
    thread         In-Reply-To, then References, of a message that we stored and filed
    number         number of an offer or request in the subject, from a sender of that customer
    address        the sender is a contact point
    forwarded      a contact point stands in the headers of a forwarded message
    domain         the company's domain, public providers excluded

Several different answers of one rule go to a person: never a guess. An address proves nothing about who wrote
(a sender is easily forged), so filing opens and approves nothing; it says where the message is shown.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from services.mail.domain.addresses import domain_of, folded, names_a_company

_NUMBER = re.compile(r"\b[A-Z]{2,6}-\d{4}-\d{3,9}\b", re.IGNORECASE)
_MOST_NUMBERS = 20
_MOST_FORWARDED = 50

#: Per cent, by rule: how often it is right. The signed address cannot be guessed; a domain may be shared.
CONFIDENCE: Mapping[str, int] = {
    "reply_address": 99,
    "thread": 95,
    "number": 92,
    "address": 90,
    "forwarded": 75,
    "domain": 60,
}


@dataclass(frozen=True, slots=True)
class Target:
    """A record under which a message may be filed; offers and requests bring their party along."""

    entity: str
    record_id: str
    party_id: str


@dataclass(frozen=True, slots=True)
class Found:
    """A target, and why."""

    target: Target
    rule: str
    confidence: int
    reason: str


@dataclass(frozen=True, slots=True)
class Filing:
    """The decision: `links` to make, or `candidates` between which a person must choose, or neither."""

    links: tuple[Found, ...] = ()
    candidates: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class Clues:
    """What a message says about where it belongs. Addresses as they stand in it, texts decoded."""

    sender: str
    subject: str
    in_reply_to: str = ""
    references: Sequence[str] = ()
    #: Tokens of genuine reply addresses of ours among its recipients.
    reply_tokens: Sequence[str] = ()
    forwarded: Sequence[str] = field(default_factory=tuple)
    #: Our own addresses: they say nothing about a customer.
    ours: Collection[str] = ()


class Archive(Protocol):
    """What has been stored before."""

    def of_token(self, token: str) -> Sequence[Target]:
        """Return what the message of this reply address is filed under."""

    def of_message(self, rfc_message_id: str) -> Sequence[Target]:
        """Return what the messages with this Message-ID are filed under."""

    def of_number(self, number: str) -> Sequence[Target]:
        """Return the offers and requests of this number."""

    def of_address(self, address: str) -> Sequence[Target]:
        """Return the parties that have this (folded) address."""

    def of_domain(self, domain: str) -> Sequence[Target]:
        """Return the parties that have an address in this domain."""


def decide(clues: Clues, archive: Archive) -> Filing:
    """Return where the message belongs, by the first rule that answers."""
    for rule in (_by_reply_address, _by_thread, _by_number, _by_address, _by_forwarded, _by_domain):
        found = rule(clues, archive)
        if found:
            return _one_or_review(found)
    return Filing()


def numbers_in(subject: str) -> list[str]:
    """Return what looks like a number of ours in a subject, in capitals, each once."""
    return list(dict.fromkeys(n.upper() for n in _NUMBER.findall(subject)))[:_MOST_NUMBERS]


def _one_or_review(found: Sequence[Found]) -> Filing:
    """Several links are fine as long as they are of one party."""
    if len({each.target.party_id for each in found}) == 1:
        return Filing(links=tuple(found))
    return Filing(candidates=tuple(found))


def _found(targets: Iterable[Target], rule: str, reason: str) -> list[Found]:
    return [Found(target, rule, CONFIDENCE[rule], reason) for target in dict.fromkeys(targets)]


def _by_reply_address(clues: Clues, archive: Archive) -> list[Found]:
    targets = [target for token in clues.reply_tokens for target in archive.of_token(token)]
    return _found(targets, "reply_address", "it answers our signed reply address")


def _by_thread(clues: Clues, archive: Archive) -> list[Found]:
    """The message answered counts more than those further up, which a customer's program may have mixed."""
    if clues.in_reply_to:
        targets = archive.of_message(clues.in_reply_to)
        if targets:
            return _found(targets, "thread", f"it answers {clues.in_reply_to}")
    for reference in reversed(clues.references):
        targets = archive.of_message(reference)
        if targets:
            return _found(targets, "thread", f"it refers to {reference}")
    return []


def _by_number(clues: Clues, archive: Archive) -> list[Found]:
    parties = {target.party_id for target in _parties_of_sender(clues, archive)}
    found: list[Found] = []
    for number in numbers_in(clues.subject):
        targets = [target for target in archive.of_number(number) if target.party_id in parties]
        found += _found(targets, "number", f"{number} in the subject, from an address of that customer")
    return found


def _parties_of_sender(clues: Clues, archive: Archive) -> list[Target]:
    if folded(clues.sender) in clues.ours:
        return []
    domain = domain_of(clues.sender)
    by_domain = archive.of_domain(domain) if names_a_company(domain) else ()
    return [*archive.of_address(folded(clues.sender)), *by_domain]


def _by_address(clues: Clues, archive: Archive) -> list[Found]:
    sender = folded(clues.sender)
    if sender in clues.ours:
        return []
    return _found(archive.of_address(sender), "address", f"{sender} is a contact point")


def _by_forwarded(clues: Clues, archive: Archive) -> list[Found]:
    found: list[Found] = []
    for address in list(dict.fromkeys(map(folded, clues.forwarded)))[:_MOST_FORWARDED]:
        if address not in clues.ours:
            found += _found(archive.of_address(address), "forwarded", f"{address} stands in what it forwards")
    unique: dict[Target, Found] = {}
    for each in found:
        unique.setdefault(each.target, each)
    return list(unique.values())


def _by_domain(clues: Clues, archive: Archive) -> list[Found]:
    domain = domain_of(clues.sender)
    if not names_a_company(domain) or any(domain == domain_of(address) for address in clues.ours):
        return []
    return _found(archive.of_domain(domain), "domain", f"{domain} is the domain of a contact point")
