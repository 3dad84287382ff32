"""What a text must look like, in time that grows with the text alone.

    matches("[A-Z]{2}\\d{4}|n/a", "IT0042")        # True

Literals, `.`, `\\d`, `\\w`, classes `[A-Z0-9_]` and `[^x]`, each with `?`, `*`, `+`, `{2}` or `{2,3}`;
alternatives by `|`; a backslash makes any sign a literal. No groups, no look-around, no references: with
those a regular expression of 20 characters can keep a processor busy for hours. The whole text must match.
The web client's regular expressions read the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from services.kit.errors import Invalid, Violation

#: Places of a pattern once its repetitions are written out.
MAX_PLACES: Final = 300

_ATOM: Final = re.compile(
    r"(?:\\(?P<escaped>.)|\[(?P<negated>\^?)(?P<members>(?:\\.|[^\]\\])+)\]|(?P<literal>[^\\\[\]()*+?{}|^$]))"
    r"(?P<count>[?*+]|\{\d{1,3}(?:,\d{0,3})?\})?",
    re.DOTALL,
)
_Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Place:
    """One character of the text; it may be skipped, or taken again and again."""

    test: _Test
    optional: bool
    repeated: bool


def check(pattern: str) -> None:
    """Check that a pattern can be read.

    Raises:
        Invalid: INVALID_EXPRESSION with PATTERN_SYNTAX or PATTERN_TOO_LONG.
    """
    _alternatives(pattern)


def matches(pattern: str, text: str) -> bool:
    """Return whether the whole text looks like the pattern."""
    return any(_match(places, text) for places in _alternatives(pattern))


def _match(places: tuple[_Place, ...], text: str) -> bool:
    # All states at once: each character is looked at once for each place.
    reached = set(_onward(places, 0))
    for character in text:
        found: set[int] = set()
        for at in reached:
            if at < len(places) and places[at].test(character):
                found.update(_onward(places, at + 1))
                if places[at].repeated:
                    found.add(at)
        reached = found
        if not reached:
            return False
    return len(places) in reached


def _onward(places: tuple[_Place, ...], at: int) -> Iterator[int]:
    """Yield the places that can be next: those that may be skipped, and the first that may not."""
    yield at
    while at < len(places) and places[at].optional:
        at += 1
        yield at


@lru_cache(maxsize=512)
def _alternatives(pattern: str) -> tuple[tuple[_Place, ...], ...]:
    found: list[tuple[_Place, ...]] = []
    places: list[_Place] = []
    at = 0
    while at < len(pattern):
        if pattern[at] == "|":
            found.append(tuple(places))
            places, at = [], at + 1
            continue
        match = _ATOM.match(pattern, at)
        if match is None:
            raise _wrong("PATTERN_SYNTAX", at, f"`{pattern[at]}` cannot stand here; write \\ before a sign")
        places.extend(_places(match, at))
        at = match.end()
        if len(places) > MAX_PLACES:
            raise _wrong("PATTERN_TOO_LONG", at, f"at most {MAX_PLACES} characters, repetitions written out")
    return (*found, tuple(places))


def _places(match: re.Match[str], at: int) -> Iterator[_Place]:
    test = _test(match, at)
    count = match["count"] or "{1}"
    least, most = {"?": (0, 1), "*": (0, None), "+": (1, None)}.get(count) or _bounds(count, at)
    for _ in range(least):
        yield _Place(test, optional=False, repeated=False)
    if most is None:
        yield _Place(test, optional=True, repeated=True)
        return
    for _ in range(most - least):
        yield _Place(test, optional=True, repeated=False)


def _bounds(count: str, at: int) -> tuple[int, int | None]:
    least, comma, most = count[1:-1].partition(",")
    if not comma:
        return int(least), int(least)
    if most and int(most) < int(least):
        raise _wrong("PATTERN_SYNTAX", at, f"{count}: the second number is the greater one")
    return int(least), int(most) if most else None


_CLASSES: Final[dict[str, _Test]] = {
    "d": lambda c: "0" <= c <= "9",
    "w": lambda c: c == "_" or ("0" <= c <= "9") or ("a" <= c <= "z") or ("A" <= c <= "Z"),
    "s": str.isspace,
}


def _test(match: re.Match[str], at: int) -> _Test:
    if match["members"] is not None:
        return _class(match["members"], negated=bool(match["negated"]), at=at)
    if match["escaped"] is not None:
        return _escaped(match["escaped"], at)
    literal = match["literal"]
    return (lambda c: c != "\n") if literal == "." else literal.__eq__


def _escaped(sign: str, at: int) -> _Test:
    if sign in _CLASSES:
        return _CLASSES[sign]
    if sign.isalnum():
        raise _wrong("PATTERN_SYNTAX", at, f"\\{sign} means nothing here")
    return sign.__eq__


_MEMBER: Final = re.compile(r"\\(.)|(.)-(?!$)([^\\])|(.)", re.DOTALL)


def _class(members: str, *, negated: bool, at: int) -> _Test:
    tests: list[_Test] = []
    for escaped, first, last, single in _MEMBER.findall(members):
        if escaped:
            tests.append(_escaped(escaped, at))
        elif single:
            tests.append(single.__eq__)
        else:
            if last < first:
                raise _wrong("PATTERN_SYNTAX", at, f"[{first}-{last}]: the greater one stands last")
            tests.append(_range(first, last))
    return lambda c: any(test(c) for test in tests) is not negated


def _range(first: str, last: str) -> _Test:
    return lambda c: first <= c <= last


def _wrong(reason: str, at: int, detail: str) -> Invalid:
    return Invalid("INVALID_EXPRESSION", violations=[Violation("", reason, f"column {at + 1}: {detail}")])
