"""The virtual environment `.venv` with the pinned packages."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from services.local.install.progress import Progress
from services.local.install.system import install_package
from services.local.messages import CannotContinue, say

# Installing the packages to test installs those to run as well.
INCLUDED = {"base": ("base",), "dev": ("base", "dev"), "postgres": ("postgres",)}


@dataclass(frozen=True, slots=True)
class Environment:
    """`.venv` of this folder, and what was installed there, by hash of each list."""

    root: Path

    @property
    def folder(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def log(self) -> Path:
        return self.root / ".local" / "log" / "install-python.log"

    def ensure(self, packages: str, *, with_dependencies: bool = True) -> bool:
        """Install `requirements/<packages>.txt`; False if that was done before and nothing changed since."""
        wanted = {name: self._hash(name) for name in INCLUDED[packages]}
        stamp = self._stamp()
        if all(stamp.get(name) == value for name, value in wanted.items()) and self._works():
            return False
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if not self._works():
            self._create()
            stamp = {}
        self._install(packages, with_dependencies=with_dependencies)
        self._stamp_file.write_text(json.dumps(stamp | wanted))
        return True

    @property
    def _stamp_file(self) -> Path:
        return self.folder / "installed.json"

    def _stamp(self) -> dict[str, str]:
        try:
            return dict(json.loads(self._stamp_file.read_text()))
        except (OSError, ValueError):
            return {}

    def _hash(self, name: str) -> str:
        return hashlib.sha256((self.root / "requirements" / f"{name}.txt").read_bytes()).hexdigest()

    def _works(self) -> bool:
        """False for none, for one whose Python has been removed since, and for one that is too old."""
        configuration = self.folder / "pyvenv.cfg"
        if not configuration.exists() or not self.python.exists():
            return False
        version = re.search(r"version\w* *= *3\.(\d+)", configuration.read_text())
        return version is not None and 11 <= int(version[1]) <= 13

    def _create(self) -> None:
        say(f"Making the virtual environment {self.folder} with Python {sys.version.split()[0]}.")
        if not _has_ensurepip():
            # Debian keeps this part of the standard library in a package of its own.
            name = f"python{sys.version_info.major}.{sys.version_info.minor}"
            install_package(debian=f"{name}-venv", brew=name.replace("python", "python@"), log=self.log)
        shutil.rmtree(self.folder, ignore_errors=True)
        done = subprocess.run(
            [sys.executable, "-m", "venv", str(self.folder)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise CannotContinue(
                f"The virtual environment could not be made: {(done.stderr or done.stdout).strip()}",
                "On Debian and Ubuntu: apt-get install python3-venv",
            )

    def _install(self, packages: str, *, with_dependencies: bool) -> None:
        listed = self.root / "requirements" / f"{packages}.txt"
        progress = Progress(total=len(listed.read_text().splitlines()), log=self.log)
        command = [self.python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        command += ["--progress-bar", "off", "-r", listed]
        if not with_dependencies:
            command += ["--no-deps"]
        if progress.run([str(part) for part in command]):
            return
        raise CannotContinue(
            f"The packages of requirements/{packages}.txt could not be installed:\n{progress.last_lines()}",
            "Check the network and pip's settings, then run this again: it goes on where it stopped.",
        )


def _has_ensurepip() -> bool:
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return False
    return True
