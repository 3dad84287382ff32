from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.errors import Invalid
from services.offers.domain.canonical import decode, encode

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcdé", max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


def test_keys_are_sorted_and_nothing_is_escaped_or_spaced() -> None:
    assert encode({"b": [1, True, None], "a": "è €"}) == '{"a":"è €","b":[1,true,null]}'.encode()


def test_decimals_have_one_text() -> None:
    assert (
        encode([Decimal("1.500"), Decimal("1E+2"), Decimal("-0.0"), Decimal("0E-9")])
        == b'["1.5","100","0","0"]'
    )


def test_text_is_in_normal_form_c() -> None:
    assert encode("e\u0300") == encode("\u00e8") == '"è"'.encode()


@given(st.text(st.characters(max_codepoint=0x24F) | st.sampled_from("\u0300\u0301\u0308\u0323"), max_size=12))
def test_normal_form_is_that_of_unicode_for_european_text(text: str) -> None:
    assert decode(encode(text)) == unicodedata.normalize("NFC", text)


def test_dates_and_instants_are_iso() -> None:
    assert encode([date(2026, 3, 1), datetime(2026, 3, 1, 8, tzinfo=UTC)]) == (
        b'["2026-03-01","2026-03-01T08:00:00+00:00"]'
    )


@given(VALUES)
def test_what_is_written_reads_back_to_the_same_bytes(value: object) -> None:
    assert encode(decode(encode(value))) == encode(value)


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        Decimal("NaN"),
        Decimal("1E+999999999"),
        2**53,
        {1: "a"},
        {"è": 1, "e\u0300": 2},
        "\ud800",
        b"bytes",
        {1, 2},
        object(),
        datetime(2026, 1, 1),
        Decimal("Infinity"),
    ],
)
def test_what_has_no_one_text_is_refused(value: object) -> None:
    with pytest.raises(Invalid, match="SNAPSHOT_VALUE") as caught:
        encode({"lines": [value]})
    assert caught.value.params["field"].startswith("lines[0]")


def test_endless_depth_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(Invalid, match="SNAPSHOT_VALUE"):
        encode(loop)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b"1.5",
        b"1e3",
        b"NaN",
        b"9007199254740992",
        b"\xff",
        b'"e\xcc\x80"',
        b'"\\u00e8"',
        b'"\\ud800"',
        b"[" * 100000,
        b"1" * 5000,
    ],
)
def test_only_canonical_json_is_read(body: bytes) -> None:
    with pytest.raises(Invalid, match="SNAPSHOT_MALFORMED"):
        decode(body)
