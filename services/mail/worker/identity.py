"""Events of identity."""

from __future__ import annotations

from services.kit.records.copies import copy_identity
from services.kit.worker import Context, Event, on


@on("identity", "records_changed")
def copy_access(context: Context, event: Event) -> None:
    """Keep what users may do, and the users, teams and territories that records name."""
    copy_identity(context.uow, event.data)
