"""Where records are: with their roots, across services, whatever moves and in whichever order it arrives."""

from __future__ import annotations

import time

from tests.sync.world import NORTH, SOUTH, World, grant, new_id, record

OFFERS_NORTH, OFFERS_SOUTH = f"offers/territory:{NORTH}", f"offers/territory:{SOUTH}"


def subtree(world: World, party_id: str, lines: int = 2) -> tuple[str, list[str]]:
    """An offer with a revision and lines under a party; return the offer and all ids."""
    offer, revision = new_id(), new_id()
    ids = [new_id() for _ in range(lines)]
    world.commit(
        "offers",
        record("offers.offer", offer, parent_id=party_id),
        record("offers.revision", revision, parent_id=offer),
        *(record("offers.line", each, parent_id=revision) for each in ids),
    )
    return offer, [offer, revision, *ids]


def party(world: World, territory: str) -> str:
    found = new_id()
    world.commit("crm", record("crm.party", found, territory_id=territory))
    return found


def test_a_party_takes_its_offers_along_to_another_territory(world: World) -> None:
    moved = party(world, NORTH)
    _, ids = subtree(world, moved)
    assert world.live(OFFERS_NORTH) == set(ids)
    world.commit("crm", record("crm.party", moved, 2, territory_id=SOUTH))
    assert world.live(OFFERS_NORTH) == set()
    assert world.live(OFFERS_SOUTH) == set(ids)


def test_five_hundred_children_follow_at_once(world: World) -> None:
    moved = party(world, NORTH)
    _, ids = subtree(world, moved, lines=500)
    started = time.perf_counter()
    world.commit("crm", record("crm.party", moved, 2, territory_id=SOUTH))
    print(f"502 records moved in {(time.perf_counter() - started) * 1000:.0f} ms")
    assert world.live(OFFERS_SOUTH) == set(ids)
    (count,) = world.rows("select count from bucket where key = %s", OFFERS_NORTH)
    assert count.count == 0


def test_an_offer_that_changes_its_party_takes_revisions_and_lines_along(world: World) -> None:
    north, south = party(world, NORTH), party(world, SOUTH)
    offer, ids = subtree(world, north)
    world.commit("offers", record("offers.offer", offer, 2, parent_id=south))
    assert world.live(OFFERS_NORTH) == set()
    assert world.live(OFFERS_SOUTH) == set(ids)


def test_a_subtree_that_overtakes_its_root_waits_for_it(world: World) -> None:
    root = new_id()
    _, ids = subtree(world, root)
    assert world.live("offers/all") == set()
    world.commit("crm", record("crm.party", root, territory_id=NORTH))
    assert world.live(OFFERS_NORTH) == set(ids)


def test_children_of_a_merged_party_are_where_the_survivor_is(world: World) -> None:
    merged, survivor = party(world, NORTH), party(world, SOUTH)
    _, ids = subtree(world, merged)
    world.commit("crm", record("crm.party", merged, 2, territory_id=NORTH, alias_of=survivor))
    assert world.live(OFFERS_SOUTH) == set(ids)
    world.commit("crm", record("crm.party", survivor, 2, territory_id=NORTH))
    assert world.live(OFFERS_NORTH) == set(ids)


def test_a_deleted_record_leaves_all_buckets_and_comes_back(world: World) -> None:
    some = party(world, NORTH)
    world.commit("crm", record("crm.party", some, 2, territory_id=NORTH, deleted=True))
    assert world.live(f"crm/territory:{NORTH}") == world.live("crm/all") == set()
    world.commit("crm", record("crm.party", some, 3, territory_id=NORTH))
    assert world.live(f"crm/territory:{NORTH}") == {some}


def test_a_role_with_a_new_and_finds_its_bucket_filled(world: World) -> None:
    root = party(world, NORTH)
    press, mill = new_id(), new_id()
    world.commit(
        "offers",
        record("offers.offer", press, parent_id=root, product_line="press"),
        record("offers.offer", mill, parent_id=root, product_line="mill"),
    )
    user = world.give(grant("offers", {"territory": [NORTH], "product_line": ["press"]}))
    assert world.live(f"offers/territory:{NORTH}&line:press") == {press}
    device = world.device(user)
    device.pull()
    assert device.visible() == {press}
    later = new_id()
    world.commit("offers", record("offers.offer", later, parent_id=root, product_line="press"))
    device.pull()
    assert device.visible() == {press, later}


def test_counts_and_sums_equal_those_counted_anew(world: World) -> None:
    moved = party(world, NORTH)
    offer, ids = subtree(world, moved)
    world.commit("offers", record("offers.line", ids[2], 2, parent_id=ids[1], cost="3.10"))
    world.commit("crm", record("crm.party", moved, 2, territory_id=SOUTH))
    world.commit("offers", record("offers.line", ids[3], 2, parent_id=ids[1], deleted=True))
    kept = world.rows("select key, count, sum, bytes from bucket order by key")
    world.ledger.finish_rebuild()
    assert world.rows("select key, count, sum, bytes from bucket order by key") == kept
    assert any(row.count for row in kept)
    assert offer


def test_an_entry_that_tells_of_a_mail_is_where_mails_are_and_follows_its_party(world: World) -> None:
    owner, moved, entry = new_id(), party(world, NORTH), new_id()
    told = record("crm.timeline_entry", entry, parent_id=moved, owner_id=owner, body={"source_group": "mail"})
    world.commit("crm", told)
    assert world.live(f"mail/owner:{owner}") == {entry}
    assert entry in world.live(f"mail/territory:{NORTH}")
    assert entry not in world.live(f"crm/territory:{NORTH}")
    world.commit("crm", record("crm.party", moved, 2, territory_id=SOUTH))
    assert entry in world.live(f"mail/territory:{SOUTH}")
    assert entry not in world.live(f"mail/territory:{NORTH}")


def test_an_entry_that_names_no_group_is_set_aside(world: World) -> None:
    entry = new_id()
    world.commit("crm", record("crm.timeline_entry", entry, body={"source_group": ""}))
    (row,) = world.rows("select cause from quarantine where id = %s", entry)
    assert "grant group" in row.cause
    assert not world.rows("select 1 from entity where id = %s", entry)
