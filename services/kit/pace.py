"""Work on what arrives, at most so often: what is alone is done at once, what follows closely together.

pace = Pace(0.1)
while ...:
    stop.wait(pace.pause_s())
    pace.begin()
    ...                         # with all that has come meanwhile

A transaction costs its commit, its round trips and its messages' acknowledgements, whether it holds one event
or twenty. So who copies what others wrote begins one at most every so many milliseconds, and leaves the
processor to those who wait for an answer; who comes alone waits for no company.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """The rhythm of one piece of work that is done again and again, by one thread at a time."""

    def __init__(self, interval_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval_s = interval_s
        self._clock = clock
        self._next_at = 0.0

    def pause_s(self) -> float:
        """How long the next time must wait; 0 once an interval has passed since the last one began."""
        return max(self._next_at - self._clock(), 0.0)

    def begin(self) -> None:
        """It is being done now."""
        self._next_at = self._clock() + self._interval_s
