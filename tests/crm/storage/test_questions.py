"""Duplicates while typing, one box for everything, and what a merge would do: within the caller's grants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sales.crm.v1 import service_pb2 as pb
from uuid_utils.compat import uuid7

from services.crm.api import questions
from services.crm.usecases.duplicates import Proposal, find_duplicates
from services.crm.usecases.search import Search
from services.kit import rpc
from services.kit.actor import Actor
from services.kit.errors import Forbidden, Invalid, NotFound
from tests.crm.filling import fill
from tests.crm.parties import person, related
from tests.crm.quality import measure
from tests.crm.storage.test_merging import merge
from tests.crm.storage.test_timeline import hear_itself
from tests.support.owners import NORTH, SOUTH, OwnerUnderTest, create, delete, everything, update, within


@pytest.fixture
def north(crm: OwnerUnderTest) -> Actor:
    return crm.accesses.give(within(NORTH))


def party(crm: OwnerUnderTest, author: Actor, **fields: Any) -> str:
    item = create("crm.party", **{"name": "Officine Rossi S.r.l.", "territory_id": str(NORTH), **fields})
    assert crm.one(author, item).outcome == "applied"
    return str(item["record_id"])


def proposed(crm: OwnerUnderTest, user: Actor, **typed: str) -> list[Proposal]:
    hear_itself(crm)
    return find_duplicates(crm.owner.database, crm.accesses.get(user), typed)


def ids(proposals: list[Proposal]) -> list[str]:
    return [each.party_id for each in proposals]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"name": "officine rosi"}, "name"),
        ({"name": "x", "vat_number": "IT 00159560366"}, "vat_number"),
        ({"email": "Info@rossi.example"}, "email"),
        ({"phone": "045 1234567"}, "phone"),
        ({"email": "ROSSI@pec.example"}, "email"),
    ],
)
def test_one_thing_in_common_is_enough(
    crm: OwnerUnderTest, seller: Actor, typed: dict[str, str], why: str
) -> None:
    known = party(crm, seller, vat_number="00159560366", pec="rossi@pec.example")
    for kind, value in (("email", "info@rossi.example"), ("phone", "+39 045 1234567")):
        crm.one(seller, create("crm.contact_point", party_id=known, kind=kind, value=value))
    party(crm, seller, name="Tutt'altra ditta")
    (found,) = proposed(crm, seller, **typed)
    assert (found.party_id, found.because[0]) == (known, why)


@pytest.mark.parametrize(
    "typed", [{}, {"name": ""}, {"vat_number": "123"}, {"email": "rossi@"}, {"phone": "0"}]
)
def test_what_is_not_finished_yet_finds_nothing_and_is_no_error(
    crm: OwnerUnderTest, seller: Actor, typed: dict[str, str]
) -> None:
    party(crm, seller, name="%_\\ '")
    assert proposed(crm, seller, **typed) == []


def test_nobody_learns_of_a_party_that_is_not_theirs_to_see(
    crm: OwnerUnderTest, seller: Actor, north: Actor
) -> None:
    theirs = party(crm, seller, territory_id=str(SOUTH), vat_number="00159560366")
    assert proposed(crm, north, name="Officine Rossi", vat_number="00159560366") == []
    assert ids(proposed(crm, seller, vat_number="00159560366")) == [theirs]
    with pytest.raises(Forbidden, match="NOT_GRANTED"):
        proposed(crm, crm.accesses.give(*everything("offers")), name="Officine Rossi")


def test_proposals_follow_what_parties_become(crm: OwnerUnderTest, seller: Actor) -> None:
    known, other = party(crm, seller), party(crm, seller, name="Fonderia Bianchi")
    mail = create("crm.contact_point", party_id=known, kind="email", value="info@rossi.example")
    crm.one(seller, mail)
    assert ids(proposed(crm, seller, email="info@rossi.example")) == [known]
    crm.one(seller, delete("crm.contact_point", mail["record_id"]))
    assert proposed(crm, seller, email="info@rossi.example") == []
    crm.one(seller, update("crm.party", known, name="Vetreria Verdi"))
    assert proposed(crm, seller, name="Officine Rossi") == []
    merge(crm, seller, other, known)
    assert proposed(crm, seller, name="Vetreria Verdi") == []


def test_dirty_data_finds_its_companies_and_few_others(crm: OwnerUnderTest, seller: Actor) -> None:
    """The figures at 100,000 parties are in services/DECISIONS.md."""
    url = crm.owner.database.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    stored = fill(url, 4000, territories=[str(NORTH)])
    quality = measure(crm.owner.database, crm.accesses.get(seller), stored, asked=150)
    assert quality.recall >= 0.95
    assert quality.false_proposals <= 0.02


def titles(crm: OwnerUnderTest, user: Actor, question: str) -> list[tuple[str, str]]:
    found = Search(crm.owner.database)(crm.accesses.get(user), question)
    return [(each.entity.partition(".")[2], each.title) for each in found]


def test_one_box_finds_parties_contacts_and_activities(crm: OwnerUnderTest, seller: Actor) -> None:
    known = party(crm, seller, name="Forlì Niccolò S.r.l.", vat_number="00159560366")
    phone = {"kind": "phone", "value": "045 1234567", "person_name": "Anna Forlini"}
    crm.one(seller, create("crm.contact_point", party_id=known, **phone))
    crm.one(
        seller, create("crm.activity", party_id=known, kind="visit", subject="Visita a Forlì, ART-95319-A")
    )
    assert titles(crm, seller, "forli") == [
        ("party", "Forlì Niccolò S.r.l."),
        ("contact_point", "Anna Forlini"),
        ("activity", "Visita a Forlì, ART-95319-A"),
    ]
    assert titles(crm, seller, "95319") == [("activity", "Visita a Forlì, ART-95319-A")]
    assert titles(crm, seller, "1234567") == [("contact_point", "Anna Forlini")]
    assert titles(crm, seller, "niccolo 0015956") == [("party", "Forlì Niccolò S.r.l.")]
    assert titles(crm, seller, "%") == []


def test_the_box_shows_what_its_reader_may_see(crm: OwnerUnderTest, seller: Actor, north: Actor) -> None:
    south = party(crm, seller, name="Rossi Sud", territory_id=str(SOUTH))
    crm.one(seller, create("crm.activity", party_id=south, kind="call", subject="Rossi chiama"))
    party(crm, seller, name="Rossi Nord")
    assert titles(crm, north, "rossi") == [("party", "Rossi Nord")]
    with pytest.raises(Forbidden, match="NOT_GRANTED"):
        titles(crm, crm.accesses.give(*everything("offers")), "rossi")
    with pytest.raises(Invalid, match="INVALID_QUERY"):
        titles(crm, seller, "a\x00b")


@contextmanager
def calling(monkeypatch: pytest.MonkeyPatch, user: Actor) -> Iterator[None]:
    monkeypatch.setattr(rpc, "current_actor", lambda: user)
    yield


def preview(
    crm: OwnerUnderTest, monkeypatch: pytest.MonkeyPatch, user: Actor, one: str, two: str
) -> pb.PreviewMergeResponse:
    with calling(monkeypatch, user):
        request = pb.PreviewMergeRequest(party_id=one, other_id=two)
        return questions.CrmQuestions(crm.owner).PreviewMerge(request, None)


def test_a_preview_says_what_the_merge_then_does(
    crm: OwnerUnderTest, seller: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = party(crm, seller, pec="a@b.example"), party(crm, seller, pec="c@d.example", website="w")
    crm.one(seller, create("crm.activity", party_id=two, kind="call", subject="Chiamata"))
    said = preview(crm, monkeypatch, seller, one, two)
    assert [(each.name, each.merged) for each in said.fields] == [
        ("pec", '"a@b.example"'),
        ("website", '"w"'),
    ]
    assert [(each.entity, each.count) for each in said.moved] == [("crm.activity", 1)]
    stored = crm.stored("crm.party", one)
    assert stored is not None
    assert stored["version"] == 1
    assert crm.count("party_merge") == 0


def test_a_preview_counts_the_relationships_of_third_parties_that_the_merge_then_moves(
    crm: OwnerUnderTest, seller: Actor, north: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = party(crm, seller), party(crm, seller)
    people = [person(crm, seller), person(crm, seller, territory_id=str(SOUTH))]
    pointing = [related(crm, seller, each, "works_at", two) for each in people]
    related(crm, seller, one, "dealer_of", two)
    related(crm, seller, person(crm, seller), "works_at", one)
    said = preview(crm, monkeypatch, north, one, two)
    assert (said.pointed, list(said.moved)) == (2, [])
    assert merge(crm, seller, one, two).changed
    moved = [crm.stored("crm.relationship", each) for each in pointing]
    assert {str(each["other_id"]) for each in moved if each} == {one}


def test_a_preview_hides_what_its_reader_may_not_see(
    crm: OwnerUnderTest, north: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    insider = crm.accesses.give(*everything("crm", facets=("private",)))
    one, two = party(crm, insider), party(crm, insider, private_notes="secret")
    south = party(crm, insider, territory_id=str(SOUTH))
    assert [each.name for each in preview(crm, monkeypatch, insider, one, two).fields] == ["private_notes"]
    assert list(preview(crm, monkeypatch, north, one, two).fields) == []
    for other in (south, str(uuid7())):
        with pytest.raises(NotFound):
            preview(crm, monkeypatch, north, one, other)
    with pytest.raises(Invalid):
        preview(crm, monkeypatch, north, one, "no id")
