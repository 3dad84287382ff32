"""Where records stood, and for how long, by their stored passages from state to state.

Passages count from when they were made, so what a device did without a network is where it belongs once it
arrives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.schema import transition


@dataclass(frozen=True, slots=True)
class Stay:
    """A time in one state, from `since` on; `until` None: it is there now."""

    state: str
    since: datetime
    until: datetime | None
    arrived_at: datetime
    command: str = ""
    reason: str = ""
    by_id: UUID | None = None

    def seconds(self, now: datetime) -> int:
        """How long it lasted, until `now` at most."""
        return max(0, int(((self.until or now) - self.since).total_seconds()))


def array_of(ids: Sequence[UUID]) -> sa.BindParameter[Any]:
    """Ids as one parameter: a statement takes no more than 65,535."""
    return sa.literal(list(ids), pg.ARRAY(sa.Uuid))


def state_before(connection: sa.Connection, entity: str, record_id: str, state: str) -> str | None:
    """Return the state from which a record came last into `state`; None if no passage tells."""
    found: str | None = connection.execute(
        sa.select(transition.c.from_state)
        .where(
            transition.c.entity == entity,
            transition.c.record_id == UUID(record_id),
            transition.c.to_state == state,
        )
        .order_by(transition.c.made_at.desc(), transition.c.id.desc())
        .limit(1)
    ).scalar()
    return found


def stays_of(
    connection: sa.Connection, entity: str, ids: Sequence[UUID], first: Mapping[UUID, Stay] | None = None
) -> dict[UUID, list[Stay]]:
    """Return the stays of each of these records, in order.

    `first` are those that no passage began: the time from a record's creation on.
    """
    passages = connection.execute(
        sa.select(transition)
        .where(transition.c.entity == entity, transition.c.record_id == sa.any_(array_of(ids)))
        .order_by(transition.c.record_id, transition.c.made_at, transition.c.id)
    ).mappings()
    found: dict[UUID, list[Any]] = {each: [] for each in ids}
    for passage in passages:
        found[passage["record_id"]].append(passage)
    return {each: _stays(passages, (first or {}).get(each)) for each, passages in found.items()}


def _stays(passages: Iterable[Any], first: Stay | None) -> list[Stay]:
    stays = [first] if first is not None else []
    for passage in passages:
        since = passage["made_at"]
        if stays:
            # A device's clock may put a passage before the one that led to it.
            since = max(since, stays[-1].since)
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
