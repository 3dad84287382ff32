"""The account that PostgreSQL runs under.

PostgreSQL refuses to run as root. An installation that is started by root (a container, usually) therefore
runs it under an ordinary account that the system already has: none is created.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from services.local.messages import CannotContinue

CANDIDATES = ("postgres", "_postgres", "nobody")


class RunAs(TypedDict, total=False):
    """Keyword arguments of `subprocess` that change the account; empty to stay the same user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """An existing, ordinary account."""

    name: str
    uid: int
    gid: int

    def run_as(self) -> RunAs:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_use(self, program: Path) -> bool:
        """True if the account may run `program`; false below a folder that it cannot enter."""
        return self._may_enter_or_run(program)

    def can_enter(self, folder: Path) -> bool:
        return self._may_enter_or_run(folder)

    def _may_enter_or_run(self, path: Path) -> bool:
        """Asked as that account, because only the system knows all of its own rules."""
        done = subprocess.run(["test", "-x", str(path)], cwd="/", check=False, **self.run_as())
        return done.returncode == 0


def database_account(data: Path | None = None) -> Account | None:
    """The account to run PostgreSQL under; None when we are no root and can simply run it ourselves.

    `data` that is there already keeps its owner, for instance somebody who did not start as root.

    Raises:
        CannotContinue: root without any ordinary account to step down to.
    """
    if os.geteuid() != 0:
        return None
    owner = _owner(data) if data else None
    for entry in (owner, *map(_entry, CANDIDATES)):
        if entry is not None and entry.pw_uid != 0:
            return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise CannotContinue(
        "PostgreSQL does not run as root and this system has no account to run it under "
        f"({', '.join(CANDIDATES)}).",
        "Start as an ordinary user, or give a server in DATABASE_URL.",
    )


def _owner(path: Path) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(path.stat().st_uid)
    except (OSError, KeyError):
        return None


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
