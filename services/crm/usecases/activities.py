"""Activities: what is checked when one is written, completing and cancelling."""

from __future__ import annotations

from datetime import datetime

from services.crm.domain.states import ACTIVITY, target_of
from services.kit.database import Row, UnitOfWork
from services.kit.errors import Invalid, Violation
from services.kit.records.rules import CommandCall

_TIMES = ("starts_at", "ends_at")


def prepare_activity(uow: UnitOfWork, row: Row) -> None:
    """Begin as planned; an end never comes before its start.

    Raises:
        Invalid: INVALID_FIELDS with ENDS_BEFORE_START.
    """
    activity = row.values
    if row.is_new:
        activity["state"] = "planned"
    starts_at, ends_at = (activity[name] and datetime.fromisoformat(activity[name]) for name in _TIMES)
    if starts_at and ends_at and ends_at < starts_at:
        raise Invalid("INVALID_FIELDS", violations=[Violation("ends_at", "ENDS_BEFORE_START")])


def complete_activity(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Say what came of an activity and close it.

    Raises:
        Invalid: OUTCOME_MISSING.
        NotAllowedNow: WRONG_STATE.
    """
    outcome = call.request["outcome"].strip()
    if not outcome:
        raise Invalid("OUTCOME_MISSING")
    uow.move(row, target_of(ACTIVITY, "complete", row.values["state"]), command="complete")
    row.values["outcome"] = outcome


def cancel_activity(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Close an activity that will not take place.

    Raises:
        NotAllowedNow: WRONG_STATE.
    """
    target = target_of(ACTIVITY, "cancel", row.values["state"])
    uow.move(row, target, command="cancel", reason=call.request["reason"])
    row.values["outcome"] = call.request["reason"]
