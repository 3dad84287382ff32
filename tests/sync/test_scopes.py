"""Each kind of scope, on a record and on its root; merged records, in chains and taken apart again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.sync.world import NORTH, SOUTH, World, grant, new_id, record

SOMEBODY, TEAM = new_id(), new_id()
#: Kind of a term -> field that it compares, and a value of it.
SCOPES: dict[str, tuple[str, Any]] = {
    "owner": ("owner_id", SOMEBODY),
    "team": ("team_id", TEAM),
    "territory": ("territory_id", NORTH),
    "product_line": ("product_line", "press"),
    "shared_with": ("shared_with", [SOMEBODY]),
    "all": ("territory_id", SOUTH),
}


@pytest.mark.parametrize("kind", SCOPES)
def test_a_record_and_all_under_it_are_in_the_buckets_of_each_of_its_scope_fields(
    world: World, kind: str
) -> None:
    field, value = SCOPES[kind]
    root, offer, other = new_id(), new_id(), new_id()
    given = {field: value} if kind != "product_line" else {}
    world.commit("crm", record("crm.party", root, **given), record("crm.party", other))
    own = {field: value} if kind == "product_line" else {}
    world.commit("offers", record("offers.offer", offer, parent_id=root, **own))
    line = new_id()
    revision = new_id()
    world.commit(
        "offers",
        record("offers.revision", revision, parent_id=offer),
        record("offers.line", line, parent_id=revision),
    )
    terms: dict[str, Sequence[str]] = {
        kind: [] if kind == "all" else value if isinstance(value, list) else [value]
    }
    user = world.give(grant("offers", terms), user_id=SOMEBODY)
    device = world.device(user)
    device.pull()
    assert device.visible() == {offer, revision, line}
    if kind != "all":
        strange = new_id()
        world.commit("offers", record("offers.offer", strange, parent_id=other))
        device.pull()
        assert strange not in device.visible()


def party(world: World, territory: str) -> str:
    found = new_id()
    world.commit("crm", record("crm.party", found, territory_id=territory))
    return found


def offer_under(world: World, party_id: str) -> str:
    found = new_id()
    world.commit("offers", record("offers.offer", found, parent_id=party_id))
    return found


OFFERS_NORTH, OFFERS_SOUTH = f"offers/territory:{NORTH}", f"offers/territory:{SOUTH}"


def test_a_chain_of_merges_leads_to_the_last_survivor(world: World) -> None:
    first, second, third = party(world, NORTH), party(world, NORTH), party(world, SOUTH)
    offer = offer_under(world, first)
    world.commit("crm", record("crm.party", first, 2, territory_id=NORTH, alias_of=second))
    assert world.live(OFFERS_NORTH) == {offer}
    world.commit("crm", record("crm.party", second, 2, territory_id=NORTH, alias_of=third))
    assert (world.live(OFFERS_NORTH), world.live(OFFERS_SOUTH)) == (set(), {offer})


def test_a_child_that_is_made_under_a_merged_record_is_where_the_survivor_is(world: World) -> None:
    merged, survivor = party(world, NORTH), party(world, SOUTH)
    world.commit("crm", record("crm.party", merged, 2, territory_id=NORTH, alias_of=survivor))
    offer = offer_under(world, merged)
    assert (world.live(OFFERS_NORTH), world.live(OFFERS_SOUTH)) == (set(), {offer})


def test_a_merge_that_is_taken_back_lets_the_children_return(world: World) -> None:
    merged, survivor = party(world, NORTH), party(world, SOUTH)
    offer = offer_under(world, merged)
    world.commit("crm", record("crm.party", merged, 2, territory_id=NORTH, alias_of=survivor, deleted=True))
    assert world.live(OFFERS_SOUTH) == {offer}
    world.commit("crm", record("crm.party", merged, 3, territory_id=NORTH))
    assert (world.live(OFFERS_NORTH), world.live(OFFERS_SOUTH)) == ({offer}, set())


def test_a_merge_arrives_before_the_survivor(world: World) -> None:
    merged, survivor = party(world, NORTH), new_id()
    offer = offer_under(world, merged)
    world.commit("crm", record("crm.party", merged, 2, territory_id=NORTH, alias_of=survivor))
    world.commit("crm", record("crm.party", survivor, territory_id=SOUTH))
    assert (world.live(OFFERS_NORTH), world.live(OFFERS_SOUTH)) == (set(), {offer})


def test_an_export_confirms_merges(world: World) -> None:
    merged, survivor = party(world, NORTH), party(world, SOUTH)
    offer = offer_under(world, merged)
    world.commit("crm", record("crm.party", merged, 2, territory_id=NORTH, alias_of=survivor))
    world.sequencer.sources["crm"].begin_export()
    world.settle()
    assert world.live(OFFERS_SOUTH) == {offer}


def test_a_line_that_goes_to_another_revision_is_where_that_one_is(world: World) -> None:
    north, south = offer_under(world, party(world, NORTH)), offer_under(world, party(world, SOUTH))
    here, there, line = new_id(), new_id(), new_id()
    world.commit(
        "offers",
        record("offers.revision", here, parent_id=north),
        record("offers.revision", there, parent_id=south),
        record("offers.line", line, parent_id=here, cost="3.10"),
    )
    assert line in world.live(OFFERS_NORTH)
    world.commit("offers", record("offers.line", line, 2, parent_id=there, cost="3.10"))
    assert line not in world.live(OFFERS_NORTH)
    assert line in world.live(OFFERS_SOUTH)
    assert world.live(f"{OFFERS_SOUTH}#cost") == {line}
    assert world.live(f"{OFFERS_NORTH}#cost") == set()
