"""The keys that sign access tokens: P-256, one PEM file each in the secrets folder, readable by us alone.

A new key is served to the gateways for a minute before it signs, so that no gateway meets a token that it
cannot check. An old one is served while tokens live that it signed; the next rotation removes it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from gateway.identity.domain.sessions import ACCESS_LIFETIME

FOLDER = "identity-signing"
_TIME = "%Y%m%dT%H%M%SZ"
_KNOWN_FIRST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key; its id begins with the moment when it was made."""

    id: str
    private: ec.EllipticCurvePrivateKey

    @property
    def made_at(self) -> datetime:
        return datetime.strptime(self.id.partition("-")[0], _TIME).replace(tzinfo=UTC)

    @property
    def public_pem(self) -> str:
        return (
            self.private.public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            .decode("ascii")
        )


class KeyRing:
    """The signing keys of this installation, oldest first."""

    def __init__(self, secrets_dir: Path, *, clock: Callable[[], datetime]) -> None:
        self._folder = secrets_dir / FOLDER
        self._clock = clock
        self._keys: tuple[SigningKey, ...] = ()

    def open(self) -> None:
        """Read the keys; make the first one where there is none."""
        self.refresh()
        if not self._keys:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._locked():
                self.refresh()
                if not self._keys:
                    self._make()
            self.refresh()

    def refresh(self) -> None:
        """Read keys that were added, forget those that were removed."""
        names = sorted(path.stem for path in self._folder.glob("*.pem"))
        known = {key.id: key for key in self._keys}
        self._keys = tuple(known.get(name) or self._read(name) for name in names)

    def rotate(self) -> str:
        """Add a key and return its id; remove those whose last token is over."""
        self.open()
        with self._locked():
            self.refresh()
            over_since = self._clock() - _KNOWN_FIRST - ACCESS_LIFETIME
            for key, successor in pairwise(self._keys):
                if successor.made_at < over_since:
                    self._path(key.id).unlink()
            made = self._make()
        self.refresh()
        return made

    def signing(self) -> SigningKey:
        """Return the newest key that every gateway knows by now."""
        known_since = self._clock() - _KNOWN_FIRST
        return next((key for key in reversed(self._keys) if key.made_at <= known_since), self._keys[0])

    def public(self) -> Mapping[str, str]:
        """Return the public keys, PEM, by id."""
        return {key.id: key.public_pem for key in self._keys}

    def _make(self) -> str:
        """Write a new key whole or not at all, never readable by others."""
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        name = f"{self._clock().strftime(_TIME)}-{secrets.token_hex(4)}"
        unfinished = self._folder / f".{name}.unfinished"
        file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.write(pem)
            stream.flush()
            os.fsync(file)
        unfinished.rename(self._path(name))
        return name

    def _read(self, name: str) -> SigningKey:
        private = load_pem_private_key(self._path(name).read_bytes(), password=None)
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{self._path(name)} is no elliptic curve key")
        return SigningKey(name, private)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.pem"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
