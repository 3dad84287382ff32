"""What a release gives to an installation that is older than it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from gateway.identity.domain import administration
from gateway.identity.usecases.setup import provide
from services.kit.actor import SYSTEM
from tests.gateway_identity.house import ADMIN, NORTH, House, update

#: As an installation from before reports and prints has them.
OLD = [each for each in administration.GRANTS if each["group"] not in ("reports", "prints", "crm_setup")]


def set_up(house: House) -> None:
    with house.database.unit_of_work(SYSTEM, now=house.clock()) as uow:
        provide(uow)


def keep_only(house: House, grants: list[dict[str, Any]]) -> None:
    (decision,) = house.change(update("identity.role", administration.ROLE_ID, grants=grants))
    assert decision.outcome == "applied"


@pytest.fixture
def old_house(house: House) -> House:
    keep_only(house, OLD)
    with house.database.engine.begin() as connection:
        connection.execute(sa.text("delete from given_group"))
    return house


def test_a_role_that_was_made_with_this_release_is_given_nothing_again(house: House) -> None:
    keep_only(house, OLD)
    before = house.epochs()
    set_up(house)
    assert house.epochs() == before


def test_administrators_from_before_a_release_get_what_came_with_it(old_house: House) -> None:
    def may_write(group: str) -> bool:
        return any(
            grant["group"] == group and "write" in grant["actions"] and each["terms"][0]["kind"] == "all"
            for grant in old_house.access(ADMIN)["grants"]
            for each in grant["scopes"]
        )

    groups = {"reports", "prints", "crm_setup"}
    assert not any(may_write(group) for group in groups)
    before = old_house.epochs()
    set_up(old_house)
    assert all(may_write(group) for group in groups)
    after = old_house.epochs()
    assert after[ADMIN] > before[ADMIN]
    assert after[NORTH] == before[NORTH]


def test_what_a_company_takes_away_stays_away(old_house: House) -> None:
    set_up(old_house)
    keep_only(old_house, OLD)
    old_house.clock.advance(days=1)
    before = old_house.epochs()
    set_up(old_house)
    assert old_house.epochs() == before
    assert "crm_setup" not in old_house.grants(ADMIN)


def test_a_group_that_the_role_names_keeps_its_scope(old_house: House) -> None:
    own = {"group": "prints", "actions": ["read"], "scopes": [{"kinds": ["owner"]}], "facets": []}
    keep_only(old_house, [*OLD, own])
    set_up(old_house)
    (role,) = old_house.rows(f"select grants from role where id = '{administration.ROLE_ID}'")
    prints = [each for each in role["grants"] if each["group"] == "prints"]
    assert [each["scopes"] for each in prints] == [[{"kinds": ["owner"]}]]
    assert {each["group"] for each in role["grants"]} == {each["group"] for each in administration.GRANTS}


def test_an_installation_without_administrators_gets_nothing(house: House) -> None:
    with house.database.unit_of_work(SYSTEM, now=house.clock()) as uow:
        role = uow.get("identity.role", administration.ROLE_ID, lock=True)
        assert role is not None
        role.values["deleted"] = True
    with house.database.engine.begin() as connection:
        connection.execute(sa.text("delete from given_group"))
    set_up(house)
    assert house.rows("select name from given_group") == []
