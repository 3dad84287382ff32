"""A customer passes to another territory: the CRM's own events, and what two devices hold afterwards."""

from __future__ import annotations

from services.kit.permissions import Grant
from tests.crm.conftest import crm, seller  # noqa: F401
from tests.crm.parties import changed, party, person, related
from tests.support.owners import NORTH, SOUTH, OwnerUnderTest, create, within
from tests.sync.world import World, grant


def told(crm: OwnerUnderTest, world: World, seen: int) -> int:  # noqa: F811
    """Give the CRM's events after the first `seen` to the sequencer."""
    events = crm.events()
    for event in events[seen:]:
        if event["type"] == "crm.records_changed.v1":
            world.commit("crm", *event["data"]["records"])
    return len(events)


def test_the_old_territory_s_device_loses_and_the_new_one_gains_the_customer_whole(
    crm: OwnerUnderTest,  # noqa: F811
    world: World,
) -> None:
    everywhere: list[Grant] = [within(NORTH), within(SOUTH)]
    manager = crm.accesses.give(*everywhere)
    north = {"territory_id": str(NORTH)}
    firm, anna = party(crm, manager, **north), person(crm, manager, **north)
    parent, stays = party(crm, manager, **north), party(crm, manager, **north)
    below = [
        create("crm.address", party_id=firm, kind="site", city="Schio"),
        create("crm.contact_point", party_id=firm, kind="email", value="info@rossi.it"),
        create("crm.contact_point", party_id=anna, kind="email", value="anna@rossi.it"),
        create("crm.activity", party_id=firm, kind="visit", subject="Visita"),
    ]
    crm.apply(manager, *below)
    relations = [
        related(crm, manager, anna, "works_at", firm),
        related(crm, manager, firm, "subsidiary_of", parent),
    ]
    moving = {firm, anna, *relations, *(each["record_id"] for each in below)}
    seen = told(crm, world, 0)
    old, new = (
        world.device(world.give(grant("crm", {"territory": [str(where)]}))) for where in (NORTH, SOUTH)
    )
    old.pull()
    new.pull()
    assert (old.visible(), new.visible()) == ({*moving, parent, stays}, set())
    changed(crm, manager, "crm.party", firm, territory_id=str(SOUTH))
    told(crm, world, seen)
    old.pull()
    new.pull()
    assert (old.visible(), new.visible()) == ({parent, stays}, moving)
