"""What people read of the contracts, as data: words, labels, numbers and dates of every language.

`languages/<code>.json` are kit's, `reports/languages/<code>.json` in a service's package those of its own
records; a template's `texts` stand above both. A language is known where one of kit's files or of the texts
has it, so that adding a language of print is adding data. Italian and English are complete: reports and the
web client have their labels from here too.

In a file: `entities` (what many are called), `one` (what one is called), `fields` by `entity.field` or
`field`, `values` by `entity.field.value`, `field.value` or `value`: the more exact key is meant.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from services.kit.company_time import company_zone
from services.kit.database.engine import package_of
from services.kit.errors import Invalid, Violation

DEFAULT: Final = "it"
#: In which every entity, field and value of the contracts has its text.
COMPLETE: Final = ("it", "en")
Labels = Mapping[str, str]
"""Language -> text."""

#: Not a hyphen: it stands as wide as a digit.
MINUS: Final = "\N{MINUS SIGN}"
_FOLDER: Final = Path(__file__).parent / "languages"
#: Whose numbers and dates a language is written with that only a template's texts know.
_PLAIN: Final = "en"


@dataclass(frozen=True)
class Words:
    """One language of print, for the records of one service."""

    language: str
    own: Mapping[str, Any]
    of_service: Mapping[str, Any]
    texts: Mapping[str, str]

    @property
    def all(self) -> Mapping[str, str]:
        """Return every text that a template may ask for, by its key."""
        return {**self.own["words"], **self.of_service.get("words", {}), **self.texts}

    def __getitem__(self, key: str) -> str:
        """Return the text of a key, the key itself where nobody wrote one."""
        return str(self.all.get(key) or key)

    def entity(self, name: str) -> str:
        """Return what the records of an entity are called."""
        return entity_text(self.language, name)

    def one(self, name: str) -> str:
        """Return what a record of an entity is called."""
        return entity_text(self.language, name, one=True)

    def field(self, entity_name: str, field: str) -> str:
        """Return the label of a field of the contracts."""
        return field_text(self.language, entity_name, field)

    def value(self, entity_name: str, field: str, value: str) -> str:
        """Return the word for a value of an enum, "" for none."""
        return "" if value == "unspecified" else value_text(self.language, entity_name, field, value)

    def number(self, text: str) -> str:
        """Return a decimal as people read it: 1234.50 is 1.234,50 in Italian."""
        sign = MINUS if text.startswith("-") else ""
        whole, _, fraction = text.removeprefix("-").partition(".")
        groups = []
        while whole:
            groups.append(whole[-3:])
            whole = whole[:-3]
        point = self.own["decimal"] + fraction if fraction else ""
        return sign + str(self.own["group"]).join(reversed(groups)) + point

    def day(self, day: date) -> str:
        """Return a day: 27/03/2026 in Italian, 27 March 2026 in English."""
        # Not strftime: its names follow the machine's locale.
        months = self.own["months"]
        month = months[day.month - 1] if months else ""
        return str(self.own["date"]).format(d=day.day, m=day.month, y=day.year, month=month)

    def moment(self, moment: datetime) -> str:
        """Return a moment as the clock shows it where the company is."""
        there = moment.astimezone(company_zone())
        return f"{self.day(there.date())} {there:%H:%M}"


def words_for(language: str, service: str, texts: Mapping[str, Mapping[str, str]] | None = None) -> Words:
    """Return a language of print; `texts` are a template's.

    Raises:
        Invalid: INVALID_REQUEST at `language`, nobody has written it.
    """
    wanted = language or DEFAULT
    given = texts or {}
    known = languages(given)
    if wanted not in known:
        detail = f"one of these is expected: {', '.join(known)}"
        raise Invalid("INVALID_REQUEST", violations=[Violation("language", "UNKNOWN_VALUE", detail)])
    own = _read(_FOLDER, wanted) or _read(_FOLDER, _PLAIN)
    return Words(wanted, own, _of_service(service, wanted), _chosen(given, wanted))


def entity_text(language: str, name: str, *, one: bool = False) -> str:
    """Return what the records of an entity are called, or one of them."""
    short = name.partition(".")[2]
    found = written(language, name, "one", (short,)) if one else ""
    return found or written(language, name, "entities", (short,)) or _readable(short)


def field_text(language: str, entity_name: str, field: str) -> str:
    """Return the label of a field of the contracts."""
    short = entity_name.partition(".")[2]
    found = written(language, entity_name, "fields", (f"{short}.{field}", field))
    return found or _readable(field.removesuffix("_id"))


def value_text(language: str, entity_name: str, field: str, value: str) -> str:
    """Return the word for a value of an enum of the contracts."""
    short = entity_name.partition(".")[2]
    keys = (f"{short}.{field}.{value}", f"{field}.{value}", value)
    return written(language, entity_name, "values", keys) or _readable(value)


def written(
    language: str, entity_name: str, part: str, keys: tuple[str, ...], *, else_plain: bool = True
) -> str:
    """Return the text that somebody wrote for the first of the keys; "" where nobody did.

    In the language, and `else_plain` in English.
    """
    service = entity_name.partition(".")[0]
    # Keys before files: a service's `source` must not stand for kit's `print_template.source`.
    return _first(
        str(texts.get(part, {}).get(key, ""))
        for each in ((language, _PLAIN) if else_plain else (language,))
        for key in keys
        for texts in _exactly(service, each)
    )


def decimal_mark(language: str) -> str:
    """Return what stands before the decimals in a language of print."""
    return str((_read(_FOLDER, language) or _read(_FOLDER, _PLAIN))["decimal"])


def languages(texts: Mapping[str, Mapping[str, str]] | None = None) -> list[str]:
    """Return the languages of print: ours, and those that a template has texts in."""
    ours = {path.stem for path in _FOLDER.glob("*.json")}
    return sorted(ours.union(*((each.keys()) for each in (texts or {}).values())))


def _chosen(texts: Mapping[str, Mapping[str, str]], language: str) -> Mapping[str, str]:
    """Each text in the language, else in the first that there is."""
    return {key: _first([each.get(language, ""), *each.values()]) for key, each in texts.items()}


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")


def _of_service(service: str, language: str) -> Mapping[str, Any]:
    folder = _folder_of(service)
    return _read(folder, language) or _read(folder, _PLAIN)


@lru_cache(maxsize=32)
def _folder_of(service: str) -> Path:
    package = importlib.import_module(package_of(service))
    return Path(next(iter(package.__path__))) / "reports" / "languages"


def _exactly(service: str, language: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the service's texts and kit's, of no other language."""
    return _read(_folder_of(service), language), _read(_FOLDER, language)


@lru_cache(maxsize=128)
def _read(folder: Path, language: str) -> Mapping[str, Any]:
    path = folder / f"{language}.json"
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _readable(name: str) -> str:
    return name.replace("_", " ").capitalize()
