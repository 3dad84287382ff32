"""Random histories, delivered out of order and twice, end where a plain reading of the owners' records ends.

The oracle knows nothing of the store: it asks kit's matcher about each record and its ancestors.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from uuid import UUID

import pytest

from services.kit.envelope import Event
from services.kit.permissions import Access, Place, matches, visible_facets
from tests.support.budget import FACTOR
from tests.sync.world import NORTH, SOUTH, PlayedDevice, Record, World, access, grant, new_id, record

PARENTS = {"offers.offer": "crm.party", "offers.revision": "offers.offer", "offers.line": "offers.revision"}
GROUPS = {"crm": "crm", "offers": "offers"}


class History:
    """Owners' records as they are, and the events on their way."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.users = [new_id() for _ in range(3)]
        self.accesses: dict[str, Record] = {}
        self.on_their_way: list[Event] = []

    def records(self, entity: str) -> list[Record]:
        owner = self.world.owners.played[entity.partition(".")[0]]
        return [row for (name, _), row in owner.records.items() if name == entity]

    def step(self) -> None:
        action = self.random.choice(
            ["create", "create", "change", "change", "delete", "merge", "grant", "deliver"]
        )
        getattr(self, action)()

    def create(self) -> None:
        entity = self.random.choice(["crm.party", *PARENTS])
        parents = self.records(PARENTS[entity]) if entity in PARENTS else []
        if entity in PARENTS and not parents:
            return
        parent = self.random.choice(parents)["id"] if parents else ""
        self.put(entity, new_id(), 1, parent)

    def put(self, entity: str, record_id: str, version: int, parent: str, **given: object) -> None:
        scope: dict[str, object] = {"owner_id": self.random.choice([*self.users, ""])}
        if entity == "crm.party":
            scope["territory_id"] = self.random.choice([NORTH, SOUTH, ""])
        if entity == "offers.offer":
            scope["product_line"] = self.random.choice(["press", "mill", ""])
            scope["shared_with"] = self.random.sample(self.users, self.random.randrange(2))
        cost = str(version) if entity == "offers.line" else ""
        row = record(entity, record_id, version, cost=cost, **{"parent_id": parent, **scope, **given})
        self.on_their_way += self.world.owners.played[entity.partition(".")[0]].commit(row)

    def change(self) -> None:
        row = self.any()
        if row is not None:
            parent = row["parent_id"]
            if row["entity"] == "offers.offer":
                parent = self.random.choice(self.records("crm.party"))["id"]
            self.put(row["entity"], row["id"], row["version"] + 1, parent, alias_of=row["alias_of"])

    def delete(self) -> None:
        lines = self.records("offers.line")
        if lines:
            row = self.random.choice(lines)
            self.put(
                row["entity"], row["id"], row["version"] + 1, row["parent_id"], deleted=not row["deleted"]
            )

    def merge(self) -> None:
        parties = [row for row in self.records("crm.party") if not row["alias_of"]]
        if len(parties) > 2:
            merged, survivor = self.random.sample(parties, 2)
            self.put("crm.party", merged["id"], merged["version"] + 1, "", alias_of=survivor["id"])

    def grant(self) -> None:
        user = self.random.choice(self.users)
        scopes: list[dict[str, Sequence[str]]] = [
            {"territory": [NORTH]},
            {"territory": [NORTH, SOUTH], "product_line": ["press"]},
            {"owner": [user]},
            {"shared_with": [user]},
            {"owner": [user], "territory": [SOUTH]},
            {"all": []},
        ]
        facets = self.random.choice([[], ["cost"]])
        grants = [
            grant(group, *self.random.sample(scopes, self.random.randrange(1, 3)), facets=facets)
            for group in self.random.sample(sorted(GROUPS), self.random.randrange(3))
        ]
        version = self.accesses[user]["version"] + 1 if user in self.accesses else 1
        self.accesses[user] = access(user, version, *grants)
        self.on_their_way += self.world.owners.played["identity"].commit(self.accesses[user])

    def any(self) -> Record | None:
        rows = [row for entity in ("crm.party", *PARENTS) for row in self.records(entity)]
        return self.random.choice(rows) if rows else None

    def deliver(self) -> None:
        """Some of what is on its way arrives, in any order, some of it twice."""
        self.random.shuffle(self.on_their_way)
        count = self.random.randrange(len(self.on_their_way) + 1)
        arriving, self.on_their_way = self.on_their_way[:count], self.on_their_way[count:]
        again = self.random.sample(arriving, len(arriving) // 4)
        self.world.deliver(*arriving, *again)

    def finish(self) -> None:
        self.world.deliver(*self.on_their_way)
        self.on_their_way = []
        self.world.deliver(*(owner.heartbeat() for owner in self.world.owners.played.values()))
        for _ in range(3):
            self.world.now_s += 6
            self.world.settle()

    def chain(self, row: Record) -> list[Place]:
        places = [_place(row)]
        while row["entity"] in PARENTS:
            parent = PARENTS[row["entity"]]
            row = self.world.owners.played[parent.partition(".")[0]].records[parent, row["parent_id"]]
            while row["alias_of"]:
                row = self.world.owners.played["crm"].records["crm.party", row["alias_of"]]
            places.append(_place(row))
        return places

    def expected(self, user: str) -> set[tuple[str, str, int]]:
        """(id, facet, version) of everything that the user may carry away."""
        if user not in self.accesses:
            return set()
        allowed = Access.from_json(self.accesses[user]["fragments"]["base"])
        found = set()
        for entity in ("crm.party", *PARENTS):
            group = GROUPS[entity.partition(".")[0]]
            for row in self.records(entity):
                chain = self.chain(row)
                if row["deleted"] or not matches(allowed, group, "replicate", chain):
                    continue
                found.add((row["id"], "base", row["version"]))
                facets = visible_facets(allowed, group, "replicate", chain) & row["fragments"].keys()
                found |= {(row["id"], facet, row["version"]) for facet in facets}
        return found


def _place(row: Record) -> Place:
    def uuid(text: str) -> UUID | None:
        return UUID(text) if text else None

    return Place(
        owner_id=uuid(row["owner_id"]),
        team_id=uuid(row["team_id"]),
        territory_id=uuid(row["territory_id"]),
        product_line=row["product_line"],
        shared_with=[UUID(each) for each in row["shared_with"]],
    )


def held(device: PlayedDevice) -> set[tuple[str, str, int]]:
    members = {(i, b.partition("#")[2] or "base", t) for b, t, i in device.members}
    return {(i, facet, device.fragments[t, i, facet][0]) for i, facet, t in members}


@pytest.mark.parametrize("seed", range(8 * FACTOR))
def test_every_device_ends_with_what_its_user_may_carry_away(world: World, seed: int) -> None:
    history = History(world, seed)
    for user in history.users:
        world.give(user_id=user)
        history.accesses[user] = access(user, 1)
    devices = [world.device(user) for user in history.users]
    for number in range(120):
        history.step()
        if number % 15 == 0:
            history.random.choice(devices).pull()
    history.finish()
    assert world.rows("select 1 from quarantine") == []
    assert world.rows("select 1 from entity where not placed") == []
    assert any(history.expected(user) for user in history.users)
    for user, device in zip(history.users, devices, strict=True):
        device.pull()
        assert held(device) == history.expected(user)
        assert device.pull() == []
    kept = world.rows("select key, count, sum from bucket order by key")
    world.ledger.finish_rebuild()
    assert world.rows("select key, count, sum from bucket order by key") == kept
