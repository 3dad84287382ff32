"""What a device receives, and what it never does."""

from __future__ import annotations

from tests.sync.world import NORTH, SOUTH, World, grant, new_id, record


def offers_of(world: World, party: str, lines: int = 2) -> list[str]:
    """An offer with a revision and lines under a party; return all ids."""
    offer, revision = new_id(), new_id()
    ids = [new_id() for _ in range(lines)]
    world.commit(
        "offers",
        record("offers.offer", offer, parent_id=party),
        record("offers.revision", revision, parent_id=offer),
        *(record("offers.line", each, parent_id=revision, cost="12.50") for each in ids),
    )
    return [offer, revision, *ids]


def test_a_device_receives_what_its_user_may_carry_away_and_then_only_what_changes(world: World) -> None:
    north, south = new_id(), new_id()
    world.commit(
        "crm", record("crm.party", north, territory_id=NORTH), record("crm.party", south, territory_id=SOUTH)
    )
    ids = offers_of(world, north)
    offers_of(world, south)
    user = world.give(grant("crm", {"territory": [NORTH]}), grant("offers", {"territory": [NORTH]}))
    device = world.device(user)
    device.pull()
    assert device.visible() == {north, *ids}
    assert device.pull() == []
    world.commit("crm", record("crm.party", south, 2, territory_id=SOUTH))
    assert device.pull() == []
    world.commit("crm", record("crm.party", north, 2, territory_id=NORTH))
    frames = device.pull()
    assert [frame["k"] for frame in frames] == ["plan", "put", "done"]
    assert device.fragments["crm.party", north, "base"][0] == 2
