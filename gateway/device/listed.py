"""List prices without the server: the replica's lists, asked by the kernel as the offers service asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from gateway.device.errors import Unusable
from gateway.device.overlay import Values
from gateway.device.view import View
from services.offers.domain.lines import PRICED_KINDS
from services.offers.domain.listing import book_of, price_of_line, trail_of
from services.offers.domain.pricelists import PriceBook

_FROM_ARTICLE: Final = ("code", "description", "unit", "natura", "vat_rate", "weight_kg")


def completed(view: View, line: Values) -> Values:
    """Return a line with what the server will fill in from its article, the price apart."""
    line = {
        **line,
        "kind": "item" if line["kind"] == "unspecified" else line["kind"],
        "presence": "standard" if line["presence"] == "unspecified" else line["presence"],
    }
    if line["kind"] not in PRICED_KINDS or not line["article_id"]:
        return line
    article = view.record("offers.article", line["article_id"])
    if article is None:
        return line
    return {**line, **{name: line[name] or article[name] for name in _FROM_ARTICLE}}


def priced_by_lists(
    view: View, lines: Sequence[Values], *, revision: Values, offer: Values, on: date, user: str
) -> list[Values]:
    """Return the lines, each that had no price with the lists' one, its discounts and its trail.

    Raises:
        Unusable: PRICE_MISSING, no list of this copy has a price on that day.
        Invalid: those of `listing.price_of_line`.
    """
    missing = [line for line in lines if line["kind"] in PRICED_KINDS and not line["unit_price"]]
    if not missing:
        return list(lines)
    lists = {record["id"]: record for record in view.records("offers.price_list")}
    book = _book(view, lists, missing, revision=revision, offer=offer)
    found: dict[str, Values] = {}
    for line in missing:
        price = line["article_id"] and price_of_line(
            book,
            line,
            on=on,
            currency=revision["currency"],
            line_list=_code(lists, line["price_list_id"]),
            offer_list=_code(lists, revision["price_list_id"]),
            user=user,
        )
        if not price:
            raise Unusable("PRICE_MISSING", line["code"] or line["description"] or line["id"])
        found[line["id"]] = {
            **line,
            "unit_price": format(price.unit_price, "f"),
            "discounts": price.discounts,
            "price_trail": trail_of(price),
        }
    return [found.get(line["id"], line) for line in lines]


def _book(
    view: View, lists: Mapping[str, Values], lines: Sequence[Values], *, revision: Values, offer: Values
) -> PriceBook:
    party = view.record("crm.party", offer["party_id"])
    articles = {line["article_id"] for line in lines if line["article_id"]}
    prices = [
        price for article in sorted(articles) for price in view.records("offers.price", article_id=article)
    ]
    return book_of(
        lists.values(),
        [price for price in prices if price["price_list_id"] in lists],
        currency=revision["currency"],
        customer_code=str(party["erp_code"]) if party else "",
    )


def _code(lists: Mapping[str, Any], list_id: str) -> str:
    return str(lists[list_id]["code"]) if list_id in lists else ""
