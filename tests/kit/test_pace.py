"""The rhythm of work on what arrives, by a clock that the test turns."""

from __future__ import annotations

from services.kit.pace import Pace


def test_who_comes_alone_never_waits() -> None:
    now = [100.0]
    pace = Pace(0.1, clock=lambda: now[0])
    assert pace.pause_s() == 0
    pace.begin()
    now[0] += 0.1
    assert pace.pause_s() == 0


def test_who_follows_closely_waits_for_the_rest_of_the_interval_since_the_last_one_began() -> None:
    now = [100.0]
    pace = Pace(0.5, clock=lambda: now[0])
    pace.begin()
    now[0] += 0.125
    assert pace.pause_s() == 0.375
    assert pace.pause_s() == 0.375, "asking is no beginning"
