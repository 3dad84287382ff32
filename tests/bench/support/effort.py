"""CPU time by process: what a request costs, whoever else uses the machine meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from tests.bench.support.family import cpu_s, family
from tests.bench.support.system import System

#: Below this a process is not named, in milliseconds a request.
_WORTH_NAMING_MS = 0.05


class Effort:
    """CPU seconds since it was last asked, added up."""

    def __init__(self, members: Mapping[str, Sequence[int]]) -> None:
        self._members = members
        self._before: dict[int, float] = {}
        self.taken_s: defaultdict[str, float] = defaultdict(float)

    def start(self) -> None:
        """Begin to count."""
        self._before = {pid: cpu_s(pid) for pids in self._members.values() for pid in pids}

    def stop(self) -> None:
        """Add what was taken since `start`."""
        for name, pids in self._members.items():
            self.taken_s[name] += sum(max(0.0, cpu_s(pid) - self._before[pid]) for pid in pids)

    def ms_each(self, requests: int) -> float:
        """Of all processes, for one request."""
        return 1000 * sum(self.taken_s.values()) / requests

    def by_process(self, requests: int) -> str:
        """The same, process by process, as text; the largest first."""
        largest = sorted(self.taken_s.items(), key=lambda item: -item[1])
        each = {name: 1000 * taken / requests for name, taken in largest}
        return ", ".join(f"{name} {ms:.2f}" for name, ms in each.items() if ms >= _WORTH_NAMING_MS)


def effort_of_system(system: System) -> Effort:
    """Count everything that the installation runs."""
    return Effort(family(system))


def effort_of_bare(system: System, pids: Sequence[int]) -> Effort:
    """Count the bare path's processes, and the PostgreSQL that it shares with the idle installation."""
    return Effort({"bare": list(pids), "postgres": family(system).get("postgres", [])})
