"""Duplicates proposed while a party is typed: how many are found, how many wrongly, how fast.

In a database of its own on the installation's server; the data are generated, the same for every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.kit.database import Database
from services.kit.permissions import Access, Grant, Kind, Scope, Term
from tests.bench.support.bench import Bench
from tests.bench.support.databases import new_database
from tests.bench.support.figures import Figure, Goal
from tests.crm.filling import fill
from tests.crm.quality import measure as ask
from tests.support.owners import NORTH, SOUTH

POSITION = 60

_DATABASE: Final = "bench_duplicates"
_PARTIES, _SMALL = 100_000, 5_000
_ASKED: Final = 300
#: Of one seed alone the share of false proposals is luck: 0.0 to 1.0 % (2026-11-30).
_SEEDS: Final = (7, 8, 9, 10)
_GOALS: Final = (
    Goal("recall_percent", 95, at_least=True),
    Goal("false_percent", 1),
    Goal("p50_ms", 20),
)


def measure(bench: Bench) -> Iterator[Figure]:
    """Ask for companies that are stored, typed again with mistakes, and for as many new ones."""
    url = new_database(bench.running.admin_url, _DATABASE, "crm")
    count = _SMALL if bench.options.small else _PARTIES
    stored = fill(url, count, territories=[str(NORTH), str(SOUTH)])
    database = Database("crm", url, pool_size=2)
    try:
        quality = ask(database, _seller(), stored, asked=_ASKED, seeds=_SEEDS)
    finally:
        database.close()
    values = {
        "recall_percent": quality.recall * 100,
        "false_percent": quality.false_proposals * 100,
        "p50_ms": quality.p50_ms,
        "p95_ms": quality.p95_ms,
        "cpu_ms": quality.cpu_ms,
    }
    yield Figure(f"duplicates among {count:,}", values, goals=_GOALS)


def _seller() -> Access:
    """Somebody who sees the companies of two territories: all of them, by the long way."""
    scope = Scope((Term(Kind.TERRITORY, frozenset({NORTH, SOUTH})),))
    return Access(user_id=NORTH, epoch=1, grants=(Grant("crm", frozenset({"read"}), (scope,)),))
