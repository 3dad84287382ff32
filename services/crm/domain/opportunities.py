"""States of an opportunity, every move between them as one table, and what its offers make of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from services.crm.domain.states import Transition

#: In their order on the way: funnels are told in it.
STATES: Final = ("open", "quoting", "won", "lost", "dropped")
#: Those in which something can still come of it.
LIVE: Final = ("open", "quoting")
INITIAL: Final = "open"

#: A sale without an offer of ours is a sale: who calls and orders wins an open opportunity too.
OPPORTUNITY: Final[Mapping[str, Transition]] = {
    "quote": Transition(("open",), "quoting"),
    "win": Transition(LIVE, "won"),
    "lose": Transition(LIVE, "lost"),
    "drop": Transition(LIVE, "dropped"),
    "reopen": Transition(("lost",), "open"),
}
#: Outcome that a reason explains, by command.
OUTCOMES: Final[Mapping[str, str]] = {"lose": "lost", "drop": "dropped"}

_ACCEPTED: Final = frozenset({"accepted", "ordered", "changed"})
_ENDED: Final = frozenset({"lost", "expired", "cancelled"})


def standing(offer_state: str) -> str:
    """Return what an offer in this state says about its opportunity: accepted, ended or running."""
    if offer_state in _ACCEPTED:
        return "accepted"
    return "ended" if offer_state in _ENDED else "running"


def consequences(state: str, offer_states: Collection[str]) -> tuple[str, ...]:
    """Return the commands that the offers of an opportunity cause, in order.

    The customer's yes is a fact and wins it, also where somebody had given it up as lost; what was dropped
    stays so. Any offer makes it one that is quoted, also one that is over when we hear of it first: events
    come in any order, and the end must be the same.
    """
    said = {standing(each) for each in offer_states}
    if "accepted" in said:
        return {"open": ("win",), "quoting": ("win",), "lost": ("reopen", "win")}.get(state, ())
    return ("quote",) if state == "open" and said else ()


def is_loss_proposed(state: str, offer_states: Collection[str]) -> bool:
    """Whether every offer is over and none was accepted.

    A loss needs a reason, and another offer may follow: so it is proposed, and a person decides. Offers that
    were all cancelled say nothing: nobody refused them.
    """
    said = {standing(each) for each in offer_states}
    return state in LIVE and said == {"ended"} and any(each != "cancelled" for each in offer_states)
