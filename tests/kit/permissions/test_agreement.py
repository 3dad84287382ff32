"""SQL condition, matcher and buckets agree with the definition, whatever the grants and the records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit.permissions import (
    Access,
    and_terms_of,
    buckets_for,
    buckets_of,
    condition,
    facet_bucket,
    facet_conditions,
    matches,
    visible_facets,
)
from services.kit.schema import root_scope
from tests.kit.permissions import world as company
from tests.kit.permissions.world import CATALOGUE, DECLARED, ENTITIES, Record, World, sees

ACTIONS = ("read", "write", "replicate")
FACETS = ("cost", "private")
GROUPS = ("offers", "offers", "offers", "catalogue")
NAMES = UUID("8f6f1c1c-5a3e-4b62-9d36-0b7f0a6f5d11")


def ids(kind: str, count: int) -> list[UUID]:
    return [uuid5(NAMES, f"{kind}-{number}") for number in range(count)]


USERS, TEAMS, TERRITORIES = ids("user", 3), ids("team", 2), ids("territory", 3)
LINES = ["press", "lathe & mill#1/x"]
POOLS: dict[str, list[Any]] = {
    "owner": USERS,
    "team": TEAMS,
    "territory": TERRITORIES,
    "product_line": [*LINES, ""],
    "shared_with": USERS,
}
KINDS = [*POOLS, *POOLS, *POOLS, "all"]
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "owner_id": st.sampled_from([*USERS, None]),
    "team_id": st.sampled_from([*TEAMS, None]),
    "territory_id": st.sampled_from([*TERRITORIES, None]),
    "product_line": st.sampled_from([*LINES, ""]),
    "shared_with": st.lists(st.sampled_from(USERS), max_size=2, unique=True),
}


@st.composite
def records(draw: st.DrawFn, entity: str, parents: list[UUID], most: int, least: int = 1) -> list[Record]:
    fields = st.fixed_dictionaries({name: FIELDS[name] for name in DECLARED[entity]})
    return [
        Record(each, entity, draw(st.sampled_from(parents)) if parents else None, draw(fields))
        for each in ids(entity, draw(st.integers(least, most)))
    ]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    parties = draw(records("far.party", [], 3))
    merged = [
        # Where a merged party was counts no longer.
        Record(each, "far.party", None, party.fields, alias_of=draw(st.sampled_from(parties)).id)
        for each, party in zip(ids("merged", 2), draw(records("far.party", [], 2, least=2)), strict=True)
    ]
    unknown = ids("unknown party", 2)
    offers = draw(records("near.offer", [*unknown, *(each.id for each in (*merged, *parties))], 5))
    revisions = draw(records("near.revision", [each.id for each in offers], 4))
    lines = draw(records("near.line", [each.id for each in revisions], 4))
    articles = draw(records("near.article", [], 2))
    entries = [
        replace(entry, told_group=draw(st.sampled_from(GROUPS)))
        for entry in draw(records("near.entry", [each.id for each in offers], 4))
    ]
    return World((*parties, *merged, *offers, *revisions, *lines, *articles, *entries))


@st.composite
def terms(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    most = 0 if kind == "all" else 2
    # Now and then a user without any: such a term holds nowhere.
    least = min(most, draw(st.sampled_from([1, 1, 1, 1, 0])))
    chosen = draw(
        st.lists(st.sampled_from(POOLS.get(kind, [""])), min_size=least, max_size=most, unique=True)
    )
    return {"kind": kind, "values": [str(value) for value in chosen]}


@st.composite
def scopes(draw: st.DrawFn) -> dict[str, Any]:
    size = draw(st.sampled_from([1, 1, 1, 2, 2, 3, 0]))
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=size, max_size=size, unique=True))
    return {"terms": [draw(terms(kind)) for kind in kinds]}


def subsets(of: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(of), min_size=1, max_size=len(of), unique=True)


grants = st.fixed_dictionaries(
    {
        "group": st.sampled_from(GROUPS),
        "actions": subsets(ACTIONS),
        "scopes": st.lists(scopes(), min_size=1, max_size=3),
        "facets": st.one_of(subsets(FACETS), st.just([])),
    }
)
bodies = st.fixed_dictionaries(
    {
        "id": st.sampled_from([str(user) for user in USERS]),
        "version": st.just(1),
        "grants": st.lists(grants, min_size=1, max_size=3),
        "inactive": st.sampled_from([False] * 9 + [True]),
    }
)


@pytest.fixture(scope="module")
def engine(create_worker_database: Callable[..., str]) -> Iterator[sa.Engine]:
    engine = sa.create_engine(create_worker_database().replace("postgresql:", "postgresql+psycopg:", 1))
    company.metadata.create_all(engine)
    root_scope.create(engine)
    yield engine
    engine.dispose()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(world=worlds(), users=st.lists(bodies, min_size=1, max_size=3))
def test_three_outputs_agree_with_the_definition(
    engine: sa.Engine, world: World, users: list[dict[str, Any]]
) -> None:
    accesses = [Access.from_json(json.dumps(body)) for body in users]
    with engine.connect() as connection:
        world.store(connection)
        for body, access in zip(users, accesses, strict=True):
            for action in ACTIONS:
                _check_sql(connection, world, body, access, action)
                _check_matcher(world, body, access, action)
                _check_buckets(world, body, access, action, accesses)


def _seen(world: World, body: dict[str, Any], action: str, entity: str, facet: str = "") -> set[UUID]:
    return {
        each.id for each in world.near() if each.entity == entity and sees(world, body, action, each, facet)
    }


def _check_sql(
    connection: sa.Connection, world: World, body: dict[str, Any], access: Access, action: str
) -> None:
    for name, table in CATALOGUE.items():
        entity = ENTITIES[name]
        where = condition(access, entity, action, CATALOGUE, ENTITIES)
        found = set(connection.scalars(sa.select(table.c.id).where(where)))
        assert found == _seen(world, body, action, name)
        assert not found or entity.group_field or access.allows(entity.grant_group, action)
        facets = facet_conditions(access, entity, action, CATALOGUE, ENTITIES)
        for facet in FACETS:
            shown = facets.get(facet, sa.false())
            assert set(connection.scalars(sa.select(table.c.id).where(shown))) == _seen(
                world, body, action, name, facet
            )


def _check_matcher(world: World, body: dict[str, Any], access: Access, action: str) -> None:
    for record in world.near():
        group, chain = record.group, world.chain(record)
        assert matches(access, group, action, chain) == sees(world, body, action, record)
        expected = {facet for facet in FACETS if sees(world, body, action, record, facet)}
        assert visible_facets(access, group, action, chain) == expected


def _check_buckets(
    world: World, body: dict[str, Any], access: Access, action: str, everybody: list[Access]
) -> None:
    for record in world.near():
        group = record.group
        in_use = set().union(*(and_terms_of(each, group, action) for each in everybody))
        held, placed = buckets_for(access, group, action), buckets_of(group, world.chain(record), in_use)
        assert bool(held & placed) == sees(world, body, action, record)
        for facet in FACETS:
            carries = {facet_bucket(bucket, facet) for bucket in placed}
            assert bool(held & carries) == sees(world, body, action, record, facet)
