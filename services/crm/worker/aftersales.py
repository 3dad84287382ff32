"""Events of after-sales."""

from __future__ import annotations

from services.crm.usecases import timeline
from services.kit.worker import Context, Records, follow


@follow(*timeline.told_of("aftersales"))
def tell_of_aftersales(context: Context, records: Records) -> None:
    """Tell of installed products, requests and tasks."""
    timeline.tell(context.uow, records)
