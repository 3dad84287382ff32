"""An installation whose every process can be killed, frozen, held down or robbed of its data.

Everything is its own: PostgreSQL, durable as in production, RabbitMQ, and the supervisor that starts what
dies.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import amqp
import kombu
import psycopg

from services.kit.dead_letters import dead_letters
from services.kit.subscriptions import manifest
from services.local.connections import Connections, connections
from services.local.folders import Folders
from services.local.postgres_binaries import available
from services.local.services import SERVICES
from tests.support.installation import ROOT, Installation
from tests.support.watching import eventually

SALES = ROOT / "bin" / "sales"
#: Nothing that a later attempt would have saved is given up within these.
RETRY_DELAYS_S = "[0.3, 1, 2, 4, 8, 16]"


@dataclass(slots=True)
class Ward:
    """What tests do to an installation, and what they ask it afterwards."""

    installation: Installation

    @property
    def connections(self) -> Connections:
        return connections(Folders(self.installation.local))

    @property
    def services(self) -> list[str]:
        """Services that own records, by name."""
        return [each.name for each in SERVICES if each.exists and each.name != "sync"]

    def pid(self, process: str) -> int:
        return int(self.installation.status[process]["pid"])

    def is_ready(self, process: str) -> bool:
        return bool(self.installation.status[process]["state"] == "ready")

    def is_another(self, process: str, pid: int) -> bool:
        """Whether the supervisor knows that the process of this pid has ended."""
        told = self.installation.status[process]
        return bool(told["state"] != "ready" or told["pid"] != pid)

    def signal(self, process: str, number: signal.Signals) -> None:
        """Send a signal to the process and all that it has started."""
        os.killpg(self.pid(process), number)

    def kill(self, process: str) -> None:
        """End it without a word; the supervisor starts it again."""
        self.signal(process, signal.SIGKILL)

    def wait_for(self, *processes: str) -> None:
        """Return when these are up again."""
        eventually(lambda: all(self.is_ready(process) for process in processes), within_s=120)

    @contextmanager
    def held_down(self, *processes: str) -> Iterator[None]:
        """Kill processes and keep them from being started meanwhile."""
        supervisor = json.loads((self.installation.local / "run" / "supervisor.process").read_text())["pid"]
        killed = {process: self.pid(process) for process in processes}
        os.kill(supervisor, signal.SIGSTOP)
        try:
            for process in processes:
                self.kill(process)
            yield
        finally:
            os.kill(supervisor, signal.SIGCONT)
        # What it says of them is out of date until it has looked.
        eventually(lambda: all(self.is_another(process, pid) for process, pid in killed.items()))

    def forget_broker_data(self) -> None:
        """Empty the broker's folder; only while it is held down."""
        folder = self.installation.local / "rabbitmq" / "data"
        eventually(lambda: not _is_open(folder))
        shutil.rmtree(folder)

    def query(self, service: str, text: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask the database of a service."""
        with psycopg.connect(self.connections.database_urls[service], autocommit=True) as connection:
            return connection.execute(text, parameters).fetchall()

    def change(self, service: str, text: str, *parameters: Any) -> None:
        """Change the database of a service behind its back."""
        with psycopg.connect(self.connections.database_urls[service], autocommit=True) as connection:
            connection.execute(text, parameters)

    def backup(self, service: str, file: Path) -> None:
        """Dump the database of a service while everything runs."""
        _postgres("pg_dump", "--format=custom", f"--file={file}", self.connections.database_urls[service])

    def restore(self, service: str, file: Path) -> None:
        """Put a dump in the place of the database, as an administrator does, and say so."""
        url = self.connections.database_urls[service]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("drop owned by current_user cascade")
        _postgres("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={url}", str(file))
        self.sales("admin", "restored", service)

    def sales(self, *arguments: str) -> str:
        """Run the administrator's command on this installation; return what it printed."""
        environment = {**os.environ, "SALES_LOCAL": str(self.installation.local)}
        done = subprocess.run(
            [SALES, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def beside(self, process: str, *module: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run one more of a process, or another module with its settings, that nobody supervises."""
        environment = _environment_of(self.pid(process))
        folder = self.installation.local
        environment["SALES_READY_FILE"] = str(folder / "run" / "beside.ready")
        environment.pop("SALES_METRICS_PORT", None)
        (folder / "run" / "beside.ready").unlink(missing_ok=True)
        with (folder / "log" / "beside.log").open("ab") as log:
            run = subprocess.Popen(
                [sys.executable, "-m", *module], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        try:
            eventually((folder / "run" / "beside.ready").exists, within_s=120)
            yield run
        finally:
            if run.poll() is None:
                run.terminate()
            run.wait(60)

    def dead_letters(self) -> list[str]:
        """Everything in the dead letters of anybody."""
        found = []
        for service in sorted({entry.subscriber for entry in manifest()}):
            with dead_letters(service, self.connections.amqp_url) as letters:
                found += [
                    f"{service}: {letter.event_type} in {letter.queue}: {letter.cause}" for letter in letters
                ]
        return found

    def metric(self, process: str, name: str) -> float:
        """Sum of a metric of a process over its labels."""
        import httpx

        port = self.installation.status[process]["ports"]["metrics"]
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        lines = [line for line in text.splitlines() if line.startswith(name)]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def complaints(self) -> str:
        """The last errors in the log of each process: what a failed test needs to be understood."""
        found = []
        for log in sorted((self.installation.local / "log").glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()
            errors = [line for line in lines if '"level": "error"' in line or "Traceback" in line]
            found += [f"== {log.name}: {len(errors)} errors", *errors[-3:]]
        return "\n".join(found)

    def unpublished(self) -> int:
        """Events that no broker has confirmed yet."""
        question = "select count(*) from outbox where published_at is null"
        return sum(int(self.query(service, question)[0][0]) for service in self.services)

    def queued(self) -> int:
        """Messages that wait in the queues of our own services; some, while a queue is missing."""
        names = sorted({entry.queue for entry in manifest() if not entry.external})
        with kombu.Connection(self.connections.amqp_url) as connection:
            try:
                return sum(_length(connection.default_channel, name) for name in names)
            except amqp.NotFound:
                # A worker has not come back to a broker that lost its data.
                return 1


def _length(channel: Any, queue: str) -> int:
    return int(channel.queue_declare(queue, passive=True).message_count)


def _is_open(folder: Path) -> bool:
    """Whether any process has a file of the folder open."""
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(descriptor.readlink()).startswith(str(folder)):
                return True
        except OSError:
            continue
    return False


def _environment_of(pid: int) -> dict[str, str]:
    parts = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(part.split("=", 1) for part in parts if "=" in part)


def _postgres(program: str, *arguments: str) -> None:
    programs: Sequence[Path] = [each.folder / program for each in available()]
    path = next(each for each in programs if each.exists())
    done = subprocess.run([path, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
