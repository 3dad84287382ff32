"""A value is accepted exactly when a checker accepts it that was written on its own, from the README."""

from __future__ import annotations

import calendar
import json
import re
from fractions import Fraction
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.kit.fields.values import Choice, FieldKind, Limits, WrongValue, canonical

DECIMALS = {"EUR": 2, "JPY": 0, "KWD": 3}
CHOICES = ("metal", "wood", "glass")
Token = tuple[str, str]


def accepts(kind: FieldKind, limits: Limits, text: str) -> bool:
    """Whether a value of the kind keeps to its limits; nothing is always accepted."""
    value = json.loads(text, parse_float=lambda n: ("number", n), parse_int=lambda n: ("number", n))
    if value in (None, "", []):
        return True
    return bool(CHECKERS[kind](value, limits))


def within(value: Any, limits: Limits, read: Any) -> bool:
    above = not limits.minimum or read(limits.minimum) <= value
    return above and (not limits.maximum or value <= read(limits.maximum))


def is_text(value: Any, limits: Limits) -> bool:
    if not isinstance(value, str) or "\0" in value or len(value) > 10_000:
        return False
    if any(0xD800 <= ord(letter) <= 0xDFFF for letter in value):
        return False
    if limits.pattern and not re.fullmatch(limits.pattern, value):
        return False
    return within(len(value), limits, int)


def is_number(value: Any, limits: Limits) -> bool:
    if not isinstance(value, tuple):
        return False
    number = Fraction(value[1])
    return abs(number) < 10**18 and (number * 10**12).denominator == 1 and within(number, limits, Fraction)


def is_money(value: Any, limits: Limits) -> bool:
    if not isinstance(value, dict) or sorted(value) != ["amount", "currency"]:
        return False
    amount, currency = value["amount"], value["currency"]
    if not isinstance(amount, str) or currency not in DECIMALS:
        return False
    form = re.fullmatch(r"-?(?:0|[1-9]\d{0,17})(?:\.(\d{1,12}))?", amount, re.ASCII)
    if form is None or len((form[1] or "").rstrip("0")) > DECIMALS[currency]:
        return False
    return within(Fraction(amount), limits, Fraction)


def day_of(text: str) -> tuple[int, int, int] | None:
    form = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text, re.ASCII)
    if form is None:
        return None
    year, month, day = map(int, form.groups())
    exists = year >= 1 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
    return (year, month, day) if exists else None


def is_date(value: Any, limits: Limits) -> bool:
    found = day_of(value) if isinstance(value, str) else None
    return found is not None and within(found, limits, day_of)


def seconds_of(text: str) -> Fraction | None:
    """Seconds since the year 1 in UTC."""
    form = re.fullmatch(
        r"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d(?:\.\d{1,6})?)(?:Z|([+-])(\d\d):(\d\d))", text, re.ASCII
    )
    day = day_of(form[1]) if form else None
    if form is None or day is None:
        return None
    hour, minute, second = int(form[2]), int(form[3]), Fraction(form[4])
    away = int(form[6] or 0) * 60 + int(form[7] or 0)
    if hour > 23 or minute > 59 or second >= 60 or int(form[6] or 0) > 23 or int(form[7] or 0) > 59:
        return None
    days = sum(366 if calendar.isleap(year) else 365 for year in range(1, day[0]))
    days += sum(calendar.monthrange(day[0], month)[1] for month in range(1, day[1])) + day[2]
    return days * 86_400 + hour * 3600 + minute * 60 + second - (-1 if form[5] == "-" else 1) * away * 60


def is_time(value: Any, limits: Limits) -> bool:
    found = seconds_of(value) if isinstance(value, str) else None
    return found is not None and within(found, limits, seconds_of)


def is_choice(value: Any, limits: Limits) -> bool:
    return isinstance(value, str) and value in [each.key for each in limits.choices]


def are_choices(value: Any, limits: Limits) -> bool:
    known = [each.key for each in limits.choices]
    if not isinstance(value, list) or not all(isinstance(each, str) and each in known for each in value):
        return False
    return within(len(set(value)), limits, int)


def is_link(value: Any, _: Limits) -> bool:
    form = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    return isinstance(value, str) and re.fullmatch(form, value, re.IGNORECASE) is not None


