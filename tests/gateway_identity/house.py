"""Identity with a clock that tests turn, and short words for what they arrange."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from gateway.identity.adapters.keys import KeyRing
from gateway.identity.adapters.passwords import Passwords
from gateway.identity.adapters.tokens import AccessTokens
from gateway.identity.domain.administration import fixed_id
from gateway.identity.storage.tables import access
from gateway.identity.usecases.accesses import access_json
from gateway.identity.usecases.demonstration import seed_demonstration
from gateway.identity.usecases.rules import RULES
from gateway.identity.usecases.signing_in import SigningIn
from services.kit.access import AccessBook
from services.kit.actor import Actor
from services.kit.database import Database
from services.kit.records.claims import Decision
from services.kit.records.owner import Owner

PASSWORD = "correct horse battery staple"
NORTH, SOUTH, MANAGER, TECHNICIAN, ADMIN = (
    "sales.north",
    "sales.south",
    "sales.manager",
    "service.tech",
    "admin",
)


def user_id(user_name: str) -> str:
    return fixed_id("identity.user", user_name)


def territory_id(code: str) -> str:
    return fixed_id("identity.territory", code)


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime(2026, 3, 27, 9, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


class House:
    """The demonstration company's identity on a database of its own."""

    def __init__(self, url: str, secrets_dir: Path) -> None:
        self.url = url
        self.clock = Clock()
        self.passwords = Passwords()
        self.database = Database("identity", url)
        self.keys = KeyRing(secrets_dir, clock=self.clock)
        self.keys.open()
        self.signing_in = SigningIn(
            self.database, passwords=self.passwords, tokens=AccessTokens(self.keys), clock=self.clock
        )
        self.owner = Owner(
            self.database,
            RULES,
            AccessBook(self.database, partial(access_json, self.database)),
            lambda _entity, _id: None,
        )

    def seed(self) -> None:
        seed_demonstration(self.database, self.passwords, password=PASSWORD, now=self.clock())

    def close(self) -> None:
        self.database.close()

    def epochs(self) -> dict[str, int]:
        with self.database.read() as connection:
            rows = connection.execute(sa.select(access.c.user_name, access.c.version))
            return {row.user_name: row.version for row in rows}

    def access(self, user_name: str) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(access_json(self.database, UUID(user_id(user_name)), 0))
        return body

    def grants(self, user_name: str) -> dict[str, dict[str, Any]]:
        return {grant["group"]: grant for grant in self.access(user_name)["grants"]}

    def change(self, *items: Mapping[str, Any], by: str = ADMIN) -> list[Decision]:
        """Apply changes in one group."""
        actor = Actor(user_id=UUID(user_id(by)), grant_epoch=self.epochs()[by])
        group = str(uuid4())
        sent = [json.dumps({"id": str(uuid4()), "group": group, **item}).encode() for item in items]
        return self.owner.apply(actor, sent)

    def rows(self, statement: str) -> list[dict[str, Any]]:
        with self.database.read() as connection:
            return [dict(row) for row in connection.execute(sa.text(statement)).mappings()]


def create(entity: str, record_id: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"entity": entity, "op": "create", "record_id": record_id or str(uuid4()), "fields": fields}


def update(entity: str, record_id: str, **fields: Any) -> dict[str, Any]:
    return {"entity": entity, "op": "update", "record_id": record_id, "fields": fields}
