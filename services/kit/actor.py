"""Who calls."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """A user in a session, or the system itself.

    `device_id` is set only for calls of a registered device, `grant_epoch` is the newest epoch of the user's
    grants that the gateway has seen.
    """

    user_id: UUID | None
    session_id: UUID | None = None
    device_id: UUID | None = None
    grant_epoch: int = 0
    request_id: str = ""
    language: str = "it"

    @property
    def is_system(self) -> bool:
        """True for events and timers, which no grant limits."""
        return self.user_id is None


SYSTEM = Actor(user_id=None)
