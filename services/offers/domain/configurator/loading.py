"""From compiled canonical JSON to a `Model`, with every mistake named by its place.

A model may come from anybody's file, so nothing is taken on trust: members, codes, numbers, sizes, references
and the types of all formulas are checked here, and only here; the compiler in `services/offers/modelling/`
adds file and line to what this module says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, TypeVar

from services.kit.errors import Invalid
from services.kit.values import canonical, parse_decimal
from services.offers.domain.canonical import Plain, encode
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
from services.offers.domain.configurator.names import Level, Named, Scope, named_as
from services.offers.domain.configurator.parsing import RESERVED, WORDS, parse_condition, parse_quantity
from services.offers.domain.configurator.problems import Problems
from services.offers.domain.snapshot import digest

MAX_ATTRIBUTES: Final = 2000
MAX_OPTIONS: Final = 500
MAX_VALUES: Final = 500
MAX_INSTANCES: Final = 48
MAX_RULES: Final = 20000
MAX_ROWS: Final = 5000
MAX_BOM: Final = 5000
MAX_LEVELS: Final = 3
MAX_TEXT: Final = 4000

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
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_LANGUAGE: Final = re.compile(r"[a-z]{2}")
_WILD: Final = "*"

_T = TypeVar("_T")
_Members = Mapping[str, Plain]


def read_model(plain: Plain) -> m.Model:
    """The model in `plain`, which is what canonical JSON decodes to.

    Raises:
        Invalid: MODEL_*, FORMULA_*, QUANTITY_MAY_BE_NEGATIVE; one violation for each mistake, its place
            written like `attributes[3].options[0].code`.
    """
    reader = _Reader()
    found = reader.model(plain)
    reader.problems.raise_if_any()
    if found is None:
        raise AssertionError("a model is refused only with a reason")
    return replace(found, digest=digest(encode(plain)))


@dataclass(frozen=True, slots=True)
class _Raw:
    """An attribute of which everything but its condition is read."""

    attribute: m.Attribute
    members: _Members
    path: str


class _Reader:
    """One reading; helpers return None, or nothing at all, after noting what is wrong."""

    def __init__(self) -> None:
        self.problems = Problems()
        self._languages: tuple[str, ...] = ("en",)
        self._figures: dict[str, m.Figure] = {m.PRICE: m.Figure(m.PRICE, {"it": "prezzo", "en": "price"})}
        self._modules: dict[str, tuple[_Members, str]] = {}

    # Shapes

    def _members(self, value: Plain, path: str, required: str, optional: str = "") -> _Members | None:
        if not isinstance(value, dict):
            self.problems.add(path, "MODEL_SHAPE", wanted="an object")
            return None
        known = set(required.split()) | set(optional.split())
        for name in value:
            if name not in known:
                listed = ", ".join(sorted(known))
                self.problems.add(path, "MODEL_MEMBER_UNKNOWN", value=name[:80], known=listed)
        missing = [name for name in required.split() if name not in value]
        for name in missing:
            self.problems.add(path, "MODEL_MEMBER_MISSING", value=name)
        return None if missing else value

    def _list(self, value: Plain, path: str, most: int) -> Iterator[tuple[Plain, str]]:
        if value is None:
            return
        if not isinstance(value, list):
            self.problems.add(path, "MODEL_SHAPE", wanted="a list")
            return
        if len(value) > most:
            self.problems.add(path, "MODEL_TOO_LARGE", max=str(most))
            return
        for place, item in enumerate(value):
            yield item, f"{path}[{place}]"

    def _string(self, value: Plain, path: str, most: int = MAX_TEXT) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            self.problems.add(path, "MODEL_SHAPE", wanted="a text")
            return ""
        if len(value) > most:
            self.problems.add(path, "MODEL_TEXT", max=str(most))
        return value[:most]

    def _flag(self, value: Plain, path: str, otherwise: bool) -> bool:
        if value is None:
            return otherwise
        if not isinstance(value, bool):
            self.problems.add(path, "MODEL_SHAPE", wanted="true or false")
            return otherwise
        return value

    def _count(self, value: Plain, path: str, low: int, high: int, otherwise: int) -> int:
        if value is None:
            return otherwise
        if isinstance(value, bool) or not isinstance(value, int):
            self.problems.add(path, "MODEL_SHAPE", wanted="a whole number")
            return otherwise
        if not low <= value <= high:
            self.problems.add(path, "MODEL_NUMBER", why=f"{low} … {high}")
            return otherwise
        return value

    def _number(self, value: Plain, path: str) -> Fraction:
        try:
            if not isinstance(value, str | int) or isinstance(value, bool):
                raise Invalid("NUMBER_MALFORMED")
            return Fraction(parse_decimal(value, integer_digits=12, decimals=6))
        except Invalid:
            self.problems.add(path, "MODEL_NUMBER", why="12 digits, 6 decimals")
            return Fraction(0)

    def _code(
        self, value: Plain, path: str, *, formula: bool = True, reserved: frozenset[str] = RESERVED
    ) -> str:
        code = self._string(value, path, 64)
        if not (_CODE if formula else _NAME).fullmatch(code):
            self.problems.add(path, "MODEL_CODE", value=code)
        elif formula and code in reserved:
            self.problems.add(path, "MODEL_CODE_RESERVED", value=code)
        return code

    def _texts(self, value: Plain, path: str, *, needed: bool = True) -> m.Texts:
        if value is None and not needed:
            return {}
        if not isinstance(value, dict):
            self.problems.add(path, "MODEL_SHAPE", wanted="texts by language")
            return {}
        for language in self._languages:
            if language not in value:
                self.problems.add(path, "MODEL_TEXT_MISSING", value=language)
        return {key[:8]: self._string(item, f"{path}.{key[:8]}") for key, item in value.items()}

    def _unique(self, items: list[_T], code: Callable[[_T], str], path: str) -> None:
        seen: set[str] = set()
        for item in items:
            if code(item) in seen:
                self.problems.add(path, "MODEL_CODE_REPEATED", value=code(item))
            seen.add(code(item))

    def _formula(self, value: Plain, path: str, read: Callable[[str], _T]) -> _T | None:
        text = "true" if value is True else "false" if value is False else value
        if isinstance(text, int):
            text = str(text)
        if not isinstance(text, str):
            self.problems.add(path, "MODEL_SHAPE", wanted="a formula")
            return None
        try:
            return read(text)
        except Invalid as error:
            self.problems.add_error(path, error)
            return None

    def _condition(self, value: Plain, path: str, scope: Scope, *, beside: bool = False) -> Condition | None:
        return self._formula(value, path, lambda text: parse_condition(text, scope, beside=beside))

    def _quantity(self, value: Plain, path: str, scope: Scope) -> Quantity | None:
        return self._formula(value, path, lambda text: parse_quantity(text, scope))

    def _when(self, members: _Members, path: str, scope: Scope, *, beside: bool = False) -> Condition | None:
        if members.get("when") is None:
            return None
        return self._condition(members["when"], f"{path}.when", scope, beside=beside)

    # The model

    def model(self, plain: Plain) -> m.Model | None:
        members = self._members(
            plain,
            "model",
            "model version texts attributes",
            "languages currency figures modules rules pages technical commercial",
        )
        if members is None:
            return None
        self._languages = self._read_languages(members.get("languages"))
        self._read_figures(members.get("figures"))
        for item, path in self._list(members.get("modules"), "modules", 50):
            module = self._members(item, path, "code texts attributes", "rules quantity")
            if module is not None:
                code = self._code(module["code"], f"{path}.code")
                if code in self._modules:
                    self.problems.add(f"{path}.code", "MODEL_CODE_REPEATED", value=code)
                self._modules[code] = (module, path)
        level = Level(self._figures, None)
        commercial, technical = (members.get(name) for name in ("commercial", "technical"))
        machine = self._module({**members, "code": "machine"}, "", level, ())
        return m.Model(
            code=self._code(members["model"], "model", formula=False),
            version=self._count(members["version"], "version", 1, 10**9, 1),
            languages=self._languages,
            currency=self._string(members.get("currency"), "currency", 3) or "EUR",
            texts=self._texts(members["texts"], "texts"),
            figures=tuple(self._figures.values()),
            machine=machine,
            pages=self._pages(members.get("pages"), level),
            technical=self._technical(technical, commercial, level),
            commercial=self._bom(commercial, "commercial", level),
        )

    def _read_languages(self, value: Plain) -> tuple[str, ...]:
        found = []
        for item, path in self._list(value, "languages", 20):
            language = self._string(item, path, 8)
            if not _LANGUAGE.fullmatch(language):
                self.problems.add(path, "MODEL_WORD", value=language, allowed="it, en, de …")
            found.append(language)
        return tuple(found) or ("it", "en")

    def _read_figures(self, value: Plain) -> None:
        for item, path in self._list(value, "figures", 50):
            members = self._members(item, path, "code texts", "unit")
            if members is None:
                continue
            code = self._code(members["code"], f"{path}.code")
            if code in self._figures:
                self.problems.add(f"{path}.code", "MODEL_CODE_REPEATED", value=code)
            texts = self._texts(members["texts"], f"{path}.texts")
            self._figures[code] = m.Figure(code, texts, self._string(members.get("unit"), f"{path}.unit", 16))

    def _module(self, members: _Members, path: str, level: Level, above: tuple[str, ...]) -> m.Module:
        prefix = f"{path}." if path else ""
        raws = [
            raw
            for item, place in self._list(members["attributes"], f"{prefix}attributes", MAX_ATTRIBUTES)
            if (raw := self._attribute(item, place, level, above)) is not None
        ]
        self._unique(raws, lambda raw: raw.attribute.code, f"{prefix}attributes")
        quantity = self._string(members.get("quantity"), f"{prefix}quantity", 64)
        if quantity and not any(
            raw.attribute.code == quantity and raw.attribute.kind == m.INTEGER for raw in raws
        ):
            self.problems.add(f"{prefix}quantity", "MODEL_REFERENCE", value=quantity)
        level.quantity = quantity
        attributes = tuple(
            replace(raw.attribute, when=self._when(raw.members, raw.path, level)) for raw in raws
        )
        rules = [
            rule
            for item, place in self._list(members.get("rules"), f"{prefix}rules", MAX_RULES)
            if (rule := self._rule(item, place, level)) is not None
        ]
        self._unique(rules, lambda rule: rule.code, f"{prefix}rules")
        texts = self._texts(members["texts"], f"{prefix}texts")
        return m.Module(str(members["code"]), texts, attributes, tuple(rules), quantity)

    # Attributes

    def _attribute(self, item: Plain, path: str, level: Level, above: tuple[str, ...]) -> _Raw | None:
        members = self._members(
            item,
            path,
            "code kind texts",
            "help picture required when default options min max step price figures max_length unit module",
        )
        if members is None:
            return None
        kind = members["kind"]
        if not isinstance(kind, str) or kind not in m.KINDS:
            self.problems.add(f"{path}.kind", "MODEL_WORD", value=str(kind)[:80], allowed=", ".join(m.KINDS))
            return None
        attribute = m.Attribute(
            code=self._code(members["code"], f"{path}.code"),
            kind=kind,
            texts=self._texts(members["texts"], f"{path}.texts"),
            options=(),
            required=self._flag(members.get("required"), f"{path}.required", kind != m.TEXT),
            help=self._texts(members.get("help"), f"{path}.help", needed=False),
            picture=self._string(members.get("picture"), f"{path}.picture", 200),
            unit=self._string(members.get("unit"), f"{path}.unit", 16),
        )
        inner = None
        if kind in (m.CHOICE, m.MULTIPLE):
            attribute = self._with_options(attribute, members, path)
        elif kind == m.BOOLEAN:
            figures = self._carried(members, path)
            attribute = replace(attribute, options=(m.Option(m.YES, {"it": "sì", "en": "yes"}, figures),))
        elif kind == m.TEXT:
            attribute = replace(
                attribute,
                max_length=self._count(members.get("max_length"), f"{path}.max_length", 1, MAX_TEXT, 200),
            )
        else:
            attribute = self._with_values(attribute, members, path)
        if kind == m.MODULES:
            inner = Level(self._figures, level)
            attribute = self._with_module(attribute, members, path, inner, above)
        attribute = replace(attribute, default=self._default(attribute, members.get("default"), path))
        level.attributes[attribute.code] = named_as(attribute, members.get("when") is not None, inner)
        return _Raw(attribute, members, path)

    def _with_options(self, attribute: m.Attribute, members: _Members, path: str) -> m.Attribute:
        options = []
        for item, place in self._list(members.get("options"), f"{path}.options", MAX_OPTIONS):
            option = self._members(item, place, "code texts", "price figures picture help")
            if option is None:
                continue
            options.append(
                m.Option(
                    self._code(option["code"], f"{place}.code", reserved=WORDS),
                    self._texts(option["texts"], f"{place}.texts"),
                    self._carried(option, place),
                    self._string(option.get("picture"), f"{place}.picture", 200),
                    self._texts(option.get("help"), f"{place}.help", needed=False),
                )
            )
        if not options:
            self.problems.add(path, "MODEL_MEMBER_MISSING", value="options")
        self._unique(options, lambda option: option.code, f"{path}.options")
        found = replace(attribute, options=tuple(options))
        if attribute.kind == m.CHOICE:
            return found
        least = self._count(members.get("min"), f"{path}.min", 0, len(options), 0)
        most = self._count(members.get("max"), f"{path}.max", 0, len(options), len(options))
        if least > most:
            self.problems.add(path, "MODEL_RANGE", why=f"{least} > {most}")
        return replace(found, least=least, most=most)

    def _carried(self, members: _Members, path: str) -> m.Figures:
        """The figures of an option, its price among them."""
        found = {}
        if members.get("price") is not None:
            found[m.PRICE] = self._number(members["price"], f"{path}.price")
        figures = members.get("figures")
        if figures is None:
            return found
        if not isinstance(figures, dict):
            self.problems.add(f"{path}.figures", "MODEL_SHAPE", wanted="an object")
            return found
        for code, value in figures.items():
            if code not in self._figures or code == m.PRICE:
                self.problems.add(f"{path}.figures", "MODEL_REFERENCE", value=code[:80])
            found[code] = self._number(value, f"{path}.figures.{code[:64]}")
        return found

    def _with_values(self, attribute: m.Attribute, members: _Members, path: str) -> m.Attribute:
        for name in ("min", "max"):
            if members.get(name) is None:
                self.problems.add(path, "MODEL_MEMBER_MISSING", value=name)
                return attribute
        low = self._number(members["min"], f"{path}.min")
        high = self._number(members["max"], f"{path}.max")
        step = Fraction(1)
        if attribute.kind == m.DECIMAL:
            step = self._number(members.get("step"), f"{path}.step")
        most = MAX_INSTANCES if attribute.kind == m.MODULES else MAX_VALUES
        why = ""
        if step <= 0 or low > high:
            why = "min > max" if low > high else "step"
        elif (high - low) % step or (attribute.kind != m.DECIMAL and low.denominator * high.denominator > 1):
            why = "step"
        elif (high - low) / step >= most or (attribute.kind == m.MODULES and low < 0):
            why = f"0 … {most}"
        if why:
            self.problems.add(path, "MODEL_RANGE", why=why)
            return attribute
        per_unit = self._carried(members, path)
        values = [low + step * place for place in range(int((high - low) / step) + 1)]
        options = tuple(
            m.Option(m.number_text(value), {}, {code: value * figure for code, figure in per_unit.items()})
            for value in values
        )
        return replace(attribute, options=options)

    def _with_module(
        self, attribute: m.Attribute, members: _Members, path: str, level: Level, above: tuple[str, ...]
    ) -> m.Attribute:
        name = self._string(members.get("module"), f"{path}.module", 64)
        if name not in self._modules:
            self.problems.add(f"{path}.module", "MODEL_REFERENCE", value=name)
            return attribute
        if len(above) + 1 >= MAX_LEVELS or name in above:
            self.problems.add(f"{path}.module", "MODEL_NESTED_TOO_DEEP", max=str(MAX_LEVELS))
            return attribute
        inner, place = self._modules[name]
        return replace(attribute, module=self._module(inner, place, level, (*above, name)))

    def _default(self, attribute: m.Attribute, value: Plain, path: str) -> tuple[str, ...]:
        if value is None:
            return ()
        if attribute.kind == m.BOOLEAN:
            return (m.YES,) if self._flag(value, f"{path}.default", False) else ("false",)
        items = value if isinstance(value, list) and attribute.kind == m.MULTIPLE else [value]
        found = []
        known = {option.code for option in attribute.options}
        for item in items:
            code = self._string(item, f"{path}.default") if not isinstance(item, int) else str(item)
            if attribute.kind in m.NUMBERS:
                code = m.number_text(self._number(code, f"{path}.default"))
            if attribute.kind != m.TEXT and code not in known:
                self.problems.add(f"{path}.default", "MODEL_REFERENCE", value=code[:80])
            found.append(code)
        return tuple(found)

    # Rules

    def _rule(self, item: Plain, path: str, level: Level) -> m.Rule | None:
        kinds = " ".join(RULE_KINDS)
        members = self._members(item, path, "code message", f"when each neighbours {kinds}")
        if members is None:
            return None
        given = [kind for kind in RULE_KINDS if members.get(kind) is not None]
        if len(given) != 1:
            self.problems.add(path, "MODEL_RULE_KIND", known=", ".join(RULE_KINDS))
            return None
        kind = given[0]
        each, neighbours = (
            self._slot(members.get(name), f"{path}.{name}", level) for name in ("each", "neighbours")
        )
        scope: Level = level
        for slot in (each, neighbours):
            named = level.attributes.get(slot)
            if slot and named and isinstance(named.inner, Level):
                scope = named.inner
        conditions = self._content(kind, members[kind], f"{path}.{kind}", scope, bool(neighbours))
        return m.Rule(
            code=self._code(members["code"], f"{path}.code", formula=False),
            kind=kind,
            message=self._texts(members["message"], f"{path}.message"),
            conditions=tuple(conditions),
            when=self._when(members, path, scope, beside=bool(neighbours)),
            each=each,
            neighbours=neighbours,
        )

    def _slot(self, value: Plain, path: str, level: Level) -> str:
        code = self._string(value, path, 64)
        if code and (code not in level.attributes or level.attributes[code].kind != m.MODULES):
            self.problems.add(path, "MODEL_REFERENCE", value=code)
            return ""
        return code

    def _content(self, kind: str, value: Plain, path: str, scope: Scope, beside: bool) -> Iterator[Condition]:
        if kind == "always":
            found = self._condition(value, path, scope, beside=beside)
            if found is not None:
                yield found
        elif kind == "table":
            yield from self._table(value, path, scope)
        elif kind == "sum":
            yield from self._limits(value, path, scope)
        elif kind in ("at_most", "at_least"):
            members = self._members(value, path, "n of")
            if members is None:
                return
            parts = self._parts(members["of"], f"{path}.of", scope, beside)
            n = self._count(members["n"], f"{path}.n", 0, 1000, 0)
            yield counted("<=" if kind == "at_most" else ">=", parts, n)
        else:
            yield from self._logical(kind, self._parts(value, path, scope, beside), path)

    def _parts(self, value: Plain, path: str, scope: Scope, beside: bool) -> list[Condition]:
        found = [
            self._condition(item, place, scope, beside=beside)
            for item, place in self._list(value, path, 1000)
        ]
        return [part for part in found if part is not None]

    def _logical(self, kind: str, parts: list[Condition], path: str) -> Iterator[Condition]:
        wanted = 2 if kind in ("requires", "excludes") else 1
        if len(parts) < wanted or (kind == "requires" and len(parts) > 2):
            if not self.problems:
                self.problems.add(path, "MODEL_SHAPE", wanted=f"a list of {wanted} formulas")
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
        members = self._members(value, path, "columns rows")
        if members is None:
            return
        columns: list[tuple[Ref, Named]] = []
        for item, place in self._list(members["columns"], f"{path}.columns", 12):
            code = self._string(item, place, 64)
            named = scope.named(code)
            if named is None or named.kind in (m.TEXT, m.MULTIPLE):
                self.problems.add(place, "MODEL_REFERENCE", value=code)
                return
            columns.append((Ref(code), named))
        rows = []
        for item, place in self._list(members["rows"], f"{path}.rows", MAX_ROWS):
            if not isinstance(item, list) or len(item) != len(columns):
                self.problems.add(place, "MODEL_SHAPE", wanted=f"a list of {len(columns)} values")
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
                code = m.number_text(self._number(item, path))
            else:
                code = str(item).lower() if isinstance(item, bool) else self._string(item, path, 64)
            if code not in named.options and not (named.kind == m.BOOLEAN and code == "false"):
                self.problems.add(path, "MODEL_REFERENCE", value=code)
            codes.add(code)
        if named.kind == m.BOOLEAN:
            if len(codes) > 1:
                return None
            yes = Chosen(ref, frozenset({m.YES}))
            return yes if codes == {m.YES} else Not(yes)
        return Chosen(ref, frozenset(codes))

    def _limits(self, value: Plain, path: str, scope: Scope) -> Iterator[Condition]:
        members = self._members(value, path, "of", "at_most at_least equal")
        if members is None:
            return
        left = self._quantity(members["of"], f"{path}.of", scope)
        signs = {"at_most": "<=", "at_least": ">=", "equal": "="}
        given = [name for name in signs if members.get(name) is not None]
        if not given:
            self.problems.add(path, "MODEL_MEMBER_MISSING", value="at_most")
        for name in given:
            right = self._quantity(members[name], f"{path}.{name}", scope)
            if left is not None and right is not None:
                yield Compare(signs[name], left, right)

    # Guide and bills of material

    def _pages(self, value: Plain, level: Level) -> tuple[m.Page, ...]:
        pages = []
        for item, path in self._list(value, "pages", 200):
            members = self._members(item, path, "code texts attributes", "help when")
            if members is None:
                continue
            codes = []
            for code, place in self._list(members["attributes"], f"{path}.attributes", MAX_ATTRIBUTES):
                name = self._string(code, place, 64)
                if name not in level.attributes:
                    self.problems.add(place, "MODEL_REFERENCE", value=name)
                codes.append(name)
            pages.append(
                m.Page(
                    self._code(members["code"], f"{path}.code", formula=False),
                    self._texts(members["texts"], f"{path}.texts"),
                    tuple(codes),
                    self._texts(members.get("help"), f"{path}.help", needed=False),
                    self._when(members, path, level),
                )
            )
        self._unique(pages, lambda page: page.code, "pages")
        return tuple(pages)

    def _technical(self, value: Plain, commercial: Plain, level: Level) -> tuple[m.BomRule, ...]:
        known = {
            item.get("code")
            for item in (commercial if isinstance(commercial, list) else ())
            if isinstance(item, dict) and isinstance(item.get("code"), str)
        }
        technical = self._bom(value, "technical", level)
        for place, rule in enumerate(technical):
            for code in rule.paid_by:
                if code not in known:
                    self.problems.add(f"technical[{place}].paid_by", "MODEL_REFERENCE", value=code)
        return technical

    def _bom(self, value: Plain, name: str, level: Level) -> tuple[m.BomRule, ...]:
        optional = "quantity when each unit texts " + (
            "paid_by included" if name == "technical" else "price service"
        )
        rules = []
        for item, path in self._list(value, name, MAX_BOM):
            members = self._members(item, path, "code article", optional)
            if members is None:
                continue
            each = self._slot(members.get("each"), f"{path}.each", level)
            scope: Level = level
            if each and isinstance(inner := level.attributes[each].inner, Level):
                scope = inner
            rules.append(self._bom_rule(members, path, scope, each))
        self._unique(rules, lambda rule: rule.code, name)
        return tuple(rules)

    def _bom_rule(self, members: _Members, path: str, scope: Level, each: str) -> m.BomRule:
        quantity: Quantity | None = constant(Fraction(1))
        if members.get("quantity") is not None:
            quantity = self._quantity(members["quantity"], f"{path}.quantity", scope)
        if quantity is not None and quantity.low < 0:
            self.problems.add(f"{path}.quantity", "QUANTITY_MAY_BE_NEGATIVE")
        price = None
        if members.get("price") is not None:
            price = self._quantity(members["price"], f"{path}.price", scope)
        return m.BomRule(
            code=self._code(members["code"], f"{path}.code", formula=False),
            article=self._string(members["article"], f"{path}.article", 64),
            texts=self._texts(members.get("texts"), f"{path}.texts", needed=False),
            quantity=quantity or constant(Fraction(1)),
            when=self._when(members, path, scope),
            each=each,
            unit=self._string(members.get("unit"), f"{path}.unit", 16),
            price=price,
            paid_by=tuple(
                self._string(code, place, 64)
                for code, place in self._list(members.get("paid_by"), f"{path}.paid_by", 50)
            ),
            included=self._flag(members.get("included"), f"{path}.included", False),
            service=self._flag(members.get("service"), f"{path}.service", False),
        )


def counted(sign: str, parts: list[Condition], n: int) -> Condition:
    """How many of the conditions hold, compared with `n`."""
    total: Quantity = constant(Fraction(0))
    for part in parts:
        one = Either(Fraction(0), Fraction(1), part, constant(Fraction(1)), constant(Fraction(0)))
        total = add(total, one, minus=False)
    return Compare(sign, total, constant(Fraction(n)))


def canonical_number(text: str) -> str:
    """A typed number as the code of the option that it means: `2,50` and `2.5` are both `2.5`."""
    return canonical(parse_decimal(text.strip().replace(",", "."), integer_digits=12, decimals=6))
