from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.kit.errors import Invalid
from services.offers.domain.vat import NATURA, RatePeriod, check_in_force, rates_in_force, vat_class


def test_equal_rates_are_one_class_however_written() -> None:
    assert vat_class("22") == vat_class("22.0") == vat_class(Decimal("22.00")) == vat_class(22)
    assert vat_class("22.00").rate_text == "22"


@pytest.mark.parametrize("natura", sorted(NATURA))
def test_rate_zero_takes_every_natura(natura: str) -> None:
    assert vat_class("0", natura).natura == natura


@pytest.mark.parametrize(
    ("rate", "natura", "reason"),
    [
        ("0", "", "NATURA_MISSING"),
        ("22", "N1", "NATURA_NOT_ALLOWED"),
        ("0", "N2", "NATURA_RETIRED"),
        ("0", "N3", "NATURA_RETIRED"),
        ("0", "N6", "NATURA_RETIRED"),
        ("0", "N8", "NATURA_UNKNOWN"),
        ("0", "n1", "NATURA_UNKNOWN"),
        ("-1", "", "VAT_RATE_OUT_OF_RANGE"),
        ("100.01", "", "VAT_RATE_OUT_OF_RANGE"),
        ("", "", "NUMBER_MALFORMED"),
    ],
)
def test_rate_and_natura_must_fit(rate: str, natura: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        vat_class(rate, natura)


def test_there_are_twenty_one_codes() -> None:
    assert len(NATURA) == 21


@pytest.mark.parametrize(
    ("day", "standard"),
    [(date(2013, 9, 30), 21), (date(2013, 10, 1), 22), (date(2011, 9, 16), 20), (date(2011, 9, 17), 21)],
)
def test_italian_rates_change_on_their_day(day: date, standard: int) -> None:
    assert max(rates_in_force(day)) == standard


def test_a_rate_out_of_force_is_refused() -> None:
    check_in_force(vat_class("22"), date(2026, 1, 1))
    with pytest.raises(Invalid, match="VAT_RATE_NOT_IN_FORCE"):
        check_in_force(vat_class("23"), date(2026, 1, 1))
    check_in_force(vat_class("23"), date(2026, 1, 1), [RatePeriod(Decimal(23), date(2011, 1, 1))])
