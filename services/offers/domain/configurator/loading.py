"""From compiled canonical JSON to a `Model`, with every mistake named by its place.

A model may come from anybody's file, so nothing is taken on trust: members, codes, numbers, sizes, references
and the types of all formulas are checked here and in the files beside this one (`shapes.py`,
`loading_attributes.py`, `loading_rules.py`, `loading_bom.py`), and only there; the compiler in
`services/offers/modelling/` adds file and line to what they say.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from services.offers.domain.canonical import Plain, encode
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.loading_attributes import AttributeReader
from services.offers.domain.configurator.loading_bom import BomReader
from services.offers.domain.configurator.loading_rules import RuleReader
from services.offers.domain.configurator.names import Level
from services.offers.domain.configurator.shapes import Members, Shapes
from services.offers.domain.snapshot import digest

MAX_ATTRIBUTES: Final = 2000
MAX_RULES: Final = 20000

_LANGUAGE: Final = re.compile(r"[a-z]{2}")


def read_model(plain: Plain) -> m.Model:
    """The model in `plain`, which is what canonical JSON decodes to.

    Raises:
        Invalid: MODEL_*, FORMULA_*, QUANTITY_MAY_BE_NEGATIVE; one violation for each mistake, its place
            written like `attributes[3].options[0].code`.
    """
    shapes = Shapes()
    reader = _Reader(shapes)
    found = reader.model(plain)
    shapes.problems.raise_if_any()
    if found is None:
        raise AssertionError("a model is refused only with a reason")
    return replace(found, digest=digest(encode(plain)))


class _Reader:
    """One reading; helpers return None, or nothing at all, after noting what is wrong."""

    def __init__(self, shapes: Shapes) -> None:
        self._read = shapes
        self._attributes = AttributeReader(shapes, self._module)
        self._rules = RuleReader(shapes)
        self._bom = BomReader(shapes)

    def model(self, plain: Plain) -> m.Model | None:
        members = self._read.members(
            plain,
            "model",
            "model version texts attributes",
            "languages currency figures modules rules pages technical commercial",
        )
        if members is None:
            return None
        self._read.languages = self._read_languages(members.get("languages"))
        self._read_figures(members.get("figures"))
        for item, path in self._read.items(members.get("modules"), "modules", 50):
            module = self._read.members(item, path, "code texts attributes", "rules quantity")
            if module is not None:
                code = self._read.code(module["code"], f"{path}.code")
                if code in self._attributes.modules:
                    self._read.problems.add(f"{path}.code", "MODEL_CODE_REPEATED", value=code)
                self._attributes.modules[code] = (module, path)
        level = Level(self._attributes.figures, None)
        commercial, technical = (members.get(name) for name in ("commercial", "technical"))
        texts = self._read.texts(members["texts"], "texts")
        machine = replace(self._module({**members, "code": "machine"}, "", level, ()), texts=texts)
        return m.Model(
            code=self._read.code(members["model"], "model", formula=False),
            version=self._read.count(members["version"], "version", 1, 10**9, 1),
            languages=self._read.languages,
            currency=self._read.string(members.get("currency"), "currency", 3) or "EUR",
            texts=texts,
            figures=tuple(self._attributes.figures.values()),
            machine=machine,
            pages=self._pages(members.get("pages"), level),
            technical=self._bom.technical(technical, commercial, level),
            commercial=self._bom.read(commercial, "commercial", level),
        )

    def _read_languages(self, value: Plain) -> tuple[str, ...]:
        found = []
        for item, path in self._read.items(value, "languages", 20):
            language = self._read.string(item, path, 8)
            if not _LANGUAGE.fullmatch(language):
                self._read.problems.add(path, "MODEL_WORD", value=language, allowed="it, en, de …")
            found.append(language)
        return tuple(found) or ("it", "en")

    def _read_figures(self, value: Plain) -> None:
        for item, path in self._read.items(value, "figures", 50):
            members = self._read.members(item, path, "code texts", "unit")
            if members is None:
                continue
            code = self._read.code(members["code"], f"{path}.code")
            if code in self._attributes.figures:
                self._read.problems.add(f"{path}.code", "MODEL_CODE_REPEATED", value=code)
            texts = self._read.texts(members["texts"], f"{path}.texts")
            self._attributes.figures[code] = m.Figure(
                code, texts, self._read.string(members.get("unit"), f"{path}.unit", 16)
            )

    def _module(self, members: Members, path: str, level: Level, above: tuple[str, ...]) -> m.Module:
        prefix = f"{path}." if path else ""
        raws = [
            raw
            for item, place in self._read.items(members["attributes"], f"{prefix}attributes", MAX_ATTRIBUTES)
            if (raw := self._attributes.read(item, place, level, above)) is not None
        ]
        self._read.unique(raws, lambda raw: raw.attribute.code, f"{prefix}attributes")
        quantity = self._read.string(members.get("quantity"), f"{prefix}quantity", 64)
        if quantity and not any(
            raw.attribute.code == quantity and raw.attribute.kind == m.INTEGER for raw in raws
        ):
            self._read.problems.add(f"{prefix}quantity", "MODEL_REFERENCE", value=quantity)
        level.quantity = quantity
        attributes = tuple(
            replace(raw.attribute, when=self._read.when(raw.members, raw.path, level)) for raw in raws
        )
        rules = [
            rule
            for item, place in self._read.items(members.get("rules"), f"{prefix}rules", MAX_RULES)
            if (rule := self._rules.read(item, place, level)) is not None
        ]
        self._read.unique(rules, lambda rule: rule.code, f"{prefix}rules")
        # The machine's texts are those of the model, read with it.
        texts = self._read.texts(members["texts"], f"{prefix}texts") if path else {}
        return m.Module(str(members["code"]), texts, attributes, tuple(rules), quantity)

    def _pages(self, value: Plain, level: Level) -> tuple[m.Page, ...]:
        pages = []
        for item, path in self._read.items(value, "pages", 200):
            members = self._read.members(item, path, "code texts attributes", "help when")
            if members is None:
                continue
            codes = []
            for code, place in self._read.items(members["attributes"], f"{path}.attributes", MAX_ATTRIBUTES):
                name = self._read.string(code, place, 64)
                if name not in level.attributes:
                    self._read.problems.add(place, "MODEL_REFERENCE", value=name)
                codes.append(name)
            pages.append(
                m.Page(
                    self._read.code(members["code"], f"{path}.code", formula=False),
                    self._read.texts(members["texts"], f"{path}.texts"),
                    tuple(codes),
                    self._read.texts(members.get("help"), f"{path}.help", needed=False),
                    self._read.when(members, path, level),
                )
            )
        self._read.unique(pages, lambda page: page.code, "pages")
        return tuple(pages)
