"""Starts and ends the two processes of the bare path."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from services.local.ports import answers, random_free
from tests.support.watching import eventually

ROOT = Path(__file__).parents[3]


class BarePath:
    """A running bare path; `port` takes HTTP."""

    def __init__(self, database_url: str) -> None:
        self.port = random_free()
        self._processes: list[subprocess.Popen[str]] = []
        owner = self._start("owner", environment={"BENCH_DATABASE_URL": database_url})
        assert owner.stdout is not None
        owner_port = owner.stdout.readline().strip()
        self._start("edge", owner_port, str(self.port))
        eventually(lambda: answers(self.port), within_s=30)

    @property
    def pids(self) -> list[int]:
        """Of both processes."""
        return [process.pid for process in self._processes]

    def stop(self) -> None:
        """End both."""
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()

    def _start(
        self, name: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        settings = {
            "PYTHONPATH": f"{ROOT}:{ROOT / 'protos/gen/py'}",
            # As the installation sets it for its own processes.
            "MALLOC_ARENA_MAX": "2",
            **(environment or {}),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", f"tests.bench.bare.{name}", *arguments],
            cwd=ROOT,
            env=os.environ | settings,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        return process
