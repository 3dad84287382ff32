from __future__ import annotations

from datetime import date

import pytest

from services.offers.reports.wording import LANGUAGES, date_text, number_text, words_of
from services.offers.usecases.addresses import address_text


@pytest.mark.parametrize(
    ("number", "italian", "english"),
    [
        ("0.00", "0,00", "0.00"),
        ("999.99", "999,99", "999.99"),
        ("1000", "1.000", "1,000"),
        ("1234567.50", "1.234.567,50", "1,234,567.50"),
        ("-1935.10", "−1.935,10", "−1,935.10"),
        ("16301.05512345", "16.301,05512345", "16,301.05512345"),
    ],
)
def test_numbers_are_written_as_people_read_them(number: str, italian: str, english: str) -> None:
    assert (number_text(number, "it"), number_text(number, "en")) == (italian, english)


def test_dates_need_no_locale_of_the_machine() -> None:
    assert date_text(date(2026, 3, 7), "it") == "07/03/2026"
    assert date_text(date(2026, 3, 7), "en") == "7 March 2026"


def test_every_word_is_there_in_every_language() -> None:
    for language in LANGUAGES:
        assert all(words_of(language).values())
    assert words_of("it") != words_of("en")


def test_an_address_is_written_as_on_a_letter() -> None:
    body = {
        "street": "Via Milano 3",
        "postal_code": "24100",
        "city": "Bergamo",
        "province": "BG",
        "country": "IT",
    }
    assert address_text(body, home="IT") == "Via Milano 3\n24100 Bergamo (BG)"
    assert address_text({**body, "country": "CH", "province": ""}, home="IT").endswith("24100 Bergamo\nCH")
    assert address_text(dict.fromkeys(body, ""), home="IT") == ""
