"""Does a warranty pay for a request? Judged at the date of the fault; a person may decide otherwise."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from services.aftersales.domain import transitions
from services.aftersales.domain.warranty import Decision, Fault, Outcome, Why, decide
from services.aftersales.usecases.times import day, moment
from services.aftersales.usecases.warranties import PRODUCT, WARRANTY, dates_of, promise_of
from services.kit.company_time import company_date
from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import Values
from services.kit.errors import Invalid
from services.kit.records.rules import CommandCall

BY_HAND = "by_hand"
REQUEST = "aftersales.request"


def judge(uow: UnitOfWork, request: Row) -> None:
    """Write what the machine's warranties say; what a person decided stays."""
    values = request.values
    if values["coverage_reason"] == BY_HAND:
        return
    decision = _decision(uow, values)
    values["coverage"] = str(decision.outcome)
    values["coverage_reason"] = str(decision.why)
    values["warranty_id"] = decision.warranty_id


def _decision(uow: UnitOfWork, request: Values) -> Decision:
    product = uow.get(PRODUCT, request["installed_product_id"]) if request["installed_product_id"] else None
    if product is None or product.values["deleted"]:
        return Decision(Outcome.UNDECIDED, Why.NO_PRODUCT)
    warranties = [promise_of(row.values) for row in uow.children(WARRANTY, product.id)]
    return decide(warranties, dates_of(product.values), fault_of(uow, request))


def fault_of(uow: UnitOfWork, request: Values) -> Fault:
    """What a request tells about the fault; without a day of discovery, the day on which it was told."""
    reported = company_date(_reported(request))
    cause = uow.get("aftersales.code", request["cause_id"]) if request["cause_id"] else None
    return Fault(
        on=day(request["fault_on"]) or reported,
        notified_on=reported,
        usage=Decimal(request["usage"]) if request["usage"] else None,
        cause_excluded=cause is not None and bool(cause.values["excluded_from_warranty"]),
    )


def _reported(request: Values) -> datetime:
    reported = moment(request["reported_at"])
    if reported is None:
        raise LookupError(f"request {request['id']} has no reported_at")
    return reported


def judge_open_requests(uow: UnitOfWork, product: Row) -> None:
    """Judge again what is not over yet: a date of the machine or a warranty has changed."""
    table = uow.tables[REQUEST]
    concerned = (table.c.installed_product_id == product.id) & table.c.state.in_(transitions.OPEN_REQUESTS)
    for request in uow.find(REQUEST, concerned, lock=True):
        judge(uow, request)


def decide_coverage(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Let a person decide: goodwill, misuse.

    Raises:
        Invalid: REASON_MISSING.
        NotAllowedNow: WRONG_STATE.
    """
    transitions.move(transitions.REQUEST, "decide_coverage", row.values["state"])
    reason = call.request["reason"].strip()
    if not reason:
        raise Invalid("REASON_MISSING")
    row.values["coverage"] = str(Outcome.COVERED if call.request["covered"] else Outcome.NOT_COVERED)
    row.values["coverage_reason"] = BY_HAND
    row.values["coverage_note"] = reason
