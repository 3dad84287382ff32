"""What a merge does with relationships, primaries and groups of companies, and how it is taken back."""

from __future__ import annotations

from typing import Any

import pytest

from services.kit.actor import Actor
from services.kit.records.claims import Decision
from tests.crm.parties import (
    body,
    changed,
    command,
    everything_stored,
    party,
    person,
    reasons,
    related,
)
from tests.support.owners import OwnerUnderTest, create

CHANGING = {"version", "updated_at", "updated_by"}


def merge(crm: OwnerUnderTest, author: Actor, into: str, other: str, **request: Any) -> Decision:
    return crm.one(author, command("crm.party", into, "merge", other_id=other, **request))


def unmerge(crm: OwnerUnderTest, author: Actor, into: str, other: str) -> Decision:
    return crm.one(author, command("crm.party", into, "unmerge", other_id=other))


def test_relationships_of_both_ends_come_along_and_go_back(crm: OwnerUnderTest, seller: Actor) -> None:
    one, two, anna, carlo = party(crm, seller), party(crm, seller), person(crm, seller), person(crm, seller)
    dealer = party(crm, seller)
    own = related(crm, seller, two, "end_user_of", dealer)
    works = related(crm, seller, anna, "works_at", two, function="Acquisti")
    twice = [related(crm, seller, carlo, "works_at", each) for each in (one, two)]
    between = related(crm, seller, two, "dealer_of", one)
    points = [
        create("crm.contact_point", party_id=each, kind="email", value=f"{each[-8:]}@x.it")
        for each in (one, two)
    ]
    phone = create("crm.contact_point", party_id=two, kind="phone", value="045 1234567")
    crm.apply(seller, *points, phone)
    records = [("crm.relationship", each) for each in (own, works, *twice, between)]
    records += [("crm.contact_point", each["record_id"]) for each in (*points, phone)]
    records += [("crm.party", each) for each in (one, two, anna, carlo, dealer)]

    def values() -> list[dict[str, Any]]:
        return [{k: v for k, v in body(crm, *each).items() if k not in CHANGING} for each in records]

    before = values()
    assert merge(crm, seller, one, two).outcome == "applied"
    assert body(crm, "crm.relationship", own)["party_id"] == one
    assert body(crm, "crm.relationship", works)["other_id"] == one
    assert [body(crm, "crm.relationship", each)["deleted"] for each in (*twice, between)] == [
        False,
        True,
        True,
    ]
    marks = [body(crm, "crm.contact_point", each["record_id"])["preferred"] for each in (*points, phone)]
    assert marks == [True, False, True]
    assert unmerge(crm, seller, one, two).outcome == "applied"
    assert values() == before


def test_a_merge_stays_once_a_relationship_that_it_moved_was_changed(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    one, two, anna = party(crm, seller), party(crm, seller), person(crm, seller)
    works = related(crm, seller, anna, "works_at", two)
    merge(crm, seller, one, two)
    changed(crm, seller, "crm.relationship", works, function="Acquisti")
    before = everything_stored(crm)
    assert reasons(unmerge(crm, seller, one, two)) == ["MERGED_CHANGED_SINCE"]
    assert everything_stored(crm) == before


def test_a_relationship_that_names_the_merged_party_later_names_the_survivor(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    one, two, anna = party(crm, seller), party(crm, seller), person(crm, seller)
    merge(crm, seller, one, two)
    works = related(crm, seller, anna, "works_at", two)
    assert body(crm, "crm.relationship", works)["other_id"] == one


def test_two_people_who_are_one_keep_their_names_together(crm: OwnerUnderTest, seller: Actor) -> None:
    one = party(crm, seller, kind="person", name="Bianchi A.")
    two = person(crm, seller, "Anna Bianchi")
    merge(crm, seller, one, two, take=["name"])
    stored = body(crm, "crm.party", one)
    assert [stored[name] for name in ("name", "given_name", "family_name")] == [
        "Anna Bianchi",
        "Anna",
        "Bianchi",
    ]


def test_merges_that_would_break_a_group_or_a_relationship_are_refused_and_change_nothing(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    low, middle, top, other = (party(crm, seller, name=name) for name in ("low", "mid", "top", "other"))
    anna = person(crm, seller)
    related(crm, seller, low, "subsidiary_of", middle)
    related(crm, seller, middle, "subsidiary_of", top)
    related(crm, seller, other, "subsidiary_of", party(crm, seller, name="another top"))
    related(crm, seller, anna, "works_at", top)
    before = everything_stored(crm)
    for into, gone, take, reason in (
        (top, low, [], "HIERARCHY_CIRCLE"),
        (low, top, [], "HIERARCHY_CIRCLE"),
        (middle, other, [], "TWO_PARENTS"),
        (anna, top, [], "RELATIONSHIPS_DO_NOT_FIT"),
        (top, anna, ["kind"], "RELATIONSHIPS_DO_NOT_FIT"),
    ):
        assert reasons(merge(crm, seller, into, gone, take=take)) == [reason], (into, gone)
        assert everything_stored(crm) == before


def test_parent_and_subsidiary_may_become_one(crm: OwnerUnderTest, seller: Actor) -> None:
    low, top = party(crm, seller), party(crm, seller)
    edge = related(crm, seller, low, "subsidiary_of", top)
    assert merge(crm, seller, top, low).outcome == "applied"
    assert body(crm, "crm.relationship", edge)["deleted"]


@pytest.mark.parametrize("kind", ["company", "person"])
def test_a_party_does_not_become_what_its_relationships_forbid(
    crm: OwnerUnderTest, seller: Actor, kind: str
) -> None:
    firm, anna = party(crm, seller), party(crm, seller, kind="person", name="Anna")
    related(crm, seller, anna, "works_at", firm)
    changing = anna if kind == "company" else firm
    item = {"id": command("crm.party", changing, "x")["id"], "entity": "crm.party", "record_id": changing}
    decision = crm.one(seller, item | {"op": "update", "fields": {"kind": kind}})
    assert reasons(decision) == ["RELATIONSHIPS_DO_NOT_FIT"]
