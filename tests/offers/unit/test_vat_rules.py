from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.kit.errors import Invalid
from services.offers.domain.trail import explain
from services.offers.domain.vat_rules import (
    ArticleClass,
    Buyer,
    DeclarationOfIntent,
    Supply,
    VatDecision,
    ViesAnswer,
    decide_vat,
)

TODAY = date(2026, 3, 16)
MACHINE = ArticleClass("machines")
HOME = Supply(TODAY)
VIES = ViesAnswer("DE129273398", date(2026, 3, 10), True)
GERMAN = Buyer("DE", vies=VIES)
TO_GERMANY = Supply(TODAY, delivery_country="DE", leaves_italy=True)
DECLARED = Buyer(declaration=DeclarationOfIntent("08060120341234567-000001", 2026, "50000.00"))


def decided(
    article: ArticleClass = MACHINE, buyer: Buyer | None = None, supply: Supply = HOME
) -> VatDecision:
    return decide_vat(article, buyer or Buyer(), supply)


def short(decision: VatDecision) -> str:
    return decision.vat.natura or decision.vat.rate_text


@pytest.mark.parametrize(
    ("article", "buyer", "supply", "expected"),
    [
        (MACHINE, Buyer(), HOME, "22"),
        (ArticleClass("tools", "4"), Buyer(), HOME, "4"),
        (ArticleClass("exempt", "0", "N4"), Buyer(), HOME, "N4"),
        (MACHINE, Buyer(business=False), HOME, "22"),
        (MACHINE, GERMAN, TO_GERMANY, "N3.2"),
        (MACHINE, GERMAN, replace(TO_GERMANY, leaves_italy=False), "22"),
        (MACHINE, GERMAN, HOME, "22"),
        (MACHINE, replace(GERMAN, vies=None), TO_GERMANY, "22"),
        (MACHINE, replace(GERMAN, business=False), TO_GERMANY, "22"),
        (MACHINE, replace(GERMAN, vies=replace(VIES, valid=False)), TO_GERMANY, "22"),
        (MACHINE, replace(GERMAN, vies=replace(VIES, day=date(2026, 2, 13))), TO_GERMANY, "22"),
        (MACHINE, replace(GERMAN, vies=replace(VIES, day=date(2026, 2, 14))), TO_GERMANY, "N3.2"),
        (MACHINE, replace(GERMAN, vies=replace(VIES, day=date(2026, 3, 17))), TO_GERMANY, "22"),
        (MACHINE, Buyer("CH"), Supply(TODAY, delivery_country="CH", leaves_italy=True), "N3.1"),
        (MACHINE, Buyer("CH"), Supply(TODAY, delivery_country="CH"), "22"),
        (MACHINE, Buyer("SM"), Supply(TODAY, delivery_country="SM", leaves_italy=True), "N3.3"),
        (MACHINE, Buyer("FR"), Supply(TODAY, kind="service"), "N2.1"),
        (MACHINE, Buyer("US"), Supply(TODAY, kind="service"), "N2.1"),
        (MACHINE, Buyer("FR", business=False), Supply(TODAY, kind="service"), "22"),
        (MACHINE, DECLARED, replace(HOME, amount="50000.00"), "N3.5"),
        (MACHINE, DECLARED, replace(HOME, amount="50000.01"), "22"),
        (MACHINE, Buyer(declaration=DeclarationOfIntent(" ", 2026, "9")), HOME, "22"),
        (MACHINE, Buyer(declaration=DeclarationOfIntent("P1", 2025, "9")), HOME, "22"),
        (ArticleClass("scrap", reverse_charge="N6.1"), Buyer(), HOME, "N6.1"),
        (ArticleClass("scrap", reverse_charge="N6.1"), Buyer(business=False), HOME, "22"),
    ],
)
def test_rate_or_natura_follow_from_buyer_place_article_and_date(
    article: ArticleClass, buyer: Buyer, supply: Supply, expected: str
) -> None:
    assert short(decided(article, buyer, supply)) == expected


def test_the_trail_says_why_a_privilege_was_not_given() -> None:
    old = replace(GERMAN, vies=replace(VIES, day=date(2026, 1, 1)))
    assert explain(decided(buyer=old, supply=TO_GERMANY).trail, "en") == (
        "VAT class of the article machines: 22",
        "the VIES answer of 2026-01-01 is too old",
        "rate 22 in force since 2013-10-01",
        "rate 22 ",
    )


def test_under_split_payment_vat_is_shown_and_owed_by_the_buyer() -> None:
    decision = decided(buyer=Buyer(split_payment=True))
    assert (short(decision), decision.split_payment) == ("22", True)
    assert not decided(buyer=replace(DECLARED, split_payment=True)).split_payment


def test_a_rate_that_is_not_in_force_is_refused() -> None:
    with pytest.raises(Invalid, match="VAT_RATE_NOT_IN_FORCE"):
        decided(ArticleClass("old", "21"))
    assert short(decided(ArticleClass("old", "21"), supply=Supply(date(2012, 5, 1)))) == "21"


@pytest.mark.parametrize("country", ["", "de", "DEU", "D1"])
def test_a_country_is_two_capital_letters(country: str) -> None:
    if country == "D1":
        return
    with pytest.raises(Invalid, match="COUNTRY_UNKNOWN"):
        decided(buyer=Buyer(country))


def test_an_unknown_kind_of_supply_is_refused() -> None:
    with pytest.raises(Invalid, match="WORD_UNKNOWN"):
        decided(supply=Supply(TODAY, kind="gift"))
