"""The first thing that `make` runs: installs what is missing, then becomes the command that was asked for.

    python3 services/local/bootstrap.py base python -m services.local up

Runs under whatever `python3` there is, also one that is too old for the rest: standard library only, and
nothing here that Python 3.7 does not know. It looks for a Python that is new enough, and goes on under that.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUPPORTED = ((3, 11), (3, 12), (3, 13))
NAMES = ("python3", "python3.13", "python3.12", "python3.11")


def suitable_python() -> str | None:
    """A Python 3.11 to 3.13 that really starts; the one that runs this if it is one."""
    if sys.version_info[:2] in SUPPORTED:
        return sys.executable
    for name in NAMES:
        path = shutil.which(name)
        if path and _version(path) in SUPPORTED:
            return path
    return None


def _version(python: str) -> tuple[int, ...]:
    """Its major and minor version; empty for a program that does not start (a shim, say)."""
    try:
        answer = subprocess.check_output(
            [python, "-c", "import sys; print(*sys.version_info[:2])"], stderr=subprocess.DEVNULL
        )
    except (OSError, subprocess.CalledProcessError):
        return ()
    return tuple(int(part) for part in answer.split())


def main() -> None:
    python = suitable_python()
    if python is None:
        sys.exit(
            "Project Sales needs Python 3.11, 3.12 or 3.13; found {}.{}.\n"
            "  -> Debian, Ubuntu: apt-get install python3.11; macOS: brew install python@3.12".format(
                *sys.version_info[:2]
            )
        )
    if python != sys.executable:
        os.execv(python, [python, *sys.argv])
    sys.path[0] = str(ROOT)
    from services.local.install import install

    install(root=ROOT, packages=sys.argv[1])
    programs = str(ROOT / ".venv" / "bin")
    os.environ["PATH"] = programs + os.pathsep + os.environ.get("PATH", os.defpath)
    os.chdir(str(ROOT))
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
