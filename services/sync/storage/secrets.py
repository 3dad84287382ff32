"""The key that signs checkpoints, the same in all pull workers."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

_FILE = "checkpoint_key"


def checkpoint_key(folder: Path) -> bytes:
    """Return the key, made at the first start."""
    path = folder / _FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Linked into place when complete: a second worker that starts now reads all of it or makes none.
        with tempfile.NamedTemporaryFile("w", dir=folder) as made, contextlib.suppress(FileExistsError):
            made.write(secrets.token_urlsafe(32))
            made.flush()
            os.link(made.name, path)
    return path.read_text().strip().encode()
