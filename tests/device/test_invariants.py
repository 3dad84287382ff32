"""The invariants of sync.md that a device answers for, under random histories."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.device.machine import SyncMachine
from tests.support.budget import FACTOR

BUDGET = settings(
    max_examples=30 * FACTOR,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_a_device_is_right_whatever_happens() -> None:
    run_state_machine_as_test(SyncMachine, settings=BUDGET)
