"""The search box: codes first, then words, beginnings and parts; short and mistyped words; hostile ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.crm.usecases.search import Search
from services.kit.actor import Actor
from services.kit.errors import Invalid
from tests.support.owners import NORTH, SOUTH, OwnerUnderTest, create, everything, update, within


@pytest.fixture
def known(crm: OwnerUnderTest, seller: Actor) -> str:
    """A party with everything that can be found, among others that are like it; its id."""
    found = ""
    for name, vat in (
        ("Rossi Meccanica S.r.l.", "00159560366"),
        ("Fonderia Rossini", ""),
        ("Officine De Rossi", ""),
        ("Al Cantiere", ""),
    ):
        item = create("crm.party", name=name, vat_number=vat, territory_id=str(NORTH))
        assert crm.one(seller, item).outcome == "applied"
        found = found or str(item["record_id"])
    contact = {"kind": "email", "value": "info@rossi.example", "person_name": "Niccolò Forlì"}
    crm.one(seller, create("crm.contact_point", party_id=found, **contact))
    crm.one(seller, create("crm.opportunity", party_id=found, title="Cella robotizzata, fase 2"))
    crm.one(seller, create("crm.activity", party_id=found, kind="visit", subject="Visita per ART-95319-A"))
    return found


def titles(crm: OwnerUnderTest, user: Actor, question: str) -> list[str]:
    return [each.title for each in Search(crm.owner.database)(crm.accesses.get(user), question)]


def test_what_is_nearest_to_the_question_comes_first(crm: OwnerUnderTest, seller: Actor, known: str) -> None:
    # As it is written, then where the word is only a part, each from its beginning first.
    assert titles(crm, seller, "rossi") == [
        "Officine De Rossi",
        "Rossi Meccanica S.r.l.",
        "Fonderia Rossini",
        "Niccolò Forlì",
    ]
    note = create("crm.activity", party_id=known, kind="call", subject="00159560366")
    crm.one(seller, note)
    assert titles(crm, seller, "00159560366") == ["Rossi Meccanica S.r.l.", "00159560366"]
    assert titles(crm, seller, "INFO@rossi.example")[0] == "Niccolò Forlì"


#: Question -> what comes first.
_FIRST = (
    ("95319", "Visita per ART-95319-A"),
    ("art-95319-a", "Visita per ART-95319-A"),
    ("FORLI", "Niccolò Forlì"),
    ("nicolo", "Niccolò Forlì"),
    ("robotizata", "Cella robotizzata, fase 2"),
    ("meccanicca rosi", "Rossi Meccanica S.r.l."),
    ("fase 2", "Cella robotizzata, fase 2"),
    ("de ro", "Officine De Rossi"),
    ("al", "Al Cantiere"),
    ("  CANTIERE ", "Al Cantiere"),
)


def test_codes_accents_parts_short_and_mistyped_words_are_found(
    crm: OwnerUnderTest, seller: Actor, known: str
) -> None:
    for question, first in _FIRST:
        assert titles(crm, seller, question)[:1] == [first], question


#: Questions that find nothing and harm nobody: wildcards and quotes stand for themselves, a code that is
#: mistyped is another code.
_NOTHING = (
    "%",
    "_",
    "\\",
    "%%%%",
    "a%b",
    "' or 1=1 --",
    "\\%",
    "rossi\\",
    "art-95319-b",
    "🦄🦄",
    "()|&!:*",
    "  ",
)


def test_hostile_questions_find_nothing_or_are_refused(
    crm: OwnerUnderTest, seller: Actor, known: str
) -> None:
    for question in _NOTHING:
        assert titles(crm, seller, question) == [], question
    for question in ("a\x00b", "x" * 201):
        with pytest.raises(Invalid, match="INVALID_QUERY"):
            titles(crm, seller, question)
    assert titles(crm, seller, "rossi " * 33)[0] == "Officine De Rossi"


def test_mistyped_words_tell_nothing_of_what_is_not_the_readers(
    crm: OwnerUnderTest, seller: Actor, known: str
) -> None:
    south = crm.accesses.give(within(SOUTH))
    for question in ("rossi", "rosssi", "00159560366", "al", "robotizata"):
        assert titles(crm, south, question) == []


def test_a_changed_grant_is_another_question(crm: OwnerUnderTest, seller: Actor, known: str) -> None:
    """Statements are remembered by user and epoch: rights that were taken away are not remembered."""
    box = Search(crm.owner.database)
    reader = crm.accesses.give(*everything("crm"))
    before = crm.accesses.get(reader)
    assert box(before, "fonderia")
    narrowed = replace(before, epoch=2, grants=(within(SOUTH),))
    assert box(narrowed, "fonderia") == []


def test_what_is_deleted_or_renamed_is_no_longer_found(
    crm: OwnerUnderTest, seller: Actor, known: str
) -> None:
    crm.one(seller, update("crm.party", known, name="Vetreria Bianchi"))
    assert titles(crm, seller, "meccanica") == []
    assert titles(crm, seller, "vetreria") == ["Vetreria Bianchi"]
