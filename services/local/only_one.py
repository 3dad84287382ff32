"""At most one supervisor for a folder, and a way to find it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from services.local import running
from services.local.folders import Folders
from services.local.leftovers import SUPERVISOR
from services.local.messages import CannotContinue


@contextmanager
def only_one(folders: Folders) -> Iterator[None]:
    """Hold the folder. The lock ends with the process, however it ends.

    Raises:
        CannotContinue: another supervisor holds it.
    """
    with (folders.run / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = running_supervisor(folders)
            pid = f" (pid {other.pid})" if other else ""
            raise CannotContinue(
                f"Project Sales is running in this folder already{pid}.", "`make down` stops it."
            ) from None
        myself = running.identify(os.getpid())
        if myself:
            myself.write(folders.run / f"{SUPERVISOR}.process")
        try:
            yield
        finally:
            (folders.run / f"{SUPERVISOR}.process").unlink(missing_ok=True)


def running_supervisor(folders: Folders) -> running.ProcessId | None:
    process = running.read(folders.run / f"{SUPERVISOR}.process")
    return process if process and process.is_alive() else None
