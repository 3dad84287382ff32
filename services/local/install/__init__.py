"""Installs what is missing. Standard library only: it runs before any package exists.

What is there already is found in a few milliseconds, so that every start can begin here.
"""

import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.local.install.broker import install_broker
from services.local.install.browser import install_browser
from services.local.install.database import install_database
from services.local.install.environment import Environment
from services.local.install.mail import install_mail
from services.local.install.promtool import fetch_promtool
from services.local.install.web import build_web
from services.local.messages import CannotContinue, say


def install(*, root: Path, packages: str) -> None:
    """Make all be there that `packages` (`base` to run, `dev` to test) needs, or leave with one clear line.

    A server that is given from outside (`DATABASE_URL`, `AMQP_URL`) needs none here, except to test.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    private = packages == "dev"
    local = root / ".local"
    begun = time.monotonic()
    try:
        with _alone(local):
            changed = Environment(root).ensure(packages)
            if private or not os.environ.get("AMQP_URL"):
                changed |= install_broker(log=_log(local, "rabbitmq"))
            if private or not os.environ.get("DATABASE_URL"):
                changed |= install_database(Environment(root), log=_log(local, "postgres"))
            if private or os.environ.get("SALES_DEMO_MAIL") == "1":
                changed |= install_mail(log=_log(local, "dovecot"))
            if private:
                changed |= fetch_promtool(root, log=_log(local, "promtool"))
                changed |= install_browser(log=_log(local, "chromium"))
            changed |= build_web(root, log=_log(local, "web"))
    except CannotContinue as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit("Interrupted. The same command goes on from here.")
    if changed:
        say(f"Installed in {time.monotonic() - begun:.0f} s.")


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


@contextmanager
def _alone(local: Path) -> Iterator[None]:
    """Only one installation of this folder at a time."""
    local.mkdir(exist_ok=True)
    with (local / "install.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another command is installing in this folder: waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _log(local: Path, name: str) -> Path:
    folder = local / "log"
    folder.mkdir(exist_ok=True)
    return folder / f"install-{name}.log"
