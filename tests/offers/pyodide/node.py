"""Node and Pyodide for tests: found, installed beside this file at the first use, and run."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from services.offers.kernel_zip import kernel_zip

FOLDER = Path(__file__).parent
ABSENT = "Node.js and npm are not installed: the kernel was NOT run under Pyodide"


def find_node() -> str:
    """The path of Node, with Pyodide installed; empty when Node or npm is absent."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return ""
    wanted = json.loads((FOLDER / "package.json").read_text())["dependencies"]["pyodide"]
    installed = FOLDER / "node_modules/pyodide/package.json"
    with (FOLDER / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installed.exists() or json.loads(installed.read_text())["version"] != wanted:
            command = [npm, "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"]
            run = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
            if run.returncode:
                raise RuntimeError(f"npm could not install Pyodide {wanted}:\n{run.stderr[-2000:]}")
    return node


def run_in_pyodide(node: str, script: str, text: str) -> tuple[str, dict[str, Any]]:
    """What `main` of a script of this folder makes of `text`, and what run.mjs says about the run."""
    with TemporaryDirectory() as folder:
        archive, given, made = (Path(folder) / name for name in ("kernel.zip", "input", "output"))
        archive.write_bytes(kernel_zip())
        given.write_text(text)
        command = [node, str(FOLDER / "run.mjs"), str(archive), str(FOLDER / script), str(given), str(made)]
        run = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
        if run.returncode:
            raise RuntimeError(run.stderr[-2000:])
        facts: dict[str, Any] = json.loads(run.stdout)
        return made.read_text(), facts
