"""Shorthands for tests about parties, their relationships and what hangs under them."""

from __future__ import annotations

from typing import Any

import orjson
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from services.kit.actor import Actor
from services.kit.records.claims import Decision
from tests.support.owners import OwnerUnderTest, create, update


def party(crm: OwnerUnderTest, author: Actor, **fields: Any) -> str:
    """Create a party; return its id."""
    item = create("crm.party", **{"name": "Rossi", **fields})
    assert crm.one(author, item).outcome == "applied"
    return str(item["record_id"])


def person(crm: OwnerUnderTest, author: Actor, name: str = "Anna Bianchi", **fields: Any) -> str:
    """Create a person; return its id."""
    given, _, family = name.partition(" ")
    return party(crm, author, kind="person", given_name=given, family_name=family, **fields)


def related(crm: OwnerUnderTest, author: Actor, one: str, kind: str, other: str, **fields: Any) -> str:
    """Create a relationship; return its id."""
    item = relationship(one, kind, other, **fields)
    decision = crm.one(author, item)
    assert decision.outcome == "applied", decision.error
    return str(item["record_id"])


def relationship(one: str, kind: str, other: str, **fields: Any) -> dict[str, Any]:
    """The creation of a relationship."""
    return create("crm.relationship", party_id=one, kind=kind, other_id=other, **fields)


def changed(crm: OwnerUnderTest, author: Actor, entity: str, record_id: str, **fields: Any) -> None:
    """Change a record."""
    assert crm.one(author, update(entity, record_id, **fields)).outcome == "applied"


def command(entity: str, record_id: str, name: str, **request: Any) -> dict[str, Any]:
    """A command with a new id."""
    item = {"id": str(uuid7()), "entity": entity, "record_id": record_id, "command": name}
    return item | ({"request": request} if request else {})


def body(crm: OwnerUnderTest, name: str, record_id: str) -> dict[str, Any]:
    """The record as it is stored."""
    stored = crm.stored(name, record_id)
    assert stored is not None
    return dict(orjson.loads(stored["base_json"]))


def reasons(decision: Decision) -> list[str]:
    """Why something was refused: the reasons of its fields, else its own."""
    assert decision.outcome == "refused", decision.outcome
    assert decision.error is not None
    return [each.reason for each in decision.error.violations] or [decision.error.reason]


def everything_stored(crm: OwnerUnderTest) -> Any:
    """Every record and what is kept beside them, for comparisons before and after."""
    tables = (
        "party", "address", "contact_point", "relationship", "activity", "handover", "handover_party",
        "party_passage", "record_alias", "party_merge",
    )  # fmt: skip
    with crm.owner.database.read() as connection:
        return [connection.execute(sa.text(f"select * from {name} order by 1")).all() for name in tables] + [
            crm.count("outbox"),
            crm.count("transition"),
        ]
