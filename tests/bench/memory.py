"""Memory: everything that `make up` runs, as PSS: what is shared counts once, divided by its users.

Measured last, on a system that has worked. A process counts with its children: PostgreSQL's one for each
connection, Erlang's helpers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.bench.support.bench import Bench
from tests.bench.support.figures import Figure
from tests.bench.support.system import FOLDER

POSITION = 90

_SUPERVISOR = "supervisor"


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure each process of the installation, and all of them."""
    named = {each.pid: each.name for each in bench.system.processes()}
    members: dict[str, list[int]] = {}
    parents = _parents()
    for pid in _members(parents, named):
        members.setdefault(_name(pid, named, parents), []).append(pid)
    total = 0.0
    count = 0
    for name, pids in sorted(members.items()):
        pss = sum(_pss_mb(pid) for pid in pids)
        total += pss
        count += len(pids)
        yield Figure(name, {"pss_mb": pss, "processes": len(pids)})
    yield Figure("everything", {"pss_mb": total, "processes": count})


def _members(parents: Mapping[int, int], named: Mapping[int, str]) -> list[int]:
    """Every process of the installation: the supervisor, what descends from it, and what left its family."""
    marked = {pid for pid in parents if f"SALES_LOCAL={FOLDER}" in _environment(pid)}
    roots = marked | set(named)
    return [pid for pid in parents if roots & set(_line(pid, parents))]


def _name(pid: int, named: Mapping[int, str], parents: Mapping[int, int]) -> str:
    for each in _line(pid, parents):
        if each in named:
            return named[each]
    command = Path(f"/proc/{pid}/comm").read_text().strip()
    return _SUPERVISOR if command.startswith("python") else command


def _line(pid: int, parents: Mapping[int, int]) -> Iterator[int]:
    """The process, its parent, and so on."""
    while pid > 1:
        yield pid
        pid = parents.get(pid, 0)


def _parents() -> dict[int, int]:
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name, in brackets, may contain anything.
            found[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
    return found


def _environment(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def _pss_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
