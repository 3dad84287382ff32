"""How well duplicates are found: typed again, and new ones, against many stored parties."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.crm.usecases.duplicates import find_duplicates
from services.kit.database import Database
from services.kit.permissions import Access
from tests.crm.companies import Company, company, typed_again


@dataclass(frozen=True, slots=True)
class Quality:
    """Of `asked` questions each: found among those typed again, proposed for those that are new."""

    recall: float
    false_proposals: float
    #: Processor time of a question, ours and the database's: on a busy machine the clock tells little.
    cpu_ms: float
    #: By the clock.
    p50_ms: float
    p95_ms: float


def _typed(each: Company) -> dict[str, str]:
    return {
        "name": each.name,
        "vat_number": each.vat_number,
        "city": each.city,
        "email": each.email,
        "phone": each.phone,
    }


def measure(
    database: Database, access: Access, stored: Mapping[str, Company], *, asked: int, seed: int = 7
) -> Quality:
    """Ask for `asked` known and as many new companies."""
    draw = random.Random(seed)
    durations: list[float] = []
    with database.engine.connect() as kept:
        # One connection, so that its server process can be watched.
        backend = kept.exec_driver_sql("select pg_backend_pid()").scalar_one()
    cpu_before = _cpu_s(backend)

    def found(each: Company) -> list[str]:
        began = time.perf_counter()
        proposals = find_duplicates(database, access, _typed(each))
        durations.append((time.perf_counter() - began) * 1000)
        return [proposal.party_id for proposal in proposals]

    known = draw.sample(sorted(stored), asked)
    hits = sum(party_id in found(typed_again(stored[party_id], draw)) for party_id in known)
    new = [company(5_000_000 + number, draw) for number in range(asked)]
    false = sum(bool(found(typed_again(each, draw))) for each in new)
    cpu_s = _cpu_s(backend) - cpu_before
    durations.sort()
    return Quality(
        recall=hits / asked,
        false_proposals=false / asked,
        cpu_ms=cpu_s * 1000 / len(durations),
        p50_ms=durations[len(durations) // 2],
        p95_ms=durations[int(len(durations) * 0.95)],
    )


def timed(database: Database, ask: Callable[[str], object], questions: Sequence[str]) -> dict[str, float]:
    """Ask each question once; return p50_ms and p95_ms by the clock, cpu_ms of processor time each.

    The database has one connection, so that its server process can be watched.
    """
    with database.engine.connect() as kept:
        backend = kept.exec_driver_sql("select pg_backend_pid()").scalar_one()
    durations: list[float] = []
    cpu_before = _cpu_s(backend)
    for question in questions:
        began = time.perf_counter()
        ask(question)
        durations.append((time.perf_counter() - began) * 1000)
    cpu_s = _cpu_s(backend) - cpu_before
    durations.sort()
    return {
        "p50_ms": durations[len(durations) // 2],
        "p95_ms": durations[int(len(durations) * 0.95)],
        "cpu_ms": cpu_s * 1000 / len(durations),
    }


def _cpu_s(backend: int) -> float:
    """Return the processor time of this process and of one server process of PostgreSQL, in seconds."""
    user, system = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[11:13]
    return time.process_time() + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
