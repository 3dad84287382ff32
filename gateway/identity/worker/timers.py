"""What identity does by the clock."""

from __future__ import annotations

from gateway.identity.domain.sessions import SESSION_MEMORY
from gateway.identity.storage import sessions
from services.kit.telemetry.logs import get_logger
from services.kit.worker import Context, every

_log = get_logger(__name__)


@every(3600)
def forget_old_sessions(context: Context) -> None:
    """Delete tokens that are over and sessions that ended long ago."""
    now = context.uow.now
    forgotten = sessions.forget(context.uow.connection, ended_before=now - SESSION_MEMORY, now=now)
    _log.info("old sessions forgotten", rows=forgotten)
