"""How many parties there are in each state, and how much work is late, now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from services.crm.domain.calendar import OPEN
from services.crm.storage.calendars import ends_expression
from services.crm.storage.tables import TABLES
from services.kit.config import settings
from services.kit.entities import entity


@dataclass(frozen=True, slots=True)
class Overview:
    """Parties by state, states without any included; open activities whose time is over."""

    parties: Mapping[str, int]
    overdue_activities: int


def overview(connection: sa.Connection, *, now: datetime) -> Overview:
    """Count what is not deleted."""
    party, activity = TABLES["crm.party"], TABLES["crm.activity"]
    counted = sa.select(party.c.state, sa.func.count()).where(party.c.deleted.is_(False))
    found = {state: count for state, count in connection.execute(counted.group_by(party.c.state))}  # noqa: C416
    states = [state for state in entity("crm.party").fields["state"].enum_values if state != "unspecified"]
    over = ends_expression(activity, settings().company_time_zone) < now
    late = sa.select(sa.func.count()).select_from(activity)
    # A series is never closed as a whole.
    once = activity.c.recurrence == ""
    late = late.where(activity.c.deleted.is_(False), activity.c.state.in_(OPEN), once, over)
    return Overview(dict.fromkeys(states, 0) | found, connection.execute(late).scalar_one())
