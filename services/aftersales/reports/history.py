"""Where a request stood, and for how long.

Passages count from when they were made, so what a device did without a network is where it belongs once it
arrives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.database import Database
from services.kit.entities import entity
from services.kit.permissions import Access
from services.kit.records.reading import Reader
from services.kit.schema import transition

REQUEST = "aftersales.request"


@dataclass(frozen=True, slots=True)
class Stay:
    """A time in one state, from `since` on; `until` None: it is there now."""

    state: str
    since: datetime
    until: datetime | None
    arrived_at: datetime
    command: str
    reason: str
    by_id: UUID | None

    def seconds(self, now: datetime) -> int:
        """How long it lasted, until `now` at most."""
        return max(0, int(((self.until or now) - self.since).total_seconds()))


def request_history(database: Database, reader: Reader, access: Access, request_id: str) -> list[Stay]:
    """Return the states of a request in order.

    Raises:
        NotFound: RECORD_NOT_FOUND, also for what the caller may not see.
    """
    found = reader.get(access, entity(REQUEST), request_id)
    with database.read() as connection:
        return stays_of(connection, [UUID(found.id)])[UUID(found.id)]


def stays_of(connection: sa.Connection, ids: Sequence[UUID]) -> dict[UUID, list[Stay]]:
    """Return the stays of each of these requests."""
    passages = connection.execute(
        sa.select(transition)
        .where(transition.c.entity == REQUEST, transition.c.record_id == sa.any_(array_of(ids)))
        .order_by(transition.c.record_id, transition.c.made_at, transition.c.id)
    ).mappings()
    found: dict[UUID, list[Any]] = {each: [] for each in ids}
    for passage in passages:
        found[passage["record_id"]].append(passage)
    return {each: _stays(passages) for each, passages in found.items()}


def array_of(ids: Sequence[UUID]) -> sa.BindParameter[Any]:
    """Ids as one parameter: a statement takes no more than 65,535."""
    return sa.literal(list(ids), pg.ARRAY(sa.Uuid))


def _stays(passages: Iterable[Any]) -> list[Stay]:
    stays: list[Stay] = []
    for passage in passages:
        since = passage["made_at"]
        if stays:
            stays[-1] = replace(stays[-1], until=since)
        stays.append(
            Stay(
                passage["to_state"],
                since,
                None,
                passage["arrived_at"],
                passage["command"],
                passage["reason"],
                passage["by_id"],
            )
        )
    return stays
