"""When a message is tried again."""

from __future__ import annotations

#: Seconds until the next attempt, after the first, second … failure; together about two days.
DELAYS_S = (60.0, 300.0, 900.0, 3600.0, 3600.0, 7200.0, 14400.0, 28800.0, 43200.0, 86400.0)


def delay_after(attempts: int, *, factor: float = 1.0) -> float | None:
    """Return the seconds to wait after so many attempts that failed; None: that was the last.

    `factor` shortens all delays, for tests and demonstrations.
    """
    return DELAYS_S[attempts - 1] * factor if 0 < attempts <= len(DELAYS_S) else None
