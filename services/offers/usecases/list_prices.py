"""Prices of lines from the price lists: one question for all lines of a revision that lack one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.company_time import company_date
from services.kit.database import Row, UnitOfWork
from services.kit.errors import Invalid, Violation
from services.offers.domain.lines import PRICED_KINDS
from services.offers.domain.listing import book_of, price_fields, price_of_line
from services.offers.domain.pricelists import PriceBook
from services.offers.usecases.customers import customer_code


def find_missing_prices(uow: UnitOfWork, revision: Row, lines: Sequence[Row]) -> None:
    """Give every line of an article that has no price yet the lists' one, its discounts and its trail.

    Raises:
        Invalid: INVALID_FIELDS with LIST_PRICE_MISSING at `lines[2].unit_price` for each line without one.
    """
    missing = [
        (position, row)
        for position, row in enumerate(lines)
        if not row.values["unit_price"] and row.values["article_id"] and row.values["kind"] in PRICED_KINDS
    ]
    if not missing:
        return
    chosen = _chosen_lists(uow, revision, [row for _, row in missing])
    book = _book(uow, revision, [row for _, row in missing], chosen)
    violations = []
    for position, row in missing:
        if not _take_price(uow, row, revision, book, chosen):
            violations.append(
                Violation(
                    f"lines[{position}].unit_price", "LIST_PRICE_MISSING", "no price in the list; type one"
                )
            )
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)


def _take_price(
    uow: UnitOfWork, row: Row, revision: Row, book: PriceBook, chosen: dict[str, dict[str, Any]]
) -> bool:
    line = row.values
    found = price_of_line(
        book,
        line,
        on=company_date(uow.made_at),
        currency=revision.values["currency"],
        line_list=_code(chosen, line["price_list_id"]),
        offer_list=_code(chosen, revision.values["price_list_id"]),
        user=str(uow.actor.user_id or ""),
    )
    if found is None:
        return False
    line.update(price_fields(found))
    return True


def _code(chosen: dict[str, dict[str, Any]], list_id: str) -> str:
    return str(chosen[list_id]["code"]) if list_id in chosen else ""


def _chosen_lists(uow: UnitOfWork, revision: Row, lines: Sequence[Row]) -> dict[str, dict[str, Any]]:
    wanted = {revision.values["price_list_id"], *(row.values["price_list_id"] for row in lines)} - {""}
    if not wanted:
        return {}
    return {row.id: row.values for row in uow.get_many("offers.price_list", wanted).values()}


def _book(
    uow: UnitOfWork, revision: Row, lines: Sequence[Row], chosen: dict[str, dict[str, Any]]
) -> PriceBook:
    price_list, price = uow.tables["offers.price_list"], uow.tables["offers.price"]
    offer = uow.require("offers.offer", revision.values["offer_id"]).values
    code = customer_code(uow, offer["party_id"])
    articles = {UUID(row.values["article_id"]) for row in lines}
    rows = uow.connection.execute(
        _prices(price_list, price),
        {"articles": sorted(articles), "chosen": sorted(chosen), "code": code},
    ).mappings()
    lists = dict(chosen)
    prices = []
    for row in rows:
        prices.append({name: _text(row[name]) for name in _PRICE})
        if str(row["price_list_id"]) not in lists:
            lists[str(row["price_list_id"])] = {name: _text(row[f"list_{name}"]) for name in _LIST}
    return book_of(lists.values(), prices, currency=revision.values["currency"], customer_code=code)


_PRICE = (
    "id", "price_list_id", "article_id", "unit_price", "discounts", "net", "min_quantity", "valid_from",
    "valid_to",
)  # fmt: skip
_LIST = ("id", "code", "currency", "source", "standard", "customer_code", "valid_from", "valid_to")
_STATEMENTS: dict[sa.Table, sa.Select[Any]] = {}


def _prices(price_list: sa.Table, price: sa.Table) -> sa.Select[Any]:
    """The prices of articles in the lists that were chosen, are for everybody or for this customer."""
    if price not in _STATEMENTS:
        articles = sa.bindparam("articles", type_=pg.ARRAY(sa.Uuid()))
        chosen = sa.bindparam("chosen", type_=pg.ARRAY(sa.Uuid(as_uuid=False)))
        columns = [price.c[name] for name in _PRICE]
        of_list = [price_list.c[name].label(f"list_{name}") for name in _LIST]
        _STATEMENTS[price] = (
            sa.select(*columns, *of_list)
            .join(price_list, price_list.c.id == price.c.price_list_id)
            .where(
                price.c.article_id == sa.any_(articles),
                price.c.deleted.is_(False),
                price_list.c.deleted.is_(False),
                sa.or_(
                    price_list.c.customer_code == "",
                    price_list.c.customer_code == sa.bindparam("code"),
                    price_list.c.id == sa.any_(chosen),
                ),
            )
        )
    return _STATEMENTS[price]


def _text(value: Any) -> Any:
    """A column as its record shows it."""
    if isinstance(value, bool | str):
        return value
    return "" if value is None else str(value)
