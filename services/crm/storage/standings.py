"""How opportunities stood from each moment on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.crm.storage.tables import opportunity_standing

#: What a standing holds of its opportunity: what figures of a past day are made of.
FIELDS = ("state", "stage_id", "probability", "value", "currency")

# A late change of a device follows what it found: what stands last is what the record says now.
_KEEP = sa.text(
    """
    insert into opportunity_standing (opportunity_id, state, stage_id, probability, value, currency, command,
        reason, by_id, made_at, arrived_at)
    values (:opportunity_id, :state, cast(nullif(:stage_id, '') as uuid),
        cast(nullif(:probability, '') as numeric), cast(nullif(:value, '') as numeric), :currency, :command,
        :reason, :by_id,
        greatest(cast(:made_at as timestamptz),
            (select max(made_at) from opportunity_standing where opportunity_id = :opportunity_id)),
        :arrived_at)
    """
).bindparams(sa.bindparam("opportunity_id", type_=sa.Uuid(as_uuid=False)))


def keep(
    connection: sa.Connection,
    opportunity: Mapping[str, Any],
    *,
    command: str,
    reason: str,
    by: UUID | None,
    made_at: datetime,
    arrived_at: datetime,
) -> None:
    """Store how an opportunity stands from `made_at` on."""
    parameters = {name: opportunity[name] for name in FIELDS}
    parameters |= {"opportunity_id": opportunity["id"], "command": command, "reason": reason, "by_id": by}
    connection.execute(_KEEP, parameters | {"made_at": made_at, "arrived_at": arrived_at})


def last_before(opportunity_id: sa.ColumnElement[Any], moment: datetime) -> sa.FromClause:
    """Return the standing of an opportunity at a moment, as a subquery to join with."""
    table = opportunity_standing
    return (
        sa.select(*(table.c[name] for name in FIELDS))
        .where(table.c.opportunity_id == opportunity_id, table.c.made_at < moment)
        .order_by(table.c.made_at.desc(), table.c.id.desc())
        .limit(1)
        .lateral("stood")
    )
