"""Price lists as records (the JSON of `/v1/offers/price-lists` and `/v1/offers/prices`) as the kernel's price
book: the same reading in the service and on a device.

Lists go by their codes in the kernel, so that a price trail can be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from services.kit.errors import Invalid
from services.offers.domain.lines import PRICED_KINDS
from services.offers.domain.pricelists import (
    ARTICLE,
    CAMPAIGN,
    CONTRACT,
    CUSTOMER,
    STANDARD_LIST,
    PriceBook,
    PriceList,
    PriceRow,
    price_book,
)
from services.offers.domain.prices import FoundPrice, PriceQuestion, find_price

Record = Mapping[str, Any]
Values = dict[str, Any]
_DEFAULTS: Final = {"kind": "item", "presence": "standard"}
_FROM_ARTICLE: Final = ("code", "description", "unit", "natura", "vat_rate", "weight_kg")


def book_of(
    lists: Iterable[Record], prices: Sequence[Record], *, currency: str, customer_code: str
) -> PriceBook:
    """The lists that may price an offer in `currency` for a customer (its code in the ERP, "" for none).

    Lists without a source of their own, of other customers and in other currencies are there to be chosen
    only.

    Raises:
        Invalid: those of `pricelists.price_book`.
    """
    rows: dict[str, list[PriceRow]] = {}
    for record in prices:
        rows.setdefault(record["price_list_id"], []).append(_row(record))
    return price_book(
        PriceList(
            id=record["code"],
            currency=record["currency"],
            source=_source(record, currency, customer_code),
            valid_from=_day(record["valid_from"]),
            valid_to=_day(record["valid_to"]),
            rows=tuple(rows.get(record["id"], ())),
        )
        for record in lists
    )


def check_price(record: Record) -> None:
    """Check that a price can be read: a price or discounts, a net price without discounts, no number below 0.

    Raises:
        Invalid: those of `pricelists.price_book`.
    """
    price_book([PriceList(id="", rows=(_row(record),))])


def price_of_line(
    book: PriceBook,
    line: Record,
    *,
    on: date,
    currency: str,
    line_list: str,
    offer_list: str,
    user: str,
) -> FoundPrice | None:
    """The price of a line's article and why, None if no list has one. `line_list` and `offer_list` are the
    codes of chosen lists; discounts that the user typed replace those of the lists.

    Raises:
        Invalid: PRICE_LIST_UNKNOWN, RATE_MISSING, and those of the line's numbers.
    """
    question = PriceQuestion(
        article=line["article_id"],
        quantity=line["quantity"],
        on=on,
        currency=currency,
        line_list=line_list,
        offer_list=offer_list,
        discounts=line["discounts"] or None,
        user=user,
    )
    try:
        return find_price(book, question)
    except Invalid as error:
        if error.reason == "PRICE_NOT_FOUND":
            return None
        raise


def trail_of(found: FoundPrice) -> list[dict[str, str]]:
    """The steps as a line's record holds them."""
    return [
        {"code": step.code, "source": step.source, "figure": step.figure, "by": step.by}
        for step in found.trail
    ]


def completed_line(line: Record, article: Record | None) -> Values:
    """Return a line with what the owner will fill in from its article, the price apart."""
    words = {name: word for name, word in _DEFAULTS.items() if line[name] == "unspecified"}
    line = {**line, **words}
    if article is None or line["kind"] not in PRICED_KINDS:
        return line
    return {**line, **{name: line[name] or article[name] for name in _FROM_ARTICLE}}


def lacks_price(line: Record) -> bool:
    """Whether the lists are to be asked for the price of a completed line, or somebody must type it."""
    return line["kind"] in PRICED_KINDS and not line["unit_price"]


def priced_by_lists(
    lines: Iterable[Record],
    lists: Iterable[Record],
    prices: Iterable[Record],
    *,
    revision: Record,
    customer_code: str,
    on: date,
    user: str,
) -> list[Values]:
    """Return completed lines, each that had no price with the lists' one, its discounts and its trail. One
    that no list prices on that day, or that has no article, keeps lacking it.

    Raises:
        Invalid: those of `price_of_line`.
    """
    by_id = {record["id"]: record for record in lists}
    book = book_of(
        by_id.values(),
        [price for price in prices if price["price_list_id"] in by_id],
        currency=revision["currency"],
        customer_code=customer_code,
    )

    def code(list_id: str) -> str:
        return str(by_id[list_id]["code"]) if list_id in by_id else ""

    def priced(line: Record) -> Values:
        if not lacks_price(line) or not line["article_id"]:
            return dict(line)
        found = price_of_line(
            book,
            line,
            on=on,
            currency=revision["currency"],
            line_list=code(line["price_list_id"]),
            offer_list=code(revision["price_list_id"]),
            user=user,
        )
        return {**line, **(price_fields(found) if found else {})}

    return [priced(line) for line in lines]


def price_fields(found: FoundPrice) -> Values:
    """What a price from the lists writes into its line."""
    return {
        "unit_price": format(found.unit_price, "f"),
        "discounts": found.discounts,
        "price_trail": trail_of(found),
    }


def manual_trail(price: str, user: str) -> list[dict[str, str]]:
    """The trail of a price that a user typed."""
    return [{"code": "MANUAL", "source": "", "figure": price, "by": user}]


def _source(record: Record, currency: str, customer_code: str) -> str:
    if record["currency"] != currency:
        return ""
    source = record["source"]
    if source in (CONTRACT, CUSTOMER):
        return str(source) if customer_code and record["customer_code"] == customer_code else ""
    if source in (CAMPAIGN, STANDARD_LIST):
        return str(source)
    return STANDARD_LIST if record["standard"] else ""


def _row(record: Record) -> PriceRow:
    return PriceRow(
        id=record["id"],
        target=ARTICLE,
        name=record["article_id"],
        unit_price=record["unit_price"],
        discounts=record["discounts"],
        net=record["net"],
        min_quantity=record["min_quantity"] or "0",
        valid_from=_day(record["valid_from"]),
        valid_to=_day(record["valid_to"]),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
