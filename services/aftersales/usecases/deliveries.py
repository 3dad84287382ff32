"""The ERP's deliveries: what was sold becomes machines at the customer, with their warranty and parts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

from sales.offers.v1 import events_pb2

from services.aftersales.domain import transitions
from services.aftersales.domain.delivered import quantity_of, serials_of, unit_amount
from services.aftersales.domain.life import EARLIEST
from services.aftersales.usecases import warranties
from services.aftersales.usecases.products import (
    ADDRESS,
    COMPONENT,
    PRODUCT,
    lock_serial,
    machines_of,
    settle_product,
)
from services.kit import schema
from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import Values
from services.kit.errors import Invalid, Violation
from services.kit.records.places import foreign_root
from services.kit.values import canonical, minor_units, parse_decimal

Delivery = events_pb2.GoodsDelivered
Line = events_pb2.DeliveredLine
#: What a machine that was known before takes over from its delivery, where it has nothing of its own.
_FILLED = (
    "offer_number", "order_number", "delivery_number", "offer_id", "revision_id", "order_id", "line_id",
    "as_sold", "sold_price", "sold_currency", "sold_unit_price", "sold_discounts", "delivered_on", "model",
    "product_line", "site_id",
)  # fmt: skip


def record_delivery(uow: UnitOfWork, event: Delivery) -> bool:
    """Keep what was delivered: a machine for each serial number, the rest as components.

    Told again, or in parts, nothing is doubled: ids come from order, line, serial number or delivery number.
    A machine of the party that is known already (imported) takes over what the delivery knows. False if the
    party has not arrived here yet; nothing is stored then.

    Raises:
        Invalid: INVALID_EVENT, with what is wrong.
    """
    party = foreign_root(uow, "crm.party", event.party_id) if _is_id(event.party_id) else None
    facts = _facts(event)
    if party is None:
        return False
    facts["party_id"] = str(party["id"])
    facts["site_id"] = _site(uow, facts["party_id"])
    for number, line in enumerate(event.lines):
        _record_line(uow, facts, line, number)
    _fit_components(uow, event.order_id)
    return True


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _facts(event: Delivery) -> Values:
    """What all of a delivery have in common, checked."""
    wrong = [
        Violation(name, "INVALID_ID")
        for name in ("order_id", "party_id", "offer_id", "revision_id")
        if not _is_id(getattr(event, name))
    ]
    day = _day(event.delivery_date)
    if day is None:
        wrong.append(Violation("delivery_date", "INVALID_DATE"))
    if wrong:
        raise Invalid("INVALID_EVENT", violations=wrong)
    return {
        "delivered_on": event.delivery_date,
        "offer_number": event.offer_number[:60],
        "order_number": event.order_number[:60],
        "delivery_number": event.delivery_number[:60],
        "offer_id": event.offer_id,
        "revision_id": event.revision_id,
        "order_id": event.order_id,
        "revision_label": event.revision_label,
    }


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if len(text) == 10 and day >= EARLIEST else None


def _site(uow: UnitOfWork, party_id: str) -> str:
    """The party's only site, else its only delivery address; several candidates: nobody guesses."""
    table = schema.root_scope
    addresses = uow.connection.execute(
        table.select().where(
            table.c.entity == ADDRESS,
            table.c.deleted.is_(False),
            table.c.body["party_id"].astext == party_id,
        )
    ).mappings()
    by_kind: dict[str, list[str]] = {}
    for address in addresses:
        by_kind.setdefault(str(address["body"].get("kind", "")), []).append(str(address["id"]))
    for kind in ("site", "delivery"):
        if found := by_kind.get(kind):
            return found[0] if len(found) == 1 else ""
    return ""


def _record_line(uow: UnitOfWork, facts: Values, line: Line, number: int) -> None:
    where = f"lines[{number}]"
    if line.line_id and not _is_id(line.line_id):
        raise Invalid("INVALID_EVENT", violations=[Violation(f"{where}.line_id", "INVALID_ID")])
    quantity = quantity_of(line.quantity, field=f"{where}.quantity")
    serials = serials_of(line.serial_numbers, field=f"{where}.serial_numbers")
    for ordinal, serial in enumerate(serials):
        price = _price(line, quantity, ordinal, where)
        _record_machine(uow, facts, line, serial, price)
    rest = quantity - len(serials)
    if rest > 0 and (line.article_code or line.line_id):
        _record_component(uow, facts, line, rest, number)


