"""Tasks of a request: one thing to do, by somebody, by some time."""

from __future__ import annotations

from datetime import timedelta

from services.aftersales.domain import transitions
from services.aftersales.domain.business_time import deadline
from services.aftersales.usecases.calendars import minutes_promised, promise
from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import time_text
from services.kit.errors import NotAllowedNow
from services.kit.records.rules import CommandCall

REQUEST, TASK = "aftersales.request", "aftersales.task"


def prepare_task(uow: UnitOfWork, row: Row) -> None:
    """Begin as open; a due time in business minutes is counted in the calendar of the request's policy.

    Raises:
        Invalid: NO_BUSINESS_TIME.
    """
    task = row.values
    if task["state"] != "unspecified":
        return
    task["state"] = transitions.INITIAL[transitions.TASK]
    task["position"] = task["position"] or 1 + max(
        (t.values["position"] for t in uow.children(TASK, task["request_id"]) if t is not row), default=0
    )
    request = uow.get(REQUEST, task["request_id"])
    if task["due_minutes"] and not task["due_at"] and request is not None:
        calendar_id, _, _ = minutes_promised(uow, request.values["sla_policy_id"], request.values["priority"])
        calendar = promise(uow, calendar_id, 0).calendar
        task["due_at"] = time_text(deadline(calendar, uow.made_at, timedelta(minutes=task["due_minutes"])))


def guard_task(uow: UnitOfWork, row: Row) -> None:
    """Tasks of a closed request stay as they are, and so does what is done or cancelled.

    Raises:
        NotAllowedNow: REQUEST_CLOSED, TASK_CLOSED.
    """
    request = uow.get(REQUEST, row.values["request_id"])
    if request is not None and request.values["state"] == "closed":
        raise NotAllowedNow("REQUEST_CLOSED")
    if not row.is_new and row.values["state"] != "open":
        raise NotAllowedNow("TASK_CLOSED")


def complete_task(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """The task is done."""
    _end(uow, row, "complete")
    row.values["outcome"] = call.request["outcome"].strip()


def cancel_task(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """The task will not be done."""
    _end(uow, row, "cancel", reason=call.request["reason"].strip())
    row.values["outcome"] = call.request["reason"].strip()


def _end(uow: UnitOfWork, row: Row, command: str, *, reason: str = "") -> None:
    request = uow.require(REQUEST, row.values["request_id"])
    if request.values["state"] == "closed":
        raise NotAllowedNow("REQUEST_CLOSED")
    step = transitions.move(transitions.TASK, command, row.values["state"])
    uow.move(row, step.target, command=command, reason=reason)
    row.values["completed_at"] = time_text(uow.made_at)
