"""States of messages, and who moves them: one table, read by code, error texts and buttons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.kit.errors import NotAllowedNow


@dataclass(frozen=True, slots=True)
class Transition:
    """A passage: the states from which it is allowed, and the one that it leads to."""

    sources: tuple[str, ...]
    target: str


_INCOMING = ("filed", "review", "unrelated")
_OPEN = ("queued", "sending", "uncertain")

MESSAGE: Mapping[str, Transition] = {
    # Incoming.
    "file": Transition(_INCOMING, "filed"),
    "unfile": Transition(_INCOMING, "unrelated"),
    "dismiss": Transition(_INCOMING, "unrelated"),
    # Outgoing.
    "begin": Transition(("queued",), "sending"),
    "postpone": Transition(("sending",), "queued"),
    "lose_sight": Transition(("sending",), "uncertain"),
    "give_up": Transition(("queued", "sending"), "not_sent"),
    "take": Transition(_OPEN, "sent"),
    "return": Transition(("sent", "uncertain"), "bounced"),
    "send_again": Transition(("not_sent", "uncertain", "bounced"), "queued"),
}


def target_of(command: str, state: str) -> str:
    """Return the state that `command` leads to.

    Raises:
        NotAllowedNow: WRONG_STATE.
    """
    transition = MESSAGE[command]
    if state not in transition.sources:
        raise NotAllowedNow(
            "WRONG_STATE",
            params={"state": state, "command": command, "allowed": ", ".join(transition.sources)},
        )
    return transition.target
