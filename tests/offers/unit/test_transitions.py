from __future__ import annotations

import pytest

from services.kit.errors import Invalid, NotAllowedNow
from services.offers.domain.transitions import STATES, TABLE, allowed_commands, is_final, move


def test_the_usual_life_of_an_offer() -> None:
    state = "draft"
    for command in ("start", "freeze", "send", "negotiate", "accept", "order"):
        state = move("offer", state, command)
    assert state == "ordered"


@pytest.mark.parametrize("state", ["lost", "expired", "suspended", "ready", "sent", "negotiation"])
def test_a_new_revision_brings_an_offer_back_to_work(state: str) -> None:
    assert move("offer", state, "revise") == "in_work"


@pytest.mark.parametrize("state", STATES["offer"])
def test_an_offer_is_accepted_from_ready_on_only(state: str) -> None:
    if state in ("ready", "sent", "negotiation"):
        assert move("offer", state, "accept") == "accepted"
    else:
        with pytest.raises(NotAllowedNow, match="TRANSITION_NOT_ALLOWED") as caught:
            move("offer", state, "accept")
        assert caught.value.params["allowed"] == "ready, sent, negotiation"


@pytest.mark.parametrize(
    ("state", "command"), [("suspended", "resume"), ("lost", "reopen"), ("expired", "reopen")]
)
def test_what_rests_or_was_lost_comes_back_to_work_without_a_revision_too(state: str, command: str) -> None:
    assert move("offer", state, command) == "in_work"


def test_a_suspended_offer_is_not_reopened_and_a_cancelled_one_never() -> None:
    for state, command in (("suspended", "reopen"), ("cancelled", "reopen"), ("cancelled", "resume")):
        with pytest.raises(NotAllowedNow, match="TRANSITION_NOT_ALLOWED"):
            move("offer", state, command)


@pytest.mark.parametrize("state", ["accepted", "ordered", "changed", "lost"])
def test_explaining_an_outcome_moves_nothing(state: str) -> None:
    assert move("offer", state, "explain", reason="price") == state


@pytest.mark.parametrize(
    "fact", ["REVISION_NOT_FROZEN", "REVISION_NOT_CURRENT", "REVISION_NOT_SIGNED", "OFFER_EXPIRED"]
)
def test_a_missing_fact_is_the_reason_of_the_refusal(fact: str) -> None:
    with pytest.raises(NotAllowedNow) as caught:
        move("offer", "ready", "accept", missing={fact})
    assert caught.value.reason == fact
    assert "accept" not in allowed_commands("offer", "ready", missing={fact})


@pytest.mark.parametrize("command", ["lose", "expire", "cancel"])
def test_an_outcome_needs_its_reason(command: str) -> None:
    with pytest.raises(Invalid, match="OUTCOME_REASON_MISSING"):
        move("offer", "ready", command, reason=" ")
    assert move("offer", "ready", command, reason="price")


def test_a_refused_order_is_tried_again() -> None:
    state = move("order", "pending", "wait_for_customer")
    state = move("order", state, "send")
    state = move("order", state, "refuse", reason="credit")
    assert move("order", state, "retry") == "pending"


def test_accepting_one_alternative_passes_over_the_others() -> None:
    assert move("revision", "sent", "accept") == "accepted"
    assert move("revision", "frozen", "pass_over") == "not_chosen"


def test_buttons_follow_from_the_table() -> None:
    assert allowed_commands("offer", "ready") == (
        "accept",
        "lose",
        "expire",
        "suspend",
        "cancel",
    )
    assert allowed_commands("revision", "draft") == ("freeze", "withdraw")
    assert allowed_commands("offer", "ready", actions=("read",)) == ()
    assert allowed_commands("order", "sent") == ()


@pytest.mark.parametrize("entity", STATES)
def test_every_allowed_command_works_and_every_other_is_refused(entity: str) -> None:
    commands = [step.command for step in TABLE if step.entity == entity]
    for state in STATES[entity]:
        for command in commands:
            possible = any(
                state in step.sources for step in TABLE if (step.entity, step.command) == (entity, command)
            )
            if possible:
                assert move(entity, state, command, reason="why") in STATES[entity]
            else:
                with pytest.raises(NotAllowedNow):
                    move(entity, state, command, reason="why")
        assert set(allowed_commands(entity, state)) <= set(commands)


def test_final_states_are_final() -> None:
    assert is_final("offer", "cancelled")
    assert is_final("revision", "superseded")
    assert not is_final("offer", "lost")


def test_unknown_words_are_refused() -> None:
    with pytest.raises(Invalid, match="COMMAND_UNKNOWN"):
        move("offer", "draft", "explode")
    with pytest.raises(Invalid, match="STATE_UNKNOWN"):
        move("offer", "limbo", "accept")
    with pytest.raises(Invalid, match="STATE_UNKNOWN"):
        allowed_commands("party", "draft")
