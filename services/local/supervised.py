"""One process under supervision: its life from waiting to stopped.

WAITING -> STARTING -> READY -> (died) BACKING_OFF -> STARTING ...
                    -> DONE      a step that ended with 0
any     -> STOPPING -> STOPPED
"""

import subprocess
import time
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from services.local import running
from services.local.backoff import Backoff
from services.local.logs import last_lines
from services.local.process import Process, kill_group


class State(Enum):
    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    DONE = "done"
    BACKING_OFF = "backing off"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(slots=True)
class Supervised:
    """Starts, watches and stops one process. `poll` moves it on and never waits."""

    process: Process
    run_folder: Path
    log_folder: Path
    state: State = State.WAITING
    exit_code: int | None = None
    was_ready: bool = False
    backoff: Backoff = field(default_factory=Backoff)
    _child: subprocess.Popen[bytes] | None = None
    _started_at: float = 0.0
    _due_at: float = 0.0

    @property
    def name(self) -> str:
        return self.process.name

    @property
    def log(self) -> Path:
        return self.log_folder / f"{self.name}.log"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def is_up(self) -> bool:
        """Ready, or a step that was done: what needs it may start."""
        return self.state in (State.READY, State.DONE)

    @property
    def is_gone(self) -> bool:
        return self._child is None

    @property
    def seconds(self) -> float:
        """Since it was last started."""
        return time.monotonic() - self._started_at

    def last_lines(self) -> list[str]:
        return last_lines(self.log)

    def start(self) -> None:
        self._started_at = time.monotonic()
        try:
            self._child = self.process.start(self.log)
        except OSError as error:
            with self.log.open("a") as log:
                log.write(f"cannot be started: {error}\n")
            self._wait_to_start_again()
            return
        identity = running.identify(self._child.pid)
        if identity:
            identity.write(self._record)
        self.state = State.STARTING

    def poll(self) -> bool:
        """Look once; True if the state changed.

        Raises:
            CannotContinue: it is there but of no use to us (see `Process.is_ready`).
        """
        before = self.state
        if self._has_died():
            self._bury()
        elif self.state is State.STARTING and self.process.lasting and self.process.is_ready():
            self.state = State.READY
            self.was_ready = True
        elif self.state is State.BACKING_OFF and time.monotonic() >= self._due_at:
            self.start()
        return self.state is not before

    def poll_stopping(self) -> None:
        """The same on the way out: nothing is started any more, and who takes too long is killed."""
        if self._has_died():
            self._bury()
        elif self.state is State.STOPPING and time.monotonic() >= self._due_at:
            self.kill()

    def stop(self) -> None:
        """Ask it to end; from here on `poll_stopping` sees to it that it does, in time."""
        if self._child is None:
            self.state = State.STOPPED
        elif self.state is not State.STOPPING:
            self._child.send_signal(self.process.stop_signal)
            self._due_at = time.monotonic() + self.process.stop_timeout_s
            self.state = State.STOPPING

    def kill(self) -> None:
        """End it now, with whatever it started in its session."""
        if self._child is not None:
            kill_group(self._child.pid)

    @property
    def _record(self) -> Path:
        return self.run_folder / f"{self.name}.process"

    def _has_died(self) -> bool:
        return self._child is not None and self._child.poll() is not None

    def _bury(self) -> None:
        child = self._child
        assert child is not None
        self.exit_code = child.returncode
        self._child = None
        kill_group(child.pid)
        self._record.unlink(missing_ok=True)
        if self.state is State.STOPPING:
            self.state = State.STOPPED
        elif not self.process.lasting and self.exit_code == 0:
            self.state = State.DONE
        else:
            self._wait_to_start_again()
        self.process.after_stop()

    def _wait_to_start_again(self) -> None:
        self.state = State.BACKING_OFF
        self._due_at = time.monotonic() + self.backoff.after(self.seconds)
