"""Gateways learn at once what ended: every api process listens, and passes it on to those who watch."""

from __future__ import annotations

from gateway.identity.storage.sessions import CHANNEL
from services.kit.database import Database
from services.kit.errors import Unavailable
from services.kit.telemetry.logs import get_logger

_log = get_logger(__name__)


def tell_gateways(database: Database) -> None:
    """Say that a session or a device ended; call it after the commit.

    What was committed stands whatever happens here: without the notification the watchers' poll finds it
    within a second.
    """
    try:
        with database.read() as connection:
            connection.exec_driver_sql(f"notify {CHANNEL}")
    except Unavailable as error:
        _log.warning("gateways not notified", exc_info=error)
