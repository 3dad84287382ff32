"""Customer orders: asked of the ERP, answered by it."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import sqlalchemy as sa
from google.protobuf.message import Message
from sales.erp.v1 import events_pb2 as erp_pb2
from sales.offers.v1 import events_pb2, records_pb2

from services.kit import schema
from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import time_text
from services.offers.domain.documents import is_billed, is_ordered
from services.offers.usecases.customers import customer_code
from services.offers.usecases.pricing import parts_of
from services.offers.usecases.states import can, move

#: An order that the ERP has not answered by then is asked for again, with its key.
UNANSWERED_AFTER = timedelta(minutes=10)

_LINE = (
    "position", "description", "quantity", "unit", "unit_price", "discounts", "vat_rate", "natura", "amount",
)  # fmt: skip


def request_order(uow: UnitOfWork, *, offer: Row, revision: Row, order_id: str) -> None:
    """Make the customer order of an accepted offer and ask the ERP for it, or first for the customer's
    code."""
    order = uow.create(
        "offers.order",
        {
            "id": order_id,
            "owner_id": offer.values["owner_id"],
            "offer_id": offer.id,
            "revision_id": revision.id,
            "state": "pending",
            "order_key": order_id,
            "attempt": 1,
            "currency": revision.values["currency"],
            "taxable": revision.values["taxable"],
            "total": revision.values["total"],
            "revision_sha256": revision.values["sha256"],
        },
    )
    code = customer_code(uow, offer.values["party_id"])
    if code:
        send_order(uow, order, code)
        return
    move(uow, order, "wait_for_customer")
    uow.emit(
        events_pb2.CustomerNeeded(party_id=offer.values["party_id"], order_id=order.id), subject=order.id
    )


def send_order(uow: UnitOfWork, order: Row, code: str) -> None:
    """Ask the ERP to register an order, once its customer is registered."""
    move(uow, order, "send")
    order.values["requested_at"] = time_text(uow.now)
    uow.emit(_order_message(uow, order, code), subject=order.id)


def release_waiting_orders(uow: UnitOfWork) -> int:
    """Send the orders whose customers are registered by now; return how many."""
    order, offer, party = uow.tables["offers.order"], uow.tables["offers.offer"], schema.root_scope
    registered = (
        sa.select(offer.c.id)
        .join(party, (party.c.entity == "crm.party") & (party.c.id == offer.c.party_id))
        .where(party.c.body["erp_code"].astext != "")
    )
    ready = uow.find(
        "offers.order",
        (order.c.state == "waiting_for_customer") & order.c.offer_id.in_(registered),
        lock=True,
    )
    for row in ready:
        party_id = uow.require("offers.offer", row.values["offer_id"]).values["party_id"]
        send_order(uow, row, customer_code(uow, party_id))
    return len(ready)


def request_unanswered_orders(uow: UnitOfWork) -> int:
    """Ask again, with the same key, for orders that the ERP has not answered; return how many."""
    order = uow.tables["offers.order"]
    silent = uow.find(
        "offers.order",
        (order.c.state == "sent") & (order.c.requested_at < uow.now - UNANSWERED_AFTER),
        lock=True,
    )
    for row in silent:
        offer = uow.require("offers.offer", row.values["offer_id"])
        row.values["requested_at"] = time_text(uow.now)
        uow.emit(_order_message(uow, row, customer_code(uow, offer.values["party_id"])), subject=row.id)
    return len(silent)


def order_by_key(uow: UnitOfWork, key: str) -> Row | None:
    """Return the order of that key, locked; None for a key that is not ours."""
    found = uow.find("offers.order", uow.tables["offers.order"].c.order_key == key, lock=True)
    return found[0] if found else None


def record_registered(uow: UnitOfWork, order: Row, event: erp_pb2.OrderRegistered) -> None:
    """Keep the number that the ERP gave. Told twice, nothing changes."""
    if order.values["state"] == "registered" and order.values["number"] == event.order_number:
        return
    move(uow, order, "register")
    order.values["number"] = event.order_number
    order.values["registered_at"] = time_text(uow.now)
    order.values["refusal"] = ""
    offer = uow.require("offers.offer", order.values["offer_id"], lock=True)
    if can(offer, "order"):
        move(uow, offer, "order")


def record_refused(uow: UnitOfWork, order: Row, event: erp_pb2.OrderRefused) -> None:
    """Keep why the ERP refused this attempt; an answer to an earlier attempt is old news."""
    if event.attempt != order.values["attempt"] or not can(order, "refuse"):
        return
    move(uow, order, "refuse", reason=event.reason or "-")
    order.values["refusal"] = event.reason


def _order_message(uow: UnitOfWork, order: Row, code: str) -> Message:
    offer = uow.require("offers.offer", order.values["offer_id"]).values
    revision_row = uow.require("offers.revision", order.values["revision_id"])
    revision = revision_row.values
    line_rows, charge_rows = parts_of(uow, revision_row)
    lines = [
        events_pb2.OrderLine(
            line_id=row.id, article_code=row.values["code"], **{name: row.values[name] for name in _LINE}
        )
        for row in line_rows
        if is_ordered(row.values)
    ]
    charges = [
        events_pb2.OrderCharge(
            charge_id=row.id, description=row.values["description"], amount=row.values["net"]
        )
        for row in charge_rows
        if is_billed(row.values)
    ]
    content = {
        name: revision[name] for name in ("lines_net", "header_discount", "taxable", "total", "currency")
    }
    message = events_pb2.CustomerOrderRequested(
        order_id=order.id,
        offer_id=offer["id"],
        offer_number=offer["number"],
        revision_id=revision["id"],
        revision_sha256=revision["sha256"],
        party_id=offer["party_id"],
        customer_code=code,
        payment_terms=revision["payment_terms"],
        delivery_terms=revision["delivery_terms"],
        reference=offer["reference"],
        lines=lines,
        charges=charges,
        vat_groups=[records_pb2.VatGroup(**group) for group in revision["vat_groups"]],
        **content,
    )
    digest = hashlib.sha256(message.SerializeToString(deterministic=True)).hexdigest()
    message.order_key = order.values["order_key"]
    message.attempt = order.values["attempt"]
    message.payload_sha256 = digest
    return message
