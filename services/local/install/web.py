"""Builds the web client where Node is new enough; without Node the rest works, and the gateway says so.

Built anew only when something that goes into it has changed: its sources, or the contracts that its types
are made of.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from services.local.messages import CannotContinue, say

OLDEST_NODE = (20, 19)
#: Folders and files of `gateway/web` that a build is made of.
_SOURCES = ("src", "public/icon.svg", "scripts", "index.html", "vite.config.ts", "package-lock.json")
_CONTRACTS = ("protos/gen/sales.binpb", "gateway/api/openapi.py", "gateway/api/web_contracts.py")
#: Names of folders and files below them that the build itself makes.
_GENERATED = {"contracts", "__pycache__", "kernel.zip", "kernel.json"}
_KERNEL = ("services/offers/domain", "services/kit/values", "services/kit/errors.py")


def build_web(root: Path, *, log: Path) -> bool:
    """Return whether something was built.

    Raises:
        CannotContinue: the build failed; its log tells why.
    """
    folder = root / "gateway" / "web"
    node = node_version()
    if node is None or node < OLDEST_NODE:
        found = "no Node" if node is None else f"Node {'.'.join(map(str, node))}"
        say(f"Web client: {found} here, it needs 20.19 or newer; the rest works without.")
        return False
    if shutil.which("npm") is None:
        say("Web client: Node is here, npm is not; the rest works without.")
        return False
    changed = _install_packages(folder, log)
    digest = _digest(root, folder)
    stamp = folder / "dist" / ".digest"
    if not changed and stamp.exists() and stamp.read_text() == digest:
        return False
    say("Web client: building")
    environment = os.environ | {"SALES_PYTHON_BIN": str(root / ".venv" / "bin" / "python")}
    _run(("npm", "run", "build"), folder, log, environment)
    stamp.write_text(digest)
    return True


def node_version() -> tuple[int, ...] | None:
    """Return major and minor version; None without Node."""
    try:
        told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.match(r"v(\d+)\.(\d+)", told)
    return (int(found[1]), int(found[2])) if found else None


def _install_packages(folder: Path, log: Path) -> bool:
    """Install what the lock names, unless it is there."""
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".lock-digest"
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    say("Web client: installing its packages")
    try:
        _run(("npm", "ci"), folder, log, dict(os.environ))
    except CannotContinue:
        # `npm ci` refuses some locks with packages for other platforms, which `npm install` takes.
        _run(("npm", "install", "--no-save"), folder, log, dict(os.environ))
    stamp.write_text(wanted)
    return True


def _run(command: tuple[str, ...], folder: Path, log: Path, environment: dict[str, str]) -> None:
    with log.open("ab") as output:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        raise CannotContinue(f"`{' '.join(command)}` failed for the web client.", f"Its log is {log}.")


def _digest(root: Path, folder: Path) -> str:
    found = hashlib.sha256()
    starts = [*(folder / name for name in _SOURCES), *(root / name for name in (*_CONTRACTS, *_KERNEL))]
    for path in sorted(path for start in starts for path in _files(start)):
        found.update(f"{path.relative_to(root)}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def _files(start: Path) -> Iterator[Path]:
    if start.is_file():
        yield start
        return
    for path in start.rglob("*"):
        if path.is_file() and not _GENERATED & set(path.relative_to(start).parts):
            yield path
