"""Goods that the ERP delivered: kept with their order, and told with all that was agreed about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time

from sales.erp.v1 import events_pb2 as erp_pb2
from sales.offers.v1 import events_pb2

from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import Values, time_text
from services.kit.errors import Invalid, Violation
from services.kit.values import canonical, parse_decimal
from services.offers.domain.documents import line_worth

_AGREED = ("description", "unit", "unit_price", "discounts")


def record_delivered(uow: UnitOfWork, order: Row, event: erp_pb2.GoodsDelivered) -> None:
    """Keep a delivery of an order and tell what was delivered; the same delivery told twice changes nothing.

    The order's delivery date is that of the first delivery.

    Raises:
        Invalid: INVALID_EVENT (`delivery_date`), NUMBER_MALFORMED.
    """
    day = _day(event.delivery_date)
    number = event.delivery_number or day.isoformat()
    if number in order.values["delivery_numbers"]:
        return
    order.values["delivery_numbers"] = [*order.values["delivery_numbers"], number]
    if not order.values["delivered_at"]:
        order.values["delivered_at"] = time_text(datetime.combine(day, time(), UTC))
    uow.emit(_told(uow, order, event, number), subject=order.id)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        violation = Violation("delivery_date", "INVALID_DATE")
        raise Invalid("INVALID_EVENT", violations=[violation]) from error


def _told(
    uow: UnitOfWork, order: Row, event: erp_pb2.GoodsDelivered, number: str
) -> events_pb2.GoodsDelivered:
    offer = uow.require("offers.offer", order.values["offer_id"]).values
    agreed = {row.id: row for row in uow.children("offers.line", order.values["revision_id"])}
    currency = order.values["currency"]
    return events_pb2.GoodsDelivered(
        order_id=order.id,
        offer_id=offer["id"],
        offer_number=offer["number"],
        party_id=offer["party_id"],
        revision_id=order.values["revision_id"],
        delivery_number=number,
        delivery_date=event.delivery_date,
        lines=[_line(uow, line, agreed, currency) for line in event.lines],
        order_number=order.values["number"],
        revision_label=_label(uow.require("offers.revision", order.values["revision_id"]).values),
    )


def _label(revision: Values) -> str:
    alternative = f"/{revision['alternative']}" if revision["alternative"] else ""
    return f"rev. {revision['ordinal']}{alternative}"


def _line(
    uow: UnitOfWork, delivered: erp_pb2.DeliveredLine, agreed: Mapping[str, Row], currency: str
) -> events_pb2.DeliveredLine:
    quantity = canonical(parse_decimal(delivered.quantity or "0", decimals=6))
    told = events_pb2.DeliveredLine(
        article_code=delivered.article_code,
        quantity=quantity,
        currency=currency,
        serial_numbers=delivered.serial_numbers,
    )
    sold = agreed.get(delivered.line_id)
    if sold is None:
        return told
    told.line_id = sold.id
    told.article_code = delivered.article_code or sold.values["code"]
    for name in _AGREED:
        setattr(told, name, sold.values[name])
    told.amount = line_worth({**sold.values, "quantity": quantity}, currency)
    article = uow.get("offers.article", sold.values["article_id"]) if sold.values["article_id"] else None
    if article is not None:
        told.family = article.values["family"]
        told.product_line = article.values["product_line"]
    return told
