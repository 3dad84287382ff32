"""Articles and price lists as the ERP tells them."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from google.protobuf.message import Message
from sales.erp.v1 import events_pb2 as erp_pb2

from services.kit.database import Row, UnitOfWork
from services.kit.entities import Kind, entity, parse_value
from services.kit.records.checking import check_record
from services.offers.domain import listing

_ARTICLE = (
    "description", "unit", "family", "vat_rate", "natura", "weight_kg", "status", "replaced_by", "unit_cost",
    "cost_date", "product_line",
)  # fmt: skip
_LIST = ("name", "currency", "valid_from", "valid_to", "standard", "source", "customer_code")
_PRICE = ("unit_price", "min_quantity", "valid_from", "valid_to", "net", "discounts")


def article_id(code: str) -> str:
    """Return the id of an article: the same in every installation that reads the same ERP."""
    return str(uuid5(NAMESPACE_URL, f"projectsales:article:{code}"))


def price_list_id(code: str) -> str:
    """Return the id of a price list."""
    return str(uuid5(NAMESPACE_URL, f"projectsales:price-list:{code}"))


def store_article(uow: UnitOfWork, event: erp_pb2.ArticleChanged) -> None:
    """Make or change an article.

    Raises:
        Invalid: INVALID_FIELDS, the ERP sent something that no article can hold.
    """
    row = _row(uow, "offers.article", article_id(event.code), {"code": event.code})
    _fill(row, event, _ARTICLE)
    row.values["descriptions"] = dict(sorted(event.descriptions.items()))
    if row.values["status"] == "unspecified":
        row.values["status"] = "active"
    check_record(row.entity, row.values)


def store_price_list(uow: UnitOfWork, event: erp_pb2.PriceListChanged) -> list[str]:
    """Make or change a price list and the prices that the event names; return codes of unknown articles.

    Raises:
        Invalid: INVALID_FIELDS.
    """
    row = _row(uow, "offers.price_list", price_list_id(event.code), {"code": event.code})
    _fill(row, event, _LIST)
    check_record(row.entity, row.values)
    known = uow.get_many("offers.article", [article_id(price.article_code) for price in event.prices])
    ids = {price.article_code: _price_id(event.code, price) for price in event.prices}
    uow.get_many("offers.price", ids.values())
    unknown = []
    for price in event.prices:
        if article_id(price.article_code) not in known:
            unknown.append(price.article_code)
            continue
        parents = {"price_list_id": row.id, "article_id": article_id(price.article_code)}
        price_row = _row(uow, "offers.price", _price_id(event.code, price), parents)
        _fill(price_row, price, _PRICE)
        check_record(price_row.entity, price_row.values)
        check_price(uow, price_row)
    return unknown


def check_price(uow: UnitOfWork, row: Row) -> None:
    """Refuse a price that no offer could use.

    Raises:
        Invalid: PRICE_ROW_EMPTY, PRICE_ROW_NET, PRICE_NEGATIVE, QUANTITY_NEGATIVE, those of discounts.
    """
    listing.check_price(row.values)


def _price_id(list_code: str, price: erp_pb2.ListPrice) -> str:
    key = f"{list_code}:{price.article_code}:{price.min_quantity}:{price.valid_from}"
    return str(uuid5(NAMESPACE_URL, f"projectsales:price:{key}"))


def _row(uow: UnitOfWork, entity_name: str, record_id: str, fixed: dict[str, str]) -> Row:
    found = uow.get(entity_name, record_id, lock=True)
    if found is None:
        found = uow.create(entity_name, {"id": record_id, **fixed})
    found.values["deleted"] = False
    return found


def _fill(row: Row, event: Message, names: tuple[str, ...]) -> None:
    fields = entity(row.entity.name).fields
    for name in names:
        value: Any = getattr(event, name)
        if fields[name].kind is Kind.ENUM:
            value = value or "unspecified"
        row.values[name] = parse_value(fields[name], value)
