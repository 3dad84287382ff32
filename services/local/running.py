"""Which process is it: a pid with its start time, so that a reused pid is never taken for ours."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProcessId:
    """One process of this machine, since it was started."""

    pid: int
    started: str

    def is_alive(self) -> bool:
        """False once it has ended, even uncollected, and for another process of the same pid."""
        return _start_of(self.pid) == self.started

    def send(self, number: signal.Signals) -> None:
        if self.is_alive():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    def write(self, path: Path) -> None:
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps({"pid": self.pid, "started": self.started}))
        temporary.replace(path)


def identify(pid: int) -> ProcessId | None:
    """The process that has this pid now; None if there is none."""
    started = _start_of(pid)
    return None if started is None else ProcessId(pid=pid, started=started)


def read(path: Path) -> ProcessId | None:
    """What `ProcessId.write` left; None if there is nothing readable."""
    try:
        stored = json.loads(path.read_text())
        return ProcessId(pid=int(stored["pid"]), started=str(stored["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def end(processes: Iterable[ProcessId], *, number: signal.Signals, patience_s: float) -> None:
    """Ask politely, wait, then kill what is still there. Returns when all are gone."""
    waiting = [process for process in processes if process.is_alive()]
    for process in waiting:
        process.send(number)
    deadline = time.monotonic() + patience_s
    while waiting and time.monotonic() < deadline:
        time.sleep(0.05)
        waiting = [process for process in waiting if process.is_alive()]
    for process in waiting:
        process.send(signal.SIGKILL)
    while any(process.is_alive() for process in waiting):
        time.sleep(0.05)


def _start_of(pid: int) -> str | None:
    return _start_on_linux(pid) if sys.platform == "linux" else _start_elsewhere(pid)


def _start_on_linux(pid: int) -> str | None:
    """Boot and clock ticks since boot: exact, where a wall clock may have been set back."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    # The second field is the program's name in brackets and may hold spaces and brackets itself.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else f"{boot}/{fields[19]}"


def _start_elsewhere(pid: int) -> str | None:
    done = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = done.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


def command_line(pid: int) -> str:
    """What the process was started with; empty if it is gone."""
    if sys.platform == "linux":
        # A bare container has no `ps`.
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    return subprocess.run(
        ["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
