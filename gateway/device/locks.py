"""How a copy is locked, and its key: `lock.json` beside the file says which way, never the key itself.

    keyring   32 random bytes, kept by the operating system's key ring
    pin       argon2id of what the user types, with a salt; wrong PINs cost a growing delay
    plain     not encrypted, because the user said so

    key = locks.unlock(folder, ask_pin=…, clock=…)          # None: plain
    key = locks.make(folder, plain=False, new_pin=…)        # the first time

The delay stops somebody who sits at the machine. Somebody who took the file away is stopped by argon2id alone
(0.7 s and 256 MiB a guess, measured), so a long PIN is worth more than a short one.
"""

from __future__ import annotations

import hashlib
import math
import os
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import orjson

from gateway.device import key_ring
from gateway.device.cipher import is_available
from gateway.device.errors import Locked, Unusable

FILE: Final = "lock.json"
KEYRING, PIN, PLAIN = "keyring", "pin", "plain"
SHORTEST_PIN: Final = 6

_PASSES: Final = 3
_MEMORY_KIB: Final = 262_144
_FREE_TRIES: Final = 3
_FIRST_DELAY_S: Final = 5
_LONGEST_DELAY_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Lock:
    """What `lock.json` holds."""

    kind: str
    #: Name of the key in the ring; salt of the PIN, hexadecimal.
    name: str = ""
    salt: str = ""
    passes: int = 0
    memory_kib: int = 0
    #: SHA-256 of the key: tells a wrong PIN from a damaged file, and costs a guesser the same argon2id.
    check: str = ""
    wrong: int = 0
    #: No PIN is tried before; RFC 3339, empty: at once.
    not_before: str = ""


def of(folder: Path) -> Lock | None:
    """Return how the copy of a folder is locked, None if nobody has decided yet.

    Raises:
        Locked: LOCK_UNREADABLE.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        found = Lock(**orjson.loads(path.read_bytes()))
    except (ValueError, TypeError) as error:
        raise Locked("LOCK_UNREADABLE", str(path)) from error
    if found.kind not in (KEYRING, PIN, PLAIN):
        raise Locked("LOCK_UNREADABLE", str(path))
    return found


def make(folder: Path, *, plain: bool, new_pin: Callable[[], str], use_pin: bool = False) -> bytes | None:
    """Decide how a copy is locked; return its key, None for a plain one.

    The key ring if there is one, else a PIN, which `new_pin` asks for.

    Raises:
        Unusable: ENCRYPTION_MISSING (and `plain` was not asked for), PIN_TOO_SHORT.
    """
    if plain:
        _write(folder, Lock(PLAIN))
        return None
    if not is_available():
        raise Unusable("ENCRYPTION_MISSING")
    if key_ring.is_usable() and not use_pin:
        return _in_the_ring(folder)
    return _behind_a_pin(folder, new_pin())


def _in_the_ring(folder: Path) -> bytes:
    key, name = secrets.token_bytes(32), secrets.token_hex(8)
    key_ring.keep(name, key.hex())
    _write(folder, Lock(KEYRING, name=name, check=_check(key)))
    return key


def _behind_a_pin(folder: Path, pin: str) -> bytes:
    if len(_normal(pin)) < SHORTEST_PIN:
        raise Unusable("PIN_TOO_SHORT", str(SHORTEST_PIN))
    lock = Lock(PIN, salt=secrets.token_hex(16), passes=_PASSES, memory_kib=_MEMORY_KIB)
    key = _derived(lock, pin)
    _write(folder, replace(lock, check=_check(key)))
    return key


def unlock(
    folder: Path, lock: Lock, *, ask_pin: Callable[[], str], clock: Callable[[], datetime]
) -> bytes | None:
    """Return the key of a locked copy, None for a plain one.

    Raises:
        Locked: KEY_MISSING, WRONG_PIN, WRONG_PIN_WAIT, PIN_TOO_SOON (`detail`: seconds to wait).
        Unusable: ENCRYPTION_MISSING.
    """
    if lock.kind == PLAIN:
        return None
    if not is_available():
        raise Unusable("ENCRYPTION_MISSING")
    return _from_the_ring(lock) if lock.kind == KEYRING else _from_pin(folder, lock, ask_pin, clock)


def _from_the_ring(lock: Lock) -> bytes:
    try:
        key = bytes.fromhex(key_ring.read(lock.name) or "")
    except ValueError as error:
        raise Locked("KEY_MISSING") from error
    if _check(key) != lock.check:
        raise Locked("KEY_MISSING")
    return key


def _from_pin(folder: Path, lock: Lock, ask_pin: Callable[[], str], clock: Callable[[], datetime]) -> bytes:
    _require_patience(lock, clock())
    pin = ask_pin()
    # Counted before it is tried: a program that is killed meanwhile gains no free guess.
    counted = replace(lock, wrong=lock.wrong + 1, not_before=_not_before(lock.wrong + 1, clock()))
    _write(folder, counted)
    key = _derived(lock, pin)
    if not secrets.compare_digest(_check(key), lock.check):
        delay_s = _delay_s(counted.wrong)
        raise Locked("WRONG_PIN_WAIT", str(delay_s)) if delay_s else Locked("WRONG_PIN")
    _write(folder, replace(lock, wrong=0, not_before=""))
    return key


def _require_patience(lock: Lock, now: datetime) -> None:
    if not lock.not_before:
        return
    left = datetime.fromisoformat(lock.not_before) - now
    if left > timedelta(0):
        raise Locked("PIN_TOO_SOON", str(math.ceil(left.total_seconds())))


def _not_before(wrong: int, now: datetime) -> str:
    delay_s = _delay_s(wrong)
    return (now + timedelta(seconds=delay_s)).isoformat() if delay_s else ""


def _delay_s(wrong: int) -> int:
    """Seconds until the next try: three are free, then each costs twice the one before, up to an hour."""
    if wrong < _FREE_TRIES:
        return 0
    return int(min(_FIRST_DELAY_S * 2 ** min(wrong - _FREE_TRIES, 20), _LONGEST_DELAY_S))


def _derived(lock: Lock, pin: str) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        _normal(pin).encode(),
        bytes.fromhex(lock.salt),
        time_cost=lock.passes,
        memory_cost=lock.memory_kib,
        parallelism=1,
        hash_len=32,
        type=Type.ID,
    )


def _normal(pin: str) -> str:
    return unicodedata.normalize("NFKC", pin.strip())


def _check(key: bytes) -> str:
    return hashlib.sha256(b"project-sales key\n" + key).hexdigest()


def _write(folder: Path, lock: Lock) -> None:
    """Replace the lock's file in one step: a key that nobody can name any more would lose the copy."""
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f"{FILE}.new"
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(orjson.dumps(asdict(lock)))
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / FILE)
