"""Formulas are total: what is read has a value for every record; what is not says where and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.errors import Invalid
from services.kit.fields import patterns
from services.kit.fields.computing import MAX_TEXT, Type
from services.kit.fields.expressions import read

SCOPE = {
    "custom.n": Type.NUMBER,
    "custom.m": Type.NUMBER,
    "name": Type.TEXT,
    "big": Type.BOOLEAN,
    "on": Type.DATE,
    "roles": Type.SET,
    "at": Type.TIME,
    "link": Type.OTHER,
}
RECORD: dict[str, Any] = {
    "custom.n": Decimal("12.5"),
    "name": "Rossi",
    "big": True,
    "on": date(2026, 3, 27),
    "roles": {"dealer"},
    "at": datetime(2026, 1, 1, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("custom.n * 2 - 1", Decimal(24)),
        ("1 / 3", Decimal("0.333333333333")),
        ("2 / 3 * 3", Decimal("2.000000000001")),
        ("custom.n / 0", None),
        ("custom.m + 1", None),
        ("first(custom.m, 3) + 1", Decimal(4)),
        ("-custom.n", Decimal("-12.5")),
        ("round(2.345, 2)", Decimal("2.35")),
        ("round(-2.5)", Decimal(-3)),
        ("ceil(custom.n / 4)", Decimal(4)),
        ("999999999999999999 * 10", None),
        ('name + " S.r.l."', "Rossi S.r.l."),
        ('if name = "Rossi" then 1 else 2', Decimal(1)),
        ("custom.m = 1", False),
        ("custom.m != 1", True),
        ("not custom.m > 1", True),
        ("big and roles has dealer", True),
        ('name in ("Verdi", "Rossi")', True),
        ('days(date("2026-03-01"), on)', Decimal(26)),
        ("add_days(on, 999999999)", None),
        ('date("no date")', None),
        ("given(link) or given(at)", True),
        ("max(custom.n, custom.m, 3)", Decimal("12.5")),
        ("text(custom.n) + name", "12.5Rossi"),
        ("year(on) * 100 + month(on)", Decimal(202603)),
        ('contains(name, "ROSS")', True),
    ],
)
def test_a_formula_has_this_value(text: str, value: Any) -> None:
    assert read(text, SCOPE).value(RECORD) == value


def test_an_error_tells_its_column_and_its_remedy() -> None:
    with pytest.raises(Invalid) as raised:
        read("custom.n + nome", SCOPE)

    (violation,) = raised.value.violations
    assert violation.reason == "EXPRESSION_NAME_UNKNOWN"
    assert violation.detail == "column 12: there is no field `nome`"


def _parts() -> st.SearchStrategy[str]:
    names = st.sampled_from([*SCOPE, "custom.x", "0", "7.25", '"a"', "true", '"2026-01-01"'])
    signs = st.sampled_from(["+", "-", "*", "/", "=", "!=", "<", ">=", "and", "or", "in", "has"])
    functions = st.sampled_from(["min", "round", "length", "date", "days", "first", "given", "text", "upper"])

    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.tuples(inner, signs, inner).map(" ".join),
            st.tuples(functions, inner).map(lambda two: f"{two[0]}({two[1]})"),
            st.tuples(functions, inner, inner).map(lambda three: f"{three[0]}({three[1]}, {three[2]})"),
            st.tuples(inner, inner, inner).map(lambda three: "if {} then {} else {}".format(*three)),
            inner.map(lambda one: f"({one})"),
            inner.map(lambda one: f"not {one}"),
            inner.map(lambda one: f"-{one}"),
        )

    return st.recursive(names, grown, max_leaves=12)


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**17), max_value=10**17)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "custom.n": NUMBERS,
        "custom.m": NUMBERS,
        "name": st.text(max_size=30),
        "big": st.booleans(),
        "on": st.dates(),
        "roles": st.sets(st.text(max_size=5)),
    },
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(_parts(), st.text(max_size=60)), RECORDS)
def test_a_formula_raises_nothing_but_its_typed_errors(text: str, record: dict[str, Any]) -> None:
    try:
        formula = read(text, SCOPE)
    except Invalid as error:
        assert error.reason == "INVALID_EXPRESSION"
        (violation,) = error.violations
        assert violation.reason.startswith("EXPRESSION_") and re.match(r"column \d+: .+", violation.detail)
        return
    value = formula.value(record)
    kinds: dict[Type, tuple[type, ...]] = {
        Type.NUMBER: (Decimal,),
        Type.TEXT: (str,),
        Type.BOOLEAN: (bool,),
        Type.DATE: (date,),
    }
    assert value is None or isinstance(value, kinds.get(formula.type, (object,)))
    if isinstance(value, Decimal):
        assert abs(value) < 10**18 and int(value.as_tuple().exponent) >= -12
    if isinstance(value, str):
        assert len(value) <= MAX_TEXT


# Patterns, against Python's own regular expressions

ATOMS = st.sampled_from(["a", "b", ".", r"\d", "[ab]", "[^a]", "[a-c1]", r"\.", r"\w"])
COUNTS = st.sampled_from(["", "?", "*", "+", "{2}", "{1,3}", "{0,}"])
PIECES = st.lists(st.tuples(ATOMS, COUNTS).map("".join), max_size=5).map("".join)
PATTERNS = st.lists(PIECES, min_size=1, max_size=3).map("|".join)


@settings(max_examples=300, deadline=None)
@given(PATTERNS, st.text(alphabet="abc1.-", max_size=8))
def test_a_pattern_matches_what_a_regular_expression_matches(pattern: str, text: str) -> None:
    assert patterns.matches(pattern, text) == (re.fullmatch(pattern, text, re.ASCII) is not None)


@pytest.mark.parametrize("pattern", ["a*" * 40 + "b", "(a+)+b", "(?=a)", r"\1", "[", "a{3,1}", "^a$"])
def test_no_pattern_keeps_a_processor_busy(pattern: str) -> None:
    check: Callable[[], object] = lambda: patterns.matches(pattern, "a" * 5000)  # noqa: E731
    if pattern.startswith("a*"):
        assert check() is False
    else:
        with pytest.raises(Invalid):
            check()
