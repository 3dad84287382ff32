"""Italian telephone and VAT numbers, which take a short way: it ends where the libraries' long way does."""

from __future__ import annotations

import phonenumbers
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stdnum.it import iva

from services.crm.usecases import identifiers
from services.kit.errors import Invalid

OFFICES = ("000", "001", "003", "099", "100", "101", "119", "120", "121", "122", "888", "999")
digits = st.text("0123456789", min_size=0, max_size=12)
numbers = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "+39", "0039", "39", "+", "+ 39", "+39 ", "+44", "+378"]),
    st.sampled_from(["", "0", "3", "00", "01", "02 ", "045 ", "347", "38", "39", "06698", "800", "112"]),
    digits | st.builds("{} {}".format, digits, digits) | st.text("0123456789 -/.x", max_size=12),
)


def by_the_library(text: str, country: str) -> str | None:
    """The number in E.164; None if it is none."""
    try:
        number = phonenumbers.parse(text, country or "IT")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@settings(max_examples=1500, deadline=None)
@given(text=numbers, country=st.sampled_from(["IT", "", "DE", "US", "SM", "VA"]))
@example(text="+39 045 1234567", country="DE")
@example(text="3471234567", country="IT")
def test_a_telephone_number_is_what_the_library_makes_of_it(text: str, country: str) -> None:
    try:
        found: str | None = identifiers.phone(text, country, "value")
    except Invalid:
        found = None
    assert found == by_the_library(text, country)


@settings(max_examples=1500, deadline=None)
@given(
    body=st.text("0123456789", min_size=7, max_size=7) | st.just("0000000"),
    office=st.sampled_from(OFFICES),
    check=st.sampled_from("0123456789"),
    more=st.sampled_from(["", "0", "x", "²"]),
)  # fmt: skip
def test_a_vat_number_is_judged_as_the_library_judges(body: str, office: str, check: str, more: str) -> None:
    text = body + office + check + more
    try:
        found = identifiers.vat_number(text, "IT")
    except Invalid:
        found = ""
    assert found == (text if iva.is_valid(text) else "")
