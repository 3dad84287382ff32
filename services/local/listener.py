"""Who listens on a port, for a message that helps."""

import sys
from collections.abc import Iterator
from pathlib import Path

PROCESSES = Path("/proc")


def listener_of(port: int) -> str:
    """Name and pid of the program if the system tells us, as it does for our own user's programs."""
    if sys.platform == "linux":
        sockets = {f"socket:[{inode}]" for inode in _listening_sockets(port)}
        for process in PROCESSES.iterdir():
            if process.name.isdecimal() and not sockets.isdisjoint(_open_files(process)):
                return f"{_name(process)} (pid {process.name})"
    return "another program"


def _listening_sockets(port: int) -> Iterator[str]:
    """Inodes of the sockets in state LISTEN (0A) on that port."""
    for table in ("tcp", "tcp6"):
        try:
            rows = (PROCESSES / "net" / table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[1].endswith(f":{port:04X}") and fields[3] == "0A":
                yield fields[9]


def _open_files(process: Path) -> Iterator[str]:
    """What its descriptors point to; nothing for a process of somebody else, or one that just ended."""
    try:
        for descriptor in (process / "fd").iterdir():
            yield str(descriptor.readlink())
    except OSError:
        return


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return "a program"
