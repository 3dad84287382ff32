"""People, companies and what they are to each other; groups of companies; people who go with their
company.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sales.crm.v1 import service_pb2 as pb

from services.crm.api import questions
from services.crm.usecases import relationships as usecases
from services.crm.usecases.relationships import hierarchy
from services.kit import rpc
from services.kit.actor import Actor
from services.kit.errors import Invalid, NotFound
from tests.crm.parties import body, changed, party, person, reasons, related, relationship
from tests.support.owners import NORTH, SOUTH, OwnerUnderTest, create, delete, update, within

TODAY = date(2026, 11, 29)


@contextmanager
def calling(monkeypatch: pytest.MonkeyPatch, user: Actor) -> Iterator[None]:
    monkeypatch.setattr(rpc, "current_actor", lambda: user)
    yield


def tree(crm: OwnerUnderTest, user: Actor, party_id: str, day: date = TODAY) -> list[tuple[str, int]]:
    access = crm.accesses.get(user)
    members = hierarchy(crm.owner.database, access, party_id, day=day)
    return [(each.name, each.depth) for each in members]


def test_a_person_is_called_by_given_and_family_name(crm: OwnerUnderTest, seller: Actor) -> None:
    anna = person(crm, seller, "Anna Bianchi")
    assert body(crm, "crm.party", anna)["name"] == "Anna Bianchi"
    changed(crm, seller, "crm.party", anna, family_name=" Verdi ")
    stored = body(crm, "crm.party", anna)
    assert (stored["name"], stored["family_name"]) == ("Anna Verdi", "Verdi")


def test_a_person_of_whom_only_the_whole_name_is_known_keeps_it(crm: OwnerUnderTest, seller: Actor) -> None:
    known = party(crm, seller, kind="person", name="Dott. Neri")
    changed(crm, seller, "crm.party", known, name="Ing. Neri")
    assert body(crm, "crm.party", known)["name"] == "Ing. Neri"


def test_a_relationship_is_read_from_both_sides(
    crm: OwnerUnderTest, seller: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm, anna = party(crm, seller, name="Officine Rossi"), person(crm, seller)
    related(crm, seller, anna, "works_at", firm, function="Responsabile produzione", since="2024-01-15")
    asked = questions.CrmQuestions(crm.owner)
    with calling(monkeypatch, seller):
        (hers,) = asked.ListRelationships(pb.ListRelationshipsRequest(party_id=anna), None).relationships
        (theirs,) = asked.ListRelationships(pb.ListRelationshipsRequest(party_id=firm), None).relationships
    assert (hers.party_id, hers.name, hers.reading_it, hers.reading_en) == (
        firm,
        "Officine Rossi",
        "lavora presso",
        "works at",
    )
    assert (theirs.party_id, theirs.party_kind, theirs.reading_it, theirs.function, theirs.forward) == (
        anna,
        "person",
        "ha come collaboratore",
        "Responsabile produzione",
        False,
    )
    assert hers.standing


def test_what_is_over_comes_after_what_stands(crm: OwnerUnderTest, seller: Actor) -> None:
    firm, other, anna = party(crm, seller), party(crm, seller), person(crm, seller)
    related(crm, seller, anna, "works_at", firm, until="2020-12-31")
    related(crm, seller, anna, "works_at", other, since="2021-01-01")
    found = usecases.related(crm.owner.database, crm.accesses.get(seller), anna, day=TODAY)
    assert [(each.party_id, each.standing) for each in found] == [(other, True), (firm, False)]


def test_the_first_party_gets_the_role_that_a_relationship_gives(crm: OwnerUnderTest, seller: Actor) -> None:
    dealer, user = party(crm, seller, roles=["customer"]), party(crm, seller, roles=["prospect"])
    related(crm, seller, user, "end_user_of", dealer)
    related(crm, seller, dealer, "dealer_of", party(crm, seller))
    assert body(crm, "crm.party", user)["roles"] == ["end_user", "prospect"]
    assert body(crm, "crm.party", dealer)["roles"] == ["customer", "dealer"]


def test_nobody_learns_of_a_person_through_the_company(
    crm: OwnerUnderTest, seller: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = party(crm, seller, territory_id=str(NORTH))
    hidden = person(crm, seller, territory_id=str(SOUTH))
    related(crm, seller, hidden, "works_at", firm)
    north = crm.accesses.give(within(NORTH))
    with calling(monkeypatch, north):
        asked = questions.CrmQuestions(crm.owner)
        assert not asked.ListRelationships(pb.ListRelationshipsRequest(party_id=firm), None).relationships
        with pytest.raises(NotFound):
            asked.ListRelationships(pb.ListRelationshipsRequest(party_id=hidden), None)
        with pytest.raises(Invalid):
            asked.GetHierarchy(pb.GetHierarchyRequest(party_id=firm, day="29/11/2026"), None)


def test_a_group_of_companies_is_listed_from_the_top_as_it_stands_on_a_day(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    top, left, right, low = (party(crm, seller, name=name) for name in ("Top", "Left", "Right", "Low"))
    related(crm, seller, right, "subsidiary_of", top)
    related(crm, seller, left, "subsidiary_of", top, until="2026-06-30")
    related(crm, seller, low, "subsidiary_of", left)
    assert tree(crm, seller, right) == [("Top", 0), ("Right", 1)]
    assert tree(crm, seller, low) == [("Left", 0), ("Low", 1)]
    whole = [("Top", 0), ("Left", 1), ("Low", 2), ("Right", 1)]
    assert tree(crm, seller, low, date(2026, 6, 30)) == whole
    assert tree(crm, seller, party(crm, seller, name="Alone")) == [("Alone", 0)]


def test_a_group_shows_what_its_reader_may_see(crm: OwnerUnderTest, seller: Actor) -> None:
    north, south = {"territory_id": str(NORTH)}, {"territory_id": str(SOUTH)}
    top, middle = party(crm, seller, name="Top", **north), party(crm, seller, name="Middle", **south)
    low = party(crm, seller, name="Low", **north)
    related(crm, seller, middle, "subsidiary_of", top)
    related(crm, seller, low, "subsidiary_of", middle)
    assert tree(crm, crm.accesses.give(within(NORTH)), low) == [("Top", 0), ("Low", 1)]


def test_a_company_may_pass_from_one_group_to_another(crm: OwnerUnderTest, seller: Actor) -> None:
    old, new, firm = (party(crm, seller, name=name) for name in ("Old", "New", "Firm"))
    related(crm, seller, firm, "subsidiary_of", old, until="2026-06-30")
    related(crm, seller, firm, "subsidiary_of", new, since="2026-07-01")
    assert tree(crm, seller, firm) == [("New", 0), ("Firm", 1)]
    # The old parent may become a part of what it was the parent of, once it is that no longer.
    related(crm, seller, old, "subsidiary_of", firm, since="2026-07-01")


@pytest.mark.parametrize("length", [2, 3, 6])
def test_no_company_becomes_its_own_subsidiary(crm: OwnerUnderTest, seller: Actor, length: int) -> None:
    firms = [party(crm, seller, name=str(n)) for n in range(length)]
    for one, two in pairwise(firms):
        related(crm, seller, one, "subsidiary_of", two)
    closing = relationship(firms[-1], "subsidiary_of", firms[0])
    assert reasons(crm.one(seller, closing)) == ["HIERARCHY_CIRCLE"]
    assert crm.stored("crm.relationship", closing["record_id"]) is None


def test_a_circle_inside_one_group_of_changes_is_refused_whole(crm: OwnerUnderTest, seller: Actor) -> None:
    one, two = party(crm, seller), party(crm, seller)
    items = [relationship(one, "subsidiary_of", two), relationship(two, "subsidiary_of", one)]
    decisions = crm.apply(seller, *({**item, "group": "g"} for item in items))
    assert {each.outcome for each in decisions} == {"refused"}
    assert crm.count("relationship") == 0


def test_ending_a_relationship_later_is_checked_too(crm: OwnerUnderTest, seller: Actor) -> None:
    one, two = party(crm, seller), party(crm, seller)
    ended = related(crm, seller, one, "subsidiary_of", two, until="2025-12-31")
    related(crm, seller, two, "subsidiary_of", one, since="2026-01-01")
    assert reasons(crm.one(seller, update("crm.relationship", ended, until=""))) == ["HIERARCHY_CIRCLE"]


def test_writers_that_do_not_see_each_other_make_no_circle(crm: OwnerUnderTest, seller: Actor) -> None:
    """Each of the two is right by what it can read; only one of them may be."""
    for _ in range(5):
        firms = [party(crm, seller, name=str(n)) for n in range(3)]
        items = [
            relationship(a, "subsidiary_of", b) for a, b in zip(firms, firms[1:] + firms[:1], strict=True)
        ]
        gate = threading.Barrier(len(items))
        outcomes: list[str] = []

        def write(item: dict[str, Any], gate: threading.Barrier = gate, told: list[str] = outcomes) -> None:
            gate.wait()
            told.append(crm.one(seller, item).outcome)

        threads = [threading.Thread(target=write, args=(item,)) for item in items]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["applied", "applied", "refused"]


def test_people_go_with_their_company(crm: OwnerUnderTest, seller: Actor) -> None:
    firm = party(crm, seller, territory_id=str(NORTH))
    anna = person(crm, seller, territory_id=str(NORTH))
    elsewhere = person(crm, seller, "Carlo Neri", territory_id=str(SOUTH))
    of_two = person(crm, seller, "Dario Blu", territory_id=str(NORTH))
    left = person(crm, seller, "Elio Rosa", territory_id=str(NORTH))
    for each in (anna, elsewhere, of_two):
        related(crm, seller, each, "works_at", firm)
    related(crm, seller, of_two, "contact_person_of", party(crm, seller, territory_id=str(NORTH)))
    related(crm, seller, left, "works_at", firm, until=(date.today() - timedelta(days=2)).isoformat())
    changed(crm, seller, "crm.party", firm, territory_id=str(SOUTH))
    places = [body(crm, "crm.party", each)["territory_id"] for each in (firm, anna, of_two, left)]
    assert places == [str(SOUTH), str(SOUTH), str(NORTH), str(NORTH)]
    told = {each["id"] for each in crm.events()[-1]["data"]["records"]}
    assert told == {firm, anna}


def test_each_passage_of_a_party_is_kept(
    crm: OwnerUnderTest, seller: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = party(crm, seller, territory_id=str(NORTH))
    anna = person(crm, seller, territory_id=str(NORTH))
    related(crm, seller, anna, "works_at", firm)
    other = crm.accesses.give(within(SOUTH))
    changed(crm, seller, "crm.party", firm, territory_id=str(SOUTH), owner_id=str(other.user_id))
    changed(crm, seller, "crm.party", firm, website="www")
    with calling(monkeypatch, seller):
        asked = questions.CrmQuestions(crm.owner)
        for each in (firm, anna):
            found = asked.ListPassages(pb.ListPassagesRequest(party_id=each), None).passages
            assert {(p.field, p.from_id, p.to_id, p.by_id) for p in found} == {
                ("owner_id", str(seller.user_id), str(other.user_id), str(seller.user_id)),
                ("territory_id", str(NORTH), str(SOUTH), str(seller.user_id)),
            }


def test_a_party_that_others_name_is_not_deleted(crm: OwnerUnderTest, seller: Actor) -> None:
    firm, anna = party(crm, seller), person(crm, seller)
    works = related(crm, seller, anna, "works_at", firm)
    assert reasons(crm.one(seller, delete("crm.party", firm))) == ["PARTY_IS_NAMED"]
    assert reasons(crm.one(seller, delete("crm.party", anna))) == ["HAS_CHILDREN"]
    for name, record_id in (("crm.relationship", works), ("crm.party", anna), ("crm.party", firm)):
        assert crm.one(seller, delete(name, record_id)).outcome == "applied"


def test_the_kinds_are_told_with_their_readings(crm: OwnerUnderTest) -> None:
    told = questions.CrmQuestions(crm.owner).ListRelationshipKinds(pb.ListRelationshipKindsRequest(), None)
    works = next(each for each in told.kinds if each.kind == "works_at")
    assert (works.forward_en, works.backward_it) == ("works at", "ha come collaboratore")
    assert (list(works.party_kinds), list(works.other_kinds)) == (["person"], ["company"])


def test_a_site_is_an_address_at_which_machines_can_stand(crm: OwnerUnderTest, seller: Actor) -> None:
    firm = party(crm, seller)
    site = create("crm.address", party_id=firm, kind="site", label="Stabilimento 2", city="Schio")
    site["fields"]["access_notes"] = "Portineria nord, 7-19"
    assert crm.one(seller, site).outcome == "applied"
    stored = body(crm, "crm.address", site["record_id"])
    assert (stored["kind"], stored["label"], stored["primary"]) == ("site", "Stabilimento 2", True)
