"""Texts of reasons in Italian and English: `texts/it.json` and `texts/en.json`.

`titles` has one text for each kind of error, `reasons` one for each reason, with `{placeholders}` filled
from the error's parameters. A reason without a text falls back on the error's own English detail, then on
the title.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from services.kit.errors import SalesError, Violation

LANGUAGES = ("it", "en")
#: Of a reader who says nothing; one who reads neither language gets English.
DEFAULT = "it"
_OTHERS = "en"

_FOLDER = Path(__file__).parent / "texts"
_RANGE = re.compile(r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")


class _Gaps(dict[str, str]):
    """A placeholder without a parameter stays empty: an error must not fail over its text."""

    def __missing__(self, key: str) -> str:
        return ""


@lru_cache(maxsize=len(LANGUAGES))
def table(language: str) -> Mapping[str, Any]:
    """Return the texts of a language: `titles` and `reasons`."""
    loaded: Mapping[str, Any] = orjson.loads((_FOLDER / f"{language}.json").read_bytes())
    return loaded


def title(kind: str, language: str) -> str:
    """Return what a kind of error is called."""
    titles = table(language)["titles"]
    return str(titles.get(kind) or titles["internal"])


def detail(error: SalesError, language: str) -> str:
    """Return the text of an error."""
    found = table(language)["reasons"].get(error.reason)
    if found:
        return str(found.format_map(_Gaps(error.params)))
    return error.detail or title(error.kind, language)


def of_violation(violation: Violation, language: str) -> str:
    """Return the text of a wrong field."""
    found = table(language)["reasons"].get(violation.reason)
    if not found:
        return violation.detail
    return str(found.format_map(_Gaps(field=violation.field, detail=violation.detail)))


@lru_cache(maxsize=512)
def preferred(accept_language: str) -> str:
    """Return the language that an Accept-Language header wants most, of those that we have."""
    best, best_quality = (_OTHERS if accept_language.strip() else DEFAULT), 0.0
    for part in accept_language.split(",")[:20]:
        match = _RANGE.fullmatch(part)
        if match is None:
            continue
        language = DEFAULT if match[1] == "*" else match[1].lower()
        quality = float(match[2]) if match[2] else 1.0
        if language in LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best
