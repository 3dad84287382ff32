"""What figures about parties read of other services' records, and since when a record stands as it does.

The CRM keeps these few values of each record, beside what the timeline knows of it: see
`storage/figure_sources.py`. The CRM's own records are not copied: figures read them where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.crm.domain.opportunities import standing
from services.crm.domain.timeline import Run

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FigureSource:
    """Fields of one entity that figures are made of, by what they mean; "" where it has none."""

    party: str = ""
    #: The offer of a revision or an order.
    above: str = ""
    amount: str = ""
    currency: str = ""
    #: In the facet `cost`.
    cost: str = ""
    #: The revision that was accepted.
    chosen: str = ""
    opportunity: str = ""
    #: States that say the same: moving among them begins nothing new.
    group: Callable[[str], str] = str


FIGURE_SOURCES: Final[Mapping[str, FigureSource]] = {
    "offers.offer": FigureSource(
        party="party_id", chosen="accepted_revision_id", opportunity="opportunity_id", group=standing
    ),
    "offers.revision": FigureSource(
        above="offer_id", amount="taxable", currency="currency", cost="cost_total"
    ),
    "offers.order": FigureSource(above="offer_id", amount="taxable", currency="currency"),
    "aftersales.request": FigureSource(party="party_id"),
}


def since(runs: Sequence[Run], group: Callable[[str], str]) -> str:
    """Return when a record came to stand as its last run does, whatever states of one group it passed since.

    `runs` are those of the timeline, in order; at least one.
    """
    last = group(runs[-1].state)
    begun = runs[-1].since
    for run in reversed(runs):
        if group(run.state) != last:
            break
        begun = run.since
    return begun


def values_kept(source: FigureSource, body: Values, cost: Values) -> dict[str, Any]:
    """Return what is kept of a record's newest version; `cost` is its fragment of that facet, {} if none."""
    named = {
        "party_id": source.party,
        "above_id": source.above,
        "amount": source.amount,
        "currency": source.currency,
        "chosen_id": source.chosen,
        "opportunity_id": source.opportunity,
    }
    kept: dict[str, Any] = {column: body.get(field) or None for column, field in named.items() if field}
    return kept | {
        "currency": kept.get("currency") or "",
        "cost": cost.get(source.cost) or None if source.cost else None,
        "state": body["state"],
        "begun_at": body["created_at"],
    }