CHECKERS = {
    FieldKind.TEXT: is_text,
    FieldKind.NUMBER: is_number,
    FieldKind.MONEY: is_money,
    FieldKind.DATE: is_date,
    FieldKind.TIME: is_time,
    FieldKind.BOOLEAN: lambda value, _: isinstance(value, bool),
    FieldKind.CHOICE: is_choice,
    FieldKind.MULTIPLE_CHOICE: are_choices,
    FieldKind.LINK: is_link,
    # Nobody writes it.
    FieldKind.FORMULA: lambda value, _: False,
}

NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,14})?(e[+-]?[0-9]{1,2})?", fullmatch=True)
DATES = st.one_of(st.dates().map(str), st.from_regex(r"(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]", fullmatch=True))
TIMES = st.from_regex(
    r"20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,7})?(Z|[+-][0-2][0-9]:[0-5][0-9])?",
    fullmatch=True,
)
MONEY = st.fixed_dictionaries(
    {"amount": NUMBERS, "currency": st.sampled_from([*DECIMALS, "XXQ", "eur"])},
    optional={"more": st.booleans()},
)
KEYS = st.sampled_from([*CHOICES, "stone", "Wood"])
JSON: st.SearchStrategy[str] = st.one_of(
    NUMBERS,
    st.one_of(
        st.none(),
        st.booleans(),
        DATES,
        TIMES,
        MONEY,
        KEYS,
        st.lists(st.one_of(KEYS, st.none()), max_size=4),
        st.uuids().map(str),
        st.uuids().map(lambda each: str(each).upper()),
        st.uuids().map(lambda each: each.hex),
        st.text(max_size=12),
        st.sampled_from(["\0", "\ud800", "x" * 10_001, "AB12", "AB", {}, [[]], {"amount": "1"}]),
    ).map(json.dumps),
)
BOUNDS: dict[FieldKind, tuple[str, ...]] = {
    FieldKind.TEXT: ("0", "2", "4", "12"),
    FieldKind.MULTIPLE_CHOICE: ("1", "2", "3"),
    FieldKind.NUMBER: ("-5", "0", "12.5", "1000"),
    FieldKind.MONEY: ("-5", "0", "12.5", "1000"),
    FieldKind.DATE: ("1990-01-01", "2024-02-29", "2100-12-31"),
    FieldKind.TIME: ("2010-01-01T00:00:00Z", "2050-06-30T12:00:00+02:00"),
}


@st.composite
def limited(draw: st.DrawFn) -> tuple[FieldKind, Limits]:
    kind = draw(st.sampled_from(list(FieldKind)))
    bounds = st.sampled_from(("", *BOUNDS.get(kind, ())))
    pattern = draw(st.sampled_from(("", "[A-Z]{2}", r"[A-Z]{2}\d*"))) if kind is FieldKind.TEXT else ""
    choices = tuple(Choice(key, {}, key == "glass") for key in CHOICES)
    return kind, Limits(draw(bounds), draw(bounds), pattern, choices)


@settings(max_examples=600, deadline=None)
@given(limited(), JSON)
@example((FieldKind.NUMBER, Limits("0", "12.5")), "1.25e1")
@example((FieldKind.DATE, Limits()), '"2023-02-29"')
@example((FieldKind.DATE, Limits("2024-02-29")), '"2024-02-28"')
@example((FieldKind.MONEY, Limits()), '{"amount":"1.5","currency":"JPY"}')
@example((FieldKind.TIME, Limits("2050-06-30T12:00:00+02:00")), '"2050-06-30T10:00:00Z"')
@example((FieldKind.MULTIPLE_CHOICE, Limits("2", "", "", (Choice("wood", {}, False),))), '["wood","wood"]')
def test_a_value_is_accepted_exactly_when_an_independent_checker_accepts_it(
    limited: tuple[FieldKind, Limits], text: str
) -> None:
    kind, limits = limited
    try:
        written = canonical(kind, limits, text)
    except WrongValue:
        assert not accepts(kind, limits, text)
        return
    assert accepts(kind, limits, text)
    # What was written once is right for ever, and written the same.
    if written is not None:
        assert canonical(kind, limits, written) == written
