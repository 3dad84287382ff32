"""Moves of offers, revisions and orders by the kernel's transition tables."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from services.kit.database import Row, UnitOfWork
from services.offers.domain import transitions

_TABLE_OF = {
    "offers.offer": transitions.OFFER,
    "offers.revision": transitions.REVISION,
    "offers.order": transitions.ORDER,
}


def move(
    uow: UnitOfWork,
    row: Row,
    command: str,
    *,
    reason: str = "",
    missing: Collection[str] = (),
    made_at: datetime | None = None,
) -> None:
    """Take a record through one transition, if its table allows it now.

    Raises:
        NotAllowedNow: TRANSITION_NOT_ALLOWED, or what is missing.
    """
    target = transitions.move(
        _TABLE_OF[row.entity.name], row.values["state"], command, reason=reason, missing=missing
    )
    if target != row.values["state"]:
        uow.move(row, target, command=command, reason=reason, made_at=made_at)
        # The administrators' own state belonged to the one that it left.
        if row.values.get("status_id"):
            row.values["status_id"] = ""


def can(row: Row, command: str) -> bool:
    """True if the record's state allows the command."""
    step = transitions.move_of(_TABLE_OF[row.entity.name], command)
    return row.values["state"] in step.sources
