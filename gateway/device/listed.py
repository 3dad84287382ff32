"""List prices without the server: the replica's lists, asked by the kernel as the offers service asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from gateway.device.errors import Unusable
from gateway.device.overlay import Values
from gateway.device.view import View
from services.offers.domain import listing


def completed(view: View, line: Values) -> Values:
    """Return a line with what the server will fill in from its article, the price apart."""
    article = view.record("offers.article", line["article_id"]) if line["article_id"] else None
    return listing.completed_line(line, article)


def priced_by_lists(
    view: View, lines: Sequence[Values], *, revision: Values, offer: Values, on: date, user: str
) -> list[Values]:
    """Return the lines, each that had no price with the lists' one, its discounts and its trail.

    Raises:
        Unusable: PRICE_MISSING, no list of this copy has a price on that day.
        Invalid: those of `listing.price_of_line`.
    """
    missing = [line for line in lines if listing.lacks_price(line)]
    if not missing:
        return list(lines)
    articles = {line["article_id"] for line in missing if line["article_id"]}
    party = view.record("crm.party", offer["party_id"])
    priced = listing.priced_by_lists(
        lines,
        view.records("offers.price_list"),
        [price for each in sorted(articles) for price in view.records("offers.price", article_id=each)],
        revision=revision,
        customer_code=str(party["erp_code"]) if party else "",
        on=on,
        user=user,
    )
    for line in priced:
        if listing.lacks_price(line):
            raise Unusable("PRICE_MISSING", line["code"] or line["description"] or line["id"])
    return priced
