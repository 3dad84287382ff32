"""States of offer, revision and order, and every move between them, as one table.

Code asks `move`, errors quote the same table, and buttons follow from `allowed_commands`. A move names who
makes it: a `user` (whose grants must hold `action`), the `system` as a consequence of something else, or the
customer's `erp`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from services.kit.errors import Invalid, NotAllowedNow

USER, SYSTEM, ERP = "user", "system", "erp"
STAYS: Final = ""


@dataclass(frozen=True, slots=True)
class Move:
    """One command of one entity: from any state of `sources` to `target`; an empty target stays where it is.

    `action` is what a user's grants must hold. `reason_required`: lost, cancelled and expired ask why.
    `needs` are facts about the record, each a reason of refusal when it does not hold: see `refusals`.
    """

    entity: str
    command: str
    sources: tuple[str, ...]
    target: str
    by: str = USER
    action: str = "write"
    reason_required: bool = False
    needs: tuple[str, ...] = ()


OFFER, REVISION, ORDER = "offer", "revision", "order"

OFFER_OPEN: Final = ("draft", "in_work", "ready", "sent", "negotiation", "suspended")
OFFER_ACCEPTABLE: Final = ("ready", "sent", "negotiation")
_FROM_READY: Final = ("ready", "sent", "negotiation")
_OUT: Final = ("lost", "expired", "suspended")

FROZEN, SIGNED, CURRENT, UNEXPIRED = (
    "REVISION_NOT_FROZEN",
    "REVISION_NOT_SIGNED",
    "REVISION_NOT_CURRENT",
    "OFFER_EXPIRED",
)
COMPLETE, FRESH, PRICED = "CHARGE_WITHOUT_LINES", "SPREAD_STALE", "PRICE_MISSING"

TABLE: Final[tuple[Move, ...]] = (
    Move(OFFER, "start", ("draft",), "in_work"),
    Move(OFFER, "freeze", ("draft", "in_work", "ready"), "ready", by=SYSTEM),
    Move(OFFER, "send", ("ready",), "sent", by=SYSTEM),
    Move(OFFER, "send_again", ("sent", "negotiation"), STAYS, by=SYSTEM),
    Move(OFFER, "negotiate", ("sent",), "negotiation"),
    Move(OFFER, "revise", (*_FROM_READY, *_OUT), "in_work", by=SYSTEM),
    Move(OFFER, "withdraw", _FROM_READY, "in_work", by=SYSTEM),
    Move(OFFER, "accept", OFFER_ACCEPTABLE, "accepted", needs=(FROZEN, CURRENT, SIGNED, UNEXPIRED)),
    Move(OFFER, "order", ("accepted",), "ordered", by=SYSTEM),
    # Customers buy elsewhere after an offer has ended, too, and often tell it then.
    Move(OFFER, "lose", (*_FROM_READY, "expired", "suspended"), "lost", reason_required=True),
    Move(OFFER, "expire", _FROM_READY, "expired", reason_required=True),
    Move(OFFER, "suspend", _FROM_READY, "suspended"),
    Move(OFFER, "resume", ("suspended",), "in_work"),
    Move(OFFER, "reopen", ("lost", "expired"), "in_work"),
    Move(OFFER, "cancel", OFFER_OPEN, "cancelled", reason_required=True),
    Move(OFFER, "explain", ("accepted", "ordered", "changed", "lost"), STAYS, reason_required=True),
    Move(OFFER, "change_order", ("ordered", "changed"), "changed", by=ERP),
    Move(
        OFFER, "cancel_order", ("accepted", "ordered", "changed"), "cancelled", by=ERP, reason_required=True
    ),
    Move(REVISION, "freeze", ("draft",), "frozen", needs=(COMPLETE, FRESH, PRICED)),
    Move(REVISION, "sign", ("frozen",), "signed"),
    Move(REVISION, "send", ("frozen", "signed", "sent"), "sent", needs=(SIGNED,)),
    Move(REVISION, "accept", ("frozen", "signed", "sent"), "accepted", by=SYSTEM),
    Move(REVISION, "supersede", ("frozen", "signed", "sent"), "superseded", by=SYSTEM),
    Move(REVISION, "withdraw", ("draft", "frozen", "signed", "sent"), "withdrawn"),
    Move(REVISION, "pass_over", ("draft", "frozen", "signed", "sent"), "not_chosen", by=SYSTEM),
    Move(ORDER, "wait_for_customer", ("pending",), "waiting_for_customer", by=SYSTEM),
    Move(ORDER, "send", ("pending", "waiting_for_customer"), "sent", by=SYSTEM),
    Move(ORDER, "register", ("sent",), "registered", by=ERP),
    Move(ORDER, "refuse", ("sent",), "refused", by=ERP, reason_required=True),
    Move(ORDER, "retry", ("refused",), "pending"),
    Move(ORDER, "change", ("registered", "changed"), "changed", by=ERP),
    Move(ORDER, "cancel", ("registered", "changed"), "cancelled", by=ERP, reason_required=True),
)
"""A revision may go from frozen to accepted directly where no signature is asked
for.
"""

INITIAL: Final = {OFFER: "draft", REVISION: "draft", ORDER: "pending"}

_BY_NAME: Final = {(move.entity, move.command): move for move in TABLE}

STATES: Final = {
    entity: tuple(
        dict.fromkeys(
            state
            for move in TABLE
            if move.entity == entity
            for state in (INITIAL[entity], *move.sources, move.target)
            if state != STAYS
        )
    )
    for entity in INITIAL
}


def move_of(entity: str, command: str) -> Move:
    """The table's row for a command.

    Raises:
        Invalid: COMMAND_UNKNOWN.
    """
    found = _BY_NAME.get((entity, command))
    if found is None:
        raise Invalid("COMMAND_UNKNOWN", params={"entity": str(entity)[:40], "command": str(command)[:40]})
    return found


def move(entity: str, state: str, command: str, *, reason: str = "", missing: Collection[str] = ()) -> str:
    """The state after `command`; `missing` are the facts of `Move.needs` that do not hold for this record.

    Raises:
        Invalid: COMMAND_UNKNOWN, STATE_UNKNOWN, OUTCOME_REASON_MISSING. NotAllowedNow: TRANSITION_NOT_ALLOWED
        (with the states from which it is allowed), or the first missing fact.
    """
    step = move_of(entity, command)
    if state not in STATES[entity]:
        raise Invalid("STATE_UNKNOWN", params={"entity": entity, "state": str(state)[:40]})
    params = {"entity": entity, "command": command, "state": state, "allowed": ", ".join(step.sources)}
    if state not in step.sources:
        raise NotAllowedNow("TRANSITION_NOT_ALLOWED", params=params)
    for fact in step.needs:
        if fact in missing:
            raise NotAllowedNow(fact, params=params)
    if step.reason_required and not reason.strip():
        raise Invalid("OUTCOME_REASON_MISSING", params=params)
    return step.target or state


def allowed_commands(
    entity: str, state: str, *, actions: Collection[str] = ("write",), missing: Collection[str] = ()
) -> tuple[str, ...]:
    """The commands that a user with these granted actions can give now, in the table's order; for buttons.

    Raises:
        Invalid: STATE_UNKNOWN.
    """
    if entity not in STATES or state not in STATES[entity]:
        raise Invalid("STATE_UNKNOWN", params={"entity": str(entity)[:40], "state": str(state)[:40]})
    return tuple(
        step.command
        for step in TABLE
        if step.entity == entity
        and step.by == USER
        and state in step.sources
        and step.action in actions
        and not any(fact in missing for fact in step.needs)
    )


def is_final(entity: str, state: str) -> bool:
    """Whether nothing and nobody can move the record any more."""
    return not any(step.entity == entity and state in step.sources for step in TABLE)
