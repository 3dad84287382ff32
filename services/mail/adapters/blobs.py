"""Raw messages and attachments, by the SHA-256 of their content: a folder by default, behind a small port.

    blobs = FolderBlobs(settings().blobs_dir / "mail")
    name = blobs.put(content)
    content = blobs.get(name)

A content is stored once, whoever sends it, and never changes. Anything with these two methods may take the
folder's place (an object store, in production).
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Protocol

_NAME = re.compile(r"[0-9a-f]{64}")


class BlobMissing(Exception):
    """No content of this name is stored, or what is stored is not it."""


class Blobs(Protocol):
    """Where contents are kept."""

    def put(self, content: bytes) -> str:
        """Store a content; return its SHA-256 in hexadecimal digits. It survives a crash from here on."""

    def get(self, sha256: str) -> bytes:
        """Return a content. Raises BlobMissing."""


class FolderBlobs:
    """A folder with one file for each content: `ab/abcdef…`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Store a content; return its name."""
        name = hashlib.sha256(content).hexdigest()
        path = self._path(name)
        if path.exists() and path.read_bytes() == content:
            return name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Written aside, on the disk, then renamed: a reader sees all of it or nothing.
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as made:
            made.write(content)
            made.flush()
            os.fsync(made.fileno())
        Path(made.name).replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return name

    def get(self, sha256: str) -> bytes:
        """Return a content.

        Raises:
            BlobMissing: nothing of this name, or a file that was damaged.
        """
        if not _NAME.fullmatch(sha256):
            raise BlobMissing(sha256[:80])
        try:
            content = self._path(sha256).read_bytes()
        except OSError as error:
            raise BlobMissing(sha256) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise BlobMissing(f"{sha256} is damaged")
        return content

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name
