"""Who listens on a port, for a message that helps."""

import sys
from pathlib import Path


def listener_of(port: int) -> str:
    """Name and pid of the program if the system tells us, as it does for our own user's programs."""
    if sys.platform == "linux":
        for inode in _listening_sockets(port):
            for link in Path("/proc").glob("[0-9]*/fd/*"):
                if _target(link) == f"socket:[{inode}]":
                    process = link.parents[1]
                    return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return "another program"


def _listening_sockets(port: int) -> list[str]:
    """Inodes of the sockets in state LISTEN (0A) on that port."""
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[1].endswith(f":{port:04X}") and fields[3] == "0A":
                found.append(fields[9])
    return found


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""
