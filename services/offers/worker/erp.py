"""Events of the ERP: answers to orders, and its catalogue."""

from __future__ import annotations

from sales.erp.v1 import events_pb2

from services.kit.database import Row
from services.kit.events import parse_data
from services.kit.worker import Context, Event, NotYet, on
from services.offers.usecases import catalogue, deliveries, orders


@on("erp", "order_registered")
def record_order_registered(context: Context, event: Event) -> None:
    """Keep the number that the ERP gave to an order."""
    answer = parse_data(events_pb2.OrderRegistered, event)
    orders.record_registered(context.uow, _order(context, answer.order_key), answer)


@on("erp", "order_refused")
def record_order_refused(context: Context, event: Event) -> None:
    """Keep why the ERP refused an order."""
    answer = parse_data(events_pb2.OrderRefused, event)
    orders.record_refused(context.uow, _order(context, answer.order_key), answer)


@on("erp", "goods_delivered")
def record_delivery(context: Context, event: Event) -> None:
    """Keep a delivery of an order, and tell what was delivered."""
    answer = parse_data(events_pb2.GoodsDelivered, event)
    deliveries.record_delivered(context.uow, _order(context, answer.order_key), answer)


@on("erp", "article_changed")
def copy_article(context: Context, event: Event) -> None:
    """Keep an article of the ERP's master."""
    catalogue.store_article(context.uow, parse_data(events_pb2.ArticleChanged, event))


@on("erp", "price_list_changed")
def copy_price_list(context: Context, event: Event) -> None:
    """Keep a price list; prices of articles that have not arrived yet are waited for."""
    unknown = catalogue.store_price_list(context.uow, parse_data(events_pb2.PriceListChanged, event))
    if unknown:
        raise NotYet("ARTICLE_UNKNOWN")


def _order(context: Context, key: str) -> Row:
    order = orders.order_by_key(context.uow, key)
    if order is None:
        raise NotYet("ORDER_UNKNOWN")
    return order
