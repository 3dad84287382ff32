"""A revision as one value: everything that its figures and its document depend on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from services.kit.values import Number
from services.offers.domain.charges import Charge
from services.offers.domain.lines import STANDARD, Line
from services.offers.domain.priced import RevisionTotals
from services.offers.domain.spreading import SpreadRun
from services.offers.domain.totals import price_revision

TOTAL, TAXABLE, NET, LINES_NET, PAYABLE = "total", "taxable", "net", "lines_net", "payable"
FIGURES: Final = (TOTAL, TAXABLE, NET, LINES_NET, PAYABLE)


@dataclass(frozen=True, slots=True)
class LockedFigure:
    """A figure of the offer that is to stay: `figure` is one of `FIGURES`, `amount` money as text."""

    figure: str
    amount: Number


@dataclass(frozen=True, slots=True)
class Revision:
    """The content of one revision. `texts` by name (introduction, payment terms, …); `configuration` by line
    id, then by attribute; `locked` the figure that goal-seek has to bring back after every change, if any."""

    lines: tuple[Line, ...] = ()
    header_discounts: str = ""
    charges: tuple[Charge, ...] = ()
    currency: str = "EUR"
    split_payment: bool = False
    spreads: tuple[SpreadRun, ...] = ()
    locked: LockedFigure | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    configuration: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def totals(self) -> RevisionTotals:
        """The revision priced; see `totals.price_revision` for the errors."""
        return price_revision(
            self.lines,
            self.header_discounts,
            self.charges,
            self.currency,
            split_payment=self.split_payment,
        )


def revised(revision: Revision) -> Revision:
    """The content of the next revision: the same lines, each naming its origin for later differences."""
    lines = tuple(replace(line, origin=line.origin or line.id) for line in revision.lines)
    return replace(revision, lines=lines)


def copied(revision: Revision) -> Revision:
    """The content for a new offer: the same lines without lineage, and no spread runs; run them anew."""
    return replace(revision, lines=tuple(replace(line, origin="") for line in revision.lines), spreads=())


def ticked(revision: Revision) -> tuple[str, ...]:
    """Ids of the options and alternatives that the customer chose, in order; acceptance stores them."""
    return tuple(line.id for line in revision.lines if line.presence != STANDARD and line.selected)
