"""The keys of mail, derived from one secret: one seals passwords, one signs reply addresses."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.mail.settings import MailSettings

_FILE = "mail-key"
_SHORTEST = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """32 bytes each."""

    sealing: bytes
    signing: bytes


@lru_cache(maxsize=4)
def keys_of(secret: str) -> Keys:
    """Return the keys that follow from a secret.

    Raises:
        ValueError: it is shorter than 32 characters.
    """
    if len(secret) < _SHORTEST:
        raise ValueError(f"SALES_MAIL_KEY needs at least {_SHORTEST} characters")
    return Keys(sealing=_derived(secret, b"mail sealing 1"), signing=_derived(secret, b"mail signing 1"))


def keys(chosen: MailSettings) -> Keys:
    """Return the keys of this installation."""
    return keys_of(chosen.mail_key or _kept(chosen.secrets_dir))


def _derived(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


def _kept(folder: Path) -> str:
    """The secret in a file, made at the first start."""
    path = folder / _FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Linked into place when complete: a second process that starts now reads all of it or makes none.
        with tempfile.NamedTemporaryFile("w", dir=folder) as made, contextlib.suppress(FileExistsError):
            made.write(secrets.token_urlsafe(32))
            made.flush()
            os.link(made.name, path)
    return path.read_text().strip()
