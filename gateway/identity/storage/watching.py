"""What gateways keep in memory: grant epochs, sessions that ended, devices that were revoked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from gateway.identity.domain.sessions import ENDED_MEMORY

_EPOCHS = "select id::text, version from access"
_ENDED = "select id::text from session where ended_at > %s"
_REVOKED = "select id::text from device where revoked_at is not null"


@dataclass(frozen=True, slots=True)
class Watched:
    """The state of one moment."""

    epochs: dict[str, int] = field(default_factory=dict)
    ended_sessions: frozenset[str] = frozenset()
    revoked_devices: frozenset[str] = frozenset()
    keys: dict[str, str] = field(default_factory=dict)


def read(connection: psycopg.Connection[Any], *, keys: dict[str, str], now: datetime) -> Watched:
    """Return the state as it is committed now.

    All of it at each change, rather than what changed since a mark: a mark misses what commits late.
    """
    ended = connection.execute(_ENDED, (now - ENDED_MEMORY,))
    return Watched(
        epochs=dict(connection.execute(_EPOCHS).fetchall()),
        ended_sessions=frozenset(row[0] for row in ended),
        revoked_devices=frozenset(row[0] for row in connection.execute(_REVOKED)),
        keys=keys,
    )
