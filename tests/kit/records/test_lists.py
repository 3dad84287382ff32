"""Lists: search, filter, order, pages; permissions and facets hold in each of them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from services.kit.actor import Actor
from services.kit.entities import entity
from services.kit.errors import Forbidden, Invalid, NotFound
from services.kit.records.reading import Reader
from tests.support.owners import NORTH, SOUTH, OwnerUnderTest, create, delete, everything, update, within

PARTY = entity("crm.party")


@pytest.fixture
def reader(crm: OwnerUnderTest) -> Reader:
    return Reader(crm.owner.database)


@pytest.fixture
def insider(crm: OwnerUnderTest) -> Actor:
    return crm.accesses.give(*everything("crm", facets=("private",)))


@pytest.fixture
def parties(crm: OwnerUnderTest, insider: Actor) -> list[str]:
    rows = [
        {"name": "Àlpe Macchine", "territory_id": str(NORTH), "roles": ["customer"], "private_notes": "a"},
        {"name": "Beta 95319-A", "territory_id": str(NORTH), "roles": ["prospect"], "private_notes": "b"},
        {"name": "Gamma", "territory_id": str(SOUTH), "roles": ["dealer", "customer"], "country": "DE"},
        {"name": "delta 100%", "territory_id": str(SOUTH), "website": "delta.it"},
    ]
    items = [create("crm.party", **row) for row in rows]
    assert {d.outcome for d in crm.apply(insider, *items)} == {"applied"}
    return [item["record_id"] for item in items]


def names(crm: OwnerUnderTest, reader: Reader, actor: Actor, **question: Any) -> list[str]:
    records, _ = reader.page(crm.accesses.get(actor), PARTY, **question)
    return [orjson.loads(record.fragments["base"])["name"] for record in records]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"search": "alpe"}, ["Àlpe Macchine"]),
        ({"search": "MACCHINE àlpe"}, ["Àlpe Macchine"]),
        ({"search": "5319-a"}, ["Beta 95319-A"]),
        ({"search": "100%"}, ["delta 100%"]),
        ({"search": "%"}, ["delta 100%"]),
        ({"filter_text": "country = DE"}, ["Gamma"]),
        ({"filter_text": 'name = "Beta 95319-A"'}, ["Beta 95319-A"]),
        ({"filter_text": "name : ELT"}, ["delta 100%"]),
        ({"filter_text": "roles : customer AND country != DE"}, ["Àlpe Macchine"]),
        ({"filter_text": f"territory_id = {SOUTH}", "order_by": "name"}, ["Gamma", "delta 100%"]),
        ({"filter_text": "version >= 1 AND website = delta.it"}, ["delta 100%"]),
        ({"filter_text": 'website != ""'}, ["delta 100%"]),
        ({"filter_text": "created_at < 2020-01-01T00:00:00Z"}, []),
        ({"order_by": "country desc, name desc"}, ["Àlpe Macchine", "delta 100%", "Beta 95319-A", "Gamma"]),
    ],
)
def test_questions_find_what_they_ask_for(
    crm: OwnerUnderTest,
    reader: Reader,
    insider: Actor,
    parties: list[str],
    question: dict[str, str],
    expected: list[str],
) -> None:
    found = names(crm, reader, insider, **question)
    assert (found if "order_by" in question else sorted(found)) == expected


@pytest.mark.parametrize(
    ("question", "violation"),
    [
        ({"filter_text": "name ~ x"}, "SYNTAX"),
        ({"filter_text": "name = x AND"}, "SYNTAX"),
        ({"filter_text": "name = x OR country = y"}, "SYNTAX"),
        ({"filter_text": "colour = red"}, "UNKNOWN_FIELD"),
        ({"filter_text": "custom = x"}, "UNKNOWN_FIELD"),
        ({"filter_text": "country : 7 AND kind > company"}, "OPERATOR"),
        ({"filter_text": "kind = king"}, "UNKNOWN_VALUE"),
        ({"filter_text": "version = one"}, "WRONG_TYPE"),
        ({"filter_text": "territory_id = north"}, "INVALID_ID"),
        ({"filter_text": "deleted = perhaps"}, "WRONG_TYPE"),
        ({"filter_text": " AND ".join(["name != x"] * 21)}, "TOO_MANY"),
        ({"order_by": "roles"}, "UNKNOWN_FIELD"),
        ({"order_by": "name sideways"}, "SYNTAX"),
        ({"order_by": "name, name"}, "TOO_MANY"),
        ({"page_size": 501}, "OUT_OF_RANGE"),
        ({"page_size": -1}, "OUT_OF_RANGE"),
        ({"search": "a\x00b"}, "INVALID_TEXT"),
    ],
)
def test_a_wrong_question_names_its_place(
    crm: OwnerUnderTest, reader: Reader, insider: Actor, question: dict[str, Any], violation: str
) -> None:
    with pytest.raises(Invalid) as raised:
        reader.page(crm.accesses.get(insider), PARTY, **question)
    assert [v.reason for v in raised.value.violations] == [violation]


def test_pages_meet_every_record_once_in_order(
    crm: OwnerUnderTest, reader: Reader, insider: Actor, parties: list[str]
) -> None:
    access = crm.accesses.get(insider)
    for order in ("", "country desc", "name", "updated_at, website desc"):
        whole, _ = reader.page(access, PARTY, order_by=order)
        seen: list[str] = []
        token = ""
        for _ in range(5):
            page, token = reader.page(access, PARTY, order_by=order, page_size=1, page_token=token)
            seen += [record.id for record in page]
            if not token:
                break
        assert seen == [record.id for record in whole]


@pytest.mark.parametrize("token", ["x", "W10", "eyJhIjoxfQ"])
def test_a_foreign_page_token_is_refused(
    crm: OwnerUnderTest, reader: Reader, insider: Actor, parties: list[str], token: str
) -> None:
    access = crm.accesses.get(insider)
    _, own = reader.page(access, PARTY, page_size=1, order_by="name")
    for wrong in (token, own):
        with pytest.raises(Invalid, match="INVALID_PAGE_TOKEN"):
            reader.page(access, PARTY, page_size=1, page_token=wrong)


def test_a_list_holds_only_what_the_grants_allow(
    crm: OwnerUnderTest, reader: Reader, parties: list[str]
) -> None:
    northern = crm.accesses.give(within(NORTH))
    nobody = crm.accesses.give(*everything("offers"))
    assert sorted(names(crm, reader, northern)) == ["Beta 95319-A", "Àlpe Macchine"]
    assert names(crm, reader, northern, search="gamma") == []
    with pytest.raises(Forbidden):
        reader.page(crm.accesses.get(nobody), PARTY)
    with pytest.raises(NotFound):
        reader.get(crm.accesses.get(northern), PARTY, parties[2])


def test_a_hidden_facet_is_neither_shown_nor_asked_nor_ordered_by(
    crm: OwnerUnderTest, reader: Reader, insider: Actor, parties: list[str]
) -> None:
    seller = crm.accesses.give(*everything("crm"))
    record = reader.get(crm.accesses.get(seller), PARTY, parties[0])
    assert list(record.fragments) == ["base"]
    assert "private" in reader.get(crm.accesses.get(insider), PARTY, parties[0]).fragments
    for question in ({"filter_text": "private_notes = a"}, {"order_by": "private_notes"}):
        with pytest.raises(Forbidden, match="FACET_NOT_GRANTED"):
            reader.page(crm.accesses.get(seller), PARTY, **question)
    assert names(crm, reader, insider, filter_text="private_notes = a") == ["Àlpe Macchine"]


def test_a_facet_granted_for_some_records_tells_nothing_about_the_others(
    crm: OwnerUnderTest, reader: Reader, insider: Actor, parties: list[str]
) -> None:
    crm.one(insider, update("crm.party", parties[2], private_notes="a"))
    half = crm.accesses.give(*everything("crm"), within(NORTH, facets=("private",)))
    assert names(crm, reader, half, filter_text="private_notes = a") == ["Àlpe Macchine"]
    ordered = names(crm, reader, half, order_by="private_notes desc, name")
    assert ordered == ["Beta 95319-A", "Àlpe Macchine", "Gamma", "delta 100%"]
    shown = {r.id: list(r.fragments) for r in reader.page(crm.accesses.get(half), PARTY)[0]}
    assert shown[parties[0]] == ["base", "private"]
    assert shown[parties[2]] == ["base"]


def test_deleted_records_are_in_no_list_and_not_found(
    crm: OwnerUnderTest, reader: Reader, insider: Actor, parties: list[str]
) -> None:
    crm.one(insider, delete("crm.party", parties[0]))
    assert "Àlpe Macchine" not in names(crm, reader, insider)
    with pytest.raises(NotFound):
        reader.get(crm.accesses.get(insider), PARTY, parties[0])


def test_children_are_seen_where_their_root_is_seen(
    crm: OwnerUnderTest, reader: Reader, insider: Actor, parties: list[str]
) -> None:
    activities = [
        create("crm.activity", party_id=party_id, kind="call", subject="Chiamata") for party_id in parties
    ]
    crm.apply(insider, *activities)
    northern = crm.accesses.get(crm.accesses.give(within(NORTH)))
    records, _ = reader.page(northern, entity("crm.activity"))
    assert {record.id for record in records} == {a["record_id"] for a in activities[:2]}
    crm.one(insider, update("crm.party", parties[2], territory_id=str(NORTH)))
    assert len(reader.page(northern, entity("crm.activity"))[0]) == 3
