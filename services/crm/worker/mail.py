"""Events of mail."""

from __future__ import annotations

from services.crm.usecases import timeline
from services.kit.worker import Context, Records, follow


@follow(*timeline.told_of("mail"))
def tell_of_mail(context: Context, records: Records) -> None:
    """Tell of what was received and sent."""
    timeline.tell(context.uow, records)
