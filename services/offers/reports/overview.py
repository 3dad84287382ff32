"""How many offers and orders there are in each state, and how long the ERP has kept us waiting, now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from services.offers.domain.transitions import OFFER, ORDER, STATES
from services.offers.storage.tables import TABLES


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts by state, states without any included; seconds, 0 if no order waits for an answer."""

    offers: Mapping[str, int]
    orders: Mapping[str, int]
    oldest_unanswered_s: float


def overview(connection: sa.Connection, *, now: datetime) -> Overview:
    """Count what is not deleted."""
    order = TABLES["offers.order"]
    asked = sa.select(sa.func.min(order.c.requested_at)).where(
        order.c.state == "sent", order.c.deleted.is_(False)
    )
    oldest = connection.execute(asked).scalar()
    return Overview(
        offers=_by_state(connection, TABLES["offers.offer"], OFFER),
        orders=_by_state(connection, order, ORDER),
        oldest_unanswered_s=(now - oldest).total_seconds() if oldest is not None else 0.0,
    )


def _by_state(connection: sa.Connection, table: sa.Table, entity: str) -> dict[str, int]:
    counted = sa.select(table.c.state, sa.func.count()).where(table.c.deleted.is_(False))
    found = {state: count for state, count in connection.execute(counted.group_by(table.c.state))}  # noqa: C416
    return dict.fromkeys(STATES[entity], 0) | found
