"""Every reason that the code gives for an error is listed, with a text in Italian and one in English."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.kit.errors import KINDS
from tests.gateway.collect_texts import FOLDER, collected, listed

ROOT = Path(__file__).parents[2]
CODE = [
    path
    for folder in ("services", "gateway")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "local" not in path.relative_to(ROOT).parts
]
ERRORS = {cls.__name__ for cls in KINDS.values()} | {"SalesError"}


def reasons_in(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the reasons that a module passes to errors and violations as constants, with their lines."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        position = 0 if node.func.id in ERRORS else 1 if node.func.id in ("Violation", "_Wrong") else None
        if node.func.id == "_Wrong":
            position = 0
        if position is None or len(node.args) <= position:
            continue
        argument = node.args[position]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value, node.lineno


def test_every_reason_is_listed() -> None:
    known = {reason for _, reason, _ in listed()}
    missing = {
        (reason, f"{path.relative_to(ROOT)}:{line}")
        for path in CODE
        for reason, line in reasons_in(path)
        if reason not in known
    }
    assert not missing


def test_the_search_for_reasons_finds_some() -> None:
    assert sum(1 for path in CODE for _ in reasons_in(path)) > 100


def test_every_reason_has_both_texts() -> None:
    for module, reason, texts in listed():
        assert texts.it.strip() and texts.en.strip() and texts.it != texts.en, (module, reason)


@pytest.mark.parametrize("language", ["it", "en"])
def test_the_gateways_texts_are_current(language: str) -> None:
    current = (FOLDER / f"{language}.json").read_text()
    assert current == collected(language), "run: python -m tests.gateway.collect_texts"
