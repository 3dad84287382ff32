"""States of machines, requests and tasks, and every move between them: one table for code, errors and
buttons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.aftersales.domain.clocks import Kind
from services.kit.errors import NotAllowedNow


@dataclass(frozen=True, slots=True)
class Move:
    """One command: from any state of `sources` to `target` ("": the state stays).

    `clock` is what happens to the resolution clock on the way.
    """

    entity: str
    command: str
    sources: tuple[str, ...]
    target: str
    clock: Kind | None = None


PRODUCT, REQUEST, TASK = "installed_product", "request", "task"

_WAITING = ("waiting_for_customer", "waiting_for_parts")
_OPEN = ("new", "assigned", "in_progress", *_WAITING, "reopened")
_OVER = ("resolved", "closed")

TABLE: Final[tuple[Move, ...]] = (
    Move(PRODUCT, "commission", ("delivered", "in_service"), "in_service"),
    Move(PRODUCT, "retire", ("delivered", "in_service"), "retired"),
    Move(REQUEST, "assign", ("new", "assigned", "reopened"), "assigned"),
    # Somebody else takes over work that has begun: it stays begun.
    Move(REQUEST, "hand_over", ("in_progress", *_WAITING), ""),
    Move(REQUEST, "start", ("new", "assigned", "reopened"), "in_progress"),
    Move(REQUEST, "wait_for_customer", ("in_progress",), "waiting_for_customer", Kind.PAUSE),
    Move(REQUEST, "wait_for_parts", ("in_progress",), "waiting_for_parts", Kind.PAUSE),
    Move(REQUEST, "resume", _WAITING, "in_progress", Kind.RESUME),
    Move(REQUEST, "resolve", ("assigned", "in_progress", "reopened", *_WAITING), "resolved", Kind.STOP),
    Move(REQUEST, "close", ("resolved",), "closed"),
    Move(REQUEST, "reopen", _OVER, "reopened", Kind.RESUME),
    Move(REQUEST, "respond", (*_OPEN, *_OVER), ""),
    Move(REQUEST, "decide_coverage", (*_OPEN, "resolved"), ""),
    Move(TASK, "complete", ("open",), "done"),
    Move(TASK, "cancel", ("open",), "cancelled"),
)
"""Source: domain.md, part 2."""

INITIAL: Final = {PRODUCT: "delivered", REQUEST: "new", TASK: "open"}
OPEN_REQUESTS: Final = _OPEN

_BY_NAME: Final = {(move.entity, move.command): move for move in TABLE}


def move_of(entity: str, command: str) -> Move:
    """The table's row of a command."""
    return _BY_NAME[entity, command]


def move(entity: str, command: str, state: str) -> Move:
    """The move that `command` makes from `state`.

    Raises:
        NotAllowedNow: WRONG_STATE, with the states from which it is allowed.
    """
    found = move_of(entity, command)
    if state not in found.sources:
        params = {"state": state, "command": command, "allowed": ", ".join(found.sources)}
        raise NotAllowedNow("WRONG_STATE", params=params)
    return found


def allowed_commands(entity: str, state: str) -> tuple[str, ...]:
    """The commands that can be given now, in the table's order; for buttons."""
    return tuple(each.command for each in TABLE if each.entity == entity and state in each.sources)
