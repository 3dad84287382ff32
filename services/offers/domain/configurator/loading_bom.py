"""Rules of the bills of material of a model."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from services.offers.domain.canonical import Plain
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.formulas import Quantity, constant
from services.offers.domain.configurator.names import Level
from services.offers.domain.configurator.shapes import Members, Shapes

MAX_BOM: Final = 5000


class BomReader:
    """Reads the rules of both bills."""

    def __init__(self, shapes: Shapes) -> None:
        self._read = shapes

    def technical(self, value: Plain, commercial: Plain, level: Level) -> tuple[m.BomRule, ...]:
        """Technical rules, which name the commercial ones that pay for their lines."""
        known = {
            item.get("code")
            for item in (commercial if isinstance(commercial, list) else ())
            if isinstance(item, dict) and isinstance(item.get("code"), str)
        }
        technical = self.read(value, "technical", level)
        for place, rule in enumerate(technical):
            for code in rule.paid_by:
                if code not in known:
                    self._read.problems.add(f"technical[{place}].paid_by", "MODEL_REFERENCE", value=code)
        return technical

    def read(self, value: Plain, name: str, level: Level) -> tuple[m.BomRule, ...]:
        """The rules of one bill, `technical` or `commercial`."""
        optional = "quantity when each unit texts " + (
            "paid_by included" if name == "technical" else "price service"
        )
        rules = []
        for item, path in self._read.items(value, name, MAX_BOM):
            members = self._read.members(item, path, "code article", optional)
            if members is None:
                continue
            each = self._read.slot(members.get("each"), f"{path}.each", level)
            scope: Level = level
            if each and isinstance(inner := level.attributes[each].inner, Level):
                scope = inner
            rules.append(self._rule(members, path, scope, each))
        self._read.unique(rules, lambda rule: rule.code, name)
        return tuple(rules)

    def _rule(self, members: Members, path: str, scope: Level, each: str) -> m.BomRule:
        quantity: Quantity | None = constant(Fraction(1))
        if members.get("quantity") is not None:
            quantity = self._read.quantity(members["quantity"], f"{path}.quantity", scope)
        if quantity is not None and quantity.low < 0:
            self._read.problems.add(f"{path}.quantity", "QUANTITY_MAY_BE_NEGATIVE")
        price = None
        if members.get("price") is not None:
            price = self._read.quantity(members["price"], f"{path}.price", scope)
        return m.BomRule(
            code=self._read.code(members["code"], f"{path}.code", formula=False),
            article=self._read.string(members["article"], f"{path}.article", 64),
            texts=self._read.texts(members.get("texts"), f"{path}.texts", needed=False),
            quantity=quantity or constant(Fraction(1)),
            when=self._read.when(members, path, scope),
            each=each,
            unit=self._read.string(members.get("unit"), f"{path}.unit", 16),
            price=price,
            paid_by=tuple(
                self._read.string(code, place, 64)
                for code, place in self._read.items(members.get("paid_by"), f"{path}.paid_by", 50)
            ),
            included=self._read.flag(members.get("included"), f"{path}.included", False),
            service=self._read.flag(members.get("service"), f"{path}.service", False),
        )
