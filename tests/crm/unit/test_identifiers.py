"""Identifiers as users type them: stored in one form, or refused by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.crm.usecases import identifiers
from services.kit.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "country", "stored"),
    [
        ("", "IT", ""),
        ("00159560366", "IT", "00159560366"),
        ("IT 001 5956 0366", "IT", "00159560366"),
        ("it00159560366", "DE", "00159560366"),
        ("DE 136,695 976".replace(",", " "), "IT", "DE136695976"),
        ("136695976", "DE", "DE136695976"),
        ("EL 094259216", "GR", "EL094259216"),
        ("CHE-107.787.577", "CH", "CHE107787577"),
    ],
)
def test_vat_numbers(typed: str, country: str, stored: str) -> None:
    assert identifiers.vat_number(typed, country) == stored


@pytest.mark.parametrize(
    ("check", "typed", "reason"),
    [
        (lambda text: identifiers.vat_number(text, "IT"), "00159560367", "INVALID_VAT_NUMBER"),
        (lambda text: identifiers.vat_number(text, "IT"), "0015956036", "INVALID_VAT_NUMBER"),
        (lambda text: identifiers.vat_number(text, "IT"), "0015956036O", "INVALID_VAT_NUMBER"),
        (lambda text: identifiers.vat_number(text, "IT"), "DE136695977", "INVALID_VAT_NUMBER"),
        (identifiers.tax_code, "RSSMRA80A01H501A", "INVALID_TAX_CODE"),
        (identifiers.tax_code, "RSSMRA80A01", "INVALID_TAX_CODE"),
        (identifiers.sdi_code, "ABC12", "INVALID_SDI_CODE"),
        (identifiers.sdi_code, "ABC-123", "INVALID_SDI_CODE"),
        (identifiers.country_code, "Italia", "INVALID_COUNTRY"),
        (lambda text: identifiers.email(text, "value"), "rossi@", "INVALID_EMAIL"),
        (lambda text: identifiers.email(text, "value"), "a b@rossi.it", "INVALID_EMAIL"),
        (lambda text: identifiers.email(text, "value"), "a@rossi", "INVALID_EMAIL"),
        (lambda text: identifiers.phone(text, "IT", "value"), "casa", "INVALID_PHONE"),
        (lambda text: identifiers.phone(text, "IT", "value"), "12", "INVALID_PHONE"),
    ],
)
def test_wrong_ones_are_refused_by_name(check: Callable[[str], str], typed: str, reason: str) -> None:
    with pytest.raises(Invalid) as raised:
        check(typed)
    assert [violation.reason for violation in raised.value.violations] == [reason]


@pytest.mark.parametrize(
    ("typed", "country", "stored"),
    [
        ("045 1234567", "IT", "+390451234567"),
        ("+39 045/1234567", "DE", "+390451234567"),
        ("0049 89 1234567", "IT", "+49891234567"),
        ("333 1234567", "IT", "+393331234567"),
    ],
)
def test_phone_numbers_are_stored_in_one_form(typed: str, country: str, stored: str) -> None:
    assert identifiers.phone(typed, country, "value") == stored


def test_the_rest_is_stored_in_one_form() -> None:
    assert identifiers.tax_code("rss mra 80a01 h501u") == "RSSMRA80A01H501U"
    assert identifiers.tax_code("00159560366") == "00159560366"
    assert identifiers.sdi_code(" abc1234 ") == "ABC1234"
    assert identifiers.country_code("") == "IT"
    assert identifiers.email(" Mario.Rossi@ROSSI.it ", "value") == "Mario.Rossi@rossi.it"


@given(st.text(max_size=40))
def test_no_text_raises_anything_else(text: str) -> None:
    for check in (
        lambda: identifiers.vat_number(text, "IT"),
        lambda: identifiers.vat_number(text, "DE"),
        lambda: identifiers.tax_code(text),
        lambda: identifiers.sdi_code(text),
        lambda: identifiers.country_code(text),
        lambda: identifiers.email(text, "value"),
        lambda: identifiers.phone(text, "IT", "value"),
    ):
        try:
            stored = check()
        except Invalid:
            continue
        assert isinstance(stored, str)


@given(st.from_regex(r"[0-9]{11}", fullmatch=True))
def test_a_stored_vat_number_is_stored_again_as_it_is(digits: str) -> None:
    try:
        stored = identifiers.vat_number(digits, "IT")
    except Invalid:
        return
    assert identifiers.vat_number(stored, "IT") == stored
