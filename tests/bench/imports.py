"""Imports: CPU seconds of a fresh interpreter that imports what a role needs, and ends.

All roles start at once on a small machine; ten of them at a second each are five seconds on two cores.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from services.local.services import SERVICES
from tests.bench.support.bench import Bench
from tests.bench.support.figures import Figure, Goal, Repeated

POSITION = 80

ROOT = Path(__file__).parents[2]
_BUDGET_S = 1.0
_REPEATS = 5


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure every role; a bare interpreter first, which is in all of them."""
    yield _figure("python alone", "pass", with_goal=False)
    failed = []
    for name, code in roles():
        try:
            yield _figure(name, code)
        except RuntimeError:
            failed.append(name)
    if failed:
        raise RuntimeError(f"cannot be imported: {', '.join(failed)}")


def roles() -> Iterator[tuple[str, str]]:
    """Each role and the imports with which its process starts."""
    for service in SERVICES:
        tables = f"{service.package}.storage.tables"
        if service.has("api"):
            yield f"{service.name} api", f"import {service.package}.api.server, {tables}"
        if service.has("sequencer"):
            yield f"{service.name} sequencer", f"import {service.package}.sequencer.process"
        if service.has("courier"):
            yield f"{service.name} courier", f"import {service.package}.courier.process, {tables}"
        if service.has("worker"):
            # As `services.kit.roles` does: the worker's own part patches before anything else is imported.
            yield (
                f"{service.name} worker",
                "import importlib, services.kit.worker.process\n"
                f"from {service.package}.worker import MODULES\n"
                f"for module in (*MODULES, {tables!r}): importlib.import_module(module)",
            )
        if service.exists:
            migrate = "import services.kit.database.migration, services.kit.subscriptions"
            yield f"{service.name} migrate", f"{migrate}, {tables}"
    yield "relay", "import services.kit.relay.__main__"
    yield "gateway", "import gateway.api.server, gateway.api.settings"
    if (ROOT / "services/local/erp/__main__.py").exists():
        yield "erp", "import services.local.erp.__main__"


def _figure(name: str, code: str, *, with_goal: bool = True) -> Figure:
    _cpu_s(code)  # writes bytecode, and brings the files into memory
    taken = Repeated([_cpu_s(code) for _ in range(_REPEATS)])
    goals = (Goal("cpu_s", _BUDGET_S),) if with_goal else ()
    return Figure(name, {"cpu_s": taken.median}, {"cpu_s": taken.spread}, goals)


def _cpu_s(code: str) -> float:
    """User and system time of one interpreter."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'protos/gen/py'}"}
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"cannot be imported: {code}")
    return usage.ru_utime + usage.ru_stime
