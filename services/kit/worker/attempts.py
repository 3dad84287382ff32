"""How often a message was tried, and what comes next. Travels in the message's headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

ATTEMPT: Final = "x-sales-attempt"
FIRST_FAILED: Final = "x-sales-first-failed"
QUEUE: Final = "x-sales-queue"
ERROR: Final = "x-sales-error"
FAILED_AT: Final = "x-sales-failed-at"

#: How long a missing predecessor is waited for.
NOT_YET_S: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Attempts:
    """The failures of one message in one queue so far; times are Unix seconds."""

    count: int = 0
    first_failed: float = 0.0

    @classmethod
    def read(cls, headers: Mapping[str, Any]) -> Attempts:
        """From the headers; a header that somebody else has spoiled counts as none."""
        try:
            return cls(int(headers.get(ATTEMPT, 0)), float(headers.get(FIRST_FAILED, 0.0)))
        except (TypeError, ValueError):
            return cls()

    def failed(self, now: float) -> Attempts:
        """One failure more."""
        return Attempts(self.count + 1, self.first_failed or now)

    def next_delay_s(self, delays_s: Sequence[float], now: float, *, is_not_yet: bool) -> float | None:
        """How long to wait before the next attempt; None: the dead letters.

        A failing handler gets each delay once. A missing predecessor gets the last one again and again for
        a day.
        """
        if not delays_s:
            return None
        if is_not_yet:
            if now - self.first_failed >= NOT_YET_S:
                return None
            return delays_s[min(self.count, len(delays_s)) - 1]
        return delays_s[self.count - 1] if self.count <= len(delays_s) else None

    def headers(self) -> dict[str, Any]:
        """As headers. The time is text: AMQP clients disagree about floats."""
        return {ATTEMPT: self.count, FIRST_FAILED: str(self.first_failed)}
