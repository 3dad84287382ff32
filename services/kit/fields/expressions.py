"""The language of formulas and conditions over one record's fields.

    custom.hours * custom.hourly_rate
    if country = "IT" then custom.km / 80 else 0
    given(vat_number) and custom.machines >= 3
    custom.sector in ("wood", "metal") or roles has dealer
    days(custom.sold_on, custom.checked_on) > 365

    scope = {"custom.hours": Type.NUMBER, "country": Type.TEXT}
    formula = read("custom.hours * 2", scope)
    formula.value({"custom.hours": Decimal(4)})          # Decimal('8')

Small: this file and `computing` are all of it. Typed while it is read: a name that does not exist, or a
number where a text is wanted, is an error with its column. Total: a formula that was read has a value for
every record, or none. Bounded: no loops, no names but those of the scope, numbers and texts of limited size.

What is not there is empty. Empty makes arithmetic empty; it counts as no, and as no text; no comparison holds
with it, so `!=` does. Division by zero, a number beyond 18 digits and a date beyond the calendar are empty.
Numbers keep 12 decimals, rounded half up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from services.kit.errors import Invalid, Violation
from services.kit.fields.computing import (
    ARITHMETIC,
    COMPARISON,
    DECIMALS,
    FUNCTIONS,
    MAX_TEXT,
    Record,
    Run,
    Scope,
    Type,
    kept,
)

MAX_LENGTH: Final = 2000
MAX_WORDS: Final = 400
MAX_DEPTH: Final = 25
_WORDS: Final = frozenset({"and", "or", "not", "in", "has", "if", "then", "else", "true", "false"})
_WHAT: Final = {
    Type.NUMBER: "a number",
    Type.TEXT: "a text",
    Type.BOOLEAN: "yes or no",
    Type.DATE: "a date",
    Type.TIME: "a time",
    Type.SET: "several texts",
    Type.OTHER: "something that only given(…) asks for",
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A formula that was read: what it gives, which fields it names, and how it is computed."""

    type: Type
    names: frozenset[str]
    _run: Run

    def value(self, record: Record) -> Any:
        """Return its value for a record, None if it has none. Never raises."""
        return self._run(record)

    def holds(self, record: Record) -> bool:
        """Return whether a condition holds; empty is no."""
        return bool(self._run(record))


def read(text: str, scope: Scope, *, wanted: Type | None = None) -> Expression:
    """Return the formula written in `text`.

    Raises:
        Invalid: INVALID_EXPRESSION with one violation, whose reason is EXPRESSION_SYNTAX, _TYPE,
            _NAME_UNKNOWN, _FUNCTION_UNKNOWN, _ARGUMENTS, _NUMBER, _TOO_LONG or _TOO_DEEP, and whose detail
            tells the column (from 1) and the remedy.
    """
    parser = _Parser(_tokens(text), scope)
    part = parser.whole()
    if wanted is not None and part.type is not wanted:
        raise _wrong("EXPRESSION_TYPE", part.place, f"{_WHAT[wanted]} is wanted, not {_WHAT[part.type]}")
    return Expression(part.type, frozenset(parser.named), part.run)


def _wrong(reason: str, place: int, detail: str) -> Invalid:
    violation = Violation("", reason, f"column {place + 1}: {detail}")
    return Invalid("INVALID_EXPRESSION", violations=[violation])


# Words

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)?)
        |(?P<text>"[^"]*")|(?P<sign><=|>=|!=|[-+*/()=<>,]))""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    place: int


def _tokens(text: str) -> list[_Token]:
    if len(text) > MAX_LENGTH:
        raise _wrong("EXPRESSION_TOO_LONG", MAX_LENGTH, f"at most {MAX_LENGTH} characters")
    found = [*_cut(text), _Token("end", "", len(text))]
    if len(found) > MAX_WORDS:
        raise _wrong("EXPRESSION_TOO_LONG", found[MAX_WORDS].place, f"at most {MAX_WORDS} words and signs")
    return found


def _cut(text: str) -> Iterator[_Token]:
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place, end)
        if match is None:
            near = text[place:end].strip()[:20]
            raise _wrong("EXPRESSION_SYNTAX", place, f"`{near}` is no part of the language")
        kind = match.lastgroup or ""
        yield _Token(kind, match[kind], match.start(kind))
        place = match.end()


# Parts


@dataclass(frozen=True, slots=True)
class _Part:
    type: Type
    place: int
    run: Run


def _on_both(
    left: _Part, right: _Part, operation: Callable[[Any, Any], Any], *, type: Type | None = None
) -> _Part:
    """Return an operation that is empty where one of its sides is."""
    one, other = left.run, right.run

    def run(record: Record) -> Any:
        a, b = one(record), other(record)
        return None if a is None or b is None else operation(a, b)

    return _Part(type or left.type, left.place, run)


