"""What selling took and what it brought: visits, time and expenses against offers, orders and their worth.

Activities and opportunities are read where they are, offers, orders and requests from what their events told
(`figure_source`). Every figure counts what the caller may see. Costs are told whole or not at all: one won
offer or one activity whose cost the caller may not see, or that has none, and the group has no cost figure;
a sum of parts would pass for the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from services.crm.storage import selling
from services.crm.storage.selling import Asked
from services.kit.company_time import start_of
from services.kit.database import Database
from services.kit.errors import Forbidden
from services.kit.permissions import Access
from services.kit.values import ROUNDING, minor_units, round_half_up

SELLER, CUSTOMER, AREA = "seller", "customer", "area"
_MINUTES: Final = Decimal(60)


@dataclass(frozen=True, slots=True)
class Cost:
    """What won offers contributed (worth less cost of goods), what selling cost, and what is left."""

    currency: str
    contribution: Decimal
    cost_of_selling: Decimal

    @property
    def net(self) -> Decimal:
        """Won contribution minus cost of selling."""
        return self.contribution - self.cost_of_selling


@dataclass(slots=True)
class Figures:
    """One seller's, customer's or area's; amounts by currency."""

    key: str
    activities: int = 0
    visits: int = 0
    minutes: int = 0
    kilometres: Decimal = Decimal(0)
    expenses: dict[str, Decimal] = field(default_factory=dict)
    won: int = 0
    won_worth: dict[str, Decimal] = field(default_factory=dict)
    lost: int = 0
    lost_worth: dict[str, Decimal] = field(default_factory=dict)
    open: int = 0
    open_worth: dict[str, Decimal] = field(default_factory=dict)
    #: None: not told, see the module.
    contribution: dict[str, Decimal] | None = field(default_factory=dict)
    cost_of_selling: dict[str, Decimal] | None = field(default_factory=dict)

    @property
    def visits_per_won_offer(self) -> Decimal | None:
        """To one decimal; None without a won offer: then it is more than any number."""
        if not self.won:
            return None
        return round_half_up(ROUNDING.divide(Decimal(self.visits), Decimal(self.won)), 1)

    @property
    def costs(self) -> list[Cost] | None:
        """By currency, None where they are not told."""
        if self.contribution is None or self.cost_of_selling is None:
            return None
        currencies = sorted({*self.contribution, *self.cost_of_selling})
        return [
            Cost(
                currency,
                _rounded(self.contribution.get(currency, Decimal(0)), currency),
                _rounded(self.cost_of_selling.get(currency, Decimal(0)), currency),
            )
            for currency in currencies
        ]


@dataclass(frozen=True, slots=True)
class InState:
    """Records of one state, with their worth by currency."""

    state: str
    count: int
    worth: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class PartyFigures:
    """Everything about one party."""

    selling: Figures
    last_contact_at: datetime | None
    opportunities: list[InState]
    offers: list[InState]
    orders: list[InState]
    requests: list[InState]
    activities: list[InState]


def selling_figures(
    database: Database,
    access: Access,
    *,
    by: str,
    since: date | None,
    until: date | None,
    party_id: str = "",
) -> list[Figures]:
    """Return what the caller may see by seller, customer or area; who won the most first, then most visits.

    Activities count on the day on which they took place, offers on the day on which they were won or lost,
    first and last day included, where the company is; open offers as they are now. A seller's activities and
    offers are those that they own. The key is "" for what has no owner or area.

    Raises:
        Forbidden: NOT_GRANTED, for who may read no party at all.
    """
    if not access.allows("crm", "read"):
        raise Forbidden("NOT_GRANTED", params={"entity": "crm.party", "action": "read"})
    asked = Asked(
        tables=database.tables,
        access=access,
        by=by,
        begins=start_of(since) if since else None,
        ends=start_of(until + timedelta(days=1)) if until else None,
        party_id=party_id,
    )
    found: dict[str, Figures] = {}
    with database.read() as connection:
        for row in connection.execute(selling.activities(asked)).mappings():
            _add_activities(_of(found, row["key"]), dict(row))
        for row in connection.execute(selling.expenses(asked)).mappings():
            _add_expenses(_of(found, row["key"]), dict(row))
        for row in connection.execute(selling.offers(asked)).mappings():
            _add_offers(_of(found, row["key"]), dict(row))
    if not asked.sees_costs():
        for each in found.values():
            each.contribution = each.cost_of_selling = None
    return sorted(found.values(), key=lambda each: (-each.won, -each.visits, each.key))


def _of(found: dict[str, Figures], key: UUID | None) -> Figures:
    text = str(key or "")
    return found.setdefault(text, Figures(text))


def _add_activities(figures: Figures, row: Mapping[str, Any]) -> None:
    """Add the activities that cost by rates of one currency, "" for those without a rate."""
    figures.activities += row["count"]
    figures.visits += row["visits"]
    figures.minutes += int(row["minutes"])
    figures.kilometres += row["kilometres"]
    if not row["is_costed"]:
        figures.cost_of_selling = None
    elif figures.cost_of_selling is not None:
        _add(figures.cost_of_selling, row["currency"], (row["time_cost"] or 0) / _MINUTES)
        _add(figures.cost_of_selling, row["currency"], row["distance_cost"])


def _add_expenses(figures: Figures, row: Mapping[str, Any]) -> None:
    _add(figures.expenses, row["currency"], row["amount"])
    if figures.cost_of_selling is not None:
        _add(figures.cost_of_selling, row["currency"], row["amount"])


def _add_offers(figures: Figures, row: Mapping[str, Any]) -> None:
    standing, count = row["standing"], row["count"]
    worth = {"accepted": figures.won_worth, "lost": figures.lost_worth}.get(standing, figures.open_worth)
    _add(worth, row["currency"], row["worth"])
    if standing == "accepted":
        figures.won += count
        if not row["is_costed"]:
            figures.contribution = None
        elif figures.contribution is not None:
            _add(figures.contribution, row["currency"], row["contribution"])
    elif standing == "lost":
        figures.lost += count
    else:
        figures.open += count


def _add(amounts: dict[str, Decimal], currency: str | None, amount: Decimal | None) -> None:
    if currency and amount is not None:
        amounts[currency] = amounts.get(currency, Decimal(0)) + amount


def _rounded(amount: Decimal, currency: str) -> Decimal:
    return round_half_up(amount, minor_units(currency))


def party_figures(database: Database, access: Access, party_id: str) -> PartyFigures:
    """Return the figures of a party, of the survivor where it was merged; all its time.

    The caller has made sure that the party may be seen.
    """
    (figures,) = selling_figures(
        database, access, by=CUSTOMER, since=None, until=None, party_id=party_id
    ) or [Figures(party_id)]
    asked = Asked(database.tables, access, CUSTOMER, None, None, party_id)
    with database.read() as connection:
        states = {
            name: list(_states(connection.execute(query).mappings()))
            for name, query in selling.states(asked).items()
        }
        last_contact = connection.execute(selling.last_contact(asked)).scalar()
    return PartyFigures(figures, last_contact, **states)


def _states(rows: Any) -> Iterator[InState]:
    gathered: dict[str, tuple[int, dict[str, Decimal]]] = {}
    for row in rows:
        count, worth = gathered.get(row["state"], (0, {}))
        _add(worth, row["currency"], row["worth"])
        gathered[row["state"]] = (count + row["count"], worth)
    for state, (count, worth) in sorted(gathered.items()):
        yield InState(state, count, worth)
