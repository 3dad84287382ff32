"""Price lists as data, read once and indexed for the thousands of questions that follow.

A list belongs to one source of prices (a contract, a customer, a group, a campaign, the standard list). Its
rows name what they price (a configuration, an article, a family, everything) and from which quantity and
day on. A row gives a unit price, or only discounts on the price that the next source gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from services.kit.errors import Invalid
from services.kit.values import Number, minor_units, parse_decimal
from services.offers.domain.discounts import parse_cascade
from services.offers.domain.problems import Problems

CONTRACT, CUSTOMER, GROUP, CAMPAIGN, STANDARD_LIST = "contract", "customer", "group", "campaign", "standard"
SOURCES: Final = (CONTRACT, CUSTOMER, GROUP, CAMPAIGN, STANDARD_LIST)
"""In the order in which they are asked, after the lists that the user chose for the line and for the
offer.
"""

CONFIGURATION, ARTICLE, FAMILY, EVERYTHING = "configuration", "article", "family", "all"
TARGETS: Final = (CONFIGURATION, ARTICLE, FAMILY, EVERYTHING)


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One price as stored. `name` is the id of what `target` says (empty for `all`).

    `unit_price` empty: the row gives `discounts` only. `net`: the price takes no discount at all. Both days
    included.
    """

    id: str
    target: str = ARTICLE
    name: str = ""
    unit_price: Number = ""
    discounts: str = ""
    net: bool = False
    min_quantity: Number = "0"
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class PriceList:
    """A list as stored; `source` empty means that only a user's choice brings it in."""

    id: str
    currency: str = "EUR"
    source: str = STANDARD_LIST
    valid_from: date | None = None
    valid_to: date | None = None
    rows: tuple[PriceRow, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexedRow:
    """A row with its numbers read."""

    row: PriceRow
    unit_price: Decimal | None
    min_quantity: Decimal

    @property
    def rank(self) -> tuple[Decimal, int, str]:
        """Sort key: the greatest break first, then the latest start, then the id."""
        return (-self.min_quantity, -_ordinal(self.row.valid_from), self.row.id)


@dataclass(frozen=True, slots=True)
class IndexedList:
    """A list whose rows are found by target and name, best first."""

    list: PriceList
    rows: Mapping[tuple[str, str], tuple[IndexedRow, ...]]


@dataclass(frozen=True, slots=True)
class PriceBook:
    """All lists that may price an offer for one customer, in the order in which their sources are asked."""

    by_id: Mapping[str, IndexedList]
    in_order: tuple[IndexedList, ...]


def price_book(lists: Iterable[PriceList]) -> PriceBook:
    """Read and index lists. Two lists of one source are asked by latest start, then id.

    Raises:
        Invalid: with a violation for each mistake, at `lists[id].rows[i].field`; PRICE_NEGATIVE,
            PRICE_ROW_EMPTY (neither price nor discounts), PRICE_ROW_NET (a net price with discounts, or
            none), PRICE_LIST_REPEATED, WORD_UNKNOWN, CURRENCY_UNKNOWN.
    """
    problems = Problems()
    by_id: dict[str, IndexedList] = {}
    for price_list in lists:
        if price_list.id in by_id:
            problems.add(f"lists[{price_list.id}]", "PRICE_LIST_REPEATED", value=price_list.id)
        by_id[price_list.id] = _index(price_list, problems)
    problems.raise_if_any()
    asked = [found for found in by_id.values() if found.list.source]
    asked.sort(
        key=lambda found: (
            SOURCES.index(found.list.source),
            -_ordinal(found.list.valid_from),
            found.list.id,
        )
    )
    return PriceBook(by_id, tuple(asked))


def _index(price_list: PriceList, problems: Problems) -> IndexedList:
    path = f"lists[{price_list.id}]"
    if price_list.source and price_list.source not in SOURCES:
        problems.add(
            f"{path}.source", "WORD_UNKNOWN", value=price_list.source[:40], allowed=", ".join(SOURCES)
        )
    try:
        minor_units(price_list.currency)
    except Invalid as error:
        problems.add_error(f"{path}.currency", error)
    rows: dict[tuple[str, str], list[IndexedRow]] = {}
    for position, row in enumerate(price_list.rows):
        try:
            found = _read(row)
        except Invalid as error:
            problems.add_error(f"{path}.rows[{position}]", error)
            continue
        rows.setdefault((row.target, row.name), []).append(found)
    return IndexedList(
        price_list, {key: tuple(sorted(found, key=lambda item: item.rank)) for key, found in rows.items()}
    )


def _read(row: PriceRow) -> IndexedRow:
    if row.target not in TARGETS:
        raise Invalid("WORD_UNKNOWN", params={"value": str(row.target)[:40], "allowed": ", ".join(TARGETS)})
    cascade = parse_cascade(row.discounts)
    price = None if row.unit_price == "" else parse_decimal(row.unit_price)
    if price is not None and price < 0:
        raise Invalid("PRICE_NEGATIVE")
    if price is None and not cascade:
        raise Invalid("PRICE_ROW_EMPTY")
    if row.net and (price is None or cascade):
        raise Invalid("PRICE_ROW_NET")
    least = parse_decimal(row.min_quantity, decimals=6)
    if least < 0:
        raise Invalid("QUANTITY_NEGATIVE")
    return IndexedRow(row, price, least)


def _ordinal(day: date | None) -> int:
    return day.toordinal() if day else 0


def in_force(valid_from: date | None, valid_to: date | None, on: date) -> bool:
    """Whether a period, both days included, holds on that day; None is open."""
    return (valid_from is None or valid_from <= on) and (valid_to is None or on <= valid_to)
