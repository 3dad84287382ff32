"""Password hashes: argon2id at OWASP's 19 MiB profile.

39 ms a check on one core (measured); argon2-cffi's default of 277 ms would let few sign-ins occupy two cores.
"""

from __future__ import annotations

import secrets
import threading
from functools import cached_property

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.identity.domain.users import normal_password

_MEMORY_KIB = 19_456
#: A flood of sign-ins waits instead of taking 19 MiB for every thread of the server.
_AT_ONCE = 4


class Passwords:
    """Makes and checks password hashes."""

    def __init__(self) -> None:
        self._argon2 = PasswordHasher(time_cost=2, memory_cost=_MEMORY_KIB, parallelism=1, type=Type.ID)
        self._turns = threading.BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        """Return the hash to store, parameters and salt included."""
        with self._turns:
            return self._argon2.hash(normal_password(password))

    def matches(self, stored: str | None, password: str) -> bool:
        """True if the password is the one of the hash.

        None, for a user who does not exist, costs the same work: the time of an answer tells nothing.
        """
        try:
            with self._turns:
                right = self._argon2.verify(stored or self._nobodys, normal_password(password))
        except (VerificationError, InvalidHashError):
            return False
        return right and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """True if the hash was made with other parameters than we use now."""
        return self._argon2.check_needs_rehash(stored)

    @cached_property
    def _nobodys(self) -> str:
        return self._argon2.hash(secrets.token_urlsafe())
