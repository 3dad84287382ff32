"""Who is poked: the devices of those whom a move concerns, and everybody where that cannot be told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast
from uuid import UUID

import pytest
from sales.sync.v1 import bundle_pb2

from gateway.api.owners import Owners
from gateway.api.sync_live import Live
from services.kit.actor import Actor
from services.sync.api import heads
from services.sync.api.heads import Heads, Told
from tests.sync.test_pulling import NORTHERN, offer, party
from tests.sync.world import NORTH, SOUTH, World, grant, new_id, record


@pytest.fixture
def told(world: World) -> Iterator[Iterator[Told]]:
    # An epoch that is new concerns everybody.
    world.deliver(*(owner.heartbeat() for owner in world.owners.played.values()))
    following = Heads(world.url)
    yield (each for each in following.stream() if each is not None)
    following.stop()


def concerned(world: World, told: Iterator[Told]) -> set[str] | None:
    """Whom the moves up to the present head concern."""
    found: set[str] = set()
    for each in told:
        if each.users is None:
            return None
        found |= each.users
        if each.head >= world.ledger.seq:
            break
    return found


def settle(world: World, told: Iterator[Told]) -> None:
    while next(told).head < world.ledger.seq:
        pass


def test_a_move_names_the_users_who_hold_what_moved(world: World, told: Iterator[Told]) -> None:
    north = world.give(*NORTHERN)
    south = world.give(grant("crm", {"territory": [SOUTH]}))
    root = party(world)
    settle(world, told)
    offer(world, root)
    assert concerned(world, told) == {north}
    world.commit("crm", record("crm.party", root, 2, territory_id=SOUTH))
    assert concerned(world, told) == {north, south}


def test_a_user_whose_rights_change_is_named(world: World, told: Iterator[Told]) -> None:
    user = world.give(*NORTHERN)
    world.give(*NORTHERN)
    party(world)
    settle(world, told)
    world.give(NORTHERN[0], user_id=user, version=2)
    assert concerned(world, told) == {user}


def test_a_rebuild_concerns_everybody(world: World, told: Iterator[Told]) -> None:
    world.give(*NORTHERN)
    settle(world, told)
    world.ledger.finish_rebuild()
    assert next(told).users is None


def test_a_stream_that_fell_behind_is_told_that_anybody_may_be_concerned(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "_KEPT_MOVES", 3)
    world.give(*NORTHERN)
    root = party(world)
    following = Heads(world.url)
    quick, slow = (
        (each for each in stream if each is not None) for stream in (following.stream(), following.stream())
    )
    for each in (quick, slow):
        settle(world, each)
    for version in range(2, 7):
        world.commit("crm", record("crm.party", root, version, territory_id=NORTH))
        assert concerned(world, quick)
    assert concerned(world, slow) is None
    following.stop()


def test_more_users_than_can_be_named_are_everybody(
    world: World, told: Iterator[Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "_MOST_NAMED", 1)
    for _ in range(2):
        world.give(*NORTHERN)
    settle(world, told)
    party(world)
    assert concerned(world, told) is None


class _Sync:
    """Sync's side of the stream of heads."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[bundle_pb2.WatchHeadResponse] = asyncio.Queue()

    def sync(self) -> Any:
        return self

    async def WatchHead(self, request: Any) -> AsyncIterator[bundle_pb2.WatchHeadResponse]:  # noqa: N802
        while True:
            yield await self.messages.get()

    def say(self, head: int, *users: str, **given: Any) -> None:
        given = {"selective": True} | given
        self.messages.put_nowait(bundle_pb2.WatchHeadResponse(head=head, users=users, **given))


def _actor() -> Actor:
    return Actor(user_id=UUID(new_id()), device_id=UUID(new_id()))


async def _news(stream: AsyncIterator[bytes]) -> bytes:
    """What comes next, pings left out: on a busy machine one may overtake what was said before it."""
    while b"ping" in (told := await anext(stream)):
        pass
    return told


async def test_only_those_whom_a_move_concerns_are_poked() -> None:
    sync = _Sync()
    live = Live(cast(Owners, sync), ping_s=0.3)
    mine, other = _actor(), _actor()
    streams = [live.events(each, still_admitted=lambda: None) for each in (mine, other)]
    for each in streams:
        assert b"poke" in await anext(each)
    sync.say(7, str(mine.user_id))
    poked, pinged = await asyncio.gather(_news(streams[0]), anext(streams[1]))
    assert poked == b'event: poke\ndata: {"head":7}\n\n'
    assert b"ping" in pinged
    # As sync said it before it could name anybody.
    sync.say(8, selective=False)
    assert [b'"head":8' in await _news(each) for each in streams] == [True, True]
    sync.say(8, names_ended=True, ended_devices=[str(other.device_id)])
    first, second = await asyncio.gather(anext(streams[0]), _news(streams[1]))
    assert b"ping" in first
    assert b"wipe" in second
    for each in streams:
        await each.aclose()  # type: ignore[attr-defined]
    assert not live._listeners
    await live.close()


async def test_a_wiped_device_that_was_registered_again_is_poked_not_wiped() -> None:
    sync = _Sync()
    live = Live(cast(Owners, sync), ping_s=0.3)
    actor = _actor()
    stream = live.events(actor, still_admitted=lambda: None)
    await anext(stream)
    sync.say(1, names_ended=True, ended_devices=[str(actor.device_id)])
    assert b"wipe" in await _news(stream)
    live.begins_anew(str(actor.device_id))
    assert b"poke" in await anext(live.events(actor, still_admitted=lambda: None))
    await live.close()


async def test_pokes_that_follow_closely_become_one() -> None:
    sync = _Sync()
    live = Live(cast(Owners, sync), ping_s=0.5)
    actor = _actor()
    stream = live.events(actor, still_admitted=lambda: None)
    await anext(stream)
    for head in range(1, 21):
        sync.say(head, str(actor.user_id))
    assert b'"head":20' in await _news(stream)
    assert b"ping" in await anext(stream)
    await live.close()
