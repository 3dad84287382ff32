"""The ERP's deliveries: what was sold becomes machines at the customer, with their warranty and parts."""

from __future__ import annotations

from collections.abc import Sequence
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
    known_machines,
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
    machines: list[Values] = []
    components: list[Values] = []
    for number, line in enumerate(event.lines):
        of_line, rest = _units(facts, line, number)
        machines += of_line
        components += rest
    _install(uow, machines)
    _keep(uow, components)
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


def _units(facts: Values, line: Line, number: int) -> tuple[list[Values], list[Values]]:
    """What a line becomes: the values of its machines, and of what is left as a component."""
    where = f"lines[{number}]"
    if line.line_id and not _is_id(line.line_id):
        raise Invalid("INVALID_EVENT", violations=[Violation(f"{where}.line_id", "INVALID_ID")])
    quantity = quantity_of(line.quantity, field=f"{where}.quantity")
    serials = serials_of(line.serial_numbers, field=f"{where}.serial_numbers")
    machines = [
        _machine(facts, line, serial, _price(line, quantity, ordinal, where))
        for ordinal, serial in enumerate(serials)
    ]
    rest = quantity - len(serials)
    is_text = not (line.article_code or line.line_id)
    return machines, [] if is_text or rest <= 0 else [_component(facts, line, rest, number)]


def _price(line: Line, quantity: Decimal, ordinal: int, where: str) -> str:
    if not line.amount:
        return ""
    try:
        places = minor_units(line.currency)
        amount = unit_amount(parse_decimal(line.amount), quantity, ordinal, places)
    except Invalid as error:
        raise Invalid("INVALID_EVENT", violations=[Violation(f"{where}.amount", error.reason)]) from error
    return format(amount, "f")


def _install(uow: UnitOfWork, machines: Sequence[Values]) -> None:
    """Make the machines that are not known yet, by id or as what was imported before."""
    told = uow.get_many(PRODUCT, [values["id"] for values in machines])
    fresh = [values for values in machines if values["id"] not in told]
    if not fresh:
        return
    known = {
        (row.values["article_code"], row.values["serial_number"]): row
        for row in known_machines(uow, fresh)
        if row.values["party_id"] == fresh[0]["party_id"]
    }
    offered = warranties.policies(uow)
    for values in fresh:
        key = values["article_code"], values["serial_number"]
        if key in known:
            _fill(uow, known[key], values, offered)
            continue
        known[key] = product = uow.create(PRODUCT, values)
        uow.move(product, transitions.INITIAL[transitions.PRODUCT], command="deliver")
        warranties.give(uow, product, offered)


def _machine(facts: Values, line: Line, serial: str, price: str) -> Values:
    own = {name: value for name, value in facts.items() if name != "revision_label"}
    description = line.description or line.article_code or serial
    key = f"{line.line_id or line.article_code}/{serial}"
    return own | {
        "id": str(uuid5(UUID(facts["order_id"]), key)),
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


def _fill(uow: UnitOfWork, known: Row, values: Values, offered: Sequence[Row]) -> None:
    """Give a machine that was known before its delivery what it lacks."""
    for name in _FILLED:
        if not known.values[name]:
            known.values[name] = values[name]
    if not uow.children(warranties.WARRANTY, known.id):
        warranties.give(uow, known, offered)
    settle_product(uow, known)


def _component(facts: Values, line: Line, quantity: Decimal, number: int) -> Values:
    key = f"{facts['delivery_number']}/{line.line_id or f'{number}/{line.article_code}'}"
    taken_over = ("party_id", "delivered_on", "delivery_number", "offer_number", "order_id")
    return {name: facts[name] for name in taken_over} | {
        "id": str(uuid5(UUID(facts["order_id"]), key)),
        "article_code": line.article_code[:60],
        "description": (line.description or line.article_code or "-")[:500],
        "quantity": canonical(quantity),
        "unit": line.unit[:10],
        "line_id": line.line_id,
    }


def _keep(uow: UnitOfWork, components: Sequence[Values]) -> None:
    """Make the components that are not known yet."""
    told = uow.get_many(COMPONENT, [values["id"] for values in components])
    for values in components:
        if values["id"] not in told:
            uow.create(COMPONENT, values)


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