def _price(line: Line, quantity: Decimal, ordinal: int, where: str) -> str:
    if not line.amount:
        return ""
    try:
        places = minor_units(line.currency)
        amount = unit_amount(parse_decimal(line.amount), quantity, ordinal, places)
    except Invalid as error:
        raise Invalid("INVALID_EVENT", violations=[Violation(f"{where}.amount", error.reason)]) from error
    return format(amount, "f")


def _record_machine(uow: UnitOfWork, facts: Values, line: Line, serial: str, price: str) -> None:
    product_id = str(uuid5(UUID(facts["order_id"]), f"{line.line_id or line.article_code}/{serial}"))
    if uow.get(PRODUCT, product_id) is not None:
        return
    values = _machine(facts, line, serial, price) | {"id": product_id}
    lock_serial(uow, values["article_code"], serial)
    known = [row for row in machines_of(uow, values) if row.values["party_id"] == values["party_id"]]
    if known:
        _fill(uow, known[0], values)
        return
    product = uow.create(PRODUCT, values)
    uow.move(product, transitions.INITIAL[transitions.PRODUCT], command="deliver")
    warranties.give(uow, product)


def _machine(facts: Values, line: Line, serial: str, price: str) -> Values:
    own = {name: value for name, value in facts.items() if name != "revision_label"}
    description = line.description or line.article_code or serial
    return own | {
        "article_code": line.article_code[:60],
        "description": description[:500],
        "serial_number": serial,
        "model": line.family[:100],
        "product_line": line.product_line[:60],
        "line_id": line.line_id,
        "as_sold": {
            "article_code": line.article_code,
            "description": description,
            "unit": line.unit,
            "offer_number": facts["offer_number"],
            "revision": facts["revision_label"],
            "line_quantity": line.quantity,
            "configuration": "",
        },
        "sold_price": price,
        "sold_currency": line.currency if price else "",
        "sold_unit_price": line.unit_price,
        "sold_discounts": line.discounts,
    }


def _fill(uow: UnitOfWork, known: Row, values: Values) -> None:
    """Give a machine that was known before its delivery what it lacks."""
    for name in _FILLED:
        if not known.values[name]:
            known.values[name] = values[name]
    if not uow.children(warranties.WARRANTY, known.id):
        warranties.give(uow, known)
    settle_product(uow, known)


def _record_component(uow: UnitOfWork, facts: Values, line: Line, quantity: Decimal, number: int) -> None:
    key = f"{facts['delivery_number']}/{line.line_id or f'{number}/{line.article_code}'}"
    component_id = str(uuid5(UUID(facts["order_id"]), key))
    if uow.get(COMPONENT, component_id) is not None:
        return
    taken_over = ("party_id", "delivered_on", "delivery_number", "offer_number", "order_id")
    uow.create(
        COMPONENT,
        {name: facts[name] for name in taken_over}
        | {
            "id": component_id,
            "article_code": line.article_code[:60],
            "description": (line.description or line.article_code or "-")[:500],
            "quantity": canonical(quantity),
            "unit": line.unit[:10],
            "line_id": line.line_id,
        },
    )


def _fit_components(uow: UnitOfWork, order_id: str) -> None:
    """Parts of an order with exactly one machine belong to it; of several nobody knows which."""
    product, component = uow.tables[PRODUCT], uow.tables[COMPONENT]
    machines = uow.find(PRODUCT, product.c.order_id == order_id)
    if len(machines) != 1:
        return
    (machine,) = machines
    loose = component.c.installed_product_id.is_(None)
    for row in uow.find(COMPONENT, (component.c.order_id == order_id) & loose, lock=True):
        if row.values["party_id"] == machine.values["party_id"] and not row.values["removed_on"]:
            row.values["installed_product_id"] = machine.id
