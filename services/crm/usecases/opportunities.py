"""Opportunities: what is checked when one is written, and the commands that move it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from services.crm.domain.opportunities import INITIAL, LIVE, OPPORTUNITY, OUTCOMES
from services.crm.domain.states import target_of
from services.crm.storage import standings
from services.crm.usecases.opportunity_lists import chosen_reason, chosen_stage, first_stage
from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import time_text
from services.kit.errors import Invalid, NotAllowedNow, Violation
from services.kit.records.rules import CommandCall
from services.kit.values import minor_units, round_half_up

_CURRENCY: Final = "EUR"
#: What an outcome leaves behind, and reopening takes away.
_NO_OUTCOME: Final = {"reason_id": "", "outcome_note": "", "closed_at": None}


def prepare_opportunity(uow: UnitOfWork, row: Row) -> None:
    """Give a new opportunity its stage and state; check its figures.

    Raises:
        Invalid: INVALID_FIELDS with AMOUNT_NEGATIVE, TOO_MANY_DECIMALS, PERCENT_OUT_OF_RANGE,
            CURRENCY_UNKNOWN, or those of `chosen_stage`.
    """
    opportunity = row.values
    opportunity["currency"] = opportunity["currency"].strip().upper() or _CURRENCY
    _check_figures(row)
    if row.is_new and opportunity["state"] == "unspecified":
        _begin(uow, row)


def _begin(uow: UnitOfWork, row: Row) -> None:
    wanted = row.values["stage_id"]
    if wanted:
        row.values["state"] = chosen_stage(uow, wanted, "stage_id", LIVE).values["state"]
        return
    row.values["stage_id"] = first_stage(uow, INITIAL)
    row.values["state"] = INITIAL


def _check_figures(row: Row) -> None:
    opportunity = row.values
    violations: list[Violation] = []
    try:
        places = minor_units(opportunity["currency"])
    except Invalid:
        places = 4
        violations.append(Violation("currency", "CURRENCY_UNKNOWN", "an ISO 4217 code is expected"))
    if opportunity["value"]:
        value = Decimal(opportunity["value"])
        if value < 0:
            violations.append(Violation("value", "AMOUNT_NEGATIVE", "0 or more is expected"))
        elif round_half_up(value, places) != value:
            violations.append(Violation("value", "TOO_MANY_DECIMALS", f"at most {places} decimals"))
    if opportunity["probability"] and not 0 <= Decimal(opportunity["probability"]) <= 100:
        violations.append(Violation("probability", "PERCENT_OUT_OF_RANGE", "0 to 100 is expected"))
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)


def settle_opportunity(uow: UnitOfWork, row: Row) -> None:
    """Keep how it stands, if anything of that is new."""
    if row.is_new or any(row.values[name] != row.stored[name] for name in standings.FIELDS):
        _keep_standing(uow, row)


def move_opportunity(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Put it into another stage of its state; a stage of quoting begins the quoting.

    Raises:
        NotAllowedNow: WRONG_STATE.
        Invalid: those of `chosen_stage`.
    """
    state = row.values["state"]
    if state not in LIVE:
        params = {"state": state, "command": "move", "allowed": ", ".join(LIVE)}
        raise NotAllowedNow("WRONG_STATE", params=params)
    reachable = (state, "quoting") if state == INITIAL else (state,)
    stage = chosen_stage(uow, call.request["stage_id"], "request.stage_id", reachable)
    if stage.id == row.values["stage_id"]:
        return
    row.values["stage_id"] = stage.id
    if stage.values["state"] != state:
        uow.move(row, stage.values["state"], command="quote")
    _keep_standing(uow, row, command="move")


def quote_opportunity(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Work on an offer has begun. Raises NotAllowedNow: WRONG_STATE."""
    enter(uow, row, "quote")


def win_opportunity(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """The customer buys. Raises NotAllowedNow: WRONG_STATE."""
    enter(uow, row, "win")
    row.values["outcome_note"] = call.request["note"]


def lose_opportunity(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """The customer buys elsewhere; keep why, and from whom.

    Raises:
        NotAllowedNow: WRONG_STATE.
        Invalid: those of `chosen_reason`.
    """
    _end(uow, row, call, "lose")
    row.values["competitor"] = call.request["competitor"] or row.values["competitor"]


def drop_opportunity(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Nobody pursues it any more; this is for good. Raises as `lose_opportunity`."""
    _end(uow, row, call, "drop")


def reopen_opportunity(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """What was lost is open again. Raises NotAllowedNow: WRONG_STATE."""
    enter(uow, row, "reopen")


def _end(uow: UnitOfWork, row: Row, call: CommandCall, command: str) -> None:
    target_of(OPPORTUNITY, command, row.values["state"])
    reason = chosen_reason(uow, call.request["reason_id"], OUTCOMES[command])
    enter(uow, row, command, reason=reason.values["code"])
    row.values["reason_id"] = reason.id
    row.values["outcome_note"] = call.request["note"]


def enter(
    uow: UnitOfWork, row: Row, command: str, *, reason: str = "", made_at: datetime | None = None
) -> None:
    """Take an opportunity through one transition, into the first stage of the state that it reaches.

    Raises:
        NotAllowedNow: WRONG_STATE.
    """
    target = target_of(OPPORTUNITY, command, row.values["state"])
    uow.move(row, target, command=command, reason=reason, made_at=made_at)
    decided = made_at or uow.made_at
    row.values.update(_NO_OUTCOME, stage_id=first_stage(uow, target), proposal="unspecified")
    if target not in LIVE:
        row.values["closed_at"] = time_text(decided)
    _keep_standing(uow, row, command=command, reason=reason, made_at=made_at)


def _keep_standing(
    uow: UnitOfWork, row: Row, *, command: str = "", reason: str = "", made_at: datetime | None = None
) -> None:
    standings.keep(
        uow.connection,
        row.values,
        command=command,
        reason=reason,
        by=uow.actor.user_id,
        made_at=made_at or uow.made_at,
        arrived_at=uow.now,
    )
