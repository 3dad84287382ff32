"""`make down`: stops what `make up` of this folder started, also if its supervisor was killed."""

import signal

from services.local import running
from services.local.folders import Folders
from services.local.leftovers import end_leftovers
from services.local.messages import say
from services.local.only_one import running_supervisor

PATIENCE_S = 20.0


def down(folders: Folders) -> None:
    """Return when nothing of it runs any more."""
    folders.make()
    supervisor = running_supervisor(folders)
    if supervisor is None:
        say("Project Sales is not running in this folder.")
    else:
        say(f"Stopping Project Sales (pid {supervisor.pid}).")
        running.end([supervisor], number=signal.SIGTERM, patience_s=PATIENCE_S)
    end_leftovers(folders)
