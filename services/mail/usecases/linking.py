"""Links between messages and records, and what a message says of them itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.kit.database import Row, UnitOfWork
from services.kit.entities import all_entities
from services.kit.errors import Invalid, Violation
from services.kit.permissions import Access, Place, matches
from services.kit.records.places import foreign_root, place_of
from services.mail.domain.filing import Found, Target

#: Of these we keep copies, so a message can be filed under them.
LINKABLE = ("crm.party", "offers.offer", "aftersales.request")


def target_of(uow: UnitOfWork, access: Access, *, entity: str, record_id: str) -> Target:
    """Return a record as a target, if the caller may see it.

    Raises:
        Invalid: INVALID_FIELDS with NOT_LINKABLE or REFERENCE_NOT_FOUND.
    """
    if entity not in LINKABLE or entity not in all_entities():
        violation = Violation("request.entity", "NOT_LINKABLE", f"one of {', '.join(LINKABLE)}")
        raise Invalid("INVALID_FIELDS", violations=[violation])
    copy = foreign_root(uow, entity, record_id) if _is_id(record_id) else None
    group = all_entities()[entity].grant_group
    if copy is None or copy["deleted"] or not matches(access, group, "read", _chain(uow, entity, copy)):
        violation = Violation("request.record_id", "REFERENCE_NOT_FOUND", f"no such {entity}")
        raise Invalid("INVALID_FIELDS", violations=[violation])
    found_id = str(copy["id"])
    return Target(entity, found_id, found_id if entity == "crm.party" else copy["body"].get("party_id", ""))


def _chain(uow: UnitOfWork, entity: str, copy: Any) -> list[Place]:
    """The record's place and its party's."""
    chain = [place_of(copy)]
    party_id = copy["body"].get("party_id", "")
    party = foreign_root(uow, "crm.party", party_id) if entity != "crm.party" and party_id else None
    return [*chain, place_of(party)] if party is not None else chain


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def add_links(uow: UnitOfWork, message: Row, found: Iterable[Found]) -> None:
    """Link a message to these records and to their party; what is linked already stays as it is."""
    known = {(row.values["entity"], row.values["record_id"]) for row in uow.children("mail.link", message.id)}
    for each in found:
        for target in (each.target, *_party_of(each.target)):
            if (target.entity, target.record_id) not in known:
                known.add((target.entity, target.record_id))
                _add(uow, message, target, each)
    describe(uow, message)


def _party_of(target: Target) -> tuple[Target, ...]:
    if target.entity == "crm.party" or not target.party_id:
        return ()
    return (Target("crm.party", target.party_id, target.party_id),)


def _add(uow: UnitOfWork, message: Row, target: Target, why: Found) -> None:
    uow.create(
        "mail.link",
        {
            "id": str(uuid7()),
            "message_id": message.id,
            "entity": target.entity,
            "record_id": target.record_id,
            "party_id": target.party_id,
            "rule": why.rule,
            "confidence": why.confidence,
            "reason": why.reason[:500],
        },
    )


def remove_links(uow: UnitOfWork, message: Row, links: Iterable[Row]) -> None:
    """Take links away."""
    for row in links:
        row.values["deleted"] = True
    describe(uow, message)


def describe(uow: UnitOfWork, message: Row) -> None:
    """Let a message name party, offer and revision of its links, and the rule of the surest of them."""
    links = [row.values for row in uow.children("mail.link", message.id)]
    values = message.values
    for field, entity in (
        ("party_id", "crm.party"), ("offer_id", "offers.offer"), ("revision_id", "offers.revision"),
    ):  # fmt: skip
        values[field] = next((each["record_id"] for each in links if each["entity"] == entity), "")
    surest = max(links, key=lambda each: int(each["confidence"]), default=None)
    values["filing_rule"] = surest["rule"] if surest else "unspecified"
    values["confidence"] = surest["confidence"] if surest else 0
    values["filing_reason"] = surest["reason"] if surest else ""
