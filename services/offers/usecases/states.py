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
        if row.entity.name == "offers.offer":
            _leave(row, target)


#: What is told of an outcome.
NO_OUTCOME = {"outcome_reason_id": "", "outcome_note": "", "competitor": "", "competitor_price": ""}


def _leave(row: Row, target: str) -> None:
    """Forget what belonged to the state that an offer leaves: the administrators' own state in it, and why it
    had ended if it is in work again. The passages keep both.
    """
    row.values["status_id"] = ""
    if target == "in_work":
        row.values.update(NO_OUTCOME)


def can(row: Row, command: str) -> bool:
    """True if the record's state allows the command."""
    step = transitions.move_of(_TABLE_OF[row.entity.name], command)
    return row.values["state"] in step.sources
