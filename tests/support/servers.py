"""One PostgreSQL, RabbitMQ and Dovecot for a whole test run, started by the first test that asks for them.

A run is one `pytest` command, with all its xdist workers. Its servers live in a folder of their own, so
several runs can share a checkout, and none ever meets the data of `make up`. The run's owner, the process
that was started by hand, stops them at the end; what a killed run left behind is ended by the next one.
"""

import fcntl
import os
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.local import running
from services.local.accounts import database_account
from services.local.folders import Folders
from services.local.leftovers import end_leftovers
from services.local.mail.dovecot import DovecotNode, sockets_of
from services.local.mail_programs import dovecot
from services.local.messages import CannotContinue
from services.local.only_one import running_supervisor
from services.local.places import outside_places, place_for
from services.local.ports import random_free
from services.local.private_postgres import private_postgres
from services.local.process import Process
from services.local.rabbitmq import RabbitNode, RabbitPorts
from services.local.rabbitmq_programs import programs, stop_name_server

RUNS = Path(__file__).parents[2] / ".local" / "test"
START_TIMEOUT_S = 90.0


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers of one run. Every process of the run may ask; whoever comes first starts them."""

    folder: Path

    def postgres(self) -> str:
        """URL of the superuser on the run's PostgreSQL."""
        return self._started("postgres", self._start_postgres)

    def amqp(self) -> str:
        """URL of the default virtual host on the run's RabbitMQ."""
        return self._started("rabbitmq", self._start_rabbitmq).split()[0]

    def management(self) -> str:
        """Address of RabbitMQ's management interface; user and password are those of `amqp`."""
        return self._started("rabbitmq", self._start_rabbitmq).split()[1]

    def imap(self) -> tuple[int, str]:
        """Port of the run's Dovecot, and the password of every mailbox there."""
        port, password = self._started("dovecot", self._start_dovecot).split()
        return int(port), password

    def stop(self) -> None:
        """End everything of the run and remove its folder."""
        for lock in self.folder.rglob("run/lock"):
            _remove_installation(Folders(lock.parents[1]))
        for name in ("rabbitmq", "postgres"):
            process = running.read(self.folder / f"{name}.process")
            # Nothing is kept, so the servers need not take leave of their data.
            running.end([process] if process else [], number=signal.SIGQUIT, patience_s=0.5)
        dovecot_process = running.read(self.folder / "dovecot.process")
        running.end([dovecot_process] if dovecot_process else [], number=signal.SIGTERM, patience_s=2.0)
        for place in (self.folder / "dovecot", *outside_places(self.folder)):
            shutil.rmtree(sockets_of(place), ignore_errors=True)
        stop_name_server(self.folder / "rabbitmq")
        _remove_places(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Only one process of the run at a time."""
        with (self.folder / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _started(self, name: str, start: Callable[[], str]) -> str:
        address = self.folder / f"{name}.address"
        with self.lock(name):
            if not address.exists():
                address.write_text(start())
        return address.read_text()

    def _start_postgres(self) -> str:
        node = private_postgres(
            self.folder, port=random_free(), password=secrets.token_urlsafe(16), durable=False
        )
        self._run(node.process())
        return node.admin_url

    def _start_rabbitmq(self) -> str:
        installed = programs()
        if installed is None:
            raise CannotContinue("No RabbitMQ to test with.", "Run `make test` once: it installs one.")
        node = RabbitNode(
            folder=self.folder / "rabbitmq",
            ports=RabbitPorts(*(random_free() for _ in range(5))),
            password=secrets.token_urlsafe(16),
            cookie=secrets.token_hex(16),
            programs=installed,
        )
        node.create()
        self._run(node.process())
        return f"{node.amqp_url} {node.management_url}"

    def _start_dovecot(self) -> str:
        if dovecot() is None:
            raise CannotContinue("No Dovecot to test with.", "Run `make test` once: it installs one.")
        account = database_account()
        node = DovecotNode(
            place_for(self.folder, "dovecot", account), random_free(), secrets.token_urlsafe(16), account
        )
        self._run(node.process())
        return f"{node.port} {node.password}"

    def _run(self, process: Process) -> None:
        log = self.folder / f"{process.name}.log"
        child = process.start(log)
        identity = running.identify(child.pid)
        if identity:
            identity.write(self.folder / f"{process.name}.process")
        deadline = time.monotonic() + START_TIMEOUT_S
        while not process.is_ready():
            if child.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{process.name} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)


def begin_run() -> Servers:
    """A folder for this run, owned by this process; ends what killed runs left."""
    RUNS.mkdir(parents=True, exist_ok=True)
    end_killed_runs(RUNS)
    folder = RUNS / f"{os.getpid()}-{secrets.token_hex(3)}"
    owner = running.identify(os.getpid())
    assert owner is not None
    # Complete before it is visible: a run that begins at the same time must not take it for an abandoned one.
    hidden = RUNS / f".{folder.name}"
    hidden.mkdir()
    owner.write(hidden / "owner.process")
    hidden.rename(folder)
    return Servers(folder)


def end_killed_runs(runs: Path) -> None:
    """Stop the servers and remove the data of every run whose owner is gone."""
    for folder in runs.glob("[!.]*"):
        owner = running.read(folder / "owner.process")
        if owner is None or not owner.is_alive():
            Servers(folder).stop()


def _remove_installation(folders: Folders) -> None:
    """What a test that was killed, or failed, has left of an installation of its own."""
    supervisor = running_supervisor(folders)
    running.end([supervisor] if supervisor else [], number=signal.SIGTERM, patience_s=20.0)
    end_leftovers(folders)
    _remove_places(folders.local)


def _remove_places(local: Path) -> None:
    for place in outside_places(local):
        shutil.rmtree(place, ignore_errors=True)
