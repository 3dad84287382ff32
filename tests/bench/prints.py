"""Prints: a list of 100 rows as PDF, a record's sheet, and a Word file; what the reader waits for.

In a database of its own on the installation's server. The press is warm, as it is from the second print on;
`press starts` is what the first one waits besides.
"""

from __future__ import annotations

import io
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import docx

from services.crm.usecases.rules import RULES
from services.kit.actor import Actor
from services.kit.database import Database
from services.kit.entities import entity
from services.kit.prints import rendering, typesetting
from services.kit.prints.printing import Query, Wish, printer_of
from services.kit.records.owner import Owner
from tests.bench.support.bench import Bench
from tests.bench.support.databases import new_database
from tests.bench.support.figures import Figure, Goal
from tests.kit.fields.shaping import Company
from tests.support.owners import Accesses, create, everything

POSITION = 63

_DATABASE: Final = "bench_prints"
_ROWS: Final = 100
_LISTS: Final = 12
_KINDS: Final = ("Officine Meccaniche", "Carpenteria", "Lamiere", "Torneria")
_MOMENT: Final = datetime(2026, 3, 27, tzinfo=UTC)
_COLUMNS: Final = "name,kind,state,country,vat_number,owner_id,custom.hours,custom.budget"


def measure(bench: Bench) -> Iterator[Figure]:
    """Print as people do: the whole way from the query to the file, without the network."""
    database = Database("crm", new_database(bench.running.admin_url, _DATABASE, "crm"), pool_size=2)
    accesses = Accesses()
    crm = Company(Owner(database, RULES, accesses, accesses.fetch), accesses)
    crm.admin = accesses.give(*everything("forms", "prints"))
    seller = accesses.give(*everything("crm", "prints"))
    party_id = _fill(crm, seller)
    printer, parties = printer_of(crm.owner), entity("crm.party")
    times = bench.options.rounds * 4
    try:
        begun = time.perf_counter()
        typesetting.typeset("a", {}, made_at=_MOMENT)
        yield Figure("press starts", {"ms": (time.perf_counter() - begun) * 1000})
        goals = (Goal("p50_ms", 500),)
        # Each list has rows of its own: the same ones again are remembered by the press.
        wanted = iter([Query(f"custom.batch = {batch}", "name", columns=_COLUMNS) for batch in range(_LISTS)])
        values = _timed(_LISTS - 1, lambda: printer.listed(seller, parties, next(wanted), Wish()))
        yield Figure(f"a list of {_ROWS} rows, 8 columns, as PDF", values, goals=goals)
        values = _timed(times, lambda: printer.record(seller, parties, party_id, Wish()))
        yield Figure("a customer's sheet as PDF", values)
        values = _timed(times, lambda: rendering.filled(_letter(), {"name": "Rossi"}))
        yield Figure("a letter as Word file", values)
    finally:
        database.close()


def _fill(crm: Company, seller: Actor) -> str:
    crm.define("hours", "number", labels={"it": "Ore"})
    crm.define("budget", "money", labels={"it": "Budget"})
    crm.define("batch", "number")
    draw = random.Random(7)
    made = []
    for batch in range(_LISTS):
        items = [
            create(
                "crm.party",
                name=f"{draw.choice(_KINDS)} {draw.getrandbits(40):x} S.r.l.",
                country="IT",
                custom={
                    "hours": str(draw.randrange(10_000) / 4),
                    "budget": f'{{"amount":"{draw.randrange(10**7) / 100:.2f}","currency":"EUR"}}',
                    "batch": str(batch),
                },
            )
            for _ in range(_ROWS)
        ]
        made += crm.apply(seller, *items)
    if not all(each.changed for each in made):
        raise RuntimeError("a party was refused")
    party_id = made[0].record_id
    contacts = [
        create("crm.contact_point", party_id=party_id, kind="email", value=f"a{number}@rossi.example")
        for number in range(10)
    ]
    crm.apply(seller, *contacts)
    return party_id


def _letter() -> bytes:
    content = io.BytesIO()
    made = docx.Document()
    made.add_paragraph("Dear {{ name }},")
    made.save(content)
    return content.getvalue()


def _timed(times: int, print_: Callable[[], Any]) -> dict[str, float]:
    print_()
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        print_()
        taken.append((time.perf_counter() - begun) * 1000)
    taken.sort()
    return {"p50_ms": taken[len(taken) // 2], "worst_ms": taken[-1]}
