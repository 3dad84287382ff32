"""Events of offers."""

from __future__ import annotations

from sales.offers.v1 import events_pb2

from services.aftersales import metrics
from services.aftersales.usecases import deliveries
from services.kit.events import parse_data
from services.kit.worker import Context, Event, NotYet, on


@on("offers", "goods_delivered")
def install_delivered(context: Context, event: Event) -> None:
    """Keep the machines and parts that the ERP delivered."""
    delivered = parse_data(events_pb2.GoodsDelivered, event)
    if not deliveries.record_delivery(context.uow, delivered):
        raise NotYet("PARTY_UNKNOWN")
    metrics.deliveries.inc()
