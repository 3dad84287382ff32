"""From a command to an open copy: where it is, in which language, and its key."""

from __future__ import annotations

import locale
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import typer
from rich.console import Console

from gateway.device import locks
from gateway.device.cipher import is_locked
from gateway.device.device import FILE, Device, utc_now
from gateway.device.errors import DeviceError, Locked, SignInNeeded, Unusable
from gateway.device.texts import error_text, text

problems: Final = Console(stderr=True)


def language() -> str:
    """Return `it` or `en`: SALES_LANGUAGE, else the system's language."""
    chosen = os.environ.get("SALES_LANGUAGE") or locale.getlocale()[0] or "it"
    return "en" if chosen.lower().startswith("en") else "it"


def folder() -> Path:
    """Return where the copy is kept: SALES_DEVICE, else a folder in the user's home."""
    chosen = os.environ.get("SALES_DEVICE")
    return Path(chosen) if chosen else Path.home() / ".local" / "share" / "project-sales"


@contextmanager
def opened(
    *, beginning: bool = False, plain: bool = False, use_pin: bool = False, relock: bool = False
) -> Iterator[Device]:
    """Open the copy; an error becomes a text that says what to do, and exit status 1.

    `beginning`: there may be none yet. `plain`, `use_pin`: how a copy that is not locked yet is to be locked.
    `relock`: one that was kept plain is to be locked too.
    """
    try:
        key = _key(beginning=beginning, plain=plain, use_pin=use_pin, relock=relock)
        with Device(folder(), key=key, language=language()) as device:
            yield device
    except DeviceError as error:
        problems.print(error_text(error, language()), markup=False, highlight=False)
        raise typer.Exit(1) from error


def _key(*, beginning: bool, plain: bool, use_pin: bool, relock: bool) -> bytes | None:
    """Return the key of the copy. One that nobody has locked yet, of an older program too, is locked now."""
    lock = locks.of(folder())
    if lock is None and is_locked(folder() / FILE):
        raise Locked("KEY_NEEDED", str(folder() / FILE))
    if lock is None and not beginning and not (folder() / FILE).exists():
        raise SignInNeeded
    if lock is None or (lock.kind == locks.PLAIN and relock):
        key = locks.make(folder(), plain=plain, new_pin=_new_pin, use_pin=use_pin)
    elif lock.kind != locks.PLAIN and (plain or relock):
        raise Unusable("ALREADY_LOCKED")
    else:
        key = locks.unlock(folder(), lock, ask_pin=lambda: _ask("pin"), clock=utc_now)
    if key is None:
        problems.print(text("is_plain", language()), style="bold red", highlight=False)
    return key


def _new_pin() -> str:
    pin = _ask("new_pin")
    if "SALES_PIN" not in os.environ and _ask("pin_again") != pin:
        raise Unusable("PINS_DIFFER")
    return pin


def _ask(key: str) -> str:
    """Return a PIN: SALES_PIN, else asked for."""
    given = os.environ.get("SALES_PIN")
    return given if given is not None else str(typer.prompt(text(key, language()), hide_input=True, err=True))
