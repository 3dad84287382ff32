"""What two entries of one company have in common, and how much that says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.crm.domain.duplicates import PROPOSED, Likeness, contact_keys, likelihood, name_key, party_keys


@pytest.mark.parametrize(
    "name",
    [
        "Officine Niccolò Rossi S.r.l.",
        "OFFICINE NICCOLO' ROSSI SRL",
        "Rossi Niccolò Officine & C. s.a.s.",
        "Off. Rossi Niccolò",
        "ditta Officina Niccolò Rossi unipersonale",
    ],
)
def test_case_accents_order_legal_form_and_abbreviations_do_not_matter(name: str) -> None:
    assert name_key(name) == "niccolo officine rossi"


def test_a_name_that_is_nothing_but_a_legal_form_is_still_a_name() -> None:
    assert name_key("S.p.A.") == "spa"
    assert name_key("…") == ""


def points(asked: str, stored: str, **more: object) -> int:
    return likelihood(Likeness(name_key(asked), name_key(stored), **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("Officine Rossi", "Officine Rossi S.r.l."),
        ("Officine Tevifalani", "Officine Tevifallani"),
        ("Officine Tevifalani", "Officine Tevfialani"),
        ("Tevifalani Carpenteria", "Carpenteria Tevifalani"),
    ],
)
def test_the_same_name_mistyped_is_proposed(asked: str, stored: str) -> None:
    assert points(asked, stored) >= PROPOSED


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("Elettromeccanica Rossi", "Elettromeccanica Bianchi"),
        ("Calzaturificio Repordi", "Calzaturificio Orzzardi"),
        ("Rossi", ""),
        ("", ""),
    ],
)
def test_a_common_word_is_no_reason(asked: str, stored: str) -> None:
    assert points(asked, stored, same_city=True) < PROPOSED


VECTORS = Path(__file__).parents[3] / "gateway/web/src/screens/quick-add/duplicates.json"


@pytest.mark.parametrize(
    "pair", json.loads(VECTORS.read_text()), ids=lambda pair: f"{pair['typed']}|{pair['name']}"
)
def test_the_web_client_judges_names_by_the_same_rule(pair: dict[str, str]) -> None:
    """Its own test holds it to the same file."""
    assert points(pair["typed"], pair["name"]) == points(pair["name"], pair["typed"]) == pair["points"]


@pytest.mark.parametrize(
    ("asked", "stored", "alone", "same_town", "other_town"),
    [
        ("Officine Rossi", "Officine Rossi", True, True, True),  # a branch, or a namesake: somebody looks
        ("Torneria Martini", "Torneria Marini", True, True, False),  # a letter that was left out
        ("Torneria Rosi", "Torneria Rossi", True, True, False),  # the same in a word of five letters
        ("Torneria Roi", "Torneria Rosi", False, True, False),  # and in one of four
        ("Torneria Ferrari", "Torneria Ferraro", False, True, False),  # a wrong letter: another surname
        ("Torneria Ferrari", "Torneria Verrari", False, False, False),  # a wrong first letter
        ("Torneria Ferrari Bassi", "Torneria Ferrari Rossi", False, False, False),  # all words must be alike
        ("TorneriaFerrari", "Torneria Ferrari", True, True, True),  # a forgotten space
        ("Torneria Ferrari", "Torneria Ferrari Group", False, False, False),
    ],
)
def test_a_name_that_is_only_alike_needs_more(
    asked: str, stored: str, alone: bool, same_town: bool, other_town: bool
) -> None:
    found = [points(asked, stored, same_city=city) >= PROPOSED for city in (None, True, False)]
    assert found == [alone, same_town, other_town]


def test_what_is_unique_decides_whatever_the_names() -> None:
    for kind in ("vat_number", "tax_code", "email", "phone"):
        assert points("Rossi", "Bianchi", same={kind}) >= PROPOSED
    assert points("Rossi", "Bianchi", same={"domain"}) < PROPOSED


def test_two_vat_numbers_are_two_companies_unless_more_speaks_for_one() -> None:
    assert points("Officine Rossi", "Officine Rossi", other_vat_number=True) < PROPOSED
    assert points("Officine Rossi", "Officine Rossi", other_vat_number=True, same={"phone"}) >= PROPOSED


def test_everybody_s_mailboxes_say_nothing_about_a_company() -> None:
    assert contact_keys({"kind": "email", "value": "Rossi@Gmail.com"}) == {
        "email": "rossi@gmail.com",
        "domain": "",
        "phone": "",
    }
    keys = party_keys({"name": "Rossi", "vat_number": "1", "tax_code": "", "pec": "rossi@pec.rossi.it"})
    assert keys["pec_domain"] == "pec.rossi.it"
