"""States of parties, handovers and activities, and who moves them: one table, read by code, error texts and
buttons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.kit.errors import NotAllowedNow


@dataclass(frozen=True, slots=True)
class Transition:
    """A command: the states from which it is allowed, and the one that it leads to."""

    sources: tuple[str, ...]
    target: str


PARTY: Mapping[str, Transition] = {
    "qualify": Transition(("prospect",), "qualified"),
    # An order came from one that had been put away: it buys.
    "register": Transition(("prospect", "qualified", "customer", "inactive"), "customer"),
    "deactivate": Transition(("prospect", "qualified", "customer"), "inactive"),
    # To what it was before, if its passages know.
    "reactivate": Transition(("inactive",), "prospect"),
    "merge": Transition(("prospect", "qualified", "customer", "inactive"), "merged"),
}

HANDOVER: Mapping[str, Transition] = {
    "start": Transition(("planned",), "running"),
    "finish": Transition(("running",), "done"),
    "cancel": Transition(("planned", "running"), "cancelled"),
}

ACTIVITY: Mapping[str, Transition] = {
    "start": Transition(("planned",), "in_progress"),
    "complete": Transition(("planned", "in_progress"), "done"),
    "cancel": Transition(("planned",), "cancelled"),
}


def target_of(table: Mapping[str, Transition], command: str, state: str) -> str:
    """Return the state that `command` leads to.

    Raises:
        NotAllowedNow: WRONG_STATE.
    """
    transition = table[command]
    if state not in transition.sources:
        raise NotAllowedNow(
            "WRONG_STATE",
            params={"state": state, "command": command, "allowed": ", ".join(transition.sources)},
        )
    return transition.target
