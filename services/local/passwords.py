"""Passwords made once and kept in `.local/secrets`, readable by nobody else."""

import os
import secrets
from pathlib import Path


def kept(folder: Path, name: str, *, given: str = "") -> str:
    """The secret of that name: the one `given`, else the one kept, else a new one. From now on it is kept."""
    path = folder / name
    if given:
        _write(path, given)
        return given
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        # Letters, digits, `-` and `_` only: it goes into URLs and settings files as it is.
        fresh = secrets.token_urlsafe(18)
        _write(path, fresh)
        return fresh


def _write(path: Path, secret: str) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret)
    unfinished.replace(path)
