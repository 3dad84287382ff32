"""schemathesis in an environment of its own: it wants other versions than we do.

python -m tests.gateway.schemathesis_env       # install it if it is missing, print where its program is
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PINS = ROOT / "requirements" / "schemathesis.txt"
FOLDER = ROOT / ".local" / "schemathesis"


def program() -> Path:
    """Return schemathesis's program, installed as pinned. The first time takes 5 to 40 s."""
    marker = FOLDER / "installed"
    wanted = hashlib.sha256(PINS.read_bytes()).hexdigest()
    if not marker.exists() or marker.read_text() != wanted:
        _install()
        marker.write_text(wanted)
    return FOLDER / "bin" / "schemathesis"


def _install() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    python = FOLDER / "bin" / "python"
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv:
        _run(uv, "venv", "--quiet", "--python", sys.executable, str(FOLDER))
        _run(uv, "pip", "install", "--quiet", "--python", str(python), "--requirement", str(PINS))
    else:
        _run(sys.executable, "-m", "venv", str(FOLDER))
        _run(str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", str(PINS))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    print(program())
