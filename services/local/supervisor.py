"""Runs a list of processes: starts them in order of need, restarts what dies, stops them in reverse."""

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.local.logs import rotate
from services.local.messages import CannotContinue, say
from services.local.process import Process
from services.local.supervised import State, Supervised

TICK_S = 0.05
CRASH_LOOP = 3
REMIND_EVERY = 20
GIVE_UP_AFTER = 4
# Who takes longer than this waits for something, and no longer keeps others from starting.
SLOW_START_S = 15.0


@dataclass(slots=True)
class Supervisor:
    """`run` returns when `stop` was called and every process is gone.

    `stop` may be called from a signal handler; called again it kills instead of waiting.
    """

    processes: Sequence[Process]
    run_folder: Path
    log_folder: Path
    when_all_ready: Callable[[], None]
    slow_after_s: float = 90.0
    starting_at_once: int = field(default_factory=lambda: max(3, 2 * (os.cpu_count() or 1)))
    _all: dict[str, Supervised] = field(default_factory=dict)
    _stops: int = 0
    _announced: bool = False
    _complained: bool = False
    _begun_at: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """Run everything until stopped.

        Raises:
            CannotContinue: something that the rest stands on cannot be started. All is stopped by then.
        """
        rotate(self.log_folder, (process.name for process in self.processes))
        self.run_folder.mkdir(parents=True, exist_ok=True)
        self._all = {
            process.name: Supervised(process, self.run_folder, self.log_folder) for process in self.processes
        }
        try:
            while not self._stops:
                self._tick()
                time.sleep(TICK_S)
        finally:
            self._stop_all()

    def stop(self) -> None:
        self._stops += 1

    def _tick(self) -> None:
        changed = [one for one in self._all.values() if one.poll()]
        for one in changed:
            self._report(one)
        started = self._start_what_can()
        if changed or started:
            self._write_status()
        if not self._announced:
            self._announce()

    def _start_what_can(self) -> bool:
        starting = sum(
            one.state is State.STARTING and one.seconds < SLOW_START_S for one in self._all.values()
        )
        started = False
        for one in self._all.values():
            if starting >= self.starting_at_once:
                break
            if one.state is State.WAITING and all(self._all[name].is_up for name in one.process.needs):
                one.start()
                starting += 1
                started = True
        return started

    def _announce(self) -> None:
        missing = [one.name for one in self._all.values() if one.process.awaited and not one.is_up]
        if not missing:
            self._announced = True
            self.when_all_ready()
        elif not self._complained and time.monotonic() - self._begun_at > self.slow_after_s:
            self._complained = True
            say(f"Not ready after {self.slow_after_s:.0f} s: {', '.join(missing)}. Still trying.")

    def _report(self, one: Supervised) -> None:
        if one.state is State.READY:
            where = f", {one.process.address}" if one.process.address else ""
            say(f"  {one.name:<20} ready in {one.seconds:.1f} s{where}")
        elif one.state is State.DONE:
            say(f"  {one.name:<20} done in {one.seconds:.1f} s")
        elif one.state is State.BACKING_OFF:
            self._report_death(one)

    def _report_death(self, one: Supervised) -> None:
        say(f"  {one.name:<20} ended ({_reason(one.exit_code)}), starting it again")
        deaths = one.backoff.deaths
        if one.process.essential and not one.was_ready and deaths >= GIVE_UP_AFTER:
            raise CannotContinue(
                f"{one.name} does not start:\n{_indented(one.last_lines())}", f"The whole log is in {one.log}"
            )
        if deaths == CRASH_LOOP or deaths % REMIND_EVERY == 0:
            say(
                f"  {one.name} has ended {deaths} times in a row. Its last lines, from {one.log}:\n"
                + _indented(one.last_lines())
            )

    def _stop_all(self) -> None:
        """Stop each process once nothing that needs it is left. A second `stop` kills."""
        hasty_after = max(self._stops, 1)
        while remaining := [one for one in self._all.values() if not one.is_gone]:
            needed = {name for one in remaining for name in self._needs_at_last(one)}
            for one in remaining:
                if self._stops > hasty_after:
                    one.kill()
                elif one.name not in needed:
                    one.stop()
                one.poll_stopping()
            time.sleep(TICK_S)
        (self.run_folder / "processes.json").unlink(missing_ok=True)

    def _needs_at_last(self, one: Supervised) -> set[str]:
        """What it needs, and what those need in turn: a step in between is long gone."""
        found: set[str] = set()
        waiting = list(one.process.needs)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(self._all[name].process.needs)
        return found

    def _write_status(self) -> None:
        status = {
            one.name: {
                "state": one.state.value,
                "pid": one.pid,
                "log": str(one.log),
                "ports": dict(one.process.ports),
            }
            for one in self._all.values()
        }
        temporary = self.run_folder / "processes.new"
        temporary.write_text(json.dumps(status, indent=1))
        temporary.replace(self.run_folder / "processes.json")


def _reason(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"signal {-exit_code}"
    return f"exit code {exit_code}"


def _indented(lines: list[str]) -> str:
    return "\n".join(f"    | {line}" for line in lines)
