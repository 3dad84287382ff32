"""A small fuzzer over everything that reads what others wrote: only typed errors, and always an end."""

from __future__ import annotations

import json
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.kit.errors import Invalid, SalesError
from services.offers.domain.configurator.cdcl import Cdcl
from services.offers.domain.configurator.loading import read_model
from services.offers.domain.configurator.loading_attributes import AttributeReader
from services.offers.domain.configurator.model import Module
from services.offers.domain.configurator.names import Level
from services.offers.domain.configurator.parsing import parse_condition, parse_quantity
from services.offers.domain.configurator.sat import after
from services.offers.domain.configurator.saving import load, save
from services.offers.domain.configurator.session import Configurator
from services.offers.domain.configurator.shapes import Shapes
from services.offers.modelling.compile import compile_text
from services.offers.modelling.imports import read_dimacs, read_uvl
from tests.offers.configurator.builders import plain, question, random_plain

MODELS = Path(__file__).parents[2] / "models"
ODD: list[Any] = [None, True, -1, 10**20, 1.5, "", "x" * 5000, [], {}, [[]], "\ud800", {"a": 1}, "∞", "1e9"]
WORDS = [
    "a0",
    "a1",
    "a2",
    "line",
    "q",
    "(",
    ")",
    "and",
    "or",
    "not",
    "implies",
    "=",
    "!=",
    "<=",
    "has",
    "in",
    ",",
    ".",
    ":",
    "total",
    "sum",
    "count",
    "if",
    "then",
    "else",
    "1",
    "0.5",
    "*",
    "/",
    "-",
]


def damaged(value: Any, r: random.Random, depth: int = 0) -> Any:
    """A copy with something wrong somewhere."""
    if r.random() < 0.06 + depth * 0.01:
        return r.choice(ODD)
    if isinstance(value, dict):
        made = {k: damaged(v, r, depth + 1) for k, v in value.items() if r.random() > 0.02}
        if r.random() < 0.03:
            made[r.choice(["min", "extra", "when", "module"])] = r.choice(ODD)
        return made
    if isinstance(value, list):
        made_list = [damaged(v, r, depth + 1) for v in value]
        return made_list * 2 if r.random() < 0.03 else made_list
    return value


ENDS_S = 20
"""Processor time that no single test here may take for one question; far above what any needs."""


@contextmanager
def ends() -> Iterator[None]:
    """Whatever runs inside comes to an end."""

    def too_long(*_: object) -> None:
        raise TimeoutError(f"still running after {ENDS_S} s of processor time")

    before = signal.signal(signal.SIGVTALRM, too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, ENDS_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def test_what_runs_too_long_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ENDS_S", 0.05)
    with pytest.raises(TimeoutError), ends():
        while True:
            pass


def test_a_damaged_model_is_refused_or_works() -> None:
    for seed in range(600):
        r = random.Random(seed)
        try:
            with ends():
                found = read_model(damaged(random_plain(seed % 100), r))
                Configurator(found, Cdcl).start(after(50))
        except Invalid as error:
            assert error.reason, seed


def test_any_text_as_a_formula_is_refused_or_read() -> None:
    found = plain([question("a0", "boolean"), question("a1", "integer", min=0, max=3)])
    scope = read_scope(found)
    r = random.Random(1)
    for _ in range(4000):
        words = " ".join(r.choice(WORDS) for _ in range(r.randint(1, 25)))
        if r.random() < 0.2:
            words = "".join(chr(r.randint(1, 400)) for _ in range(30))
        for read in (parse_condition, parse_quantity):
            try:
                with ends():
                    read(words, scope)
            except Invalid as error:
                assert error.reason.startswith("FORMULA_")


def read_scope(found: Any) -> Level:
    """The names of a model's machine."""
    level = Level({}, None)
    reader = AttributeReader(Shapes(), never_a_module)
    for place, attribute in enumerate(found["attributes"]):
        reader.read(attribute, f"attributes[{place}]", level, ())
    return level


def never_a_module(*_: object) -> Module:
    raise AssertionError("these attributes have no modules")


def test_a_damaged_session_is_refused_or_loaded() -> None:
    configurator = Configurator(
        read_model(plain([question("a", "boolean"), question("n", "integer", min=0, max=3)]))
    )
    session = configurator.start()
    path = next(iter(session.ground.cells))
    value = next(iter(session.states(path)))
    saved = json.loads(save(configurator, configurator.choose(session, path, value)))
    for seed in range(400):
        r = random.Random(seed)
        body = json.dumps(damaged(saved, r), sort_keys=True, separators=(",", ":")).encode()
        if r.random() < 0.2:
            body = body[: r.randint(0, len(body))] + bytes([r.randint(0, 255)])
        try:
            with ends():
                load(configurator, body)
        except SalesError as error:
            assert error.reason in ("SESSION_MALFORMED", "SESSION_OF_OTHER_MODEL"), seed


def test_damaged_files_are_refused_or_imported() -> None:
    uvl = (MODELS / "pc-richmond.uvl").read_text()[-6000:]
    uvl = "features\n\troot\n\t\toptional\n\t\t\ta\n\t\t\tb\nconstraints\n\ta => !b\n" + uvl
    dimacs = "c 1 a\np cnf 3 2\n1 -2 0\n2 3 0\n"
    yaml = "model: m\nversion: 1\ntexts: t\nattributes:\n  - {code: a, kind: boolean, texts: A}\n"
    files = ((uvl[:200], read_uvl), (uvl, read_uvl), (dimacs, read_dimacs), (yaml, compile_text))
    odd = ["", "\n", "\t", "0", "{", "[", "&", "|", "é", "-"]
    for seed in range(600):
        r = random.Random(seed)
        for text, read in files:
            broken = list(text)
            for _ in range(r.randint(1, 4)):
                broken[r.randrange(len(broken))] = r.choice(odd)
            try:
                with ends():
                    read("".join(broken), "x")
            except Invalid as error:
                assert error.violations, seed
