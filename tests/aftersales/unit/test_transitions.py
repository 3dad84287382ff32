"""The table of states: what may follow what, and what the clock does meanwhile."""

from __future__ import annotations

import pytest

from services.aftersales.domain.clocks import Kind
from services.aftersales.domain.transitions import (
    INITIAL,
    PRODUCT,
    REQUEST,
    TABLE,
    TASK,
    allowed_commands,
    move,
)
from services.kit.errors import NotAllowedNow

WAY = [
    ("assign", "assigned"),
    ("start", "in_progress"),
    ("wait_for_customer", "waiting_for_customer"),
    ("resume", "in_progress"),
    ("wait_for_parts", "waiting_for_parts"),
    ("resume", "in_progress"),
    ("resolve", "resolved"),
    ("close", "closed"),
    ("reopen", "reopened"),
    ("start", "in_progress"),
]


def test_a_request_goes_its_way_and_comes_back() -> None:
    state = INITIAL[REQUEST]
    for command, expected in WAY:
        state = move(REQUEST, command, state).target
        assert state == expected


def test_every_state_can_be_reached_and_every_source_is_a_state() -> None:
    for entity, initial in INITIAL.items():
        reached = {initial}
        for _ in TABLE:
            reached |= {
                each.target
                for each in TABLE
                if each.entity == entity and each.target and reached & set(each.sources)
            }
        named = {state for each in TABLE if each.entity == entity for state in each.sources}
        assert named <= reached


@pytest.mark.parametrize(
    ("entity", "command", "state"),
    [
        (REQUEST, "resolve", "new"),
        (REQUEST, "close", "in_progress"),
        (REQUEST, "wait_for_parts", "waiting_for_customer"),
        (REQUEST, "reopen", "in_progress"),
        (REQUEST, "assign", "closed"),
        (TASK, "complete", "done"),
        (TASK, "cancel", "cancelled"),
        (PRODUCT, "commission", "retired"),
    ],
)
def test_what_the_table_does_not_name_is_refused_with_what_it_does(
    entity: str, command: str, state: str
) -> None:
    with pytest.raises(NotAllowedNow, match="WRONG_STATE") as refused:
        move(entity, command, state)
    assert refused.value.params["state"] == state
    assert refused.value.params["allowed"]


def test_a_clock_that_pauses_is_resumed_and_one_that_stops_may_be() -> None:
    clocks = {each.command: each.clock for each in TABLE if each.entity == REQUEST and each.clock}
    assert clocks == {
        "wait_for_customer": Kind.PAUSE,
        "wait_for_parts": Kind.PAUSE,
        "resume": Kind.RESUME,
        "resolve": Kind.STOP,
        "reopen": Kind.RESUME,
    }


def test_buttons_follow_from_the_table() -> None:
    assert "resume" in allowed_commands(REQUEST, "waiting_for_parts")
    assert "start" not in allowed_commands(REQUEST, "waiting_for_parts")
    assert allowed_commands(TASK, "done") == ()
