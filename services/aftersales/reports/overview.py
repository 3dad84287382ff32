"""How many requests are open and late, now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from services.aftersales.domain.transitions import OPEN_REQUESTS
from services.aftersales.storage.tables import request


@dataclass(frozen=True, slots=True)
class OpenRequests:
    """Counts by state, states without any included, and past their deadline by clock."""

    by_state: Mapping[str, int]
    overdue: Mapping[str, int]


def open_requests(connection: sa.Connection, *, now: datetime) -> OpenRequests:
    """Count what is not over."""
    is_open = request.c.deleted.is_(False) & request.c.state.in_(OPEN_REQUESTS)
    rows = connection.execute(
        sa.select(request.c.state, sa.func.count()).where(is_open).group_by(request.c.state)
    )
    by_state = dict.fromkeys(OPEN_REQUESTS, 0) | {key: count for key, count in rows}  # noqa: C416
    late = {"response": request.c.response_due_at, "resolution": request.c.resolution_due_at}
    overdue = {
        clock: connection.execute(
            sa.select(sa.func.count()).select_from(request).where(is_open, due < now)
        ).scalar_one()
        for clock, due in late.items()
    }
    return OpenRequests(by_state, overdue)
