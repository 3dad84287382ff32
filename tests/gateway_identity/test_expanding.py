"""Changes of users, roles, teams and territories, and whose grant epoch they raise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

from gateway.identity.domain.administration import fixed_id
from services.kit.permissions import Access, matches
from tests.gateway_identity.house import (
    ADMIN,
    MANAGER,
    NORTH,
    SOUTH,
    TECHNICIAN,
    House,
    create,
    territory_id,
    update,
    user_id,
)

READ = {"group": "crm", "actions": ["read"], "scopes": [{"kinds": ["all"]}], "facets": []}


@contextmanager
def raises_epochs_of(house: House, *user_names: str) -> Iterator[None]:
    before = house.epochs()
    yield
    after = house.epochs()
    assert {name for name in after if after[name] != before.get(name, 0)} == set(user_names)


def outcome(house: House, *items: dict[str, object], by: str = ADMIN) -> list[str]:
    return [each.error.reason if each.error else each.outcome for each in house.change(*items, by=by)]


def places(house: House, user: str) -> set[str]:
    """Ids of everything by which a user sees records of the CRM."""
    scopes = house.grants(user)["crm"]["scopes"]
    return {value for scope in scopes for term in scope["terms"] for value in term["values"]}


def test_a_territory_below_the_north_concerns_those_who_have_the_north(house: House) -> None:
    new = str(uuid4())
    with raises_epochs_of(house, NORTH, TECHNICIAN):
        north = territory_id("NORD")
        house.change(create("identity.territory", new, code="NORD-TRENTO", parent_territory_id=north))
    assert new in places(house, NORTH)


def test_a_subtree_that_moves_concerns_both_sides(house: House) -> None:
    with raises_epochs_of(house, NORTH, SOUTH, TECHNICIAN):
        lazio = territory_id("SUD-LAZIO")
        house.change(update("identity.territory", lazio, parent_territory_id=territory_id("NORD")))
    assert lazio in places(house, NORTH)
    assert lazio not in places(house, SOUTH)


def test_a_lease_is_the_longest_that_a_role_of_the_user_allows(house: House) -> None:
    def lease(user_name: str) -> int:
        return int(house.access(user_name)["lease_days"])

    own = fixed_id("identity.role", "technician")
    assert lease(TECHNICIAN) == 0
    with raises_epochs_of(house, TECHNICIAN):
        house.change(update("identity.role", own, lease_days=21))
    assert lease(TECHNICIAN) == 21
    house.change(update("identity.role", own, lease_days=3))
    assert lease(TECHNICIAN) == 3
    sales = fixed_id("identity.role", "sales")
    house.change(update("identity.user", user_id(TECHNICIAN), role_ids=[own, sales]))
    assert lease(TECHNICIAN) == 0, "the other role allows the usual one"
    assert outcome(house, update("identity.role", own, lease_days=29)) == ["INVALID_FIELDS"]


def test_a_territory_that_is_renamed_concerns_nobody(house: House) -> None:
    with raises_epochs_of(house):
        house.change(update("identity.territory", territory_id("NORD"), name="Settentrione"))


def test_a_role_concerns_its_holders(house: House) -> None:
    sales = fixed_id("identity.role", "sales")
    with raises_epochs_of(house, NORTH, SOUTH):
        house.change(update("identity.role", sales, grants=[READ]))
    assert set(house.grants(NORTH)) == {"crm", "forms", "personal", "prints", "reports"}
    with raises_epochs_of(house):
        house.change(update("identity.role", sales, name="Venditori"))
    with raises_epochs_of(house):
        doubled = {**READ, "actions": ["read", "read"]}
        house.change(update("identity.role", sales, grants=[doubled, READ]))


def test_a_team_concerns_its_members_only_if_a_grant_speaks_of_teams(house: House) -> None:
    team = fixed_id("identity.team", "VENDITE-NORD")
    with raises_epochs_of(house):
        house.change(update("identity.team", team, parent_team_id=""))
    role = str(uuid4())
    by_team = {**READ, "scopes": [{"kinds": ["team"]}]}
    house.change(create("identity.role", role, name="Team", grants=[by_team]))
    with raises_epochs_of(house, MANAGER):
        house.change(
            update("identity.user", user_id(MANAGER), role_ids=[fixed_id("identity.role", "sales"), role])
        )
    with raises_epochs_of(house, MANAGER):
        above = fixed_id("identity.team", "VENDITE")
        house.change(update("identity.team", team, parent_team_id=above))


def test_a_user_s_own_change_concerns_the_user(house: House) -> None:
    with raises_epochs_of(house, SOUTH):
        house.change(update("identity.user", user_id(SOUTH), territory_ids=[territory_id("SUD-PUGLIA")]))
    with raises_epochs_of(house):
        house.change(update("identity.user", user_id(SOUTH), display_name="S. Meridione"))
    with raises_epochs_of(house, SOUTH):
        house.change(update("identity.user", user_id(SOUTH), inactive=True))
    assert house.access(SOUTH)["inactive"] is True


def test_a_new_user_has_rights_in_the_same_transaction(house: House) -> None:
    with raises_epochs_of(house, "new.seller"):
        decisions = house.change(
            create(
                "identity.user",
                user_name="New.Seller",
                role_ids=[fixed_id("identity.role", "sales")],
                territory_ids=[territory_id("SUD")],
            )
        )
    assert [each.outcome for each in decisions] == ["applied"]
    assert house.epochs()["new.seller"] == 1
    (event,) = house.rows("select data from outbox order by id desc limit 1")
    changed = {each["entity"] for each in json.loads(event["data"])["records"]}
    assert changed == {"identity.user", "identity.access"}


def test_several_changes_of_one_group_raise_an_epoch_once(house: House) -> None:
    before = house.epochs()[NORTH]
    north, piedmont = territory_id("NORD"), territory_id("NORD-PIEMONTE")
    house.change(
        create("identity.territory", code="NORD-A", parent_territory_id=north),
        create("identity.territory", code="NORD-B", parent_territory_id=piedmont),
        update("identity.user", user_id(NORTH), product_lines=["press"]),
    )
    assert house.epochs()[NORTH] == before + 1


@pytest.mark.parametrize(
    ("entity", "field", "reason", "above", "below"),
    [
        ("territory", "parent_territory_id", "TERRITORY_ABOVE_ITSELF", "ITALIA", "NORD-VENETO"),
        ("territory", "parent_territory_id", "TERRITORY_ABOVE_ITSELF", "NORD", "NORD"),
        ("team", "parent_team_id", "TEAM_ABOVE_ITSELF", "VENDITE", "VENDITE-SUD"),
    ],
)
def test_a_tree_never_becomes_a_circle(
    house: House, entity: str, field: str, reason: str, above: str, below: str
) -> None:
    name = f"identity.{entity}"
    with raises_epochs_of(house):
        circular = update(name, fixed_id(name, above), **{field: fixed_id(name, below)})
        assert outcome(house, circular) == [reason]


def test_two_changes_at_once_that_would_make_a_circle_together_do_not(house: House) -> None:
    north, south = territory_id("NORD"), territory_id("SUD")
    changes = [
        update("identity.territory", north, parent_territory_id=south),
        update("identity.territory", south, parent_territory_id=north),
    ]
    with ThreadPoolExecutor(2) as pool:
        outcomes = [each.result()[0] for each in [pool.submit(outcome, house, item) for item in changes]]
    assert sorted(outcomes) == ["TERRITORY_ABOVE_ITSELF", "applied"]


def test_changes_at_once_of_role_and_territory_both_arrive(house: House) -> None:
    role = fixed_id("identity.role", "sales")
    for round_number in range(5):
        new = str(uuid4())
        grants = [{**READ, "scopes": [{"kinds": ["territory"]}], "facets": [f"facet_{round_number}"]}]
        changes = [
            create("identity.territory", new, code="X", parent_territory_id=territory_id("SUD")),
            update("identity.role", role, grants=grants),
        ]
        with ThreadPoolExecutor(2) as pool:
            assert [each.result() for each in [pool.submit(outcome, house, item) for item in changes]] == [
                ["applied"]
            ] * 2
        crm = house.grants(SOUTH)["crm"]
        assert crm["facets"] == [f"facet_{round_number}"]
        assert new in crm["scopes"][0]["terms"][0]["values"]


def test_the_last_administrator_stays(house: House) -> None:
    admin, role = user_id(ADMIN), fixed_id("identity.role", "administrator")
    assert outcome(house, update("identity.user", admin, inactive=True)) == ["LAST_ADMINISTRATOR"]
    assert outcome(house, update("identity.user", admin, role_ids=[])) == ["LAST_ADMINISTRATOR"]
    assert outcome(house, update("identity.role", role, grants=[READ])) == ["LAST_ADMINISTRATOR"]
    house.change(update("identity.user", user_id(MANAGER), role_ids=[role]))
    assert outcome(house, update("identity.user", admin, inactive=True)) == ["applied"]


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"user_name": NORTH.upper()}, "user_name", "USER_NAME_TAKEN"),
        ({"user_name": "a b"}, "user_name", "INVALID_USER_NAME"),
        ({"user_name": "someone", "email": "nowhere"}, "email", "INVALID_EMAIL"),
        ({"user_name": "someone", "language": "de"}, "language", "UNKNOWN_VALUE"),
        ({"user_name": "someone", "team_id": str(uuid4())}, "team_id", "REFERENCE_NOT_FOUND"),
        ({"user_name": "someone", "role_ids": [str(uuid4())]}, "role_ids", "REFERENCE_NOT_FOUND"),
    ],
)
def test_a_wrong_user_is_refused(house: House, fields: dict[str, Any], field: str, reason: str) -> None:
    (decision,) = house.change(create("identity.user", **fields))
    assert decision.error is not None
    assert [(each.field, each.reason) for each in decision.error.violations] == [(field, reason)]


def test_two_users_of_one_name_in_one_group_are_refused(house: House) -> None:
    twice = [create("identity.user", user_name="double") for _ in range(2)]
    assert "INVALID_FIELDS" in outcome(house, *twice)
    assert "double" not in house.epochs()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"scopes": [{"kinds": ["owner", "branch"]}]}, "grants[0].scopes[0].kinds[1]"),
        ({"group": "C R M"}, "grants[0].group"),
        ({"actions": ["Read"]}, "grants[0].actions[0]"),
        ({"facets": ["co#st"]}, "grants[0].facets[0]"),
    ],
)
def test_a_role_speaks_in_known_words(house: House, wrong: dict[str, object], field: str) -> None:
    (decision,) = house.change(create("identity.role", name="R", grants=[{**READ, **wrong}]))
    assert decision.error is not None
    assert [each.field for each in decision.error.violations] == [field]


def test_only_administrators_change_identity_and_nobody_an_access(house: House) -> None:
    change = update("identity.user", user_id(NORTH), territory_ids=[])
    assert outcome(house, change, by=MANAGER) == ["NOT_GRANTED"]
    role = update("identity.role", fixed_id("identity.role", "sales"), grants=[])
    assert outcome(house, role, by=MANAGER) == ["RECORD_NOT_FOUND"]
    access = update("identity.access", user_id(NORTH), inactive=True)
    assert outcome(house, access) == ["OPERATION_CLOSED"]
    assert outcome(house, {**change, "op": "delete", "fields": {}}) == ["OPERATION_CLOSED"]


def test_who_keeps_the_directory_gives_no_rights(house: House) -> None:
    keeper = {**READ, "group": "directory", "actions": ["read", "write"]}
    role = str(uuid4())
    house.change(
        create("identity.role", role, name="Keeper", grants=[keeper]),
        update("identity.user", user_id(MANAGER), role_ids=[role]),
    )
    administrator = fixed_id("identity.role", "administrator")
    north, south = territory_id("NORD"), territory_id("SUD")
    for refused in (
        update("identity.user", user_id(MANAGER), role_ids=[administrator]),
        update("identity.user", user_id(MANAGER), territory_ids=[north, south]),
        create("identity.user", user_name="puppet", role_ids=[administrator]),
        update("identity.territory", south, parent_territory_id=north),
        create("identity.territory", code="X", parent_territory_id=north),
    ):
        assert outcome(house, refused, by=MANAGER) == ["RIGHTS_NOT_GRANTED"]
    allowed = (
        update("identity.user", user_id(NORTH), display_name="Nora S."),
        update("identity.territory", north, name="Settentrione"),
        create("identity.user", user_name="newcomer"),
    )
    assert outcome(house, *allowed, by=MANAGER) == ["applied"] * 3


def test_the_record_is_what_services_read(house: House) -> None:
    access = Access.from_json(json.dumps(house.access(MANAGER)))
    assert (str(access.user_id), access.epoch) == (user_id(MANAGER), 1)
    assert matches(access, "offers", "approve", [])
    assert access.facets("offers", "read") == {"cost"}
