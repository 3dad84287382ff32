"""From a model written as YAML to the compiled form that the kernel reads, with file and line in every error.

    compiled = compile_model(Path("labelling_machine.yaml"))
    compiled.body      # canonical JSON: what is stored, sent to devices and hashed
    compiled.model     # the same, read

The YAML is a plain one: no anchors, tags or floats (`0.1` stays the text that it is), `yes` and `no` are
texts. Two conveniences are compiled away: a text may be written once as `it | en`, and a model may leave out
what has a default. What the members mean is in `model.schema.json`, which editors use while one writes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml  # type: ignore[import-untyped]

from services.kit.errors import Invalid, Violation
from services.offers.domain.canonical import Plain, encode
from services.offers.domain.configurator.loading import read_model
from services.offers.domain.configurator.model import Model

MAX_BYTES: Final = 4 * 1024 * 1024
MAX_DEPTH: Final = 24

_INTEGER: Final = re.compile(r"-?(0|[1-9]\d{0,14})")
_TEXTS: Final = frozenset({"texts", "message", "help"})
_WORDS: Final[dict[str, Plain]] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A model in both forms."""

    model: Model
    body: bytes


def compile_model(path: Path) -> Compiled:
    """The model in a YAML file; errors as for `compile_text`."""
    if path.stat().st_size > MAX_BYTES:
        raise _refused(str(path.name), 1, "YAML_TOO_LARGE", f"more than {MAX_BYTES} bytes")
    return compile_text(path.read_text(encoding="utf-8"), path.name)


def compile_text(text: str, name: str = "model.yaml") -> Compiled:
    """The model written in `text`.

    Raises:
        Invalid: YAML_* and everything that the kernel's `read_model` refuses; the `field` of each violation
            is `file:line: place in the model`.
    """
    if len(text) > MAX_BYTES:
        raise _refused(name, 1, "YAML_TOO_LARGE", f"more than {MAX_BYTES} characters")
    reader = _Reader(name)
    plain = reader.read(text)
    try:
        return Compiled(read_model(plain), encode(plain))
    except Invalid as error:
        found = [
            Violation(f"{name}:{reader.line(x.field)}: {x.field}", x.reason, x.detail)
            for x in error.violations
        ]
        first = found[0] if found else Violation(f"{name}:1", error.reason, error.detail)
        detail = f"{first.field}: {first.detail}"
        raise Invalid(error.reason, detail, params=error.params, violations=found) from error


class _Reader:
    """One file; remembers the line of every place in it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lines: dict[str, int] = {}

    def read(self, text: str) -> Plain:
        try:
            node = yaml.compose(text, Loader=_NoAliases)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise _refused(self._name, line, "YAML_SYNTAX", str(error.problem or error.context)) from error
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            raise _refused(self._name, 1, "YAML_SYNTAX", str(error)[:200]) from error
        if node is None:
            raise _refused(self._name, 1, "YAML_SYNTAX", "the file is empty")
        return self._value(node, "", 0)

    def line(self, place: str) -> int:
        """The line of a place, or of the nearest thing around it."""
        while place:
            if place in self._lines:
                return self._lines[place]
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return 1

    def _value(self, node: yaml.Node, place: str, depth: int) -> Plain:
        line = node.start_mark.line + 1
        self._lines[place] = line
        if depth > MAX_DEPTH:
            raise _refused(self._name, line, "YAML_SYNTAX", f"more than {MAX_DEPTH} levels")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, f"{place}[{i}]", depth + 1) for i, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, place: str, depth: int) -> Plain:
        found: dict[str, Plain] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise _refused(self._name, line, "YAML_SYNTAX", "a member's name must be a text")
            name = str(key.value)
            if name in found:
                raise _refused(self._name, line, "YAML_REPEATED", f"“{name}” is there twice")
            at = f"{place}.{name}" if place else name
            made = self._value(value, at, depth + 1)
            if name in _TEXTS and isinstance(made, str):
                made = _both(made)
            found[name] = made
        return found


class _NoAliases(yaml.SafeLoader):  # type: ignore[misc]
    """YAML without anchors: a dozen lines of them can stand for a billion."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(problem="anchors are not used here", problem_mark=event.start_mark)
        found: yaml.Node | None = super().compose_node(parent, index)
        return found


def _scalar(node: yaml.Node) -> Plain:
    text = str(node.value)
    if node.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text


def _both(text: str) -> Plain:
    """`Telaio | Frame` in both languages; without a bar, the same in both (a brand, a size)."""
    italian, bar, english = text.partition(" | ")
    return {"it": italian.strip(), "en": english.strip() if bar else italian.strip()}


def _refused(name: str, line: int, reason: str, why: str) -> Invalid:
    field = f"{name}:{line}"
    return Invalid(
        reason,
        f"{field}: {why}",
        params={"field": field, "why": why},
        violations=[Violation(field, reason, why)],
    )
