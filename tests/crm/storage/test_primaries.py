"""Exactly one primary address and contact point of each kind, whoever writes what in which order."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import orjson
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit.actor import Actor
from tests.crm.parties import changed, party
from tests.support.owners import OwnerUnderTest, create, delete, update


def points(crm: OwnerUnderTest, party_id: str) -> dict[str, dict[str, Any]]:
    """The contact points that a party has, by value."""
    with crm.owner.database.read() as connection:
        query = sa.text("select base_json from contact_point where party_id = :id and not deleted")
        bodies = [orjson.loads(row) for row in connection.execute(query, {"id": party_id}).scalars()]
    return {each["value"]: each for each in bodies}


def preferred(crm: OwnerUnderTest, party_id: str) -> set[str]:
    return {value for value, each in points(crm, party_id).items() if each["preferred"]}


def point(party_id: str, value: str, kind: str = "email", **fields: Any) -> dict[str, Any]:
    return create("crm.contact_point", party_id=party_id, kind=kind, value=value, **fields)


def test_the_first_of_a_kind_is_the_primary_one_and_a_choice_replaces_it(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    firm = party(crm, seller)
    one, two = point(firm, "a@x.it"), point(firm, "b@x.it")
    crm.apply(seller, one, two, point(firm, "045 1234567", "phone"))
    assert preferred(crm, firm) == {"a@x.it", "+390451234567"}
    changed(crm, seller, "crm.contact_point", two["record_id"], preferred=True)
    assert preferred(crm, firm) == {"b@x.it", "+390451234567"}
    crm.one(seller, delete("crm.contact_point", two["record_id"]))
    assert preferred(crm, firm) == {"a@x.it", "+390451234567"}
    changed(crm, seller, "crm.contact_point", one["record_id"], preferred=False)
    assert preferred(crm, firm) == {"a@x.it", "+390451234567"}


def test_a_contact_point_that_changes_its_party_leaves_one_primary_on_both_sides(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    one, two = party(crm, seller), party(crm, seller)
    moving = point(one, "a@x.it")
    crm.apply(seller, moving, point(one, "b@x.it"), point(two, "c@x.it"))
    changed(crm, seller, "crm.contact_point", moving["record_id"], party_id=two)
    assert (preferred(crm, one), preferred(crm, two)) == ({"b@x.it"}, {"a@x.it"})


def test_of_two_chosen_in_one_transaction_the_younger_stays(crm: OwnerUnderTest, seller: Actor) -> None:
    firm = party(crm, seller)
    items = [point(firm, f"{name}@x.it", preferred=True) for name in "ab"]
    crm.apply(seller, *({**item, "group": "g"} for item in items))
    assert preferred(crm, firm) == {"b@x.it"}


def test_two_who_choose_at_once_leave_one(crm: OwnerUnderTest, seller: Actor) -> None:
    firm = party(crm, seller)
    items = [point(firm, f"{name}@x.it") for name in "abc"]
    crm.apply(seller, *items)
    gate = threading.Barrier(2)

    def choose(item: dict[str, Any]) -> None:
        gate.wait()
        crm.one(seller, update("crm.contact_point", item["record_id"], preferred=True))

    threads = [threading.Thread(target=choose, args=(item,)) for item in items[1:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(preferred(crm, firm)) == 1


ACTIONS = st.tuples(
    st.sampled_from(["create", "choose", "unchoose", "delete", "revive", "kind"]),
    st.integers(0, 4),
    st.sampled_from(["email", "web"]),
    st.booleans(),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTIONS, min_size=1, max_size=12))
def test_each_kind_always_has_exactly_one(
    crm: OwnerUnderTest, seller: Actor, actions: list[tuple[str, int, str, bool]]
) -> None:
    firm = party(crm, seller)
    made: list[str] = []
    for what, number, kind, mark in actions:
        if what == "create" or not made:
            item = point(firm, f"x{len(made)}@x.it", kind, preferred=mark)
            made.append(item["record_id"])
        else:
            chosen = made[number % len(made)]
            fields: dict[str, Any] = {
                "choose": {"preferred": True},
                "unchoose": {"preferred": False},
                "revive": {"label": f"{number} {mark}"},
                "kind": {"kind": kind},
            }.get(what, {})
            item = (
                delete("crm.contact_point", chosen)
                if what == "delete"
                else update("crm.contact_point", chosen, **fields)
            )
        assert crm.one(seller, item).outcome == "applied"
        there = points(crm, firm).values()
        marked = Counter(each["kind"] for each in there if each["preferred"])
        assert marked == Counter({each["kind"] for each in there})