class _Parser:
    """Recursive descent; each method reads one level of precedence."""

    def __init__(self, tokens: list[_Token], scope: Scope) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._scope = scope
        self.named: set[str] = set()

    # Words

    @property
    def _now(self) -> _Token:
        return self._tokens[self._at]

    def _sees(self, *texts: str) -> bool:
        return self._now.kind in ("name", "sign") and self._now.text in texts

    def _take(self, *texts: str) -> bool:
        if not self._sees(*texts):
            return False
        self._at += 1
        return True

    def _need(self, text: str) -> None:
        if not self._take(text):
            raise self._unexpected(f"`{text}`")

    def _unexpected(self, wanted: str) -> Invalid:
        found = f"`{self._now.text}`" if self._now.text else "the end"
        return _wrong("EXPRESSION_SYNTAX", self._now.place, f"{wanted} is wanted, not {found}")

    def _typed(self, part: _Part, *types: Type) -> _Part:
        if part.type not in types:
            wanted = " or ".join(_WHAT[each] for each in types)
            raise _wrong("EXPRESSION_TYPE", part.place, f"{wanted} is wanted, not {_WHAT[part.type]}")
        return part

    # Grammar

    def whole(self) -> _Part:
        part = self._any()
        if self._now.kind != "end":
            raise self._unexpected("an operator or the end")
        return part

    def _any(self) -> _Part:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _wrong("EXPRESSION_TOO_DEEP", self._now.place, f"at most {MAX_DEPTH} levels")
        part = self._joined("or", self._every)
        self._depth -= 1
        return part

    def _every(self) -> _Part:
        return self._joined("and", self._negated)

    def _joined(self, word: str, level: Callable[[], _Part]) -> _Part:
        first = level()
        if not self._sees(word):
            return first
        parts = [self._typed(first, Type.BOOLEAN)]
        while self._take(word):
            parts.append(self._typed(level(), Type.BOOLEAN))
        runs = tuple(part.run for part in parts)
        decide = all if word == "and" else any
        return _Part(Type.BOOLEAN, first.place, lambda record: decide(run(record) for run in runs))

    def _negated(self) -> _Part:
        place, count = self._now.place, 0
        while self._take("not"):
            count += 1
        part = self._compared()
        if not count:
            return part
        run = self._typed(part, Type.BOOLEAN).run
        odd = bool(count % 2)
        return _Part(Type.BOOLEAN, place, lambda record: bool(run(record)) is not odd)

    def _compared(self) -> _Part:
        left = self._sum()
        if self._sees("=", "!=", "<", "<=", ">", ">="):
            return self._comparison(left)
        if self._take("in"):
            return self._among(left)
        if self._take("has"):
            return self._having(left)
        return left

    def _comparison(self, left: _Part) -> _Part:
        sign = self._now.text
        self._at += 1
        ordered = (Type.NUMBER, Type.TEXT, Type.DATE, Type.TIME)
        self._typed(left, *(ordered if sign not in ("=", "!=") else (*ordered, Type.BOOLEAN)))
        right = self._typed(self._sum(), left.type)
        if sign != "!=":
            return self._holding(_on_both(left, right, COMPARISON[sign], type=Type.BOOLEAN))
        same = _on_both(left, right, COMPARISON["="], type=Type.BOOLEAN).run
        return _Part(Type.BOOLEAN, left.place, lambda record: not same(record))

    def _holding(self, part: _Part) -> _Part:
        run = part.run
        return _Part(part.type, part.place, lambda record: bool(run(record)))

    def _among(self, left: _Part) -> _Part:
        self._typed(left, Type.TEXT, Type.NUMBER)
        self._need("(")
        options = [self._typed(self._sum(), left.type)]
        while self._take(","):
            options.append(self._typed(self._sum(), left.type))
        self._need(")")
        one, others = left.run, tuple(option.run for option in options)

        def run(record: Record) -> bool:
            value = one(record)
            return value is not None and any(other(record) == value for other in others)

        return _Part(Type.BOOLEAN, left.place, run)

    def _having(self, left: _Part) -> _Part:
        self._typed(left, Type.SET)
        token = self._now
        # A choice may stand bare: `roles has dealer`.
        if token.kind == "name" and token.text not in _WORDS:
            self._at += 1
            option = token.text
        elif token.kind == "text":
            self._at += 1
            option = token.text[1:-1]
        else:
            raise self._unexpected("a text or the key of a choice")
        run = left.run
        return _Part(Type.BOOLEAN, left.place, lambda record: option in (run(record) or ()))

    def _sum(self) -> _Part:
        left = self._product()
        while self._sees("+", "-"):
            sign = self._now.text
            self._at += 1
            right = self._product()
            left = self._added(left, right, sign)
        return left

    def _added(self, left: _Part, right: _Part, sign: str) -> _Part:
        if sign == "+" and left.type is Type.TEXT:
            one, other = left.run, self._typed(right, Type.TEXT).run
            return _Part(
                Type.TEXT,
                left.place,
                lambda record: ((one(record) or "") + (other(record) or ""))[:MAX_TEXT] or None,
            )
        self._typed(left, Type.NUMBER, *([Type.TEXT] if sign == "+" else []))
        return _on_both(left, self._typed(right, Type.NUMBER), ARITHMETIC[sign])

    def _product(self) -> _Part:
        left = self._signed()
        while self._sees("*", "/"):
            sign = self._now.text
            self._at += 1
            right = self._typed(self._signed(), Type.NUMBER)
            left = _on_both(self._typed(left, Type.NUMBER), right, ARITHMETIC[sign])
        return left

    def _signed(self) -> _Part:
        place, count = self._now.place, 0
        while self._take("-"):
            count += 1
        part = self._atom()
        if count % 2 == 0:
            return self._typed(part, Type.NUMBER) if count else part
        run = self._typed(part, Type.NUMBER).run

        def negative(record: Record) -> Decimal | None:
            number: Decimal | None = run(record)
            return None if number is None else kept(number.copy_negate())

        return _Part(Type.NUMBER, place, negative)

    def _atom(self) -> _Part:
        token = self._now
        if token.kind == "end" or (token.kind == "name" and token.text in ("and", "or", "in", "has")):
            raise self._unexpected("a field, a number, a text or a function")
        self._at += 1
        if token.kind == "number":
            return self._number(token)
        if token.kind == "text":
            text = token.text[1:-1] or None
            return _Part(Type.TEXT, token.place, lambda record: text)
        if token.text == "(":
            part = self._any()
            self._need(")")
            return _Part(part.type, token.place, part.run)
        if token.text in ("true", "false"):
            known = token.text == "true"
            return _Part(Type.BOOLEAN, token.place, lambda record: known)
        if token.text == "if":
            return self._either(token.place)
        if token.kind != "name" or token.text in _WORDS:
            self._at -= 1
            raise self._unexpected("a field, a number, a text or a function")
        return self._function(token) if self._take("(") else self._field(token)

    def _number(self, token: _Token) -> _Part:
        digits, _, decimals = token.text.partition(".")
        if len(digits) > 18 or len(decimals) > DECIMALS:
            raise _wrong("EXPRESSION_NUMBER", token.place, f"at most 18 digits and {DECIMALS} decimals")
        number = Decimal(token.text)
        return _Part(Type.NUMBER, token.place, lambda record: number)

    def _either(self, place: int) -> _Part:
        when = self._typed(self._any(), Type.BOOLEAN).run
        self._need("then")
        first = self._any()
        yes = first.run
        self._need("else")
        no = self._typed(self._any(), first.type).run
        return _Part(first.type, place, lambda record: yes(record) if when(record) else no(record))

    def _field(self, token: _Token) -> _Part:
        type_ = self._scope.get(token.text)
        if type_ is None:
            near = _alike(token.text, self._scope)
            hint = f"; is it one of {near}?" if near else ""
            raise _wrong("EXPRESSION_NAME_UNKNOWN", token.place, f"there is no field `{token.text}`{hint}")
        name = token.text
        self.named.add(name)
        return _Part(type_, token.place, lambda record: record.get(name))

    def _function(self, token: _Token) -> _Part:
        function = FUNCTIONS.get(token.text)
        if function is None:
            known = ", ".join(sorted(FUNCTIONS))
            detail = f"there is no function `{token.text}`; there are {known}"
            raise _wrong("EXPRESSION_FUNCTION_UNKNOWN", token.place, detail)
        arguments = [] if self._sees(")") else [self._any()]
        while self._take(","):
            arguments.append(self._any())
        self._need(")")
        if not function.least <= len(arguments) <= function.most:
            count = f"{function.least}" if function.least == function.most else f"{function.least} or more"
            detail = f"{token.text}(…) takes {count}, not {len(arguments)}"
            raise _wrong("EXPRESSION_ARGUMENTS", token.place, detail)
        for number, argument in enumerate(arguments):
            types = function.takes[min(number, len(function.takes) - 1)]
            if types:
                self._typed(argument, *types)
        if function.alike:
            for argument in arguments[1:]:
                self._typed(argument, arguments[0].type)
        gives = function.gives or arguments[0].type
        return _Part(gives, token.place, function.make(tuple(argument.run for argument in arguments)))


def _alike(name: str, scope: Scope) -> str:
    end = name.rpartition(".")[2]
    return ", ".join(sorted(known for known in scope if end[:3] and end[:3] in known)[:5])
