"""The words of a formula, one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from services.kit.errors import Invalid

MAX_LENGTH: Final = 2000
MAXWORDS: Final = 400

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z][A-Za-z0-9_]*)|(?P<sign><=|>=|!=|[-+*/()=<>,.:]))"
)
WORDS: Final = frozenset({"and", "or", "not", "implies", "in", "has", "if", "then", "else", "true", "false"})


class Words:
    """Words, signs and numbers, with the place of each."""

    def __init__(self, text: str) -> None:
        if not isinstance(text, str) or not text.strip():
            raise wrong("FORMULA_EMPTY", 0)
        if len(text) > MAX_LENGTH:
            raise wrong("FORMULA_TOO_LONG", 0, max=str(MAX_LENGTH))
        self._tokens = list(_tokens(text))
        if len(self._tokens) > MAXWORDS:
            raise wrong("FORMULA_TOO_LONG", 0, max=str(MAXWORDS))
        self._at = 0

    def now(self) -> tuple[str, str, int]:
        """The kind, text and place of the next word; the last is of kind `end`."""
        return self._tokens[self._at]

    def then(self) -> tuple[str, str, int]:
        """The same of the word after it."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def next(self) -> tuple[str, str, int]:
        """Go on; the kind, text and place of the word left behind."""
        token = self._tokens[self._at]
        self._at += token[0] != "end"
        return token

    def sees(self, *texts: str) -> bool:
        """Whether one of these comes next."""
        kind, text, _ = self._tokens[self._at]
        return kind != "number" and text in texts

    def take(self, *texts: str) -> bool:
        """Go on if one of these comes next."""
        found = self.sees(*texts)
        self._at += found
        return found

    def need(self, text: str) -> None:
        """Go on; something else is an error."""
        if not self.take(text):
            raise self.unexpected(wanted=text)

    def code(self) -> str:
        """A name."""
        kind, text, _ = self._tokens[self._at]
        if kind != "name" or text in WORDS:
            raise self.unexpected(wanted="a name")
        self._at += 1
        return text

    def unexpected(self, wanted: str) -> Invalid:
        """That something else was wanted here."""
        _, text, place = self._tokens[self._at]
        return wrong("FORMULA_SYNTAX", place, near=text or "end", wanted=wanted)

    def place(self) -> int:
        """Where the next word stands."""
        return self._tokens[self._at][2]


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    place = 0
    end = len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None:
            raise wrong("FORMULA_SYNTAX", place, near=text[place : place + 20].strip())
        kind = found.lastgroup or ""
        yield kind, found.group(kind), found.start(kind)
        place = found.end()
    yield "end", "", end


def wrong(reason: str, place: int, **params: str) -> Invalid:
    """A typed error at a place of the formula."""
    return Invalid(reason, params={"column": str(place + 1), **params})
