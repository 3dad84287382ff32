"""The web client is built where Node is new enough, once; without Node one line says so and nothing fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.local.install.web import build_web
from services.local.messages import CannotContinue

NPM = """#!/bin/sh
echo "$@" >> "$CALLS"
[ "$1" = ci ] && [ -n "$CI_FAILS" ] && exit 1
[ "$1" = run ] && [ -n "$BUILD_FAILS" ] && exit 1
mkdir -p node_modules
[ "$1" = run ] && mkdir -p dist && echo built > dist/index.html
exit 0
"""


class Machine:
    """A folder with a client in it, and the programs that this machine has."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.web = self.root / "gateway" / "web"
        self._programs = folder / "bin"
        self._calls = folder / "calls"
        self._calls.touch()
        self._programs.mkdir()
        (self.web / "src").mkdir(parents=True)
        (self.web / "src" / "main.tsx").write_text("first")
        (self.web / "package-lock.json").write_text("{}")
        (self.root / "protos" / "gen").mkdir(parents=True)
        (self.root / "protos" / "gen" / "sales.binpb").write_bytes(b"contracts")

    def has(self, node: str) -> None:
        self._program("node", f"#!/bin/sh\necho v{node}\n")
        self._program("npm", NPM)

    def _program(self, name: str, text: str) -> None:
        path = self._programs / name
        path.write_text(text)
        path.chmod(0o755)

    def environment(self) -> dict[str, str]:
        return {"PATH": f"{self._programs}:/usr/bin:/bin", "CALLS": str(self._calls)}

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines()

    def build(self) -> bool:
        return build_web(self.root, log=self.root / "log")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    # Node of the machine that runs this test must not be found: the folders of its programs are left out.
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    (tmp_path / "tools").mkdir()
    for tool in ("sh", "mkdir", "echo"):
        (tmp_path / "tools" / tool).symlink_to(f"/bin/{tool}")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{tmp_path / 'tools'}")
    return made


def test_without_node_one_line_says_so(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    assert not machine.build()
    assert "no Node here, it needs 20.19 or newer" in capsys.readouterr().out


@pytest.mark.parametrize("version", ["18.20.4", "20.18.3"])
def test_an_old_node_builds_nothing(
    machine: Machine, capsys: pytest.CaptureFixture[str], version: str
) -> None:
    machine.has(node=version)
    assert not machine.build()
    assert f"Node {'.'.join(version.split('.')[:2])} here" in capsys.readouterr().out
    assert machine.calls == []


@pytest.mark.parametrize("version", ["20.19.0", "22.1.0"])
def test_it_is_built_once(machine: Machine, version: str) -> None:
    machine.has(node=version)
    assert machine.build()
    assert machine.calls == ["ci", "run build"]
    assert not machine.build()
    assert machine.calls == ["ci", "run build"]


@pytest.mark.parametrize("changed", ["gateway/web/src/main.tsx", "protos/gen/sales.binpb"])
def test_changed_sources_and_contracts_are_built_anew(machine: Machine, changed: str) -> None:
    machine.has(node="20.19.0")
    machine.build()
    (machine.root / changed).write_text("second")
    assert machine.build()
    assert machine.calls == ["ci", "run build", "run build"]


def test_what_the_build_makes_itself_is_no_change(machine: Machine) -> None:
    machine.has(node="20.19.0")
    machine.build()
    (machine.web / "src" / "contracts").mkdir()
    (machine.web / "src" / "contracts" / "records.d.ts").write_text("made")
    assert not machine.build()


def test_a_lock_that_ci_refuses_is_installed_all_the_same(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.has(node="20.19.0")
    monkeypatch.setenv("CI_FAILS", "1")
    assert machine.build()
    assert machine.calls == ["ci", "install --no-save", "run build"]


def test_a_build_that_fails_names_its_log_and_is_tried_again(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.has(node="20.19.0")
    monkeypatch.setenv("BUILD_FAILS", "1")
    with pytest.raises(CannotContinue, match="npm run build"):
        machine.build()
    monkeypatch.delenv("BUILD_FAILS")
    assert machine.build()
