"""Rules of a model: every kind of rule becomes conditions."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from services.offers.domain.canonical import Plain
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.formulas import (
    Both,
    Chosen,
    Compare,
    Condition,
    Either,
    Not,
    Quantity,
    Ref,
    add,
    constant,
)
from services.offers.domain.configurator.names import Level, Named, Scope
from services.offers.domain.configurator.shapes import Shapes

MAX_ROWS: Final = 5000

RULE_KINDS: Final = (
    "requires",
    "excludes",
    "exactly_one",
    "at_most",
    "at_least",
    "any_of",
    "table",
    "sum",
    "always",
)
_WILD: Final = "*"


class RuleReader:
    """Reads rules with the names of their module."""

    def __init__(self, shapes: Shapes) -> None:
        self._read = shapes

    def read(self, item: Plain, path: str, level: Level) -> m.Rule | None:
        """A rule of a module."""
        kinds = " ".join(RULE_KINDS)
        members = self._read.members(item, path, "code message", f"when each neighbours {kinds}")
        if members is None:
            return None
        given = [kind for kind in RULE_KINDS if members.get(kind) is not None]
        if len(given) != 1:
            self._read.problems.add(path, "MODEL_RULE_KIND", known=", ".join(RULE_KINDS))
            return None
        kind = given[0]
        each, neighbours = (
            self._read.slot(members.get(name), f"{path}.{name}", level) for name in ("each", "neighbours")
        )
        scope: Level = level
        for slot in (each, neighbours):
            named = level.attributes.get(slot)
            if slot and named and isinstance(named.inner, Level):
                scope = named.inner
        conditions = self._content(kind, members[kind], f"{path}.{kind}", scope, bool(neighbours))
        return m.Rule(
            code=self._read.code(members["code"], f"{path}.code", formula=False),
            kind=kind,
            message=self._read.texts(members["message"], f"{path}.message"),
            conditions=tuple(conditions),
            when=self._read.when(members, path, scope, beside=bool(neighbours)),
            each=each,
            neighbours=neighbours,
        )

    def _content(self, kind: str, value: Plain, path: str, scope: Scope, beside: bool) -> Iterator[Condition]:
        if kind == "always":
            found = self._read.condition(value, path, scope, beside=beside)
            if found is not None:
                yield found
        elif kind == "table":
            yield from self._table(value, path, scope)
        elif kind == "sum":
            yield from self._limits(value, path, scope)
        elif kind in ("at_most", "at_least"):
            members = self._read.members(value, path, "n of")
            if members is None:
                return
            parts = self._parts(members["of"], f"{path}.of", scope, beside)
            n = self._read.count(members["n"], f"{path}.n", 0, 1000, 0)
            yield counted("<=" if kind == "at_most" else ">=", parts, n)
        else:
            yield from self._logical(kind, self._parts(value, path, scope, beside), path)

    def _parts(self, value: Plain, path: str, scope: Scope, beside: bool) -> list[Condition]:
        found = [
            self._read.condition(item, place, scope, beside=beside)
            for item, place in self._read.items(value, path, 1000)
        ]
        return [part for part in found if part is not None]

    def _logical(self, kind: str, parts: list[Condition], path: str) -> Iterator[Condition]:
        wanted = 2 if kind in ("requires", "excludes") else 1
        if len(parts) < wanted or (kind == "requires" and len(parts) > 2):
            if not self._read.problems:
                self._read.problems.add(path, "MODEL_SHAPE", wanted=f"a list of {wanted} formulas")
            return
        if kind == "requires":
            yield Both((Not(parts[0]), parts[1]), every=False)
        elif kind == "excludes":
            yield Both(tuple(Not(part) for part in parts), every=False)
        elif kind == "any_of":
            yield parts[0] if len(parts) == 1 else Both(tuple(parts), every=False)
        else:
            yield counted("=", parts, 1)

    def _table(self, value: Plain, path: str, scope: Scope) -> Iterator[Condition]:
        members = self._read.members(value, path, "columns rows")
        if members is None:
            return
        columns: list[tuple[Ref, Named]] = []
        for item, place in self._read.items(members["columns"], f"{path}.columns", 12):
            code = self._read.string(item, place, 64)
            named = scope.named(code)
            if named is None or named.kind in (m.TEXT, m.MULTIPLE):
                self._read.problems.add(place, "MODEL_REFERENCE", value=code)
                return
            columns.append((Ref(code), named))
        rows = []
        for item, place in self._read.items(members["rows"], f"{path}.rows", MAX_ROWS):
            if not isinstance(item, list) or len(item) != len(columns):
                self._read.problems.add(place, "MODEL_SHAPE", wanted=f"a list of {len(columns)} values")
                continue
            cells = [
                self._cell(cell, f"{place}[{number}]", column)
                for number, (cell, column) in enumerate(zip(item, columns, strict=True))
            ]
            rows.append(Both(tuple(cell for cell in cells if cell is not None), every=True))
        yield Both(tuple(rows), every=False)

    def _cell(self, cell: Plain, path: str, column: tuple[Ref, Named]) -> Condition | None:
        if cell == _WILD:
            return None
        ref, named = column
        codes = set()
        for item in cell if isinstance(cell, list) else [cell]:
            if named.kind == "number" and not isinstance(item, list | dict | None):
                code = m.number_text(self._read.number(item, path))
            else:
                code = str(item).lower() if isinstance(item, bool) else self._read.string(item, path, 64)
            if code not in named.options and not (named.kind == m.BOOLEAN and code == "false"):
                self._read.problems.add(path, "MODEL_REFERENCE", value=code)
            codes.add(code)
        if named.kind == m.BOOLEAN:
            if len(codes) > 1:
                return None
            yes = Chosen(ref, frozenset({m.YES}))
            return yes if codes == {m.YES} else Not(yes)
        return Chosen(ref, frozenset(codes))

    def _limits(self, value: Plain, path: str, scope: Scope) -> Iterator[Condition]:
        members = self._read.members(value, path, "of", "at_most at_least equal")
        if members is None:
            return
        left = self._read.quantity(members["of"], f"{path}.of", scope)
        signs = {"at_most": "<=", "at_least": ">=", "equal": "="}
        given = [name for name in signs if members.get(name) is not None]
        if not given:
            self._read.problems.add(path, "MODEL_MEMBER_MISSING", value="at_most")
        for name in given:
            right = self._read.quantity(members[name], f"{path}.{name}", scope)
            if left is not None and right is not None:
                yield Compare(signs[name], left, right)


def counted(sign: str, parts: list[Condition], n: int) -> Condition:
    """How many of the conditions hold, compared with `n`."""
    total: Quantity = constant(Fraction(0))
    for part in parts:
        one = Either(Fraction(0), Fraction(1), part, constant(Fraction(1)), constant(Fraction(0)))
        total = add(total, one, minus=False)
    return Compare(sign, total, constant(Fraction(n)))
