"""Values of custom fields: canonical JSON text in, canonical JSON text out.

    kind              in `custom`
    text              "\\"red\\""
    number            "12.5"                     digits, no exponent
    money             "{\\"amount\\":\\"12.50\\",\\"currency\\":\\"EUR\\"}"
    date, time        "\\"2026-03-27\\"", "\\"2026-03-27T16:00:00Z\\"" (UTC)
    boolean           "true"
    choice            "\\"wood\\""               key of the choice
    multiple_choice   "[\\"metal\\",\\"wood\\"]" keys, each once, in the order of the alphabet
    link              "\\"0190…\\""              id

Nothing (`null`, an empty text, no choice) is no entry at all. `canonical` takes what is of the kind and
nothing else; `converted` makes the best of what was of another kind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from services.kit.errors import Invalid
from services.kit.fields import patterns
from services.kit.fields.computing import Type
from services.kit.values import ROUNDING, Money
from services.kit.values import canonical as plain

MAX_TEXT: Final = 10_000
#: Characters of a JSON text; more than any value of any kind needs.
_MAX_JSON: Final = 60_000


class FieldKind(StrEnum):
    """What a custom field holds."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    TIME = "time"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    MULTIPLE_CHOICE = "multiple_choice"
    LINK = "link"
    FORMULA = "formula"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of a choice."""

    key: str
    labels: Mapping[str, str]
    retired: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """What a value must keep to, beside its kind."""

    minimum: str = ""
    maximum: str = ""
    pattern: str = ""
    choices: tuple[Choice, ...] = ()


class WrongValue(Exception):
    """A value does not fit its field: (reason, detail)."""


def canonical(kind: FieldKind, limits: Limits, text: str) -> str | None:
    """Return the canonical text of a value of this kind, None for none.

    Raises:
        WrongValue: the reason, and a detail that does not repeat the value.
    """
    return _written(_checked(kind, limits, _read(kind, _loaded(text))))


def converted(kind: FieldKind, limits: Limits, text: str) -> str | None:
    """Return the canonical text of what a value of another kind comes to in this one, None for none.

    Raises:
        WrongValue: nothing of this kind says the same.
    """
    try:
        return canonical(kind, limits, text)
    except WrongValue:
        read = _CONVERSIONS[kind](_loaded(text), limits) if kind in _CONVERSIONS else None
        if read is None:
            raise
    return _written(_checked(kind, limits, read))


def bound(kind: FieldKind, text: str) -> Any:
    """Return what a minimum or maximum of such a field means.

    Raises:
        WrongValue: it cannot be read.
    """
    if kind in (FieldKind.NUMBER, FieldKind.MONEY):
        return _number_of(text)
    if kind in (FieldKind.TEXT, FieldKind.MULTIPLE_CHOICE):
        if not re.fullmatch("[0-9]{1,5}", text):
            raise WrongValue("INVALID_BOUND", "a count is expected, such as 10")
        return int(text)
    if kind is FieldKind.DATE:
        return _date(text)
    if kind is FieldKind.TIME:
        return _time(text)
    raise WrongValue("INVALID_BOUND", f"a field of kind {kind} has no bounds")


#: What a value of each kind is in a formula; those left out can only be asked for by given(…).
TYPES: Final[Mapping[FieldKind, Type]] = {
    FieldKind.TEXT: Type.TEXT,
    FieldKind.NUMBER: Type.NUMBER,
    FieldKind.DATE: Type.DATE,
    FieldKind.TIME: Type.TIME,
    FieldKind.BOOLEAN: Type.BOOLEAN,
    FieldKind.CHOICE: Type.TEXT,
    FieldKind.MULTIPLE_CHOICE: Type.SET,
}
_BY_TYPE: Final[Mapping[Type, FieldKind]] = {
    Type.TEXT: FieldKind.TEXT,
    Type.NUMBER: FieldKind.NUMBER,
    Type.DATE: FieldKind.DATE,
    Type.BOOLEAN: FieldKind.BOOLEAN,
}


def operand(kind: FieldKind, text: str) -> Any:
    """Return what a formula reads of a stored value, None where it is not of this kind (any more)."""
    try:
        value = _read(kind, _loaded(text))
    except WrongValue:
        return None
    match kind:
        case FieldKind.DATE:
            return date.fromisoformat(value)
        case FieldKind.TIME:
            return datetime.fromisoformat(value)
        case FieldKind.MULTIPLE_CHOICE:
            return frozenset(value)
        case _:
            return value


def kind_of_result(type_: Type) -> FieldKind | None:
    """Return the kind of value that a formula of this type gives, None for one that nothing can hold."""
    return _BY_TYPE.get(type_)


def result_text(value: Any) -> str | None:
    """Return the canonical text of what a formula gave."""
    if value is None or value == "":
        return None
    return _written(value.isoformat() if isinstance(value, date) else value)


# Reading


def _loaded(text: str) -> Any:
    if len(text) > _MAX_JSON:
        raise WrongValue("TOO_LONG", f"at most {_MAX_JSON} characters")
    try:
        return json.loads(
            text,
            parse_float=_number_of_json,
            parse_int=_number_of_json,
            parse_constant=_no_constant,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError) as error:
        raise WrongValue("INVALID_JSON_TEXT", "a value in JSON, as text, is expected") from error


def _number_of_json(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text[:20]) from error


def _no_constant(text: str) -> Any:
    raise ValueError(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _read(kind: FieldKind, value: Any) -> Any:
    """Return a value as its kind knows it, None for nothing."""
    if value is None or value in ("", []):
        return None
    return _READERS[kind](value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise WrongValue("WRONG_TYPE", 'a text is expected, in JSON: "red"')
    if "\x00" in value:
        raise WrongValue("CONTROL_CHARACTER", "the character U+0000 is not allowed")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise WrongValue("INVALID_TEXT", "a lone surrogate is not text") from error
    if len(value) > MAX_TEXT:
        raise WrongValue("TOO_LONG", f"at most {MAX_TEXT} characters")
    return value


def _number(value: Any) -> Decimal:
    if not isinstance(value, Decimal):
        raise WrongValue("WRONG_TYPE", "a number is expected, in JSON: 12.5")
    if not value.is_finite() or (value and value.adjusted() > 17):
        raise WrongValue("OUT_OF_RANGE", "at most 18 digits before the point")
    if (
        value
        and int(value.as_tuple().exponent) < -12
        and value != value.quantize(Decimal(1).scaleb(-12), context=ROUNDING)
    ):
        raise WrongValue("INVALID_DECIMAL", "at most 12 decimals")
    return value if value else value.copy_abs()


def _number_of(text: str) -> Decimal:
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?", text):
        raise WrongValue("INVALID_DECIMAL", "a decimal such as 12.50 is expected, at most 18 and 12 digits")
    return Decimal(text)


def _money(value: Any) -> Money:
    if not isinstance(value, dict) or set(value) != {"amount", "currency"}:
        raise WrongValue("WRONG_TYPE", 'an amount is expected: {"amount": "12.50", "currency": "EUR"}')
    if not isinstance(value["currency"], str) or not isinstance(value["amount"], str):
        raise WrongValue("WRONG_TYPE", "amount and currency are texts")
    number = _number_of(value["amount"])
    try:
        return Money.of(number, value["currency"])
    except Invalid as error:
        raise WrongValue(error.reason, "the amount does not fit its currency") from error


def _date(value: Any) -> str:
    text = _text(value)
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            raise ValueError
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise WrongValue("INVALID_DATE", "a date such as 2026-03-27 is expected") from error


_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def _time(value: Any) -> str:
    text = _text(value)
    try:
        if not _TIME.fullmatch(text):
            raise ValueError
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise WrongValue("INVALID_TIME", "a time such as 2026-03-27T16:00:00Z is expected") from error
    return moment.isoformat().replace("+00:00", "Z")


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise WrongValue("WRONG_TYPE", "true or false is expected")
    return value


def _choices(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise WrongValue("WRONG_TYPE", "a list of choices is expected")
    return sorted({_text(each) for each in value})


def _link(value: Any) -> str:
    text = _text(value)
    try:
        if len(text) != 36:
            raise ValueError
        return str(UUID(text))
    except ValueError as error:
        raise WrongValue("INVALID_ID", "the id of a record is expected") from error


def _computed(value: Any) -> Any:
    raise WrongValue("OUTPUT_ONLY", "a formula computes this field")


_READERS: Final[Mapping[FieldKind, Callable[[Any], Any]]] = {
    FieldKind.TEXT: _text,
    FieldKind.NUMBER: _number,
    FieldKind.MONEY: _money,
    FieldKind.DATE: _date,
    FieldKind.TIME: _time,
    FieldKind.BOOLEAN: _boolean,
    FieldKind.CHOICE: _text,
    FieldKind.MULTIPLE_CHOICE: _choices,
    FieldKind.LINK: _link,
    FieldKind.FORMULA: _computed,
}

# Limits


def _checked(kind: FieldKind, limits: Limits, value: Any) -> Any:
    if value is None:
        return None
    if kind in (FieldKind.CHOICE, FieldKind.MULTIPLE_CHOICE):
        known = {choice.key for choice in limits.choices}
        if any(key not in known for key in ([value] if kind is FieldKind.CHOICE else value)):
            raise WrongValue("UNKNOWN_VALUE", f"one of these is expected: {', '.join(sorted(known)[:20])}")
    if limits.pattern and kind is FieldKind.TEXT and not patterns.matches(limits.pattern, value):
        raise WrongValue("PATTERN", f"the text must look like {limits.pattern}")
    if limits.minimum or limits.maximum:
        _within(kind, limits, _measured(kind, value))
    return value


def _measured(kind: FieldKind, value: Any) -> Any:
    if kind in (FieldKind.TEXT, FieldKind.MULTIPLE_CHOICE):
        return len(value)
    if kind is FieldKind.TIME:
        return _instant(value)
    return value.amount if kind is FieldKind.MONEY else value


def _within(kind: FieldKind, limits: Limits, measured: Any) -> None:
    low, high = (_limit(kind, text) if text else None for text in (limits.minimum, limits.maximum))
    counted = kind in (FieldKind.TEXT, FieldKind.MULTIPLE_CHOICE)
    if low is not None and measured < low:
        raise WrongValue("TOO_SHORT" if counted else "OUT_OF_RANGE", f"at least {limits.minimum}")
    if high is not None and measured > high:
        raise WrongValue("TOO_LONG" if counted else "OUT_OF_RANGE", f"at most {limits.maximum}")


@lru_cache(maxsize=1024)
def _limit(kind: FieldKind, text: str) -> Any:
    found = bound(kind, text)
    return _instant(found) if kind is FieldKind.TIME else found


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


# Writing


def _written(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Money):
        value = {"amount": value.text, "currency": value.currency}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# Conversions: None where nothing says the same.


def _as_text(value: Any, _limits: Limits) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(_number(value))
    if isinstance(value, list):
        parts = [_as_text(each, _limits) for each in value]
        return None if None in parts else ", ".join(part or "" for part in parts)
    if isinstance(value, dict) and set(value) == {"amount", "currency"}:
        return f"{value['amount']} {value['currency']}"
    return None


def _as_number(value: Any, _limits: Limits) -> Decimal | None:
    if not isinstance(value, str):
        return None
    text = value.strip().replace(",", ".", 1)
    return Decimal(text) if re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,12})?", text, re.ASCII) else None


def _as_money(value: Any, _limits: Limits) -> Money | None:
    found = (
        re.fullmatch(r"(-?[0-9]{1,18}(?:[.,][0-9]{1,4})?) ?([A-Z]{3})", value)
        if isinstance(value, str)
        else None
    )
    if found is None:
        return None
    return _money({"amount": plain(Decimal(found[1].replace(",", "."))), "currency": found[2]})


def _as_date(value: Any, _limits: Limits) -> str | None:
    if not isinstance(value, str):
        return None
    if _TIME.fullmatch(value):
        return _time(value)[:10]
    found = re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", value.strip(), re.ASCII)
    return _date(f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}") if found else None


_YES: Final = frozenset({"true", "yes", "si", "sì", "1", "x"})
_NO: Final = frozenset({"false", "no", "0"})


def _as_boolean(value: Any, limits: Limits) -> bool | None:
    text = (_as_text(value, limits) or "").strip().casefold()
    return True if text in _YES else False if text in _NO else None


def _as_choice(value: Any, limits: Limits) -> str | None:
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    text = (_as_text(value, limits) or "").strip().casefold()
    for choice in limits.choices:
        if text in {choice.key, *(label.casefold() for label in choice.labels.values())}:
            return choice.key
    return None


def _as_choices(value: Any, limits: Limits) -> list[str] | None:
    parts = value if isinstance(value, list) else re.split("[,;]", _as_text(value, limits) or "")
    found = [_as_choice(part, limits) for part in parts]
    return None if None in found else sorted({key for key in found if key})


_CONVERSIONS: Final[Mapping[FieldKind, Callable[[Any, Limits], Any]]] = {
    FieldKind.TEXT: _as_text,
    FieldKind.NUMBER: _as_number,
    FieldKind.MONEY: _as_money,
    FieldKind.DATE: _as_date,
    FieldKind.BOOLEAN: _as_boolean,
    FieldKind.CHOICE: _as_choice,
    FieldKind.MULTIPLE_CHOICE: _as_choices,
}
