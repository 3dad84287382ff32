"""The command `sales`, as its users type it."""

from __future__ import annotations

import ast
from functools import partial
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from gateway.device import console, opening, texts
from gateway.device.device import Device
from tests.device.conftest import MemoryRing, party
from tests.device.fake_owners import PARTY
from tests.device.fake_sync import FakeSync

DEVICE = Path(console.__file__).parent


class Terminal:
    def __init__(self) -> None:
        self._runner = CliRunner()

    def __call__(self, *words: str, fails: bool = False) -> str:
        result = self._runner.invoke(console.app, list(words))
        assert (result.exit_code != 0) is fails, (result.output, result.exception)
        return result.output


@pytest.fixture
def sales(server: FakeSync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ring: MemoryRing) -> Terminal:
    monkeypatch.setenv("SALES_DEVICE", str(tmp_path))
    monkeypatch.setenv("SALES_LANGUAGE", "en")
    monkeypatch.setenv("COLUMNS", "200")
    transport = httpx.MockTransport(server.handle)
    monkeypatch.setattr(opening, "Device", partial(Device, transport=transport))
    return Terminal()


def test_a_day_without_a_network(server: FakeSync, sales: Terminal) -> None:
    assert "Signed in" in sales("login", "http://fake", "sales.north", "--password", "secret")
    assert "6 rows received" in sales("pull")
    assert "up to date" in sales("pull")
    assert "Party 0" in sales("show", PARTY)
    server.away = True
    sales("edit", PARTY, party(0), "name=Rossi [bold]", 'roles=["dealer"]')
    shown = sales("show", PARTY, party(0))
    assert "Rossi [bold]" in shown
    assert '["dealer"]' in shown
    new = sales("create", PARTY, "name=Bianchi").split()[-1]
    assert "Bianchi" in sales("show", PARTY, new)
    assert "try again later" in sales("push", fails=True)
    server.away = False
    assert "2 applied" in sales("push")
    assert "Unsent" in sales("status")


def test_a_conflict_is_listed_and_decided(server: FakeSync, sales: Terminal) -> None:
    sales("login", "http://fake", "sales.north", "--password", "secret")
    sales("pull")
    sales("edit", PARTY, party(0), "name=Mine")
    server.owners.update(party(0), name="Theirs")
    assert "1 changes wait for a decision" in sales("push")
    listed = sales("conflicts")
    assert "Mine" in listed
    assert "Theirs" in listed
    sales("resolve", listed.split()[0], "edited", "name=Both")
    sales("push")
    assert server.owners.records[party(0)].values["name"] == "Both"
    assert "Nothing waits" in sales("conflicts")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("pull",), "Sign in again"),
        (("show", "crm.robot"), "No such kind"),
        (("show", PARTY, party(0)), "does not hold"),
        (("create", PARTY, "name"), "field=value"),
        (("create", PARTY, "colour=red"), "No such field"),
        (("create", PARTY, "roles=dealer"), "Not a valid value"),
        (("pull", "--group", "everything"), "No such group"),
        (("resolve", "x", "mine"), "waits for a decision"),
    ],
)
def test_errors_say_what_to_do(sales: Terminal, words: tuple[str, ...], said: str) -> None:
    if words != ("pull",):
        sales("login", "http://fake", "sales.north", "--password", "secret")
    assert said in sales(*words, fails=True)


def test_italian_is_spoken_unless_english_is_asked_for(
    sales: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALES_LANGUAGE", "it")
    assert "Serve un nuovo accesso" in sales("pull", fails=True)


def test_every_reason_that_users_meet_has_a_text() -> None:
    raised = {
        call.args[0].value
        for path in DEVICE.glob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") == "Unusable"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert "RECORD_NOT_HERE" in raised
    assert raised - {"GROUP_TOO_LARGE", "COMMAND_UNKNOWN"} <= texts.reasons()


def test_agenda_and_reminders_are_commands_of_their_own(server: FakeSync, sales: Terminal) -> None:
    sales("login", "http://fake", "sales.north", "--password", "secret")
    sales("pull")
    server.away = True
    assert "Nothing planned" in sales("agenda", "--on", "2026-11-23")
    assert "No reminder waits" in sales("reminders")
    new = sales("create", "crm.reminder", "text=Birthday [bold]", "at=2020-01-01T08:00:00Z").split()[-1]
    assert "Birthday [bold]" in sales("reminders")
    sales("snooze", new, "30")
    assert "No reminder waits" in sales("reminders")
    assert "Not a valid value" in sales("agenda", "--on", "yesterday", fails=True)
    assert "waits: see" in sales("dismiss", new, fails=True)
