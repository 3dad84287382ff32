"""Log files of the processes: one each, rotated when the installation starts."""

from collections.abc import Iterable
from pathlib import Path

KEPT = 5
TAIL_BYTES = 16_384


def rotate(folder: Path, names: Iterable[str]) -> None:
    """Begin a new log for each name, and keep those of the last starts as `.1` (the latest) to `.5`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        log = folder / f"{name}.log"
        if not log.exists():
            continue
        for number in range(KEPT, 1, -1):
            older = folder / f"{name}.log.{number - 1}"
            if older.exists():
                older.replace(folder / f"{name}.log.{number}")
        log.replace(folder / f"{name}.log.1")


def last_lines(log: Path, count: int = 10) -> list[str]:
    """The end of a log, however long it is."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except OSError:
        return []
