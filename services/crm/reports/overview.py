"""How many parties there are in each state, and how much work is late, now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from services.crm.storage.tables import TABLES
from services.kit.entities import entity

_OPEN = ("planned", "in_progress")


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
    over = sa.func.coalesce(activity.c.due_at, activity.c.ends_at, activity.c.starts_at) < now
    late = sa.select(sa.func.count()).select_from(activity)
    late = late.where(activity.c.deleted.is_(False), activity.c.state.in_(_OPEN), over)
    return Overview(dict.fromkeys(states, 0) | found, connection.execute(late).scalar_one())
