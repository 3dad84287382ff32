"""The operating system's key ring, if this machine has one that keeps secrets.

macOS Keychain, Windows Credential Locker, Secret Service on Linux. A ring that keeps them in clear text, or
that only pretends, counts as none.
"""

from __future__ import annotations

from typing import Any, Final

_SERVICE: Final = "project-sales"
_NO_SECRETS: Final = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")


def is_usable() -> bool:
    """Whether secrets can be kept here: one is written, read and removed."""
    ring = _ring()
    if ring is None:
        return False
    try:
        ring.set_password(_SERVICE, "trial", "trial")
        kept: bool = ring.get_password(_SERVICE, "trial") == "trial"
        ring.delete_password(_SERVICE, "trial")
    except _failures():
        return False
    return kept


def read(name: str) -> str | None:
    """Return a secret, None if it is not here, or the ring stays closed."""
    ring = _ring()
    if ring is None:
        return None
    try:
        found: str | None = ring.get_password(_SERVICE, name)
    except _failures():
        return None
    return found


def keep(name: str, secret: str) -> None:
    """Keep a secret; the ring was found usable before."""
    ring = _ring()
    if ring is None:
        raise OSError("there is no key ring")
    ring.set_password(_SERVICE, name, secret)


def _ring() -> Any:
    try:
        import keyring
    except ImportError:
        return None
    ring = keyring.get_keyring()
    return None if type(ring).__module__.startswith(_NO_SECRETS) else ring


def _failures() -> tuple[type[Exception], ...]:
    """What a ring raises: its own errors, and those of the bus behind it, which it lets through."""
    from keyring.errors import KeyringError

    return (KeyringError, OSError, RuntimeError)
