"""promtool for the tests of alerts, unpacked from Debian's package: no Prometheus runs because of us."""

import shutil
import subprocess
from pathlib import Path

from services.local.messages import say

_PACKAGE = "prometheus"


def promtool(root: Path) -> str | None:
    """The program, None without it."""
    unpacked = _folder(root) / "usr" / "bin" / "promtool"
    return shutil.which("promtool") or (str(unpacked) if unpacked.exists() else None)


def fetch_promtool(root: Path, *, log: Path) -> bool:
    """Unpack it where Debian's tools are; False if nothing was to do, or nothing can be done.

    Tests that need it say so when it is missing: they are about operations, not about the product.
    """
    if promtool(root) or not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return False
    folder = _folder(root)
    folder.mkdir(parents=True, exist_ok=True)
    say(f"Getting promtool (log: {log}).")
    with log.open("ab") as output:

        def succeeds(*command: str) -> bool:
            done = subprocess.run(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
            )
            return done.returncode == 0

        if succeeds("apt-get", "download", _PACKAGE) or (
            succeeds("apt-get", "update") and succeeds("apt-get", "download", _PACKAGE)
        ):
            for package in folder.glob(f"{_PACKAGE}_*.deb"):
                succeeds("dpkg-deb", "-x", str(package), str(folder))
                package.unlink()
    # The server beside it is large, and nobody needs it.
    (folder / "usr" / "bin" / _PACKAGE).unlink(missing_ok=True)
    return promtool(root) is not None


def _folder(root: Path) -> Path:
    return root / ".local" / "tools" / "promtool"
