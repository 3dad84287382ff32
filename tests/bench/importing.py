"""An import of parties: `sales import parties` against the running system, as a user runs it.

Each party comes with an address and two contact points: four records. Processor time is what the import
itself needs (client, gateway, crm, PostgreSQL) and what the system does about it until its queues are empty;
of the clock only a quiet machine tells something.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.bench.support.bench import Bench
from tests.bench.support.effort import effort_of_system
from tests.bench.support.figures import Figure, Goal
from tests.bench.support.system import ROOT, System
from tests.importing.dirty import write_customers

POSITION = 70

_PARTIES, _SMALL = 50_000, 5_000
_DRAIN_LIMIT_S = 600.0
#: On two cores that have nothing else to do.
_GOALS: Final = (Goal("clock_s", 60),)


def measure(bench: Bench) -> Iterator[Figure]:
    """Import a generated file, once; then wait until everybody has heard of it."""
    count = _SMALL if bench.options.small else _PARTIES
    system = bench.running
    effort = effort_of_system(system)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.csv"
        write_customers(path, count)
        effort.start()
        client_before, began = _client_cpu_s(), time.monotonic()
        _run_import(system, path)
        clock_s, client_s = time.monotonic() - began, _client_cpu_s() - client_before
        effort.stop()
        own = dict(effort.taken_s)
        effort.start()
        bench.backlog.drain(within_s=_DRAIN_LIMIT_S)
        effort.stop()
    path_names = [name for name in own if name in ("gateway", "crm-api")]
    values = {
        "clock_s": clock_s * _PARTIES / count,
        "client_cpu_s": client_s * _PARTIES / count,
        "gateway_and_crm_cpu_s": sum(own[name] for name in path_names) * _PARTIES / count,
        "postgres_cpu_s": own.get("postgres", 0.0) * _PARTIES / count,
        "all_cpu_s": (client_s + sum(effort.taken_s.values())) * _PARTIES / count,
    }
    note = f"for {_PARTIES:,}; in ms a party: {effort.by_process(count)}"
    yield Figure(f"import of {count:,} parties", values, goals=_GOALS, note=note)


def _run_import(system: System, path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "gateway.importing", "parties", str(path)),
            *("--server", f"http://127.0.0.1:{system.port}", "--user", "sales.manager"),
        ],
        cwd=ROOT,
        env=os.environ
        | {
            "SALES_PASSWORD": system.installation.password,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'protos/gen/py'}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(
            f"the import ended with {done.returncode}: {done.stdout[-300:]}{done.stderr[-300:]}"
        )


def _client_cpu_s() -> float:
    """Return what programs that this one has started and that have ended have taken."""
    taken = resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken.ru_utime + taken.ru_stime
