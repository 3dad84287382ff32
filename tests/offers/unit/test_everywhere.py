"""The kernel gives the same bytes on every Python from 3.11 on, with nothing installed, and in Pyodide."""

from __future__ import annotations

import ast
import doctest
import importlib
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from services.offers.kernel_zip import ROOT, kernel_zip, sources
from tests.offers.pyodide.node import ABSENT, FOLDER, find_node, run_in_pyodide
from tests.offers.pyodide.questions import questions
from tests.offers.pyodide.replay import main as replay

KERNEL = [ROOT / name for name in sources()]
EXAMPLES = [path for path in KERNEL if "configurator" not in path.parts and ">>>" in path.read_text()]


def pythons() -> list[tuple[str, str]]:
    """Version and path of every Python from 3.11 on: on the PATH, and those that pyenv keeps but hides."""
    names = [f"python3.{minor}" for minor in range(11, 20)]
    found = [path for name in names if (path := shutil.which(name))]
    for kept in (os.environ.get("PYENV_ROOT"), str(Path.home() / ".pyenv")):
        if kept and (Path(kept) / "versions").is_dir():
            found += [str(path) for path in sorted((Path(kept) / "versions").glob("3.*/bin/python3"))]
    versions: dict[str, str] = {sys.version.split()[0]: sys.executable}
    for path in found:
        probe = subprocess.run([path, "-I", "-S", "--version"], capture_output=True, text=True, check=False)
        match = re.fullmatch(r"Python (3\.(\d+)\.\S+)\n", probe.stdout)
        if probe.returncode == 0 and match and int(match[2]) >= 11:
            versions.setdefault(match[1], path)
    return sorted(versions.items())


IMPORT_ALL = """
import importlib, pathlib, sys
root, replay = map(pathlib.Path, sys.argv[1:3])
sys.path[:0] = [str(root), str(replay)]
for path in sorted((root / "services/offers/domain").rglob("*.py")):
    importlib.import_module(".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"))
known = {*sys.stdlib_module_names, "services", "__main__"}
strangers = {name.partition(".")[0] for name in sys.modules} - known
assert not strangers, strangers
from replay import main
sys.stdout.buffer.write(main(sys.stdin.read()).encode())
"""


@pytest.fixture(scope="module")
def asked() -> str:
    return questions(500)


@pytest.fixture(scope="module")
def answers(asked: str) -> str:
    found = replay(asked)
    assert found.count('{"ok":') > 2000
    return found


@pytest.mark.parametrize(("version", "python"), pythons())
def test_every_python_gives_the_same_bytes_with_nothing_installed(
    version: str, python: str, asked: str, answers: str
) -> None:
    run = subprocess.run(
        [python, "-I", "-S", "-B", "-X", "utf8", "-c", IMPORT_ALL, str(ROOT), str(FOLDER)],
        input=asked.encode(),
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()[-2000:]
    assert run.stdout.decode() == answers, f"Python {version} answers differently"


@pytest.mark.timeout(300)
def test_pyodide_gives_the_same_bytes(asked: str, answers: str) -> None:
    node = find_node()
    if not node:
        pytest.skip(ABSENT)
    found, facts = run_in_pyodide(node, "replay.py", asked)
    assert found == answers, f"Python {facts['python']} in Pyodide answers differently"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.stem))
def test_examples_in_docstrings_hold(path: Path) -> None:
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found = doctest.testmod(module)
    assert found.attempted and not found.failed


def test_the_zip_is_reproducible_and_complete() -> None:
    body = kernel_zip()
    assert body == kernel_zip()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        names = archive.namelist()
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert all(archive.read(name) == (ROOT / name).read_bytes() for name in names)
    assert names == sorted(names)
    assert {"services/kit/values.py", "services/kit/errors.py", "services/offers/domain/calls.py"} <= set(
        names
    )


def test_the_zip_imports_from_itself(tmp_path: Path) -> None:
    archive = tmp_path / "kernel.zip"
    archive.write_bytes(kernel_zip())
    code = f"import sys; sys.path.insert(0, {str(archive)!r}); import services.offers.domain.calls"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


BANNED = {"random", "time", "secrets", "uuid", "os", "pathlib", "socket", "subprocess", "zoneinfo"}


@pytest.mark.parametrize("path", KERNEL, ids=lambda path: str(path.relative_to(ROOT)))
def test_package_files_are_empty_and_no_module_knows_floats_clocks_or_chance(path: Path) -> None:
    if path.name == "__init__.py":
        assert path.read_text() == ""
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and "configurator" not in path.parts:
            assert not isinstance(node.value, float | complex), f"line {node.lineno}: a float"
        assert not {name.partition(".")[0] for name in imported(node)} & BANNED


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_the_tour_of_the_readme_holds() -> None:
    found = doctest.testfile(str(ROOT / "services/offers/domain/README.md"), module_relative=False)
    assert found.attempted > 15
    assert not found.failed
