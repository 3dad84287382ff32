"""Requests for service: what is derived when one is written, and every step of their way."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final
from uuid import UUID

from services.aftersales.domain import transitions
from services.aftersales.domain.clocks import Kind
from services.aftersales.domain.life import EARLIEST
from services.aftersales.usecases import clocks
from services.aftersales.usecases.calendars import standard_policy
from services.aftersales.usecases.coverage import judge
from services.aftersales.usecases.numbers import next_request_number
from services.aftersales.usecases.products import product_violations
from services.aftersales.usecases.times import (
    changed_fields,
    moment,
    plausible,
    refuse,
)
from services.kit.company_time import company_date
from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import Values, time_text
from services.kit.errors import Invalid, NotAllowedNow, Violation
from services.kit.records.places import foreign_root
from services.kit.records.rules import CommandCall

_KINDS: Final = {
    "symptom_id": "symptom",
    "cause_id": "cause",
    "component_code_id": "component",
    "remedy_id": "remedy",
}
#: Clocks of devices and servers differ by seconds.
_SKEW: Final = timedelta(minutes=5)


def prepare_request(uow: UnitOfWork, row: Row) -> None:
    """Begin as new with both clocks running; judge the warranty; another promise counts from now on.

    Raises:
        Invalid: INVALID_FIELDS with IN_THE_FUTURE, DATE_IMPLAUSIBLE, FAULT_AFTER_REPORT, WRONG_CODE_KIND,
            PRODUCT_OF_ANOTHER_PARTY, OUT_OF_RANGE (usage).
    """
    request, changed = row.values, changed_fields(row)
    begins = request["state"] == "unspecified"
    if begins:
        request["reported_at"] = request["reported_at"] or time_text(uow.made_at)
        request["sla_policy_id"] = request["sla_policy_id"] or standard_policy(uow)
    if request["priority"] == "unspecified":
        request["priority"] = "normal"
    refuse(_violations(uow, request, changed))
    if begins:
        begun = moment(request["reported_at"]) or uow.now
        uow.move(row, transitions.INITIAL[transitions.REQUEST], command="open", made_at=begun)
        clocks.start(uow, row, begun)
    elif changed & {"priority", "sla_policy_id"}:
        clocks.change_policy(uow, row)
    judge(uow, row)


def _violations(uow: UnitOfWork, request: Values, changed: Collection[str]) -> list[Violation]:
    found: list[Violation] = []
    reported = moment(request["reported_at"])
    today = company_date(uow.now)
    if reported is not None and reported > uow.now + _SKEW:
        found.append(Violation("reported_at", "IN_THE_FUTURE"))
    elif reported is not None and reported.date() < EARLIEST:
        found.append(Violation("reported_at", "DATE_IMPLAUSIBLE"))
    elif reported is not None and request["fault_on"] > company_date(reported).isoformat():
        found.append(Violation("fault_on", "FAULT_AFTER_REPORT"))
    found += plausible(request["fault_on"], today=today, field="fault_on")
    if request["usage"].startswith("-"):
        found.append(Violation("usage", "OUT_OF_RANGE"))
    found += _code_violations(uow, request, changed)
    return found + product_violations(uow, request, changed)


def _code_violations(uow: UnitOfWork, request: Values, changed: Collection[str]) -> list[Violation]:
    found = []
    for field, kind in _KINDS.items():
        code_id = request[field]
        if not code_id or field not in changed:
            continue
        code = uow.get("aftersales.code", code_id)
        if code is None or code.values["kind"] != kind or code.values["inactive"]:
            found.append(Violation(field, "WRONG_CODE_KIND"))
    return found


def settle_request(uow: UnitOfWork, row: Row) -> None:
    """Give a new request its number, last of all: the series is locked from here to the commit."""
    if not row.values["number"]:
        row.values["number"] = next_request_number(uow, company_date(uow.now).year)


def guard_request(uow: UnitOfWork, row: Row) -> None:
    """A closed request does not change.

    Raises:
        NotAllowedNow: REQUEST_CLOSED.
    """
    if row.values["state"] == "closed":
        raise NotAllowedNow("REQUEST_CLOSED")


def delete_request(uow: UnitOfWork, row: Row) -> None:
    """A request that was a mistake goes with its tasks and clock events."""
    for entity in ("aftersales.task", "aftersales.clock_event"):
        for child in uow.children(entity, row.id):
            child.values["deleted"] = True


def assign_request(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Give the request to somebody; without a name, to the caller. Work that has begun goes on.

    Raises:
        NotAllowedNow: WRONG_STATE.
        Invalid: INVALID_FIELDS with REFERENCE_NOT_FOUND.
    """
    begun = row.values["state"] in transitions.move_of(transitions.REQUEST, "hand_over").sources
    wanted = call.request["assignee_id"] or str(uow.actor.user_id or "")
    known = wanted and (wanted == str(uow.actor.user_id) or foreign_root(uow, "identity.user", wanted))
    if not known:
        raise Invalid("INVALID_FIELDS", violations=[Violation("request.assignee_id", "REFERENCE_NOT_FOUND")])
    _step(uow, row, "hand_over" if begun else "assign")
    row.values["assignee_id"] = str(UUID(wanted))


def respond_request(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """The customer had the first public reply of a person; told again, nothing changes."""
    transitions.move(transitions.REQUEST, "respond", row.values["state"])
    if row.values["responded_at"]:
        return
    clocks.happen(uow, row, clocks.RESPONSE, Kind.STOP)
    row.values["responded_at"] = time_text(uow.made_at)


def start_request(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Work begins; whoever begins it has it, if nobody had."""
    _step(uow, row, "start")
    row.values["assignee_id"] = row.values["assignee_id"] or str(uow.actor.user_id or "")


def wait_request(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Work stands still for the customer or for parts."""
    _step(uow, row, f"wait_for_{call.request['waiting_for']}", reason=call.request["reason"])


def resume_request(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Work goes on."""
    _step(uow, row, "resume")


def resolve_request(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Say what was done.

    Raises:
        NotAllowedNow: WRONG_STATE, TASKS_OPEN.
        Invalid: RESOLUTION_MISSING.
    """
    resolution = call.request["resolution"].strip()
    if not resolution:
        raise Invalid("RESOLUTION_MISSING")
    open_tasks = [t for t in uow.children("aftersales.task", row.id) if t.values["state"] == "open"]
    _step(uow, row, "resolve")
    if open_tasks:
        raise NotAllowedNow("TASKS_OPEN", params={"count": str(len(open_tasks))})
    row.values["resolution"] = resolution
    row.values["resolved_at"] = time_text(uow.made_at)


def close_request(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """The customer agrees that it is over."""
    _step(uow, row, "close")
    row.values["closed_at"] = time_text(uow.made_at)


def reopen_request(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """It is not over: the same clocks run on, with what they had left.

    Raises:
        Invalid: REASON_MISSING.
    """
    reason = call.request["reason"].strip()
    if not reason:
        raise Invalid("REASON_MISSING")
    _step(uow, row, "reopen", reason=reason)
    row.values["resolved_at"] = None
    row.values["closed_at"] = None


def _step(uow: UnitOfWork, row: Row, command: str, *, reason: str = "") -> None:
    """Take the request through one move of the table, its resolution clock with it.

    Raises:
        NotAllowedNow: WRONG_STATE.
    """
    step = transitions.move(transitions.REQUEST, command, row.values["state"])
    if step.clock is not None:
        clocks.happen(uow, row, clocks.RESOLUTION, step.clock)
    if step.target:
        uow.move(row, step.target, command=command, reason=reason)
