"""What devices are told of merged records."""

from __future__ import annotations

from tests.sync.world import NORTH, World, grant, new_id, record


def test_the_frame_of_a_merged_record_names_the_record_that_it_stands_for(world: World) -> None:
    kept, other, deleted = new_id(), new_id(), new_id()
    device = world.device(world.give(grant("crm", {"territory": [NORTH]})))
    world.commit("crm", *(record("crm.party", each, territory_id=NORTH) for each in (kept, other, deleted)))
    device.pull()
    world.commit(
        "crm",
        record("crm.party", other, 2, territory_id=NORTH, deleted=True, alias_of=kept),
        record("crm.party", deleted, 2, territory_id=NORTH, deleted=True),
    )
    told = {frame["i"]: frame.get("to") for frame in device.pull() if frame["k"] == "out"}
    assert told == {other: kept, deleted: None}
    assert device.visible() == {kept}
