"""What roles come to, without a database."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.identity.domain.expansion import Person, expand
from gateway.identity.domain.trees import Tree

TERRITORIES = Tree({"italy": "", "north": "italy", "veneto": "north", "south": "italy"})
TEAMS = Tree({"sales": "", "inside": "sales"})


def grant(*kinds: list[str], facets: tuple[str, ...] = (), actions: tuple[str, ...] = ("read",)) -> Any:
    scopes = [{"kinds": each} for each in kinds]
    return {"group": "crm", "actions": list(actions), "scopes": scopes, "facets": list(facets)}


def expanded(person: Person, *grants: Any) -> Any:
    return expand(person, grants, teams=TEAMS, territories=TERRITORIES)


def test_territories_and_teams_reach_downwards() -> None:
    person = Person("u", team_id="sales", territory_ids=("north",))
    (one,) = expanded(person, grant(["territory"], ["team"]))
    assert one["scopes"] == [
        {"terms": [{"kind": "team", "values": ["inside", "sales"]}]},
        {"terms": [{"kind": "territory", "values": ["north", "veneto"]}]},
    ]


def test_owner_and_shared_with_mean_the_holder() -> None:
    (one,) = expanded(Person("u"), grant(["owner"], ["shared_with"]))
    assert [term["values"] for scope in one["scopes"] for term in scope["terms"]] == [["u"], ["u"]]


def test_an_and_stays_one_scope() -> None:
    person = Person("u", territory_ids=("veneto",), product_lines=("press", "lathe"))
    (one,) = expanded(person, grant(["product_line", "territory"]))
    assert one["scopes"] == [
        {
            "terms": [
                {"kind": "territory", "values": ["veneto"]},
                {"kind": "product_line", "values": ["lathe", "press"]},
            ]
        }
    ]


def test_a_scope_of_which_the_holder_has_nothing_is_no_scope() -> None:
    assert expanded(Person("u"), grant(["territory"]), grant(["owner", "team"]), grant()) == []
    assert expanded(Person("u", territory_ids=("gone",)), grant(["territory"])) == []


def test_all_beside_another_kind_excludes_nothing() -> None:
    (one,) = expanded(Person("u"), grant(["all", "owner"]))
    assert one["scopes"] == [{"terms": [{"kind": "owner", "values": ["u"]}]}]


names = st.sampled_from(["read", "write", "cost", "private"])
grants = st.lists(
    st.builds(
        grant,
        st.lists(st.sampled_from(["owner", "team", "territory", "all"]), min_size=1, max_size=3),
        st.lists(st.sampled_from(["owner", "shared_with"]), min_size=1, max_size=2),
        facets=st.lists(names, max_size=3).map(tuple),
        actions=st.lists(names, min_size=1, max_size=3).map(tuple),
    ),
    min_size=1,
    max_size=4,
)


@given(grants=grants, random=st.randoms(use_true_random=False))
def test_the_order_in_which_roles_say_it_makes_no_difference(grants: list[Any], random: Any) -> None:
    person = Person("u", team_id="sales", territory_ids=("italy",))
    before = expanded(person, *grants)
    shuffled = [
        {
            **each,
            "actions": random.sample(each["actions"] * 2, len(each["actions"]) * 2),
            "facets": random.sample(each["facets"], len(each["facets"])),
            "scopes": random.sample(each["scopes"], len(each["scopes"])),
        }
        for each in random.sample(grants, len(grants))
    ]
    assert expanded(person, *shuffled, *grants[:1]) == before


@st.composite
def parents(draw: st.DrawFn) -> dict[str, str]:
    nodes = [str(number) for number in range(draw(st.integers(1, 8)))]
    return {node: draw(st.sampled_from(["", "away", *nodes])) for node in nodes}


def ancestry(parents: dict[str, str], node: str) -> list[str]:
    """The node and those above it, each once, until the top or a repetition."""
    path: list[str] = []
    while node in parents and node not in path:
        path.append(node)
        node = parents[node]
    return path


@given(parents=parents())
def test_a_tree_reaches_what_has_the_node_above_it_and_finds_circles(parents: dict[str, str]) -> None:
    tree = Tree(parents)
    for top in parents:
        assert tree.below([top]) == {node for node in parents if top in ancestry(parents, node)}
    circular = {node for node in parents if parents[node] and node in ancestry(parents, parents[node])}
    assert bool(tree.circle()) == bool(circular)
    assert tree.circle() in circular | {""}
