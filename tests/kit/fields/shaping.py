"""Shorthands of an administrator and of those who fill in what was defined."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from uuid_utils.compat import uuid7

from services.kit.actor import Actor
from services.kit.entities import entity
from services.kit.records.claims import Decision
from services.kit.records.reading import Reader
from tests.support.owners import OwnerUnderTest, create, update

PARTY = "crm.party"


@dataclass
class Company(OwnerUnderTest):
    """The CRM with an administrator."""

    admin: Actor = field(default_factory=lambda: Actor(user_id=uuid4()))

    def define(self, key: str, kind: str = "text", *, entity: str = PARTY, **values: Any) -> str:
        """Define a field; return its id."""
        item = defining(field_values(key, kind, entity=entity, **values))
        decision = self.one(self.admin, item)
        assert decision.outcome == "applied", wrong(decision)
        return decision.record_id

    def change(self, entity_name: str, record_id: str, **values: Any) -> Decision:
        """Let the administrator change a definition."""
        return self.one(self.admin, {**update(entity_name, record_id), "fields": values})

    def party(self, actor: Actor, **custom: str) -> str:
        """Make a party with custom values; return its id."""
        decision = self.one(actor, create(PARTY, name="Rossi", custom=custom))
        assert decision.outcome == "applied", wrong(decision)
        return decision.record_id

    def custom(self, record_id: str, entity_name: str = PARTY) -> dict[str, str]:
        """Return the custom values of a record as they are stored."""
        row = self.stored(entity_name, record_id)
        assert row is not None
        return dict(row["custom"])

    def listed(self, actor: Actor, filter_text: str = "", order_by: str = "", name: str = PARTY) -> list[str]:
        """Return the ids of a list."""
        reader = Reader(self.owner.database)
        access = self.accesses.get(actor)
        records, _ = reader.page(access, entity(name), filter_text=filter_text, order_by=order_by)
        return [record.id for record in records]


def field_values(key: str, kind: str, *, entity: str = PARTY, **values: Any) -> dict[str, Any]:
    """Fields of a definition, with a label."""
    return {"entity": entity, "key": key, "kind": kind, "labels": {"it": key}, **values}


def defining(values: dict[str, Any], name: str = "crm.field_definition") -> dict[str, Any]:
    """A change that makes a definition."""
    return {**create(name), "fields": values}


def on_device(actor: Actor) -> Actor:
    """The same user at a device."""
    return Actor(user_id=actor.user_id, session_id=uuid7(), device_id=uuid7())


def wrong(decision: Decision) -> list[tuple[str, str]]:
    """Where and why a change was refused."""
    if decision.error is None:
        return []
    return [(each.field, each.reason) for each in decision.error.violations] or [("", decision.error.reason)]
