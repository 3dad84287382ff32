"""Packages of the system, by its own package manager."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from services.local.messages import CannotContinue, say

APT_OPTIONS = ("-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=180")


def install_package(*, debian: str, brew: str, log: Path) -> None:
    """Install one package, and say so.

    Raises:
        CannotContinue: no package manager that we know, no right to use it, or it failed.
    """
    if shutil.which("apt-get"):
        _by_apt(debian, log)
    elif shutil.which("brew"):
        _run(["brew", "install", brew], log=log, way_out=f"Run yourself: brew install {brew}")
    else:
        raise CannotContinue(
            f"{debian} is missing, and this system has neither apt-get nor brew.",
            f"Install {debian} by the means of your system, then run this again.",
        )


def _by_apt(package: str, log: Path) -> None:
    sudo = "" if _is_root() else "sudo "
    way_out = f"Run yourself: {sudo}apt-get update && {sudo}apt-get install {package}"
    prefix = _rights(package, way_out)
    say(f"Installing {package} from the system's packages (a minute or so; log: {log}).")
    install = [*prefix, "apt-get", "install", *APT_OPTIONS, package]
    # A bare container has no package lists, and old lists name files that are gone: only then get them.
    if _succeeds(install, log=log):
        return
    say("Getting the lists of packages first.")
    _run([*prefix, "apt-get", "update", "-o", "DPkg::Lock::Timeout=180"], log=log, way_out=way_out)
    _run(install, log=log, way_out=way_out)


def _rights(package: str, way_out: str) -> list[str]:
    """What to put before a command so that it runs as root and asks nothing."""
    no_questions = ["env", "DEBIAN_FRONTEND=noninteractive"]
    if _is_root():
        return no_questions
    if shutil.which("sudo") is None:
        raise CannotContinue(f"{package} is missing, and only root may install it.", way_out)
    # Without a terminal nobody can type the password: fail at once instead of waiting for ever.
    return ["sudo", *([] if sys.stdin.isatty() else ["-n"]), *no_questions]


def _run(command: Sequence[str], *, log: Path, way_out: str) -> None:
    if not _succeeds(command, log=log):
        last = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
        raise CannotContinue(f"This failed: {' '.join(command)}\n{last}", way_out)


def _succeeds(command: Sequence[str], *, log: Path) -> bool:
    """Run to the end, also when Ctrl-C is pressed: a package manager must not be cut short."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            list(command),
            stdin=None if command[0] == "sudo" else subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # sudo asks on the terminal, which a session of its own would not have.
            start_new_session=command[0] != "sudo",
        )
        try:
            return child.wait() == 0
        except BaseException:
            say("Interrupted: waiting for the package manager to finish.")
            child.wait()
            raise


def _is_root() -> bool:
    return os.geteuid() == 0
