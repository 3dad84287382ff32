"""How often somebody may try to sign in. Counted in the memory of this process: n gateways allow n times as
much.
"""

from __future__ import annotations

import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from services.kit.errors import Unavailable


class TooManyAttempts(Unavailable):
    """The same call may succeed later: TOO_MANY_ATTEMPTS with `retry_after_s`."""


class SignInRates:
    """Attempts by user name and by address.

    An attempt counts before its password is looked at, so a hundred at once are not a hundred guesses. A
    success clears the user's count, never the address's: else one own account would pay for guesses at
    others.
    """

    def __init__(self, *, per_user: str, per_address: str) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_user = parse(per_user)
        self._per_address = parse(per_address)

    def take(self, user_name: str, address: str) -> None:
        """Count an attempt.

        Raises:
            TooManyAttempts: this one is too many; it is not counted.
        """
        self._take(self._per_address, "address", address)
        self._take(self._per_user, "user", _folded(user_name))

    def forgive(self, user_name: str) -> None:
        """Forget the attempts of a user who knew the password."""
        self._limiter.clear(self._per_user, "user", _folded(user_name))

    def _take(self, limit: RateLimitItem, kind: str, key: str) -> None:
        if self._limiter.hit(limit, kind, key):
            return
        reset_at = self._limiter.get_window_stats(limit, kind, key).reset_time
        wait_s = max(1, round(reset_at - time.time()))
        raise TooManyAttempts("TOO_MANY_ATTEMPTS", params={"retry_after_s": str(wait_s)})


def _folded(user_name: str) -> str:
    return user_name.strip().casefold()[:100]
