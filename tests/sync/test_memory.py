"""What a pull worker remembers is what it would read."""

from __future__ import annotations

from uuid import UUID

from services.sync.storage.memory import Mark, Memory
from services.sync.storage.snapshots import snapshot
from services.sync.usecases.sweeping import sweep
from tests.sync.test_pulling import NORTHERN, offer, party
from tests.sync.world import NORTH, SOUTH, World, grant, new_id, record

_NOBODY = UUID(int=0)


def assert_remembered_as_stored(world: World, *user_ids: str) -> None:
    for user_id in user_ids:
        with snapshot(world.database, world.memory) as view:
            remembered = view.state(_NOBODY, UUID(user_id)).buckets
        with snapshot(world.database) as view:
            stored = view.state(_NOBODY, UUID(user_id)).buckets
        assert remembered == stored


def test_what_is_remembered_follows_every_commit(world: World) -> None:
    root = party(world)
    users = [world.give(*NORTHERN), world.give(grant("offers", {"territory": [SOUTH]}))]
    assert_remembered_as_stored(world, *users)
    offer(world, root)
    assert_remembered_as_stored(world, *users)
    world.commit("crm", record("crm.party", root, 2, territory_id=SOUTH))
    assert_remembered_as_stored(world, *users)
    world.give(NORTHERN[0], user_id=users[0], version=2)
    world.give(*NORTHERN, user_id=users[1], version=2)
    assert_remembered_as_stored(world, *users)
    world.ledger.finish_rebuild()
    assert_remembered_as_stored(world, *users)
    world.lead()
    assert_remembered_as_stored(world, *users)


def test_a_floor_that_moves_without_a_number_is_noticed(world: World) -> None:
    kept, gone = party(world), party(world)
    behind, other = world.device(world.give(*NORTHERN)), world.device(world.give(*NORTHERN))
    behind.pull()
    world.commit("crm", record("crm.party", gone, 2, territory_id=NORTH, deleted=True))
    world.store.run("insert into head_moment values (%s, now() - interval '99 days')", (world.ledger.seq,))
    other.pull()
    assert other.pull() == []
    sweep(world.store, epoch=world.ledger.epoch, seq=world.ledger.seq)
    assert [each["b"] for each in behind.pull()[0]["backfill"]] == [f"crm/territory:{NORTH}"]
    assert behind.visible() == {kept}


def test_a_snapshot_older_than_what_is_remembered_is_read_itself(world: World) -> None:
    user = world.give(*NORTHERN)
    device = world.device(user)
    some = party(world)
    with snapshot(world.database, world.memory) as old:
        before = old.state(UUID(device.id), UUID(user))
        world.commit("crm", record("crm.party", some, 2, territory_id=NORTH))
        assert device.pull()
        assert old.state(UUID(device.id), UUID(user)) == before


def test_nothing_half_read_is_remembered() -> None:
    memory, user = Memory(), UUID(new_id())
    mark = Mark(UUID(new_id()), 1)

    def fails(query: str, **parameters: object) -> list[object]:
        raise ConnectionError("the store is away")

    for _ in range(2):
        try:
            memory.buckets(mark, user, fails)
        except ConnectionError:
            assert memory.known(mark, user) is None
    assert memory.buckets(mark, user, lambda query, **parameters: []) == {}
    assert memory.known(mark, user) == {}
