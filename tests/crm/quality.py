"""How well duplicates are found: typed again, and new ones, against many stored parties."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from services.crm.usecases.duplicates import find_duplicates
from services.kit.database import Database
from services.kit.permissions import Access
from tests.crm.companies import Company, company, typed_again


@dataclass(frozen=True, slots=True)
class Quality:
    """Of as many questions each: found among those typed again, proposed for those that are new."""

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
    database: Database,
    access: Access,
    stored: Mapping[str, Company],
    *,
    asked: int,
    seeds: Sequence[int] = (7,),
) -> Quality:
    """Ask for `asked` known and as many new companies, for each seed."""
    durations: list[float] = []
    cpu_before = processor_s(database)

    def found(each: Company) -> list[str]:
        began = time.perf_counter()
        proposals = find_duplicates(database, access, _typed(each))
        durations.append((time.perf_counter() - began) * 1000)
        return [proposal.party_id for proposal in proposals]

    hits = false = 0
    for seed in seeds:
        draw = random.Random(seed)
        known = draw.sample(sorted(stored), asked)
        hits += sum(party_id in found(typed_again(stored[party_id], draw)) for party_id in known)
        new = [company(5_000_000 + number, draw) for number in range(asked)]
        false += sum(bool(found(typed_again(each, draw))) for each in new)
    cpu_s = processor_s(database) - cpu_before
    durations.sort()
    return Quality(
        recall=hits / asked / len(seeds),
        false_proposals=false / asked / len(seeds),
        cpu_ms=cpu_s * 1000 / len(durations),
        p50_ms=durations[len(durations) // 2],
        p95_ms=durations[int(len(durations) * 0.95)],
    )


def timed(database: Database, ask: Callable[[str], object], questions: Sequence[str]) -> dict[str, float]:
    """Ask each question once; return p50_ms and p95_ms by the clock, cpu_ms of processor time each."""
    durations: list[float] = []
    cpu_before = processor_s(database)
    for question in questions:
        began = time.perf_counter()
        ask(question)
        durations.append((time.perf_counter() - began) * 1000)
    cpu_s = processor_s(database) - cpu_before
    durations.sort()
    return {
        "p50_ms": durations[len(durations) // 2],
        "p95_ms": durations[int(len(durations) * 0.95)],
        "cpu_ms": cpu_s * 1000 / len(durations),
    }


def processor_s(database: Database) -> float:
    """Return the processor time of this process and of what PostgreSQL does for a database, in seconds.

    The difference of two is what was done between: by the server process of every connection to the database,
    whichever pool it is of, and by processes that have ended since (parallel workers, which their parent
    counts when they end; with them those of other databases that ended meanwhile).
    """
    with database.engine.connect() as connection:
        backends = connection.execute(_BACKENDS).scalars().all()
    stats = {pid: stat for pid in backends if (stat := _stat(pid))}
    ended = {_stat(parent)[13:15] for parent in {stat[1] for stat in stats.values()}}
    ticks = [*(stat[11:13] for stat in stats.values()), *ended]
    return time.process_time() + sum(int(each) for pair in ticks for each in pair) / os.sysconf("SC_CLK_TCK")


#: Parallel workers have a leader; what they take shows when they have ended.
_BACKENDS: Final = sa.text(
    "select pid from pg_stat_activity where datname = current_database() and leader_pid is null "
    "and backend_type = 'client backend'"
)


def _stat(pid: int | str) -> tuple[str, ...]:
    """Return the fields of a process from its state on (its name may contain anything), () once it ended."""
    try:
        return tuple(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split())
    except OSError:
        return ()
