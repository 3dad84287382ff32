"""Sixty offers, in every state that an offer can be in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from services.local.demonstration import opportunities, sources
from services.local.demonstration.author import Group, Item, command, create, fixed_id
from services.local.demonstration.sources import Article, Customer

#: State -> how many offers come to it.
STATES: Final[Mapping[str, int]] = {
    "draft": 7,
    "in_work": 6,
    "ready": 5,
    "sent": 12,
    "negotiation": 7,
    "ordered": 9,
    "lost": 8,
    "expired": 2,
    "suspended": 2,
    "cancelled": 2,
}
_COMPETITORS: Final = ("Presse Orobiche", "Laminor Technik", "Bendwell", "Officine del Garda")
_DISCOUNTS: Final = ("", "5", "8", "10+3", "12+5", "10+5+2")
_INTRODUCTION: Final = "Facendo seguito ai colloqui intercorsi, Vi sottoponiamo la nostra migliore offerta."


@dataclass(frozen=True, slots=True)
class PlannedOffer:
    """An offer and what becomes of it."""

    key: str
    author: str
    groups: Sequence[Group]
    #: What came before it, if it is part of an opportunity.
    opportunity: Item | None = None


def plan(
    today: date, party_ids: Mapping[str, str], article_ids: Mapping[str, str], reasons: Mapping[str, str]
) -> list[PlannedOffer]:
    """Return the offers, oldest first.

    `party_ids` by VAT number, `article_ids` by code, `reasons` by outcome (lost, cancelled, expired).
    """
    random = Random(60)
    fates = [state for state, count in STATES.items() for _ in range(count)]
    random.shuffle(fates)
    planned = []
    for number, fate in enumerate(fates):
        maker = _Maker(random, today, number, fate, article_ids, reasons)
        customer = random.choice([c for c in sources.customers() if c.vat_number in party_ids])
        opportunity = maker.opportunity(customer, party_ids) if number % opportunities.OFFERED == 0 else None
        groups = maker.groups(customer, party_ids, is_of_opportunity=opportunity is not None)
        planned.append(PlannedOffer(maker.key, customer.salesperson, groups, opportunity))
    return planned


class _Maker:
    """Makes one offer."""

    def __init__(
        self,
        random: Random,
        today: date,
        number: int,
        fate: str,
        article_ids: Mapping[str, str],
        reasons: Mapping[str, str],
    ) -> None:
        self._random = random
        self._today = today
        self._fate = fate
        self._article_ids = article_ids
        self._reasons = reasons
        self.key = f"offer {number:02d}"
        self._revision = f"{self.key} revision"
        is_over = fate in ("lost", "expired", "cancelled")
        self._date = today - timedelta(days=random.randrange(60, 500) if is_over else random.randrange(1, 55))

    def opportunity(self, customer: Customer, party_ids: Mapping[str, str]) -> Item:
        """Return the opportunity that the offer is part of."""
        title = f"Richiesta di {customer.name}"[:200]
        party_id = party_ids[customer.vat_number]
        return opportunities.for_offer(self.key, customer, title, self._date, party_id)

    def groups(
        self, customer: Customer, party_ids: Mapping[str, str], *, is_of_opportunity: bool
    ) -> list[Group]:
        """Return the offer with its lines as one group, then the commands that bring it to its state.

        What ends an old offer is one group with what comes before: between two, the clock would expire it.
        """
        machine = self._random.choice([a for a in sources.articles().values() if _is_offered(a)])
        lines = [*self._lines(machine)]
        offer = create(
            "offers.offer",
            self.key,
            {
                "party_id": party_ids[customer.vat_number],
                "title": machine.description,
                "offer_date": self._date.isoformat(),
                "contact_name": customer.person,
                "product_line": machine.product_line,
                **(
                    {"opportunity_id": fixed_id(opportunities.of_offer(self.key))}
                    if is_of_opportunity
                    else {}
                ),
            },
        )
        made = [offer, self._revision_item(), *lines, *self._charges()]
        return [made, *self._steps(machine)]

    def _revision_item(self) -> dict[str, Any]:
        valid_until = self._date + timedelta(days=60)
        return create(
            "offers.revision",
            self._revision,
            {
                "offer_id": fixed_id(self.key),
                "currency": "EUR",
                "language": "it",
                "valid_until": valid_until.isoformat(),
                "payment_terms": self._random.choice(
                    ("30 % all'ordine, 70 % alla consegna", "Ricevuta bancaria 60 giorni fine mese")
                ),
                "delivery_terms": self._random.choice(("Franco fabbrica", "Franco destino, scarico escluso")),
                "introduction": _INTRODUCTION,
                "header_discounts": self._random.choice(("", "", "2", "3")),
            },
        )

    def _lines(self, machine: Article) -> list[dict[str, Any]]:
        catalogue = sources.articles().values()
        options = [a for a in catalogue if _is_option_of(a, machine)]
        tools = [a for a in catalogue if a.family == "Utensili"]
        services = [sources.articles()[code] for code in ("SV-INST", "SV-TRN", "SV-FAT", "SW-REM")]
        chosen = [(machine, 1)]
        chosen += [
            (a, 1) for a in self._random.sample(options, min(len(options), self._random.randrange(2, 5)))
        ]
        if machine.product_line == "press":
            chosen += [(a, self._random.randrange(1, 13)) for a in self._random.sample(tools, 3)]
        chosen += [(a, self._random.randrange(1, 4)) for a in self._random.sample(services, 2)]
        discounts = self._random.choice(_DISCOUNTS)
        return [
            self._line(position, article, quantity, discounts if article.unit == "PZ" else "")
            for position, (article, quantity) in enumerate(chosen, start=1)
        ]

    def _line(self, position: int, article: Article, quantity: int, discounts: str) -> dict[str, Any]:
        return create(
            "offers.line",
            f"{self.key} line {position}",
            {
                "revision_id": fixed_id(self._revision),
                "position": position,
                "article_id": self._article_ids[article.code],
                "quantity": str(quantity),
                "discounts": discounts,
            },
        )

    def _charges(self) -> list[dict[str, Any]]:
        charges = [("Trasporto", self._random.randrange(4, 25) * 100), ("Imballo", 250)]
        return [
            create(
                "offers.charge",
                f"{self.key} charge {position}",
                {
                    "revision_id": fixed_id(self._revision),
                    "position": position,
                    "description": description,
                    "amount": f"{amount}.00",
                },
            )
            for position, (description, amount) in enumerate(charges[: self._random.randrange(3)], start=1)
        ]

    def _steps(self, machine: Article) -> list[Group]:
        """Return the commands that bring the offer to its state, by groups."""
        freeze = command("offers.revision", self._revision, "freeze")
        sent_at = f"{self._date.isoformat()}T15:00:00Z"
        send = command("offers.revision", self._revision, "send", by_hand=True, sent_at=sent_at)
        ways: Mapping[str, list[Group]] = {
            "draft": [],
            "in_work": [[self._offer("start")]],
            "ready": [[freeze]],
            "sent": [[freeze], [send]],
            "negotiation": [[freeze], [send], [self._offer("negotiate")]],
            "ordered": [[freeze], [send], [self._offer("accept")]],
            "lost": [[freeze, send, self._offer("lose", **self._loss(machine))]],
            "expired": [[freeze, send, self._offer("expire", **self._reason("expired"))]],
            "suspended": [[freeze], [send], [self._offer("suspend")]],
            "cancelled": [[self._offer("cancel", **self._reason("cancelled"))]],
        }
        return ways[self._fate]

    def _offer(self, name: str, **request: Any) -> dict[str, Any]:
        return command("offers.offer", self.key, name, **request)

    def _reason(self, outcome: str) -> dict[str, Any]:
        return {"reason_id": self._reasons[outcome]}

    def _loss(self, machine: Article) -> dict[str, Any]:
        theirs = float(machine.list_price) * self._random.uniform(0.74, 0.93)
        return {
            **self._reason("lost"),
            "competitor": self._random.choice(_COMPETITORS),
            "competitor_price": f"{round(theirs, -2):.2f}",
        }


def _is_offered(article: Article) -> bool:
    return article.is_machine and article.family not in ("Sicurezza",)


def _is_option_of(article: Article, machine: Article) -> bool:
    return (
        article.product_line in (machine.product_line, "safety")
        and not article.is_machine
        and article.family not in ("Ricambi", "Utensili")
    )
