"""The copy's file, encrypted by SQLCipher: opened with its key, and made from a plain file.

Every page is encrypted and authenticated (AES-256, HMAC-SHA512), the journal too; without the key not even
the header can be read.
"""

from __future__ import annotations

import importlib.util
import os
import sqlite3
from pathlib import Path
from typing import Any, Final, cast

from gateway.device.errors import Locked, Unusable

_PLAIN_HEADER: Final = b"SQLite format 3\x00"
_NEW: Final = ".new"
#: The plain file while it is being replaced.
_OLD: Final = ".plain"
_BLOCK: Final = 1 << 20
_PATIENCE_S: Final = 5


def is_available() -> bool:
    """Whether SQLCipher is installed (the extra `device`)."""
    return importlib.util.find_spec("sqlcipher3") is not None


def is_locked(path: Path) -> bool:
    """Whether there is a file that cannot be read without a key."""
    return path.exists() and path.stat().st_size > 0 and not _is_plain(path)


def connect(path: Path, key: bytes | None) -> sqlite3.Connection:
    """Open a file, made if there is none. A plain one is encrypted first when there is a key.

    Raises:
        Locked: KEY_NEEDED (encrypted, no key), FILE_UNREADABLE (another key's, or damaged), FILE_BUSY (open
            elsewhere while it is to be encrypted).
        Unusable: ENCRYPTION_MISSING.
    """
    _finish_exchange(path)
    is_plain = _is_plain(path)
    if key is not None and is_plain:
        _encrypt(path, key)
    if key is None and is_locked(path):
        raise Locked("KEY_NEEDED", str(path))
    found = _opened(path, key)
    try:
        found.execute("select count(*) from sqlite_master").fetchone()
    except _damage() as error:
        found.close()
        raise Locked("FILE_UNREADABLE", str(path)) from error
    return found


def _opened(path: Path, key: bytes | None) -> sqlite3.Connection:
    if key is None:
        return sqlite3.connect(path, isolation_level=None, timeout=30)
    found = _sqlcipher().connect(str(path), isolation_level=None, timeout=30)
    # A wrong key is told by an exception, not by lines on the terminal.
    found.execute("pragma cipher_log_level = none")
    found.execute(f"pragma key = {_literal(key)}")
    # The same methods; the module has no types of its own.
    return cast("sqlite3.Connection", found)


def _sqlcipher() -> Any:
    try:
        from sqlcipher3 import dbapi2
    except ImportError as error:
        raise Unusable("ENCRYPTION_MISSING") from error
    return dbapi2


def _damage() -> tuple[type[Exception], ...]:
    return (sqlite3.DatabaseError, _sqlcipher().DatabaseError) if is_available() else (sqlite3.DatabaseError,)


def _literal(key: bytes) -> str:
    """A raw key: SQLCipher derives nothing from it."""
    return f"\"x'{key.hex()}'\""


def _is_plain(path: Path) -> bool:
    if not path.exists():
        return False
    with path.open("rb") as file:
        return file.read(len(_PLAIN_HEADER)) == _PLAIN_HEADER


def _encrypt(path: Path, key: bytes) -> None:
    """Replace a plain file by an encrypted one with the same content; its old bytes are overwritten.

    Wherever this is interrupted, one of the two files is whole and the next opening goes on from it.
    """
    new = path.with_name(path.name + _NEW)
    new.unlink(missing_ok=True)
    _export(path, new, key)
    _sync(new)
    path.replace(path.with_name(path.name + _OLD))
    new.replace(path)
    _finish_exchange(path)


def _export(path: Path, new: Path, key: bytes) -> None:
    plain = _sqlcipher().connect(str(path), isolation_level=None, timeout=_PATIENCE_S)
    try:
        _require_alone(plain, path)
        (version,) = plain.execute("pragma user_version").fetchone()
        plain.execute(f"attach database ? as locked key {_literal(key)}", (str(new),))
        new.chmod(0o600)
        plain.execute("select sqlcipher_export('locked')")
        plain.execute(f"pragma locked.user_version = {version}")
        plain.execute("detach database locked")
    finally:
        plain.close()


def _require_alone(plain: sqlite3.Connection, path: Path) -> None:
    """Leave the journal, which needs the file for oneself."""
    try:
        (mode,) = plain.execute("pragma journal_mode = delete").fetchone()
    except _sqlcipher().OperationalError as error:
        raise Locked("FILE_BUSY", str(path)) from error
    if mode != "delete":
        raise Locked("FILE_BUSY", str(path))


def _finish_exchange(path: Path) -> None:
    old = path.with_name(path.name + _OLD)
    if not old.exists():
        return
    if not path.exists():
        old.replace(path)
        return
    _overwrite(old)
    old.unlink()


def _overwrite(path: Path) -> None:
    """Write zeros over a file. An SSD may keep the old blocks: only encrypting the disk itself helps."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        for start in range(0, size, _BLOCK):
            file.write(bytes(min(_BLOCK, size - start)))
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())
