"""Events of identity."""

from __future__ import annotations

from services.kit.records.copies import IDENTITY, copy_identity
from services.kit.worker import Context, Records, follow


@follow(*IDENTITY)
def copy_access(context: Context, records: Records) -> None:
    """Keep what users may do, and the users, teams and territories that records name."""
    copy_identity(context.uow, records)
