"""A store with its sequencer, owners that a test plays, and devices that reduce bundles to what they hold."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sales.sync.v1 import records_pb2
from uuid_utils.compat import uuid7

from services.kit.actor import Actor
from services.kit.bundle import bucket_sum, facet_of, fragment_hash
from services.kit.database import Database
from services.kit.envelope import Event
from services.kit.errors import NotFound
from services.sync.sequencer.inflow import subscriptions
from services.sync.sequencer.ledger import Ledger
from services.sync.sequencer.owners import Download, Owners
from services.sync.sequencer.sequencer import Sequencer
from services.sync.sequencer.source import Received
from services.sync.storage.memory import Memory
from services.sync.storage.secrets import checkpoint_key
from services.sync.storage.store import Store
from services.sync.usecases.devices import register_device
from services.sync.usecases.pulling import Pull, PullWanted

NORTH, SOUTH = str(uuid7()), str(uuid7())
#: All owners, as the sequencer of an installation follows them.
SERVICES = tuple(entry.publisher for entry in subscriptions())
Record = dict[str, Any]


def new_id() -> str:
    return str(uuid7())


def record(entity: str, record_id: str, version: int = 1, *, cost: str = "", **given: Any) -> Record:
    """A record in the form of records_changed."""
    fragments = {
        "base": orjson.dumps({"id": record_id, "version": version, **given.pop("body", {})}).decode()
    }
    if cost:
        fragments["cost"] = orjson.dumps({"unit_cost": cost}).decode()
    empty = dict.fromkeys(
        ("parent_id", "owner_id", "team_id", "territory_id", "product_line", "alias_of"), ""
    )
    fixed = {"entity": entity, "id": record_id, "version": version, "deleted": False, "shared_with": []}
    return {**empty, **fixed, "fragments": fragments, **given}


def grant(group: str, *scopes: dict[str, Sequence[str]], facets: Sequence[str] = ()) -> Record:
    """A grant to carry away what is within any of the scopes; a scope is {kind: values}."""
    expanded = [
        {"terms": [{"kind": kind, "values": list(values)} for kind, values in scope.items()]}
        for scope in scopes
    ]
    return {"group": group, "actions": ["read", "replicate"], "scopes": expanded, "facets": list(facets)}


def access(user_id: str, version: int, *grants: Record) -> Record:
    return record("identity.access", user_id, version, body={"grants": list(grants), "inactive": False})


@dataclass
class PlayedOwner:
    """An owner's records and its outbox."""

    service: str
    epoch: str = field(default_factory=new_id)
    seq: int = 0
    oldest: int = 1
    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    events: dict[int, Event] = field(default_factory=dict)

    def commit(self, *records: Record, changes: Sequence[str] = (), parts: int = 1) -> list[Event]:
        """Store records; return the events of the transaction."""
        found = []
        size = -(-len(records) // parts)
        for number in range(parts):
            self.seq += 1
            found.append(
                Event(
                    id=uuid7(),
                    service=self.service,
                    type=f"{self.service}.records_changed.v1",
                    subject="",
                    time=datetime.now(UTC),
                    data={"records": list(records[number * size : (number + 1) * size])},
                    epoch=self.epoch,
                    stream_seq=self.seq,
                    part=number + 1,
                    parts=parts,
                    change_ids=tuple(UUID(each) for each in changes),
                )
            )
            self.events[self.seq] = found[-1]
        for each in records:
            self.records[each["entity"], each["id"]] = each
        return found

    def heartbeat(self) -> Event:
        return Event(
            id=uuid7(),
            service=self.service,
            type=f"{self.service}.heartbeat.v1",
            subject="",
            time=datetime.now(UTC),
            data={},
            epoch=self.epoch,
            stream_seq=self.seq,
        )


class PlayedOwners(Owners):
    """Answers as the owners would."""

    def __init__(self) -> None:
        super().__init__({})
        self.played = {service: PlayedOwner(service) for service in SERVICES}
        self.page = 2
        #: Set: exports wait before their second page.
        self.hold: threading.Event | None = None
        self.replayed: list[tuple[str, int, int]] = []
        self.exported: list[str] = []

    def replay(self, service: str, epoch: str, first: int, last: int) -> Download:
        owner = self.played[service]
        self.replayed.append((service, first, last))

        def call() -> Iterator[list[Event]]:
            if epoch != owner.epoch or not owner.oldest <= first <= last <= owner.seq:
                raise NotFound("STREAM_OUT_OF_RANGE")
            yield [owner.events[number] for number in range(first, last + 1)]

        return Download(call)

    def export(self, service: str) -> Download:
        owner = self.played[service]
        self.exported.append(service)

        def call() -> Iterator[records_pb2.ExportResponse]:
            rows = [owner.records[key] for key in sorted(owner.records)]
            for start in range(0, len(rows), self.page):
                page = [placed(row) for row in rows[start : start + self.page]]
                yield records_pb2.ExportResponse(records=page, epoch=owner.epoch, stream_seq=owner.seq)
                if self.hold is not None:
                    self.hold.wait(10)

        return Download(call)

    def get(self, entity: str, record_id: str) -> Record | None:
        return self.played[entity.partition(".")[0]].records.get((entity, record_id))


def placed(row: Record) -> records_pb2.PlacedRecord:
    fragments = [records_pb2.Fragment(facet=f, body=body.encode()) for f, body in row["fragments"].items()]
    scope = {
        name: row[name] for name in ("owner_id", "team_id", "territory_id", "product_line", "shared_with")
    }
    return records_pb2.PlacedRecord(
        record=records_pb2.Record(
            entity=row["entity"], id=row["id"], version=row["version"], fragments=fragments
        ),
        parent_id=row["parent_id"],
        scope=records_pb2.Scope(**scope),
        deleted=row["deleted"],
        alias_of=row["alias_of"],
    )


class World:
    """Everything between a commit at an owner and a device."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.owners = PlayedOwners()
        self.now_s = 1000.0
        self.acknowledged: list[Event] = []
        self.store = Store(url)
        self.database = Database("sync", url, pool_size=2)
        self.key = checkpoint_key(folder)
        self.memory = Memory()
        self.lead()

    def lead(self) -> Sequencer:
        """Begin as a process that has just become the leader."""
        self.ledger = Ledger(self.store)
        self.sequencer = Sequencer(
            self.ledger, self.owners, SERVICES, clock=lambda: self.now_s, quarantine_s=60
        )
        return self.sequencer

    def close(self) -> None:
        self.sequencer.close()
        self.store.close()
        self.database.close()

    def settle(self) -> None:
        """Go on until nothing is being fetched; the clock stands still."""
        for _ in range(2000):
            self.sequencer.step([])
            if not self.sequencer._replays and not any(s.exporting for s in self.sequencer.sources.values()):
                self.sequencer.step([])
                return
            threading.Event().wait(0.002)
        raise AssertionError("never settled")

    def deliver(self, *events: Event) -> list[Event]:
        """Bring events to the sequencer; return what it acknowledged meanwhile, in that order."""
        before = len(self.acknowledged)

        def received(event: Event) -> Received:
            return Received(event, lambda: self.acknowledged.append(event))

        self.sequencer.step([received(event) for event in events])
        return self.acknowledged[before:]

    def commit(
        self, service: str, *records: Record, changes: Sequence[str] = (), parts: int = 1
    ) -> list[Event]:
        """Commit at an owner and bring the events at once."""
        events = self.owners.played[service].commit(*records, changes=changes, parts=parts)
        self.deliver(*events)
        return events

    def give(self, *grants: Record, user_id: str = "", version: int = 1) -> str:
        """Give a user these grants; return the user's id."""
        user_id = user_id or new_id()
        self.commit("identity", access(user_id, version, *grants))
        return user_id

    def rows(self, query: str, *parameters: Any) -> list[Any]:
        return self.store.rows(query, parameters)

    def live(self, bucket: str) -> set[str]:
        """Ids of the records in a bucket."""
        query = """
            select e.id::text from bucket_entry e join bucket b on b.id = e.bucket where e.live and b.key = %s
        """
        return {row.id for row in self.rows(query, bucket)}

    def device(self, user_id: str, groups: Iterable[str] | None = None) -> PlayedDevice:
        return PlayedDevice(self, user_id, groups=None if groups is None else frozenset(groups))


@dataclass
class PlayedDevice:
    """Holds what bundles say, and checks every sum."""

    world: World
    user_id: str
    groups: frozenset[str] | None = None
    id: str = field(default_factory=new_id)
    checkpoint: str = ""
    epoch: int = 0
    members: set[tuple[str, str, str]] = field(default_factory=set)
    fragments: dict[tuple[str, str, str], tuple[int, str, bytes]] = field(default_factory=dict)
    #: Every line that was ever received.
    wire: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        register_device(
            self.world.database,
            self.actor,
            device_id=UUID(self.id),
            name="",
            platform="",
            app="",
            schema="1.0",
        )

    @property
    def actor(self) -> Actor:
        return Actor(user_id=UUID(self.user_id), device_id=UUID(self.id), grant_epoch=self.epoch)

    def lines(self, *, awaited: Sequence[str] = (), page: int = 1000) -> Iterator[dict[str, Any]]:
        wanted = PullWanted(UUID(self.id), self.checkpoint, groups=self.groups, awaited=awaited)
        world = self.world
        pull = Pull(world.database, world.key, self.actor, wanted, memory=world.memory, page=page)
        for chunk in pull.lines():
            for line in chunk.splitlines():
                self.wire.append(line)
                yield {**orjson.loads(line), "raw": line}

    def pull(self, *, awaited: Sequence[str] = (), page: int = 1000) -> list[dict[str, Any]]:
        """Take one bundle; return its frames, none if there was nothing new."""
        return self.take(list(self.lines(awaited=awaited, page=page)))

    def take(self, frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if not frames or frames[-1]["k"] != "done":
            return frames
        plan, *moves, done = frames
        replaced = {each["b"] for each in plan["backfill"]} | set(plan["drop"])
        self.members = {each for each in self.members if each[0] not in replaced}
        for frame in moves:
            keys = {(bucket, frame["t"], frame["i"]) for bucket in frame["b"]}
            if frame["k"] == "out":
                self.members -= keys
                continue
            self.members |= keys
            body = frame["raw"].partition(b',"d":')[2][:-1]
            assert frame["h"] == fragment_hash(frame["t"], frame["i"], frame["f"], frame["v"], body)
            self.fragments[frame["t"], frame["i"], frame["f"]] = (frame["v"], frame["h"], body)
        for each in done["sums"]:
            assert self.sum(each["b"]) == (each["n"], each["h"]), each
        self.checkpoint = done["checkpoint"]
        return frames

    def sum(self, bucket: str) -> tuple[int, str]:
        facet = facet_of(bucket)
        held = [self.fragments[t, i, facet][1] for b, t, i in self.members if b == bucket]
        return len(held), bucket_sum(held)

    def visible(self, facet: str = "base") -> set[str]:
        """Ids of the records of which this facet is held."""
        return {i for b, _, i in self.members if facet_of(b) == facet}
