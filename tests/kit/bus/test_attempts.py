"""When a message is tried again, and when it is given up."""

from __future__ import annotations

from services.kit.worker.attempts import NOT_YET_S, Attempts

DELAYS = (1, 10, 60, 600)


def delays(*, is_not_yet: bool, hours: float = 1.0) -> list[float | None]:
    attempts, now, found = Attempts(), 1000.0, []
    while now < 1000 + hours * 3600:
        attempts = Attempts.read({**attempts.failed(now).headers(), "other": 1})
        delay_s = attempts.next_delay_s(DELAYS, now, is_not_yet=is_not_yet)
        found.append(delay_s)
        if delay_s is None:
            break
        now += delay_s
    return found


def test_a_failing_handler_gets_each_delay_once() -> None:
    assert delays(is_not_yet=False) == [1, 10, 60, 600, None]


def test_a_missing_predecessor_is_waited_for_a_day() -> None:
    found = delays(is_not_yet=True, hours=48)
    assert found[:6] == [1, 10, 60, 600, 600, 600]
    assert found[-1] is None
    assert NOT_YET_S - 600 <= sum(delay for delay in found if delay) <= NOT_YET_S + 600


def test_spoiled_headers_count_as_none() -> None:
    assert Attempts.read({"x-sales-attempt": "many"}) == Attempts()
    assert Attempts.read({}) == Attempts()


def test_without_delays_the_first_failure_is_the_last() -> None:
    assert Attempts().failed(1.0).next_delay_s((), 1.0, is_not_yet=False) is None
