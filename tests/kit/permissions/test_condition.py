"""What the condition looks like: constants fold, roots stay plain, users of one shape share a statement."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from services.kit.permissions import Access, condition, facet_conditions, system_access
from tests.kit.permissions.world import CATALOGUE, ENTITIES, Shape


def access(*scopes: dict[str, list[str]], facets: tuple[str, ...] = (), group: str = "offers") -> Access:
    terms = [
        {"terms": [{"kind": kind, "values": values} for kind, values in each.items()]} for each in scopes
    ]
    grant = {"group": group, "actions": ["read"], "scopes": terms, "facets": list(facets)}
    return Access.from_json(json.dumps({"id": str(uuid4()), "version": 3, "grants": [grant]}))


def compiled(of: Access, entity: str, action: str = "read") -> sa.ColumnElement[bool]:
    return condition(of, ENTITIES[entity], action, CATALOGUE, ENTITIES)


def text(of: Access, entity: str) -> str:
    statement = sa.select(CATALOGUE[entity].c.id).where(compiled(of, entity))
    return str(statement.compile(dialect=sa.make_url("postgresql+psycopg://").get_dialect()()))


def a_few(count: int = 1) -> list[str]:
    return [str(uuid4()) for _ in range(count)]


def test_all_is_true_and_nothing_is_false() -> None:
    assert isinstance(compiled(access({"all": []}, {"owner": a_few()}), "near.line"), sa.True_)
    assert isinstance(compiled(access(), "near.line"), sa.False_)
    assert isinstance(compiled(access({"all": []}), "near.line", "write"), sa.False_)
    assert isinstance(compiled(access({"territory": []}), "near.line"), sa.False_)
    assert isinstance(compiled(access({}), "near.line"), sa.False_)


def test_a_kind_of_a_later_release_holds_nowhere() -> None:
    assert isinstance(compiled(access({"all": [], "branch": a_few()}), "near.line"), sa.False_)


def test_a_term_without_a_column_anywhere_is_false() -> None:
    assert isinstance(compiled(access({"territory": a_few()}, group="catalogue"), "near.article"), sa.False_)


def test_a_root_is_asked_by_its_own_columns_alone() -> None:
    of = access({"owner": a_few()}, {"product_line": ["press"]}, group="catalogue")
    assert "EXISTS" not in text(of, "near.article")


def test_an_ancestor_is_asked_only_for_what_it_has() -> None:
    by_territory = text(access({"territory": a_few()}), "near.offer")
    assert by_territory.count("EXISTS") == 2  # the party, and the one that it was merged into
    assert "offer.owner_id" not in by_territory
    local = {**ENTITIES, "near.offer": Shape("near.offer", "offers")}
    by_owner = access({"owner": a_few()})
    assert "root_scope" not in str(condition(by_owner, ENTITIES["near.line"], "read", CATALOGUE, local))


def test_only_an_and_asks_all_ancestors_together() -> None:
    either = access({"owner": a_few()}, {"territory": a_few()})
    assert "LEFT OUTER JOIN" not in text(either, "near.line")
    both = access({"owner": a_few(), "territory": a_few()})
    assert text(both, "near.line").count("EXISTS") == 1


def test_users_of_one_shape_share_a_compiled_statement() -> None:
    def key(of: Access) -> Any:
        return sa.select(CATALOGUE["near.line"].c.id).where(compiled(of, "near.line"))._generate_cache_key()

    one = access({"owner": a_few()}, {"territory": a_few(), "product_line": ["press"]})
    other = access({"owner": a_few()}, {"product_line": ["lathe", "mill"], "territory": a_few(40)})
    assert key(one) == key(other)


def test_scopes_of_several_grants_become_one_array_for_each_kind() -> None:
    of = access({"territory": a_few(3)}, {"territory": a_few(2)}, {"owner": a_few()}, {"owner": a_few()})
    # The offer's owner; owner and territory of the party, and of the one that it was merged into.
    assert text(of, "near.offer").count("ANY") == 5


def test_facets_follow_the_grant_that_names_them() -> None:
    body: dict[str, Any] = {"id": str(uuid4()), "version": 1}
    everywhere = {"terms": [{"kind": "all", "values": []}]}
    mine = {"terms": [{"kind": "owner", "values": a_few()}]}
    body["grants"] = [
        {"group": "offers", "actions": ["read"], "scopes": [everywhere], "facets": []},
        {"group": "offers", "actions": ["read"], "scopes": [mine], "facets": ["cost"]},
        {"group": "offers", "actions": ["write"], "scopes": [everywhere], "facets": ["private"]},
    ]
    facets = facet_conditions(
        Access.from_json(json.dumps(body)), ENTITIES["near.line"], "read", CATALOGUE, ENTITIES
    )
    assert set(facets) == {"cost"}
    assert not isinstance(facets["cost"], sa.True_)


def test_the_system_sees_everything() -> None:
    system = system_access(frozenset({"cost"}))
    assert isinstance(compiled(system, "near.line"), sa.True_)
    facets = facet_conditions(system, ENTITIES["near.line"], "read", CATALOGUE, ENTITIES)
    assert isinstance(facets["cost"], sa.True_)


def test_an_entity_among_its_own_ancestors_is_a_mistake_of_the_contracts() -> None:
    circular = {**ENTITIES, "near.offer": Shape("near.offer", "offers", "party_id", "near.line")}
    with pytest.raises(ValueError, match="its own ancestors"):
        condition(access({"owner": a_few()}), ENTITIES["near.line"], "read", CATALOGUE, circular)
