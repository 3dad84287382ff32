"""The worker's part: records that a definition's own transaction did not reach follow it here."""

from __future__ import annotations

from services.kit.fields import conversion
from services.kit.worker import Context, every


@every(1)
def follow_definitions(context: Context) -> None:
    """Bring the next records of every changed field to its definition."""
    for field_id in conversion.open_tasks(context.uow.connection):
        conversion.continue_task(context.uow, field_id)
