"""Attributes of a model: choices, numbers with every value that they can take, slots for modules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from services.offers.domain.canonical import Plain
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.names import Level, named_as
from services.offers.domain.configurator.shapes import MAX_TEXT, Members, Shapes
from services.offers.domain.configurator.words import WORDS

MAX_OPTIONS: Final = 500
MAX_VALUES: Final = 500
MAX_INSTANCES: Final = 48
MAX_LEVELS: Final = 3


@dataclass(frozen=True, slots=True)
class Raw:
    """An attribute of which everything but its condition is read."""

    attribute: m.Attribute
    members: Members
    path: str


class AttributeReader:
    """Reads attributes; `module` reads a module for a slot.

    `figures` are those of the model, `modules` what is written of each module, with its place.
    """

    def __init__(
        self,
        shapes: Shapes,
        module: Callable[[Members, str, Level, tuple[str, ...]], m.Module],
    ) -> None:
        self._read = shapes
        self._module = module
        self.figures: dict[str, m.Figure] = {m.PRICE: m.Figure(m.PRICE, {"it": "prezzo", "en": "price"})}
        self.modules: dict[str, tuple[Members, str]] = {}

    def read(self, item: Plain, path: str, level: Level, above: tuple[str, ...]) -> Raw | None:
        """The attribute, and its name at this level; `above`: the modules that it is inside of."""
        members = self._read.members(
            item,
            path,
            "code kind texts",
            "help picture required when default options min max step price figures max_length unit module",
        )
        if members is None:
            return None
        kind = members["kind"]
        if not isinstance(kind, str) or kind not in m.KINDS:
            self._read.problems.add(
                f"{path}.kind", "MODEL_WORD", value=str(kind)[:80], allowed=", ".join(m.KINDS)
            )
            return None
        attribute = m.Attribute(
            code=self._read.code(members["code"], f"{path}.code"),
            kind=kind,
            texts=self._read.texts(members["texts"], f"{path}.texts"),
            options=(),
            required=self._read.flag(members.get("required"), f"{path}.required", kind != m.TEXT),
            help=self._read.texts(members.get("help"), f"{path}.help", needed=False),
            picture=self._read.string(members.get("picture"), f"{path}.picture", 200),
            unit=self._read.string(members.get("unit"), f"{path}.unit", 16),
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
                max_length=self._read.count(
                    members.get("max_length"), f"{path}.max_length", 1, MAX_TEXT, 200
                ),
            )
        else:
            attribute = self._with_values(attribute, members, path)
        if kind == m.MODULES:
            inner = Level(self.figures, level)
            attribute = self._with_module(attribute, members, path, inner, above)
        attribute = replace(attribute, default=self._default(attribute, members.get("default"), path))
        level.attributes[attribute.code] = named_as(attribute, members.get("when") is not None, inner)
        return Raw(attribute, members, path)

    def _with_options(self, attribute: m.Attribute, members: Members, path: str) -> m.Attribute:
        options = []
        for item, place in self._read.items(members.get("options"), f"{path}.options", MAX_OPTIONS):
            option = self._read.members(item, place, "code texts", "price figures picture help")
            if option is None:
                continue
            options.append(
                m.Option(
                    self._read.code(option["code"], f"{place}.code", reserved=WORDS),
                    self._read.texts(option["texts"], f"{place}.texts"),
                    self._carried(option, place),
                    self._read.string(option.get("picture"), f"{place}.picture", 200),
                    self._read.texts(option.get("help"), f"{place}.help", needed=False),
                )
            )
        if not options:
            self._read.problems.add(path, "MODEL_MEMBER_MISSING", value="options")
        self._read.unique(options, lambda option: option.code, f"{path}.options")
        found = replace(attribute, options=tuple(options))
        if attribute.kind == m.CHOICE:
            return found
        least = self._read.count(members.get("min"), f"{path}.min", 0, len(options), 0)
        most = self._read.count(members.get("max"), f"{path}.max", 0, len(options), len(options))
        if least > most:
            self._read.problems.add(path, "MODEL_RANGE", why=f"{least} > {most}")
        return replace(found, least=least, most=most)

    def _carried(self, members: Members, path: str) -> m.Figures:
        """The figures of an option, its price among them."""
        found = {}
        if members.get("price") is not None:
            found[m.PRICE] = self._read.number(members["price"], f"{path}.price")
        figures = members.get("figures")
        if figures is None:
            return found
        if not isinstance(figures, dict):
            self._read.problems.add(f"{path}.figures", "MODEL_SHAPE", wanted="an object")
            return found
        for code, value in figures.items():
            if code not in self.figures or code == m.PRICE:
                self._read.problems.add(f"{path}.figures", "MODEL_REFERENCE", value=code[:80])
            found[code] = self._read.number(value, f"{path}.figures.{code[:64]}")
        return found

    def _with_values(self, attribute: m.Attribute, members: Members, path: str) -> m.Attribute:
        for name in ("min", "max"):
            if members.get(name) is None:
                self._read.problems.add(path, "MODEL_MEMBER_MISSING", value=name)
                return attribute
        low = self._read.number(members["min"], f"{path}.min")
        high = self._read.number(members["max"], f"{path}.max")
        step = Fraction(1)
        if attribute.kind == m.DECIMAL:
            step = self._read.number(members.get("step"), f"{path}.step")
        most = MAX_INSTANCES if attribute.kind == m.MODULES else MAX_VALUES
        why = ""
        if step <= 0 or low > high:
            why = "min > max" if low > high else "step"
        elif (high - low) % step or (attribute.kind != m.DECIMAL and low.denominator * high.denominator > 1):
            why = "step"
        elif (high - low) / step >= most or (attribute.kind == m.MODULES and low < 0):
            why = f"0 … {most}"
        if why:
            self._read.problems.add(path, "MODEL_RANGE", why=why)
            return attribute
        per_unit = self._carried(members, path)
        values = [low + step * place for place in range(int((high - low) / step) + 1)]
        options = tuple(
            m.Option(m.number_text(value), {}, {code: value * figure for code, figure in per_unit.items()})
            for value in values
        )
        return replace(attribute, options=options)

    def _with_module(
        self, attribute: m.Attribute, members: Members, path: str, level: Level, above: tuple[str, ...]
    ) -> m.Attribute:
        name = self._read.string(members.get("module"), f"{path}.module", 64)
        if name not in self.modules:
            self._read.problems.add(f"{path}.module", "MODEL_REFERENCE", value=name)
            return attribute
        if len(above) + 1 >= MAX_LEVELS or name in above:
            self._read.problems.add(f"{path}.module", "MODEL_NESTED_TOO_DEEP", max=str(MAX_LEVELS))
            return attribute
        inner, place = self.modules[name]
        return replace(attribute, module=self._module(inner, place, level, (*above, name)))

    def _default(self, attribute: m.Attribute, value: Plain, path: str) -> tuple[str, ...]:
        if value is None:
            return ()
        if attribute.kind == m.BOOLEAN:
            return (m.YES,) if self._read.flag(value, f"{path}.default", False) else ("false",)
        items = value if isinstance(value, list) and attribute.kind == m.MULTIPLE else [value]
        found = []
        known = {option.code for option in attribute.options}
        for item in items:
            code = self._read.string(item, f"{path}.default") if not isinstance(item, int) else str(item)
            if attribute.kind in m.NUMBERS:
                code = m.number_text(self._read.number(code, f"{path}.default"))
            if attribute.kind != m.TEXT and code not in known:
                self._read.problems.add(f"{path}.default", "MODEL_REFERENCE", value=code[:80])
            found.append(code)
        return tuple(found)
