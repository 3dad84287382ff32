"""How offers end, rest and come back: commands that follow the transition table alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

import sqlalchemy as sa

from services.kit.company_time import company_date
from services.kit.database import Row, UnitOfWork
from services.kit.errors import Invalid, NotAllowedNow, Violation
from services.kit.records.items import id_in
from services.kit.records.rules import CommandCall
from services.offers.domain.transitions import OFFER_ACCEPTABLE
from services.offers.usecases.outcome_reasons import chosen_reason, validity_over
from services.offers.usecases.states import NO_OUTCOME, move

#: Command -> outcome whose reasons it takes.
_OUTCOME: Final[Mapping[str, str]] = {
    "lose": "lost",
    "cancel": "cancelled",
    "expire": "expired",
    "suspend": "suspended",
}
_LIVE: Final = ("frozen", "signed", "sent")


def lose_offer(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """The customer said no; keep why, to whom and at which price.

    Raises:
        NotAllowedNow: TRANSITION_NOT_ALLOWED.
        Invalid: OUTCOME_REASON_MISSING, INVALID_FIELDS.
    """
    _end(uow, row, call, "lose")


def cancel_offer(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Nobody pursues it any more; this is for good. Raises as `lose_offer`."""
    _end(uow, row, call, "cancel")


def expire_offer(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Its validity is over; the clock does the same by itself. Raises as `lose_offer`."""
    _end(uow, row, call, "expire")


def suspend_offer(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """It rests; a reason is welcome. Raises as `lose_offer`."""
    _end(uow, row, call, "suspend")


def start_offer(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Work has begun. Raises NotAllowedNow: TRANSITION_NOT_ALLOWED."""
    move(uow, row, "start")


def negotiate_offer(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """The customer answered. Raises NotAllowedNow: TRANSITION_NOT_ALLOWED."""
    move(uow, row, "negotiate")


def resume_offer(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """What rested is in work again. Raises NotAllowedNow: TRANSITION_NOT_ALLOWED."""
    move(uow, row, "resume")


def reopen_offer(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """What was lost or expired is in work again. Raises NotAllowedNow: TRANSITION_NOT_ALLOWED."""
    move(uow, row, "reopen")


def explain_offer(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Say afterwards why an offer was won, or correct why it was lost.

    Raises:
        NotAllowedNow: TRANSITION_NOT_ALLOWED.
        Invalid: OUTCOME_REASON_MISSING, INVALID_FIELDS.
    """
    outcome = "lost" if row.values["state"] == "lost" else "won"
    code = _keep(uow, row, call, outcome)
    move(uow, row, "explain", reason=code)


def expire_overdue_offers(uow: UnitOfWork) -> int:
    """Expire the offers of which no revision can be accepted any more, because the last day of each is over
    where the company is; return how many.
    """
    overdue = uow.find("offers.offer", _overdue(uow, company_date(uow.now)), lock=True)
    if not overdue:
        return 0
    reason = validity_over(uow)
    for row in overdue:
        move(uow, row, "expire", reason=reason.values["code"])
        row.values.update(NO_OUTCOME, outcome_reason_id=reason.id)
    return len(overdue)


def _overdue(uow: UnitOfWork, today: date) -> sa.ColumnElement[bool]:
    offer, revision = uow.tables["offers.offer"], uow.tables["offers.revision"]
    live = sa.select(revision.c.id).where(
        revision.c.offer_id == offer.c.id, revision.c.deleted.is_(False), revision.c.state.in_(_LIVE)
    )
    valid = live.where(sa.or_(revision.c.valid_until.is_(None), revision.c.valid_until >= today))
    return sa.and_(offer.c.state.in_(OFFER_ACCEPTABLE), sa.exists(live), sa.not_(sa.exists(valid)))


def check_status(uow: UnitOfWork, row: Row) -> None:
    """Check that the administrators' state of an offer belongs to the state that it is in.

    Raises:
        Invalid: INVALID_FIELDS, STATUS_OF_OTHER_STATE or STATUS_INACTIVE.
    """
    wanted = row.values["status_id"]
    if not wanted or wanted == row.stored.get("status_id"):
        return
    status = uow.require("offers.offer_status", wanted).values
    if status["state"] != row.values["state"]:
        raise _wrong("status_id", "STATUS_OF_OTHER_STATE", f"it belongs to {status['state']}")
    if status["inactive"]:
        raise _wrong("status_id", "STATUS_INACTIVE", "this state is no longer in use")


def _end(uow: UnitOfWork, row: Row, call: CommandCall, command: str) -> None:
    if row.values["accepted_revision_id"]:
        # The customer said yes: what follows is the order's story.
        raise NotAllowedNow("OFFER_CLOSED", params={"state": row.values["state"]})
    code = _keep(uow, row, call, _OUTCOME[command])
    move(uow, row, command, reason=code)


def _keep(uow: UnitOfWork, row: Row, call: CommandCall, outcome: str) -> str:
    """Keep what the command tells of the outcome; return the reason's code, "" if it names none."""
    request = call.request
    if request["reason_id"] and not id_in(request["reason_id"]):
        raise _wrong("request.reason_id", "INVALID_ID", "a UUID is expected")
    reason = chosen_reason(uow, id_in(request["reason_id"]), outcome)
    row.values["outcome_reason_id"] = reason.id if reason else ""
    row.values["outcome_note"] = request["note"]
    row.values["competitor"] = request.get("competitor", "")
    row.values["competitor_price"] = request.get("competitor_price", "")
    return str(reason.values["code"]) if reason else ""


def _wrong(name: str, reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_FIELDS", violations=[Violation(name, reason, detail)])
