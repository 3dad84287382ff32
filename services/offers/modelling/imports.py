"""Models from elsewhere: DIMACS and the boolean part of UVL, the exchange languages of feature models.

Both give the compiled form of the kernel. Every feature becomes a yes/no attribute, every constraint a rule
with its line as name, so that explanations name what the file says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from services.kit.errors import Invalid, Violation
from services.offers.domain.canonical import Plain

MAX_FEATURES: Final = 2000
MAX_CLAUSES: Final = 20000
_MAX_DEPTH: Final = 60


def read_dimacs(text: str, name: str = "model.dimacs") -> Plain:
    """A model from clauses; `c 7 Name` names variable 7.

    Raises:
        Invalid: IMPORT_SYNTAX, IMPORT_TOO_LARGE, with file and line.
    """
    names: dict[int, str] = {}
    clauses: list[tuple[int, list[int]]] = []
    variables = -1
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words:
            continue
        if words[0] == "c":
            if len(words) > 2 and words[1].isdecimal() and len(words[1]) < 8:
                names[int(words[1])] = " ".join(words[2:])
        elif words[0] == "p":
            if len(words) != 4 or words[1] != "cnf" or not words[2].isdecimal() or variables >= 0:
                raise _refused(name, number, "IMPORT_SYNTAX", "“p cnf variables clauses” is wanted, once")
            variables = int(words[2][:9])
            if variables > MAX_FEATURES:
                raise _refused(name, number, "IMPORT_TOO_LARGE", f"more than {MAX_FEATURES} variables")
        else:
            clauses.append((number, _clause(words, variables, name, number)))
            if len(clauses) > MAX_CLAUSES:
                raise _refused(name, number, "IMPORT_TOO_LARGE", f"more than {MAX_CLAUSES} clauses")
    if variables < 1:
        raise _refused(name, 1, "IMPORT_SYNTAX", "there is no line “p cnf variables clauses”")
    attributes = [_feature(f"f{v}", names.get(v, f"{v}")) for v in range(1, variables + 1)]
    rules = [
        _rule(f"line-{number}", f"line {number}", [f"f{x}" if x > 0 else f"not f{-x}" for x in literals])
        for number, literals in clauses
    ]
    return _model(name, attributes, rules)


def _clause(words: list[str], variables: int, name: str, line: int) -> list[int]:
    try:
        numbers = [int(word[:10]) for word in words]
    except ValueError as error:
        raise _refused(name, line, "IMPORT_SYNTAX", "a clause is numbers that end in 0") from error
    if numbers[-1] != 0 or len(numbers) < 2 or any(not 0 < abs(x) <= variables for x in numbers[:-1]):
        raise _refused(name, line, "IMPORT_SYNTAX", f"numbers from 1 to {variables}, then 0, are wanted")
    return numbers[:-1]


# UVL


@dataclass(slots=True)
class _Node:
    name: str
    line: int
    groups: list[tuple[str, int, list[_Node]]] = field(default_factory=list)


_FEATURE: Final = re.compile(r'\s*(?P<name>"[^"]*"|[^\s{}"]+)\s*(?P<attributes>\{.*\})?\s*')
_CARDINALITY: Final = re.compile(r"\[(\d{1,4})(?:\.\.(\d{1,4}|\*))?\]")
_UVL_TOKEN: Final = re.compile(r'\s*(?:(<=>)|(=>)|([&|!()])|("[^"]*"|[A-Za-z_][^\s&|!()=<>"]*))')
_GROUPS: Final = frozenset({"mandatory", "optional", "alternative", "or"})


def read_uvl(text: str, name: str = "model.uvl") -> Plain:
    """A model from a feature tree and its constraints. Attributes of features are read over; typed features
    and arithmetic are not part of the boolean level and are refused.

    Raises:
        Invalid: IMPORT_SYNTAX, IMPORT_TOO_LARGE, with file and line.
    """
    root: _Node | None = None
    constraints: list[tuple[int, str]] = []
    section = ""
    stack: list[tuple[int, _Node | None, list[_Node]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare or bare.startswith("//"):
            continue
        indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
        if not indent:
            section = bare.split()[0]
            if section not in ("namespace", "features", "constraints", "include", "imports"):
                raise _refused(name, number, "IMPORT_SYNTAX", f"“{section[:40]}” is not a section")
        elif section == "features":
            root = _tree_line(bare, indent, number, stack, root, name)
        elif section == "constraints":
            constraints.append((number, bare))
    if root is None:
        raise _refused(name, 1, "IMPORT_SYNTAX", "there are no features")
    return _from_tree(root, constraints, name)


def _tree_line(
    bare: str,
    indent: int,
    number: int,
    stack: list[tuple[int, _Node | None, list[_Node]]],
    root: _Node | None,
    name: str,
) -> _Node | None:
    """One line of the tree: a feature below a group, or a group below a feature."""
    while stack and stack[-1][0] >= indent:
        stack.pop()
    above = stack[-1] if stack else None
    group = bare in _GROUPS or _CARDINALITY.fullmatch(bare) is not None
    if len(stack) > _MAX_DEPTH:
        raise _refused(name, number, "IMPORT_TOO_LARGE", f"more than {_MAX_DEPTH} levels")
    if group and above is not None and above[1] is not None:
        members: list[_Node] = []
        above[1].groups.append((bare, number, members))
        stack.append((indent, None, members))
        return root
    found = _FEATURE.fullmatch(bare)
    if group or found is None or (above is None) != (root is None) or (above and above[1] is not None):
        raise _refused(
            name, number, "IMPORT_SYNTAX", "a feature below a group, or a group below a feature, is wanted"
        )
    node = _Node(found["name"].strip('"'), number)
    if above is None:
        root = node
    else:
        above[2].append(node)
    stack.append((indent, node, []))
    return root


def _from_tree(root: _Node, constraints: list[tuple[int, str]], name: str) -> Plain:
    codes: dict[str, str] = {}
    attributes: list[Plain] = []
    rules: list[Plain] = []
    pending = [root]
    nodes: list[_Node] = []
    while pending:
        node = pending.pop()
        nodes.append(node)
        if node.name in codes:
            raise _refused(name, node.line, "IMPORT_SYNTAX", f"“{node.name[:60]}” is there twice")
        codes[node.name] = f"f{len(codes) + 1}"
        attributes.append(_feature(codes[node.name], node.name))
        if len(codes) > MAX_FEATURES:
            raise _refused(name, node.line, "IMPORT_TOO_LARGE", f"more than {MAX_FEATURES} features")
        for _, _, members in reversed(node.groups):
            pending.extend(reversed(members))
    rules.append(_rule("root", root.name, [codes[root.name]]))
    for node in nodes:
        for kind, line, members in node.groups:
            rules.extend(_group(kind, line, codes[node.name], [codes[x.name] for x in members], node.name))
    for line, text in constraints:
        formula = _Constraint(text, codes, name, line).whole()
        rules.append(
            {"code": f"line-{line}", "message": {"it": text[:400], "en": text[:400]}, "always": formula}
        )
    return _model(name, attributes, rules)


def _group(kind: str, line: int, parent: str, members: list[str], name: str) -> Iterator[Plain]:
    low, high = 0, len(members)
    cardinality = _CARDINALITY.fullmatch(kind)
    if cardinality:
        low = int(cardinality[1])
        high = low if cardinality[2] is None else high if cardinality[2] == "*" else int(cardinality[2])
    elif kind == "mandatory":
        low = high
    elif kind in ("alternative", "or"):
        low, high = 1, 1 if kind == "alternative" else high
    for position, member in enumerate(members):
        yield _rule(f"line-{line}-in-{position}", f"{name}: {kind}", [f"not {member}", parent])
    if low == len(members):
        for position, member in enumerate(members):
            yield _rule(f"line-{line}-all-{position}", f"{name}: {kind}", [f"not {parent}", member])
        return
    if low == 1:
        yield _rule(f"line-{line}-one", f"{name}: {kind}", [f"not {parent}", *members])
    elif low:
        text: Plain = {"it": f"{name}: {kind}", "en": f"{name}: {kind}"}
        code = f"line-{line}-least"
        yield {"code": code, "message": text, "when": parent, "at_least": {"n": low, "of": list(members)}}
    if high < len(members):
        both: Plain = {"it": f"{name}: {kind}", "en": f"{name}: {kind}"}
        yield {"code": f"line-{line}-most", "message": both, "at_most": {"n": high, "of": list(members)}}


class _Constraint:
    """A propositional formula of UVL, written anew in the language of the kernel."""

    def __init__(self, text: str, codes: dict[str, str], name: str, line: int) -> None:
        self._codes, self._name, self._line = codes, name, line
        self._tokens: list[str] = []
        place = 0
        while place < len(text):
            found = _UVL_TOKEN.match(text, place)
            if found is None:
                if not text[place:].strip():
                    break
                raise self._refused(f"“{text[place : place + 20].strip()}” is not part of the boolean level")
            self._tokens.append(found.group().strip())
            place = found.end()
        self._at = 0
        self._depth = 0

    def whole(self) -> str:
        made = self._same()
        if self._at < len(self._tokens):
            raise self._refused(f"“{self._tokens[self._at][:40]}” does not belong there")
        return made

    def _take(self, token: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at] == token
        self._at += found
        return found

    def _same(self) -> str:
        self._depth += 1
        if self._depth > 20:
            raise self._refused("too many brackets")
        made = self._implies()
        while self._take("<=>"):
            made = f"(({made}) = ({self._implies()}))"
        self._depth -= 1
        return made

    def _implies(self) -> str:
        parts = [self._or()]
        while self._take("=>"):
            parts.append(self._or())
        made = parts.pop()
        while parts:
            made = f"(({parts.pop()}) implies ({made}))"
        return made

    def _or(self) -> str:
        return self._joined("|", "or", self._and)

    def _and(self) -> str:
        return self._joined("&", "and", self._not)

    def _joined(self, sign: str, word: str, part: Callable[[], str]) -> str:
        parts = [part()]
        while self._take(sign):
            parts.append(part())
        return parts[0] if len(parts) == 1 else "(" + f" {word} ".join(parts) + ")"

    def _not(self) -> str:
        count = 0
        while self._take("!"):
            count += 1
        made = self._atom()
        return f"not {made}" if count % 2 else made

    def _atom(self) -> str:
        if self._take("("):
            made = self._same()
            if not self._take(")"):
                raise self._refused("a bracket is not closed")
            return f"({made})"
        token = self._tokens[self._at] if self._at < len(self._tokens) else ""
        code = self._codes.get(token.strip('"'))
        if code is None:
            raise self._refused(f"there is no feature “{token[:60]}”")
        self._at += 1
        return code

    def _refused(self, why: str) -> Invalid:
        return _refused(self._name, self._line, "IMPORT_SYNTAX", why)


def _feature(code: str, name: str) -> Plain:
    return {"code": code, "kind": "boolean", "texts": {"it": name[:400], "en": name[:400]}}


def _rule(code: str, text: str, parts: list[str]) -> Plain:
    return {"code": code, "message": {"it": text[:400], "en": text[:400]}, "any_of": list(parts)}


def _model(name: str, attributes: list[Plain], rules: list[Plain]) -> Plain:
    code = re.sub(r"[^A-Za-z0-9_.-]", "-", name.rpartition("/")[2])[:60] or "model"
    code = code if code[0].isalnum() else f"m{code}"[:60]
    texts: Plain = {"it": name[:200], "en": name[:200]}
    return {"model": code, "version": 1, "texts": texts, "attributes": attributes, "rules": rules}


def _refused(name: str, line: int, reason: str, why: str) -> Invalid:
    place = f"{name}:{line}"
    violations = [Violation(place, reason, why)]
    return Invalid(reason, f"{place}: {why}", params={"field": place, "why": why}, violations=violations)
