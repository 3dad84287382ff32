"""What the supervisor and the tests need to know about a process, whichever it is."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.local.accounts import Account

# What a person's shell sets for other servers would reach ours; the admin's URL is not for the services.
NOT_INHERITED = ("PG", "RABBITMQ_", "ERL_", "DATABASE_URL", "AMQP_URL", "SALES_", "PYTHON")


def inherited() -> dict[str, str]:
    """The environment without what belongs to other servers, or to us alone."""
    return {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}


def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True)
class Process:
    """One process to run: how it is started, how it says that it is ready, how it is stopped.

    A process that is not `lasting` is a step: it is ready when it has ended with 0. It starts when everything
    that it `needs` is ready, and is stopped after everything that needs it.
    """

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    account: Account | None = None
    folder: Path | None = None
    lasting: bool = True
    stop_signal: signal.Signals = signal.SIGTERM
    before_start: Callable[[], None] = _nothing
    after_stop: Callable[[], None] = _nothing
    address: str = ""

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        """Start it in a session of its own, so that Ctrl-C reaches only whoever supervises it."""
        self.before_start()
        with log.open("ab") as output:
            return subprocess.Popen(
                self.command,
                env=inherited() | dict(self.environment),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **(self.account.run_as() if self.account else {}),
            )
