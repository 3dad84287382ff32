"""The processes of an installation with all their descendants, by the supervisor's names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.bench.support.system import FOLDER, System

SUPERVISOR = "supervisor"

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def family(system: System) -> dict[str, list[int]]:
    """Pids by name: PostgreSQL with its process for each connection, Erlang with its helpers."""
    named = {each.pid: each.name for each in system.processes()}
    parents = _parents()
    found: dict[str, list[int]] = {}
    # By environment too: what left its family (Erlang's name server) has no parent of ours any more.
    marked = {pid for pid in parents if f"SALES_LOCAL={FOLDER}" in _environment(pid)}
    roots = marked | set(named)
    for pid in parents:
        if roots & set(_line(pid, parents)):
            found.setdefault(_name(pid, named, parents), []).append(pid)
    return found


def cpu_s(pid: int) -> float:
    """User and system time that the process has taken; 0 for one that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def pss_mb(pid: int) -> float:
    """Memory of the process, what it shares divided by its users; 0 for one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def _name(pid: int, named: Mapping[int, str], parents: Mapping[int, int]) -> str:
    for each in _line(pid, parents):
        if each in named:
            return named[each]
    try:
        command = Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        command = "ended"
    return SUPERVISOR if command.startswith("python") else command


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
