"""What an earlier run left behind that was killed before it could stop its processes."""

import signal
from pathlib import Path

from services.local import running
from services.local.folders import Folders
from services.local.messages import say
from services.local.process import kill_group
from services.local.rabbitmq_programs import stop_name_server

SERVERS = {"postgres": signal.SIGINT, "rabbitmq": signal.SIGTERM}
SUPERVISOR = "supervisor"


def end_leftovers(folders: Folders) -> None:
    """End the processes that an earlier supervisor of this folder recorded and that still run.

    Only those: a pid that meanwhile belongs to another process is left alone. Services end before servers.
    """
    records = {path.stem: path for path in folders.run.glob("*.process") if path.stem != SUPERVISOR}
    found = {name: process for name, path in records.items() if (process := _alive(path))}
    if found:
        say(f"An earlier run was killed and left {len(found)} processes: ending them.")
    services = [process for name, process in found.items() if name not in SERVERS]
    running.end(services, number=signal.SIGTERM, patience_s=5.0)
    for process in services:
        # Each was started in a session of its own: what it has started itself ends with it.
        kill_group(process.pid)
    for name, number in SERVERS.items():
        if name in found:
            running.end([found[name]], number=number, patience_s=15.0)
    for path in records.values():
        path.unlink(missing_ok=True)
    stop_name_server(folders.rabbitmq)


def _alive(path: Path) -> running.ProcessId | None:
    process = running.read(path)
    return process if process and process.is_alive() else None
