"""What it takes to run one process, and nothing about when."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.local.accounts import Account

# What a person's shell sets for other servers would reach ours; the admin's URLs are not for the services;
# Python's own switches (no bytecode, say) would slow every start down.
NOT_INHERITED = ("PG", "RABBITMQ_", "ERL_", "DATABASE_URL", "AMQP_URL", "PYTHON")


# The longest line of who waits for whom is gateway, api, server: 3 + 4 + 7 s, within the 15 s of the whole.
STOP_TIMEOUT_S = 4.0
EDGE_STOP_TIMEOUT_S = 3.0
SERVER_STOP_TIMEOUT_S = 7.0

# By how much what works in the background is nicer than what somebody waits for.
BACKGROUND_NICENESS = 10


def inherited() -> dict[str, str]:
    """The environment without what belongs to other servers, or to us alone."""
    return {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}


def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True)
class Process:
    """One process: how it is started, how it says that it is ready, how it is stopped.

    A process that is not `lasting` is a step: it is ready when it has ended with 0. A process starts when
    everything that it `needs` is ready, and is stopped when everything that needs it is gone.

    `essential`: if it cannot be started at all, nothing works, and the whole installation ends.
    `awaited`: the system is not called ready without it.
    `background`: nobody waits for its answers, so on a busy machine others go first.
    """

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[], bool] = bool
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    account: Account | None = None
    folder: Path | None = None
    lasting: bool = True
    essential: bool = False
    awaited: bool = True
    background: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = STOP_TIMEOUT_S
    before_start: Callable[[], None] = _nothing
    after_stop: Callable[[], None] = _nothing
    address: str = ""
    ports: Mapping[str, int] = field(default_factory=dict)

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        """Start it in a session of its own, so that Ctrl-C reaches only whoever supervises it."""
        self.before_start()
        with log.open("ab") as output:
            child = subprocess.Popen(
                self.command,
                env=inherited() | dict(self.environment),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **(self.account.run_as() if self.account else {}),
            )
        if self.background:
            _let_others_go_first(child.pid)
        return child


def _let_others_go_first(pid: int) -> None:
    try:
        os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, 0) + BACKGROUND_NICENESS)
        # Where Linux groups processes by session, it weighs the sessions, and PostgreSQL's many are one.
        Path(f"/proc/{pid}/autogroup").write_text(str(BACKGROUND_NICENESS))
    except OSError:
        return  # it has ended already, which its supervisor sees, or this system has no such groups


def kill_group(leader: int) -> None:
    """End at once what is left of the session that a process led."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # macOS answers "not permitted" for a group of which only a dead leader is left.
        return
