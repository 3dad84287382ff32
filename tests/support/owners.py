"""An owner of records on real PostgreSQL, with users whose accesses a test gives; shorthands for changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from services.kit.actor import Actor
from services.kit.envelope import Event
from services.kit.permissions import Access, Grant, Kind, Scope, Term
from services.kit.records.claims import Decision
from services.kit.records.owner import Owner

NORTH = uuid7()
SOUTH = uuid7()


def everything(*groups: str, facets: tuple[str, ...] = (), actions: tuple[str, ...] = ()) -> list[Grant]:
    """Grants of somebody who may read and write all records of the groups."""
    allowed = frozenset({"read", "write", *actions})
    return [Grant(group, allowed, (Scope((Term(Kind.ALL),)),), frozenset(facets)) for group in groups]


def within(territory: UUID, group: str = "crm", facets: tuple[str, ...] = ()) -> Grant:
    """A grant to read and write the records of one territory."""
    scope = Scope((Term(Kind.TERRITORY, frozenset({territory})),))
    return Grant(group, frozenset({"read", "write"}), (scope,), frozenset(facets))


def foreign(entity: str, record_id: str, version: int = 1, **scope: str) -> dict[str, Any]:
    """A record of another owner in the form of records_changed."""
    empty = {"parent_id": "", "owner_id": "", "team_id": "", "territory_id": "", "product_line": ""}
    fixed = {"entity": entity, "id": record_id, "version": version, "shared_with": [], "deleted": False}
    return {**empty, **fixed, "alias_of": "", "fragments": {"base": "{}"}, **scope}


@dataclass
class Accesses:
    """Accesses by user, as a test gives them."""

    known: dict[UUID | None, Access] = field(default_factory=dict)

    def give(self, *grants: Grant) -> Actor:
        """Return a new user with these grants."""
        user_id = uuid7()
        self.known[user_id] = Access(user_id=user_id, epoch=1, grants=tuple(grants))
        return Actor(user_id=user_id, session_id=uuid7())

    def get(self, actor: Actor) -> Access:
        """Return what was given."""
        return self.known[actor.user_id]

    def fetch(self, entity: str, record_id: str) -> dict[str, Any] | None:
        """Answer as identity would about users and territories."""
        known: dict[str, set[Any]] = {"identity.user": set(self.known), "identity.territory": {NORTH, SOUTH}}
        return foreign(entity, record_id) if UUID(record_id) in known.get(entity, set()) else None


@dataclass
class OwnerUnderTest:
    """An owner with its users, and shorthands for changes."""

    owner: Owner
    accesses: Accesses

    def apply(self, actor: Actor, *items: dict[str, Any]) -> list[Decision]:
        """Apply items as they would arrive."""
        return self.owner.apply(actor, [orjson.dumps(item) for item in items])

    def one(self, actor: Actor, item: dict[str, Any]) -> Decision:
        (decision,) = self.apply(actor, item)
        return decision

    def stored(self, entity: str, record_id: str) -> dict[str, Any] | None:
        table = self.owner.database.tables[entity]
        with self.owner.database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == UUID(record_id))).first()
        return dict(row._mapping) if row else None

    def count(self, table: str) -> int:
        with self.owner.database.read() as connection:
            return int(connection.execute(sa.text(f"select count(*) from {table}")).scalar_one())

    def events(self) -> list[dict[str, Any]]:
        with self.owner.database.read() as connection:
            rows = connection.execute(sa.text("select * from outbox order by id")).mappings().all()
        return [dict(row) | {"data": orjson.loads(row["data"])} for row in rows]


def define_fields(crm: OwnerUnderTest, **kinds: str) -> None:
    """Let an administrator add fields to parties: kind by key."""
    administrator = crm.accesses.give(*everything("forms"))
    for key, kind in kinds.items():
        fields = {"entity": "crm.party", "key": key, "kind": kind, "labels": {"it": key}}
        decision = crm.one(administrator, {**create("crm.field_definition"), "fields": fields})
        assert decision.changed, decision.error


def create(entity: str, record_id: str | None = None, **fields: Any) -> dict[str, Any]:
    """A create with new ids."""
    return {
        "id": str(uuid7()),
        "entity": entity,
        "record_id": record_id or str(uuid7()),
        "op": "create",
        "fields": fields,
    }


def update(entity: str, record_id: str, base_version: int | None = None, **fields: Any) -> dict[str, Any]:
    """An update with a new id; `base` may be added by the caller."""
    item: dict[str, Any] = {
        "id": str(uuid7()),
        "entity": entity,
        "record_id": record_id,
        "op": "update",
        "fields": fields,
    }
    return item if base_version is None else item | {"base_version": base_version}


def delete(entity: str, record_id: str, base_version: int | None = None) -> dict[str, Any]:
    """A delete with a new id."""
    item = {"id": str(uuid7()), "entity": entity, "record_id": record_id, "op": "delete"}
    return item if base_version is None else item | {"base_version": base_version}


def received(service: str, event_type: str, data: dict[str, Any]) -> Event:
    """An event as a handler receives it."""
    return Event(id=uuid7(), service=service, type=event_type, subject="", time=datetime.now(UTC), data=data)
