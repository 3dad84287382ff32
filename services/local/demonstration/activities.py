"""Two years of calls and visits, and what is planned for the next weeks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from services.local.demonstration import sources
from services.local.demonstration.author import Group, command, create, fixed_id

PAST: Final = 380
PLANNED: Final = 40
_DAYS: Final = 730
#: Kind -> subjects, outcomes, minutes.
_KINDS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...], int]]] = {
    "call": (
        (
            "Richiamare per conferma capitolato",
            "Verifica ricevimento offerta",
            "Aggiornamento sui tempi di decisione",
            "Prima telefonata",
        ),
        (
            "Interessati, attendono il budget",
            "Risentire tra due settimane",
            "Chiede una visita in stabilimento",
            "Non raggiunto, lasciato messaggio",
        ),
        20,
    ),
    "visit": (
        ("Visita in stabilimento", "Sopralluogo per nuova linea", "Presentazione gamma presse"),
        (
            "Raccolti disegni e spessori",
            "Serve una cella robotizzata, offerta entro venerdi",
            "Valutano anche un concorrente",
        ),
        120,
    ),
    "meeting": (
        ("Incontro con la direzione", "Riunione tecnica con la produzione", "Prova di piega in sede"),
        ("Prova superata", "Richiesta seconda configurazione", "Concordata visita di referenza"),
        90,
    ),
    "task": (
        ("Preparare confronto costi", "Inviare referenze del settore", "Aggiornare scheda cliente"),
        ("Fatto", "Inviato per e-mail"),
        30,
    ),
}


#: Outcome in words -> its code among those that a company begins with.
_CODES: Final[Mapping[str, str]] = {
    "Interessati, attendono il budget": "INTERESTED",
    "Chiede una visita in stabilimento": "INTERESTED",
    "Non raggiunto, lasciato messaggio": "NOT_REACHED",
    "Valutano anche un concorrente": "RELATIONSHIP",
    "Prova superata": "AGREED",
    "Concordata visita di referenza": "AGREED",
    "Richiesta seconda configurazione": "DONE",
    "Fatto": "DONE",
    "Inviato per e-mail": "DONE",
}


def plan(
    today: date, party_ids: Mapping[str, str], outcomes: Mapping[tuple[str, str], str]
) -> dict[str, list[Group]]:
    """Return each salesperson's activities, a group each. `outcomes`: ids by kind and code."""
    random = Random(24)
    customers = [c for c in sources.customers() if c.vat_number in party_ids]
    planned: dict[str, list[Group]] = {}
    for number in range(PAST + PLANNED):
        customer = random.choice(customers)
        group = list(_activity(random, today, number, party_ids[customer.vat_number], outcomes))
        planned.setdefault(customer.salesperson, []).append(group)
    return planned


def _activity(
    random: Random, today: date, number: int, party_id: str, outcomes: Mapping[tuple[str, str], str]
) -> Iterator[dict[str, Any]]:
    kind = random.choice(list(_KINDS))
    subjects, told, minutes = _KINDS[kind]
    is_past = number < PAST
    day = today - timedelta(days=random.randrange(1, _DAYS)) if is_past else _soon(random, today)
    begins = datetime.combine(day, time(8 + random.randrange(9), random.choice((0, 15, 30, 45))), UTC)
    key = f"activity {number:03d}"
    times = (
        {"due_at": _text(begins)}
        if kind == "task"
        else {
            "starts_at": _text(begins),
            "ends_at": _text(begins + timedelta(minutes=minutes)),
        }
    )
    yield create(
        "crm.activity",
        key,
        {"party_id": party_id, "kind": kind, "subject": random.choice(subjects), **times},
    )
    # A few were forgotten: they are what the popup at opening is for.
    if is_past and random.random() > 0.03:
        outcome = random.choice(told)
        code = outcomes.get((kind, _CODES.get(outcome, "")), "")
        cost = _travel(random) if kind == "visit" else {"minutes": minutes}
        yield command("crm.activity", key, "complete", outcome=outcome, outcome_id=code, **cost)
        if kind == "visit":
            yield from _expenses(random, key)


def _travel(random: Random) -> dict[str, Any]:
    return {"minutes": 15 * random.randrange(4, 17), "kilometres": str(random.randrange(12, 320))}


def _expenses(random: Random, key: str) -> Iterator[dict[str, Any]]:
    """Tolls on most journeys, a meal on some: cents as on receipts."""
    for kind, share, least, most in (("toll", 0.7, 290, 2480), ("meal", 0.3, 1200, 4500)):
        if random.random() < share:
            amount = f"{Decimal(random.randrange(least, most)).scaleb(-2)}"
            fields = {"activity_id": fixed_id(key), "kind": kind, "amount": amount}
            yield create("crm.expense", f"{key} {kind}", fields)


def _soon(random: Random, today: date) -> date:
    day = today + timedelta(days=random.randrange(0, 21))
    return day + timedelta(days=max(0, day.weekday() - 4) and 7 - day.weekday())


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
