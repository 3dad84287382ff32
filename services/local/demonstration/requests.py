"""Calls for service about the machines that were sold before, over two years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from services.local.demonstration import sources
from services.local.demonstration.author import Group, command, create, fixed_id

COUNT: Final = 34
_OPEN: Final = 9
#: Title, what was done, priority.
_FAULTS: Final = (
    ("Errore asse Y dopo l'accensione", "Sostituita riga ottica, tarato lo zero", "high"),
    ("Perdita d'olio dal cilindro sinistro", "Sostituite le guarnizioni", "high"),
    ("Macchina ferma, allarme sicurezza", "Ripristinato il modulo, sostituito un fine corsa", "critical"),
    ("Angolo di piega non costante", "Regolata la bombatura, istruito l'operatore", "normal"),
    ("Schermo che si spegne", "Sostituito l'alimentatore", "normal"),
    ("Rumore dalla pompa", "Cambio filtro e olio", "normal"),
    ("Richiesta di aggiornamento software", "Aggiornato da remoto", "low"),
    ("Pinza del robot che perde vuoto", "Sostituite quattro ventose", "normal"),
)
_CHANNELS: Final = ("phone", "mail", "web", "visit")
_TASKS: Final = (
    "Raccogliere il registro allarmi",
    "Preparare i ricambi",
    "Concordare la data con il cliente",
)


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine at a customer."""

    id: str
    party_id: str
    delivered_on: str


def plan(today: date, machines: Sequence[Machine]) -> list[Group]:
    """Return the requests: each with its tasks as a group, then each command as one; oldest first."""
    random = Random(34)
    planned = []
    for number in range(COUNT):
        machine = machines[random.randrange(len(machines))]
        planned.append((_day(random, today, number, machine), number, machine))
    return [
        group
        for day, number, machine in sorted(planned, key=lambda each: each[:2])
        for group in _request(random, day, number, machine)
    ]


def _day(random: Random, today: date, number: int, machine: Machine) -> date:
    if number < _OPEN:
        return today - timedelta(days=random.randrange(1, 7))
    earliest = max(date.fromisoformat(machine.delivered_on) + timedelta(days=5), today - timedelta(days=700))
    return earliest + timedelta(days=random.randrange((today - earliest).days))


def _request(random: Random, day: date, number: int, machine: Machine) -> list[Group]:
    key = f"request {number:02d}"
    title, resolution, priority = random.choice(_FAULTS)
    reported = datetime.combine(day, time(7 + random.randrange(9), random.randrange(60)), UTC)
    request = create(
        "aftersales.request",
        key,
        {
            "party_id": machine.party_id,
            "installed_product_id": machine.id,
            "title": title,
            "channel": random.choice(_CHANNELS),
            "priority": priority,
            "reported_at": reported.isoformat().replace("+00:00", "Z"),
            "fault_on": day.isoformat(),
        },
    )
    tasks = [
        create(
            "aftersales.task",
            f"{key} task {position}",
            {"request_id": fixed_id(key), "title": text, "position": position},
        )
        for position, text in enumerate(random.sample(_TASKS, random.randrange(3)), start=1)
    ]
    return [[request, *tasks], *([step] for step in _steps(random, key, number, resolution, len(tasks)))]


def _steps(random: Random, key: str, number: int, resolution: str, tasks: int) -> list[dict[str, Any]]:
    begun = [_give(key, "assign"), _give(key, "respond"), _give(key, "start")]
    if number < _OPEN:
        return begun[: random.randrange(4)]
    done = [
        command("aftersales.task", f"{key} task {position}", "complete", outcome="Fatto")
        for position in range(1, tasks + 1)
    ]
    return [*begun, *done, _give(key, "resolve", resolution=resolution), _give(key, "close")]


def _give(key: str, name: str, **request: Any) -> dict[str, Any]:
    return command("aftersales.request", key, name, **request)


def machines_of(records: Sequence[Mapping[str, Any]], today: date) -> list[Machine]:
    """Return the machines that were sold before and have run for a month, by serial number.

    Those that the demonstration's own orders bring are left out: a second run shall find the same ones.
    """
    serials = {row["matricola"] for row in sources.machines()}
    a_month_ago = (today - timedelta(days=30)).isoformat()
    return [
        Machine(record["id"], record["party_id"], record["delivered_on"])
        for record in sorted(records, key=lambda each: str(each["serial_number"]))
        if record["serial_number"] in serials and record["delivered_on"] < a_month_ago
    ]
