"""The price of one line, and why: every source asked in order of precedence, every step written down.

Precedence (domain.md, part 3): the manual price of a locked line; the list that the user chose for the
line, then for the offer; the customer's contract, the customer's list, the group's, a campaign in date, the
standard list; cost plus markup. Inside a list: configuration, article, deepest family, everything; then the
greatest quantity break reached; then the latest start; then the id. Discounts come from the row nearest the
customer; those typed by the user replace them. A net price takes none. No price found is an error that says
where it looked, never 0.00.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from services.kit.errors import Invalid
from services.kit.values import EXACT, Number, canonical, minor_units, parse_decimal, round_half_up
from services.offers.domain.discounts import parse_cascade
from services.offers.domain.exchange import FrozenRate, converted
from services.offers.domain.pricelists import (
    ARTICLE,
    CAMPAIGN,
    CONFIGURATION,
    CONTRACT,
    CUSTOMER,
    EVERYTHING,
    FAMILY,
    GROUP,
    STANDARD_LIST,
    IndexedList,
    IndexedRow,
    PriceBook,
    in_force,
)
from services.offers.domain.trail import COST, Step

_SOURCE_CODES: Final = {
    CONTRACT: "CONTRACT",
    CUSTOMER: "CUSTOMER",
    GROUP: "GROUP",
    CAMPAIGN: "CAMPAIGN",
    STANDARD_LIST: "STANDARD",
}


@dataclass(frozen=True, slots=True)
class CostPlus:
    """Cost and markup (percent of cost) of an article, for those who may see cost; `reference` names the
    cost.
    """

    unit_cost: Number
    markup: Number
    currency: str = "EUR"
    reference: str = ""


@dataclass(frozen=True, slots=True)
class PriceQuestion:
    """What is to be priced. `families` from the broadest to the deepest; `configuration` is its key, if any.

    `line_list` and `offer_list` are ids of lists chosen by `user`. `manual_price` set: the line's price is
    locked. `discounts` None: those of the lists; text (also empty): typed by `user`, who then replaces the
    lists' discounts.
    """

    article: str
    quantity: Number
    on: date
    currency: str = "EUR"
    configuration: str = ""
    families: tuple[str, ...] = ()
    line_list: str = ""
    offer_list: str = ""
    manual_price: Number = ""
    discounts: str | None = None
    user: str = ""
    cost_plus: CostPlus | None = None
    rates: tuple[FrozenRate, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundPrice:
    """A unit price before discounts, the discounts that go with it, and the trail of both.

    `net`: it takes no discount, `discounts` is then empty. `list_id` is empty for manual and cost-plus
    prices.
    """

    unit_price: Decimal
    discounts: str
    net: bool
    list_id: str
    trail: tuple[Step, ...]


def find_price(book: PriceBook, question: PriceQuestion) -> FoundPrice:
    """The price of a line and its trail.

    Raises:
        Invalid: PRICE_NOT_FOUND (with `looked`, the sources asked), PRICE_LIST_UNKNOWN (a chosen list is
        not in the
            book), RATE_MISSING, and those of the numbers in the question.
    """
    return _Search(book, question).run()


class _Search:
    """One question on its way through the sources; the trail grows as it goes."""

    __slots__ = ("book", "discounted", "discounts", "looked", "quantity", "question", "targets", "trail")

    def __init__(self, book: PriceBook, question: PriceQuestion) -> None:
        self.book = book
        self.question = question
        self.quantity = parse_decimal(question.quantity, decimals=6)
        self.targets = _targets(question)
        self.trail: list[Step] = []
        self.looked: list[str] = []
        self.discounts = ""
        self.discounted = ""

    def run(self) -> FoundPrice:
        if self.question.discounts is not None:
            parse_cascade(self.question.discounts)
        if self.question.manual_price != "":
            return self._manual()
        for code, found in self._sources():
            price = self._ask(code, found)
            if price is not None:
                return price
        if self.question.cost_plus is not None:
            return self._cost_plus(self.question.cost_plus)
        looked = ", ".join(self.looked) or "-"
        raise Invalid("PRICE_NOT_FOUND", params={"article": self.question.article, "looked": looked})

    def _manual(self) -> FoundPrice:
        price = parse_decimal(self.question.manual_price)
        self._step("MANUAL", figure=canonical(price), by=self.question.user)
        return self._answer(price, net=False, list_id="")

    def _sources(self) -> Iterator[tuple[str, IndexedList]]:
        for code, chosen in (
            ("LINE_LIST", self.question.line_list),
            ("OFFER_LIST", self.question.offer_list),
        ):
            if chosen:
                if chosen not in self.book.by_id:
                    raise Invalid("PRICE_LIST_UNKNOWN", params={"value": chosen})
                yield code, self.book.by_id[chosen]
        for found in self.book.in_order:
            yield _SOURCE_CODES[found.list.source], found

    def _ask(self, code: str, found: IndexedList) -> FoundPrice | None:
        """The price of one list; None when it has none, or only discounts, which are then kept."""
        name = found.list.id
        self.looked.append(name)
        if not in_force(found.list.valid_from, found.list.valid_to, self.question.on):
            self._step("LIST_NOT_IN_DATE", name)
            return None
        best = self._best_row(found)
        if best is None:
            return None
        by = self.question.user if code in ("LINE_LIST", "OFFER_LIST") else ""
        self._step(code, name, by=by)
        if best.min_quantity:
            self._step("BREAK", name, canonical(best.min_quantity))
        if best.row.discounts and not self.discounted:
            self.discounts, self.discounted = best.row.discounts, name
        if best.unit_price is None:
            return None
        self._step("ROW", best.row.id, f"{canonical(best.unit_price)} {found.list.currency}")
        price = self._convert(best.unit_price, found.list.currency)
        return self._answer(price, net=best.row.net, list_id=name)

    def _best_row(self, found: IndexedList) -> IndexedRow | None:
        unreached: Decimal | None = None
        for key in self.targets:
            for row in found.rows.get(key, ()):
                if not in_force(row.row.valid_from, row.row.valid_to, self.question.on):
                    continue
                if row.min_quantity <= self.quantity:
                    return row
                unreached = row.min_quantity if unreached is None else min(unreached, row.min_quantity)
        if unreached is None:
            self._step("LIST_WITHOUT_PRICE", found.list.id)
        else:
            self._step("LIST_BREAK_NOT_REACHED", found.list.id, canonical(unreached))
        return None

    def _cost_plus(self, rule: CostPlus) -> FoundPrice:
        cost, markup = parse_decimal(rule.unit_cost), parse_decimal(rule.markup)
        if cost <= 0 or markup < -100:
            raise Invalid("COST_PLUS_NOT_POSITIVE", params={"article": self.question.article})
        self.looked.append("cost")
        exact = EXACT.multiply(cost, EXACT.add(Decimal(1), EXACT.scaleb(markup, -2)))
        price = round_half_up(exact, max(minor_units(rule.currency), -int(cost.as_tuple().exponent)))
        figure = f"{canonical(cost)} {rule.currency} + {canonical(markup)} %"
        self._step("COST_PLUS", rule.reference, figure, facet=COST)
        return self._answer(self._convert(price, rule.currency), net=False, list_id="")

    def _convert(self, price: Decimal, currency: str) -> Decimal:
        figure, steps = converted(price, currency, self.question.currency, self.question.rates)
        self.trail.extend(steps)
        return figure

    def _answer(self, price: Decimal, *, net: bool, list_id: str) -> FoundPrice:
        typed = self.question.discounts
        discounts = self.discounts if typed is None else typed
        if net:
            self._step("NET")
            if discounts.strip():
                self._step("DISCOUNTS_DROPPED", figure=discounts, by=self.question.user if typed else "")
            discounts = ""
        elif typed is not None and (typed or self.discounts):
            self._step("TYPED_DISCOUNTS", figure=typed, by=self.question.user)
        elif discounts:
            self._step("LIST_DISCOUNTS", self.discounted, discounts)
        return FoundPrice(price, discounts, net, list_id, tuple(self.trail))

    def _step(
        self, code: str, source: str = "", figure: str = "", *, by: str = "", facet: str = "base"
    ) -> None:
        self.trail.append(Step(code, source, figure, by, facet))


def _targets(question: PriceQuestion) -> Sequence[tuple[str, str]]:
    """What may price the article inside a list, nearest first."""
    families = [(FAMILY, name) for name in reversed(question.families)]
    configured = [(CONFIGURATION, question.configuration)] if question.configuration else []
    return [*configured, (ARTICLE, question.article), *families, (EVERYTHING, "")]
