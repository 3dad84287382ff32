"""Starts what `make up` starts in a folder of its own, with ports and passwords of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from services.local.places import outside_places
from services.local.ports import random_free
from tests.support.watching import eventually, processes_with

ROOT = Path(__file__).parents[2]
UP = ("services.local", "up")
READY = "Project Sales is ready"


@dataclass(slots=True)
class Installation:
    """One folder in which the system is started, stopped and killed.

    With `DATABASE_URL` and `AMQP_URL` in `settings` it uses those servers, without them private ones.
    """

    local: Path
    settings: Mapping[str, str]
    command: tuple[str, ...] = UP
    http_port: int = field(default_factory=random_free)
    ports_from: int = field(default_factory=random_free)
    # Processes that a test killed on purpose.
    killed: list[str] = field(default_factory=list)
    _run: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def password(self) -> str:
        """Of every demonstration user."""
        return self.password_of("demo-password")

    @property
    def status(self) -> dict[str, Any]:
        """Each process with its state, pid, log and ports."""
        return dict(json.loads((self.local / "run" / "processes.json").read_text()))

    @property
    def output(self) -> str:
        return self._output_file.read_text()

    @property
    def pids(self) -> list[int]:
        """All processes of the installation, the supervisor among them."""
        return processes_with(f"SALES_LOCAL={self.local}")

    def start(self, **settings: str) -> None:
        """Start anew; what the last start printed is forgotten."""
        self._output_file.parent.mkdir(parents=True, exist_ok=True)
        with self._output_file.open("wb") as output:
            self._run = subprocess.Popen(
                [sys.executable, "-m", *self.command],
                cwd=ROOT,
                env=self._environment | settings,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_until_ready(self, *, within_s: float = 180.0) -> None:
        """Return when everything is up: 20 s on two idle cores, several times that on a busy machine."""
        eventually(lambda: READY in self.output or not self._is_running, within_s=within_s)
        assert READY in self.output, self.output

    def wait_until_ended(self) -> int:
        assert self._run is not None
        return self._run.wait(120)

    def send(self, number: signal.Signals) -> None:
        assert self._run is not None
        self._run.send_signal(number)

    def kill(self, process: str) -> None:
        """Kill one process; the supervisor starts it again."""
        self.killed.append(process)
        os.kill(self.status[process]["pid"], signal.SIGKILL)

    @contextmanager
    def signed_in(self, user_name: str) -> Iterator[httpx.Client]:
        """A client in a session of a demonstration user."""
        with httpx.Client(base_url=self.address, timeout=60) as client:
            credentials = {"user_name": user_name, "password": self.password}
            answer = client.post("/v1/session", json=credentials)
            assert answer.status_code == 200, answer.text
            client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client

    def down(self) -> str:
        return subprocess.run(
            [sys.executable, "-m", "services.local", "down"],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def password_of(self, name: str) -> str:
        return (self.local / "secrets" / name).read_text()

    def port_of(self, process: str) -> int:
        found = re.search(rf"{process} .*port (\d+)", self.output)
        assert found, self.output
        return int(found[1])

    def remove(self) -> None:
        """End whatever a failed test has left, and remove all traces."""
        self.down()
        for place in outside_places(self.local):
            shutil.rmtree(place, ignore_errors=True)
        shutil.rmtree(self.local, ignore_errors=True)

    @property
    def _environment(self) -> dict[str, str]:
        own = {
            "SALES_LOCAL": str(self.local),
            "SALES_PORT": str(self.http_port),
            "SALES_PORTS_FROM": str(self.ports_from),
            # Seeded only where a test asks for it.
            "SALES_DEMO_COMPANY": "0",
        }
        return {**os.environ, **own, **self.settings}

    @property
    def _output_file(self) -> Path:
        return self.local / "output"

    @property
    def _is_running(self) -> bool:
        return self._run is not None and self._run.poll() is None
