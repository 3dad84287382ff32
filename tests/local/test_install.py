"""The installer, with a package manager that only writes down what it is asked."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from services.local import bootstrap
from services.local.install import broker, database, system
from services.local.install.environment import Environment
from services.local.messages import CannotContinue

WriteProgram = Callable[[str, str], None]


@pytest.fixture
def write_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WriteProgram:
    """`write_program(name, shell_script)`: nothing else but the shell's own tools is on the PATH."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))

    def write(name: str, script: str) -> None:
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)

    write("env", 'exec /usr/bin/env PATH="$PATH" "$@"')
    return write


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "_is_root", lambda: True)


def test_a_bare_container_gets_its_package_lists_first(
    tmp_path: Path, write_program: WriteProgram, as_root: None
) -> None:
    asked, lists = tmp_path / "asked", tmp_path / "lists"
    write_program(
        "apt-get", f'echo "$1" >> {asked}\n[ "$1" = update ] && : > {lists}\n[ -e {lists} ] || exit 100'
    )
    system.install_package(debian="rabbitmq-server", brew="rabbitmq", log=tmp_path / "log")
    assert asked.read_text().split() == ["install", "update", "install"]


def test_what_the_package_manager_says_is_shown_with_the_way_out(
    tmp_path: Path, write_program: WriteProgram, as_root: None
) -> None:
    write_program("apt-get", "echo no network; exit 100")
    with pytest.raises(CannotContinue, match=r"(?s)no network.*-> Run yourself: apt-get update"):
        system.install_package(debian="rabbitmq-server", brew="rabbitmq", log=tmp_path / "log")


def test_without_root_and_sudo_the_command_to_run_is_named(
    tmp_path: Path, write_program: WriteProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "_is_root", lambda: False)
    write_program("apt-get", "exit 100")
    with pytest.raises(CannotContinue, match=r"(?s)only root.*-> Run yourself: sudo apt-get update"):
        system.install_package(debian="rabbitmq-server", brew="rabbitmq", log=tmp_path / "log")


def test_an_unknown_system_is_told_what_to_install(tmp_path: Path, write_program: WriteProgram) -> None:
    with pytest.raises(CannotContinue, match="neither apt-get nor brew"):
        system.install_package(debian="rabbitmq-server", brew="rabbitmq", log=tmp_path / "log")


def test_a_system_broker_that_fails_to_start_is_no_failure_of_ours(
    tmp_path: Path, write_program: WriteProgram, as_root: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian's package ends with an error then, though all its programs are there."""
    monkeypatch.setenv("SALES_RABBITMQ", str(tmp_path))
    write_program("apt-get", f": > {tmp_path / 'rabbitmq-server'}; exit 100")
    assert broker.install_broker(log=tmp_path / "log")
    assert not broker.install_broker(log=tmp_path / "log")


def test_an_installed_postgres_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "available", lambda: ["some"])
    assert not database.install_database(Environment(tmp_path), log=tmp_path / "log")


def test_packages_are_installed_once_and_again_when_the_list_changes(tmp_path: Path) -> None:
    """Slow (3 s): it makes a real virtual environment."""
    listed = tmp_path / "requirements" / "base.txt"
    listed.parent.mkdir()
    listed.write_text("# nothing yet\n")
    environment = Environment(tmp_path)
    assert environment.ensure("base")
    assert os.access(environment.python, os.X_OK)
    assert not environment.ensure("base")
    listed.write_text("# still nothing\n")
    assert environment.ensure("base")

    listed.write_text("./no-such-folder-here\n")
    with pytest.raises(CannotContinue, match="no-such-folder-here"):
        environment.ensure("base")


def test_an_environment_whose_python_is_gone_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    monkeypatch.setattr(Environment, "_create", lambda environment: made.append(environment.folder))
    monkeypatch.setattr(Environment, "_install", lambda environment, packages, *, with_dependencies: None)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "base.txt").write_text("# nothing\n")
    environment = Environment(tmp_path)
    environment.folder.mkdir()
    (environment.folder / "pyvenv.cfg").write_text("version = 3.12.1\n")
    environment.ensure("base")
    assert made == [environment.folder]


def test_a_python_that_is_too_old_looks_for_a_newer_one(
    write_program: WriteProgram, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.version_info", (3, 9, 2))
    assert bootstrap.suitable_python() is None
    write_program("python3", "echo 3 9")
    write_program("python3.13", "exit 127")
    write_program("python3.12", "echo 3 12")
    assert bootstrap.suitable_python() == str(tmp_path / "bin" / "python3.12")
