"""Members, lists, numbers, codes, texts and formulas out of plain JSON; mistakes are noted with place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Final, TypeAlias, TypeVar

from services.kit.errors import Invalid
from services.kit.values import canonical, parse_decimal
from services.offers.domain.canonical import Plain
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.formulas import Condition, Quantity
from services.offers.domain.configurator.names import Level, Scope
from services.offers.domain.configurator.parsing import RESERVED, parse_condition, parse_quantity
from services.offers.domain.configurator.problems import Problems

MAX_TEXT: Final = 4000

_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")

_T = TypeVar("_T")
Members: TypeAlias = Mapping[str, Plain]


class Shapes:
    """Reads one value after the other; what cannot be read becomes an empty one, and a problem."""

    def __init__(self) -> None:
        self.problems = Problems()
        self.languages: tuple[str, ...] = ("en",)

    def members(self, value: Plain, path: str, required: str, optional: str = "") -> Members | None:
        """The members of an object that has all of `required`; None: it has not, or is no object."""
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

    def items(self, value: Plain, path: str, most: int) -> Iterator[tuple[Plain, str]]:
        """The items of a list with their places; nothing: there is no list."""
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

    def string(self, value: Plain, path: str, most: int = MAX_TEXT) -> str:
        """A text; empty: there is none."""
        if value is None:
            return ""
        if not isinstance(value, str):
            self.problems.add(path, "MODEL_SHAPE", wanted="a text")
            return ""
        if len(value) > most:
            self.problems.add(path, "MODEL_TEXT", max=str(most))
        return value[:most]

    def flag(self, value: Plain, path: str, otherwise: bool) -> bool:
        """A yes or no."""
        if value is None:
            return otherwise
        if not isinstance(value, bool):
            self.problems.add(path, "MODEL_SHAPE", wanted="true or false")
            return otherwise
        return value

    def count(self, value: Plain, path: str, low: int, high: int, otherwise: int) -> int:
        """A whole number within bounds."""
        if value is None:
            return otherwise
        if isinstance(value, bool) or not isinstance(value, int):
            self.problems.add(path, "MODEL_SHAPE", wanted="a whole number")
            return otherwise
        if not low <= value <= high:
            self.problems.add(path, "MODEL_NUMBER", why=f"{low} … {high}")
            return otherwise
        return value

    def number(self, value: Plain, path: str) -> Fraction:
        """A decimal number."""
        try:
            if not isinstance(value, str | int) or isinstance(value, bool):
                raise Invalid("NUMBER_MALFORMED")
            return Fraction(parse_decimal(value, integer_digits=12, decimals=6))
        except Invalid:
            self.problems.add(path, "MODEL_NUMBER", why="12 digits, 6 decimals")
            return Fraction(0)

    def code(
        self, value: Plain, path: str, *, formula: bool = True, reserved: frozenset[str] = RESERVED
    ) -> str:
        """A code; `formula`: one that formulas may speak of."""
        code = self.string(value, path, 64)
        if not (_CODE if formula else _NAME).fullmatch(code):
            self.problems.add(path, "MODEL_CODE", value=code)
        elif formula and code in reserved:
            self.problems.add(path, "MODEL_CODE_RESERVED", value=code)
        return code

    def texts(self, value: Plain, path: str, *, needed: bool = True) -> m.Texts:
        """A text in each of the model's languages."""
        if value is None and not needed:
            return {}
        if not isinstance(value, dict):
            self.problems.add(path, "MODEL_SHAPE", wanted="texts by language")
            return {}
        for language in self.languages:
            if language not in value:
                self.problems.add(path, "MODEL_TEXT_MISSING", value=language)
        return {key[:8]: self.string(item, f"{path}.{key[:8]}") for key, item in value.items()}

    def unique(self, items: list[_T], code: Callable[[_T], str], path: str) -> None:
        """Note codes that are there twice."""
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

    def condition(self, value: Plain, path: str, scope: Scope, *, beside: bool = False) -> Condition | None:
        """A formula that says yes or no."""
        return self._formula(value, path, lambda text: parse_condition(text, scope, beside=beside))

    def quantity(self, value: Plain, path: str, scope: Scope) -> Quantity | None:
        """A formula that gives a number."""
        return self._formula(value, path, lambda text: parse_quantity(text, scope))

    def when(self, members: Members, path: str, scope: Scope, *, beside: bool = False) -> Condition | None:
        """The condition of something, if it has one."""
        if members.get("when") is None:
            return None
        return self.condition(members["when"], f"{path}.when", scope, beside=beside)

    def slot(self, value: Plain, path: str, level: Level) -> str:
        """The code of an attribute whose values are modules; empty: none is named."""
        code = self.string(value, path, 64)
        if code and (code not in level.attributes or level.attributes[code].kind != m.MODULES):
            self.problems.add(path, "MODEL_REFERENCE", value=code)
            return ""
        return code


def canonical_number(text: str) -> str:
    """A typed number as the code of the option that it means: `2,50` and `2.5` are both `2.5`."""
    return canonical(parse_decimal(text.strip().replace(",", "."), integer_digits=12, decimals=6))
