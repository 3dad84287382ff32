"""The copy's file: nobody reads it without its key, and what was revoked is gone for the key's holder too."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import keyring
import pytest
import time_machine
from keyring.backends.fail import Keyring as NoRing

from gateway.device import cipher, locks, opening
from gateway.device.cipher import connect
from gateway.device.device import FILE, Device, utc_now
from gateway.device.errors import Locked
from tests.device.conftest import MemoryRing, party
from tests.device.fake_owners import PARTY
from tests.device.fake_sync import FakeSync, Grant
from tests.device.support import Clock, decrypted_bytes, device_on, file_bytes
from tests.device.test_console import Terminal

LOGIN = ("login", "http://fake", "sales.north", "--password", "secret")
KEY = bytes(range(32))
PLAIN_HEADER = b"SQLite format 3"


@pytest.fixture
def no_ring() -> None:
    """A machine without a key ring, as CI is."""
    keyring.set_keyring(NoRing())


@pytest.fixture
def sales(server: FakeSync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("SALES_DEVICE", str(tmp_path))
    monkeypatch.setenv("SALES_LANGUAGE", "en")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("SALES_PIN", raising=False)
    monkeypatch.setattr(opening, "Device", partial(Device, transport=httpx.MockTransport(server.handle)))
    return Terminal()


def test_nothing_can_be_read_without_the_key(server: FakeSync, tmp_path: Path) -> None:
    device = device_on(server, tmp_path, key=KEY)
    device.pull()
    device.author.edit(PARTY, party(0), {"name": "Unsent Rossi"})
    device.store.put(refresh="refresh-token-of-the-session")
    known = [b"Party 0", b"Unsent Rossi", b"refresh-token-of-the-session", b"crm.party", party(0).encode()]
    on_disk = file_bytes(tmp_path)
    assert not [each for each in [*known, PLAIN_HEADER, b"create table"] if each in on_disk]
    readable = decrypted_bytes(tmp_path, KEY)
    assert [each for each in known if each not in readable] == []
    device.close()


def test_what_was_revoked_is_gone_for_the_holder_of_the_key_too(server: FakeSync, tmp_path: Path) -> None:
    device = device_on(server, tmp_path, key=KEY)
    for number in range(200):
        entity_id = f"0190b000-0000-7000-8000-0000000010{number:02x}"
        server.owners.create(PARTY, entity_id, territory="north", name=f"Customer {number}", private_notes="")
    server.ingest()
    device.pull()
    assert b"Customer 150" in decrypted_bytes(tmp_path, KEY)
    server.grants = {Grant("offers", "north")}
    device.pull()
    readable = decrypted_bytes(tmp_path, KEY)
    assert b"Customer" not in readable
    assert b"Party 0" not in readable
    assert b"offers.offer" in readable
    device.close()


@pytest.mark.parametrize("key", [None, bytes(32)])
def test_another_key_opens_nothing(server: FakeSync, tmp_path: Path, key: bytes | None) -> None:
    device_on(server, tmp_path, key=KEY).close()
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(Locked):
        Device(tmp_path, key=key)
    assert (tmp_path / FILE).read_bytes() == before


def test_a_damaged_file_is_told_from_a_wrong_pin(server: FakeSync, tmp_path: Path) -> None:
    device_on(server, tmp_path, key=KEY).close()
    with (tmp_path / FILE).open("r+b") as file:
        file.seek(100)
        file.write(b"damage")
    with pytest.raises(Locked, match="FILE_UNREADABLE"):
        Device(tmp_path, key=KEY)


def test_the_key_is_in_the_key_ring(sales: Terminal, ring: MemoryRing, tmp_path: Path) -> None:
    sales(*LOGIN)
    sales("pull")
    assert "Party 0" in sales("show", PARTY)
    assert "key in the key ring" in sales("status")
    assert b"Party 0" not in file_bytes(tmp_path)
    (key,) = ring.secrets.values()
    assert b"Party 0" in decrypted_bytes(tmp_path, bytes.fromhex(key))
    assert key not in (tmp_path / locks.FILE).read_text()
    ring.secrets.clear()
    said = sales("show", PARTY, fails=True)
    assert "does not hold the copy's key" in said
    assert "Party 0" not in said


def test_without_a_key_ring_a_pin_locks_the_copy(
    sales: Terminal, no_ring: None, cheap_pins: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALES_PIN", "12345")
    assert "at least 6 characters" in sales(*LOGIN, fails=True)
    assert not (tmp_path / FILE).exists()
    monkeypatch.setenv("SALES_PIN", "correct horse")
    sales(*LOGIN)
    sales("pull")
    assert "by PIN" in sales("status")
    assert b"Party 0" not in file_bytes(tmp_path)
    monkeypatch.setenv("SALES_PIN", "wrong horse")
    said = sales("show", PARTY, fails=True)
    assert "Wrong PIN" in said
    assert "Party 0" not in said
    monkeypatch.setenv("SALES_PIN", "correct horse")
    assert "Party 0" in sales("show", PARTY)


def test_wrong_pins_cost_a_growing_delay(
    sales: Terminal, no_ring: None, cheap_pins: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALES_PIN", "correct horse")
    with time_machine.travel("2026-11-23T09:00:00Z", tick=False) as clock:
        sales(*LOGIN)
        waits = []
        for attempt in range(6):
            monkeypatch.setenv("SALES_PIN", f"wrong {attempt}")
            said = sales("status", fails=True)
            assert "Wrong PIN" in said
            waits.append(int("".join(filter(str.isdigit, said)) or 0))
            monkeypatch.setenv("SALES_PIN", "correct horse")
            if waits[-1]:
                # The right PIN has to wait as well: nobody learns here whether it would have been right.
                clock.shift(timedelta(seconds=waits[-1] - 1))
                assert "try again in 1 s" in sales("status", fails=True)
                clock.shift(timedelta(seconds=1))
        assert waits == [0, 0, 5, 10, 20, 40]
        sales("status")
        monkeypatch.setenv("SALES_PIN", "wrong again")
        assert sales("status", fails=True).strip() == "Wrong PIN."


def test_a_pin_killed_while_it_is_tried_counts(
    tmp_path: Path, cheap_pins: None, monkeypatch: pytest.MonkeyPatch, no_ring: None
) -> None:
    locks.make(tmp_path, plain=False, new_pin=lambda: "correct horse")

    def killed(lock: locks.Lock, pin: str) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(locks, "_derived", killed)
    lock = locks.of(tmp_path)
    assert lock is not None
    with pytest.raises(KeyboardInterrupt):
        locks.unlock(tmp_path, lock, ask_pin=lambda: "wrong", clock=Clock())
    counted = locks.of(tmp_path)
    assert counted is not None
    assert counted.wrong == 1


def test_a_copy_is_plain_only_for_those_who_say_so(
    sales: Terminal, ring: MemoryRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.setattr(cipher.importlib.util, "find_spec", lambda name: None)
        without.setitem(sys.modules, "sqlcipher3", None)
        assert "has to be encrypted" in sales(*LOGIN, fails=True)
        assert not (tmp_path / FILE).exists()
        assert "NOT encrypted" in sales(*LOGIN, "--plain")
        assert "NOT encrypted" in sales("pull")
    assert (tmp_path / FILE).read_bytes().startswith(PLAIN_HEADER)
    sales("encrypt")
    assert "Party 0" in sales("show", PARTY)
    assert b"Party 0" not in file_bytes(tmp_path)
    assert "encrypted already" in sales("encrypt", fails=True)
    assert "encrypted already" in sales(*LOGIN, "--plain", fails=True)


def test_a_plain_copy_of_an_older_program_is_encrypted_at_the_next_command(
    server: FakeSync, sales: Terminal, ring: MemoryRing, tmp_path: Path
) -> None:
    # By the clock of the command, which would find a copy of another day's clock closed.
    device = device_on(server, tmp_path, utc_now)
    device.pull()
    device.author.edit(PARTY, party(0), {"name": "Unsent Rossi"})
    device.close()
    assert b"Unsent Rossi" in file_bytes(tmp_path)
    assert "Unsent Rossi" in sales("show", PARTY, party(0))
    assert b"Unsent Rossi" not in file_bytes(tmp_path)
    assert sorted(path.name for path in tmp_path.glob(f"{FILE}*")) == [FILE]
    assert "1 applied" in sales("push")


@pytest.mark.parametrize("dies_in", ["_export", "_sync", "_overwrite", "replace 1", "replace 2"])
def test_an_interrupted_encryption_loses_nothing(
    server: FakeSync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    device = device_on(server, tmp_path)
    device.pull()
    device.close()
    with monkeypatch.context() as death:
        if dies_in.startswith("_"):
            death.setattr(cipher, dies_in, _dying())
        else:
            death.setattr(Path, "replace", _dying(Path.replace, after=int(dies_in[-1]) - 1))
        with pytest.raises(KeyboardInterrupt):
            Device(tmp_path, key=KEY)
    again = device_on(server, tmp_path, key=KEY)
    assert again.view.record(PARTY, party(0)) is not None
    assert b"Party 0" not in file_bytes(tmp_path)
    again.close()
    assert sorted(path.name for path in tmp_path.glob(f"{FILE}*")) == [FILE]


def _dying(call=None, *, after: int = 0):  # type: ignore[no-untyped-def]
    calls: list[object] = []

    def dying(*given: object) -> object:
        if len(calls) == after:
            raise KeyboardInterrupt
        calls.append(given)
        return call(*given)

    return dying


def test_a_key_ring_that_keeps_secrets_in_clear_text_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class PlaintextKeyring(MemoryRing):
        pass

    PlaintextKeyring.__module__ = "keyrings.alt.file"
    before = keyring.get_keyring()
    keyring.set_keyring(PlaintextKeyring())
    try:
        assert not locks.key_ring.is_usable()
    finally:
        keyring.set_keyring(before)


def test_a_lock_that_cannot_be_read_opens_nothing(sales: Terminal, ring: MemoryRing, tmp_path: Path) -> None:
    sales(*LOGIN)
    (tmp_path / locks.FILE).write_text('{"kind": "none"}')
    assert "cannot be read" in sales("status", fails=True)
    (tmp_path / locks.FILE).unlink()
    for words in (("status",), LOGIN):
        assert "lock.json beside it is missing" in sales(*words, fails=True)
    assert not (tmp_path / locks.FILE).exists()


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_only_its_user_may_read_the_files(
    server: FakeSync, sales: Terminal, ring: MemoryRing, tmp_path: Path
) -> None:
    sales(*LOGIN)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_encryption_is_refused_while_another_program_has_the_file(
    server: FakeSync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cipher, "_PATIENCE_S", 0)
    device_on(server, tmp_path).close()
    program = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('begin'); "
        "print(c.execute('select 1 from setting').fetchone(), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, tmp_path / FILE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(Locked, match="FILE_BUSY"):
            connect(tmp_path / FILE, KEY)
        other.communicate()
    connect(tmp_path / FILE, KEY).close()
