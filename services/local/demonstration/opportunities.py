"""Two years of opportunities, in every state that one can be in, and what an hour of selling costs.

They are sent as by a device that was away: what happened then counts from then, so that the funnel of a past
day shows something.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from services.local.demonstration import sources
from services.local.demonstration.author import Group, Item, command, create
from services.local.demonstration.sources import Customer

#: State -> how many come to it.
STATES: Final[Mapping[str, int]] = {"open": 14, "quoting": 12, "won": 18, "lost": 14, "dropped": 6}
#: Every how many-th offer is part of an opportunity of its own.
OFFERED: Final = 3
_DAYS: Final = 730
_TITLES: Final = (
    "Nuova linea di piega",
    "Sostituzione pressa 100 t",
    "Cella robotizzata",
    "Ampliamento reparto taglio",
    "Revamping pressa piegatrice",
    "Isola di saldatura",
)
_SOURCES: Final = ("Fiera", "Passaparola", "Sito web", "Cliente esistente", "Campagna e-mail")
_COMPETITORS: Final = ("Presse Orobiche", "Laminor Technik", "Bendwell", "")


def rates() -> list[Group]:
    """Return what an hour and a kilometre of anybody cost."""
    rate = {"hourly_rate": "48", "kilometre_rate": "0.45", "currency": "EUR"}
    return [[create("crm.selling_rate", "selling rate", rate)]]


def plan(
    today: date,
    party_ids: Mapping[str, str],
    stages: Mapping[str, str],
    reasons: Mapping[str, Sequence[str]],
) -> dict[str, list[Group]]:
    """Return each salesperson's opportunities: the creation and each step a group, in order of time.

    `stages` are ids by code, `reasons` ids by outcome (lost, dropped).
    """
    random = Random(58)
    fates = [state for state, count in STATES.items() for _ in range(count)]
    customers = [each for each in sources.customers() if each.vat_number in party_ids]
    planned: dict[str, list[Group]] = {}
    for number, fate in enumerate(fates):
        customer = random.choice(customers)
        groups = _Maker(random, today, f"opportunity {number:02d}", fate, stages, reasons).groups(
            customer, party_ids[customer.vat_number]
        )
        planned.setdefault(customer.salesperson, []).extend(groups)
    return planned


def of_offer(key: str) -> str:
    """Return the key of the opportunity that an offer of the demonstration is part of."""
    return f"opportunity of {key}"


def for_offer(key: str, customer: Customer, title: str, on: date, party_id: str) -> Item:
    """Return the opportunity that came before an offer."""
    fields = {
        "party_id": party_id,
        "title": title,
        "source": "Cliente esistente" if customer.is_customer else "Passaparola",
        "expected_close": (on + timedelta(days=75)).isoformat(),
    }
    return _made(create("crm.opportunity", of_offer(key), fields), on - timedelta(days=20))


class _Maker:
    """Makes one opportunity and brings it to its state."""

    def __init__(
        self,
        random: Random,
        today: date,
        key: str,
        fate: str,
        stages: Mapping[str, str],
        reasons: Mapping[str, Sequence[str]],
    ) -> None:
        self._random = random
        self._today = today
        self._key = key
        self._fate = fate
        self._stages = stages
        self._reasons = reasons
        is_over = fate not in ("open", "quoting")
        self._begun = today - timedelta(
            days=random.randrange(150, _DAYS) if is_over else random.randrange(5, 110)
        )

    def groups(self, customer: Customer, party_id: str) -> list[Group]:
        """Return the creation and the steps, each of its own day."""
        fields = {
            "party_id": party_id,
            "title": f"{self._random.choice(_TITLES)}, {customer.name}"[:200],
            "value": f"{self._random.randrange(12, 320) * 1000}.00",
            "source": self._random.choice(_SOURCES),
            "competitor": self._random.choice(_COMPETITORS),
            "expected_close": (self._begun + timedelta(days=self._random.randrange(60, 180))).isoformat(),
        }
        if self._random.random() < 0.2:
            fields["probability"] = str(self._random.randrange(1, 19) * 5)
        made = _made(create("crm.opportunity", self._key, fields), self._begun)
        return [[made], *([step] for step in self._steps())]

    def _steps(self) -> Iterator[Item]:
        day = self._begun
        for name, request in self._way():
            day = min(day + timedelta(days=self._random.randrange(4, 40)), self._today)
            yield _made(command("crm.opportunity", self._key, name, **request), day)

    def _way(self) -> Iterator[tuple[str, dict[str, Any]]]:
        if self._fate == "dropped":
            yield "drop", {"reason_id": self._random.choice(self._reasons["dropped"])}
            return
        if self._fate == "open":
            if self._random.random() < 0.6:
                yield "move", {"stage_id": self._stages["QUALIFIED"]}
            return
        yield "quote", {}
        if self._random.random() < 0.7:
            yield "move", {"stage_id": self._stages["NEGOTIATION"]}
        if self._fate == "won":
            yield "win", {"note": "Ordine confermato"}
        if self._fate == "lost":
            yield "lose", {"reason_id": self._random.choice(self._reasons["lost"])}


def _made(item: Item, day: date) -> Item:
    moment = datetime.combine(day, time(9, 30), UTC)
    return item | {"made_at": moment.isoformat().replace("+00:00", "Z")}
