"""A sync server in a few lines: a table of (bucket, record) -> sequence number, and the frames of sync.md.

Independent of the real one and of the device: checksums are written out here again. `expected` is the oracle:
what a device with a given checkpoint must hold, found by asking the permission of every record.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from queue import SimpleQueue
from typing import Any, TypeAlias

import httpx

from services.kit.lease_codes import lease_code, lease_mark
from tests.device.fake_owners import BLOCK, GROUPS, OFFER, Owners, Rec

Fragment: TypeAlias = tuple[str, str, str]
"""(entity, id, facet)."""
Content: TypeAlias = dict[Fragment, tuple[int, bytes]]

USER = "0190a000-0000-7000-8000-000000000001"


@dataclass(frozen=True)
class Grant:
    """Records of a group in a territory, one facet of them."""

    group: str
    territory: str
    facet: str = "base"

    @property
    def bucket(self) -> str:
        suffix = "" if self.facet == "base" else f"#{self.facet}"
        return f"{self.group}/territory:{self.territory}{suffix}"


@dataclass
class FakeSync:
    owners: Owners = field(default_factory=Owners)
    grants: set[Grant] = field(default_factory=set)
    page: int = 3
    generation: int = 1
    seq: int = 0
    revoked: bool = False
    upgrade: bool = False
    epochs: dict[str, str] = field(default_factory=lambda: {"crm": "1", "offers": "1"})
    published: dict[str, Rec] = field(default_factory=dict)
    entries: dict[tuple[str, str, str], tuple[int, bool]] = field(default_factory=dict)
    floors: dict[str, int] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    #: Checkpoint -> (generation, seq, held buckets, epochs).
    checkpoints: dict[str, tuple[int, int, frozenset[str], str]] = field(default_factory=dict)
    #: Checkpoint -> what its device must hold, and every change that it was told of.
    expected: dict[str, Content] = field(default_factory=dict)
    told: dict[str, set[str]] = field(default_factory=dict)
    #: Called between pages: the world goes on while a device pulls.
    between_pages: Callable[[], None] = lambda: None
    #: Distorts a stream on its way.
    distort: Callable[[Iterator[bytes]], Iterator[bytes]] = lambda lines: lines
    lose_answers: bool = False
    away: bool = False
    pulls: list[dict[str, Any]] = field(default_factory=list)
    refreshes: int = 0
    #: What each open stream of events will say; None ends it, an exception breaks it.
    streams: list[SimpleQueue[bytes | Exception | None]] = field(default_factory=list)
    #: What a supervisor is shown.
    parked_of_others: list[dict[str, Any]] = field(default_factory=list)
    #: Devices may reserve numbers; the last one given.
    numbers: bool = False
    last_number: int = 100
    lease_days: int = 14
    marks: int = 0
    device: str = ""
    calls: list[str] = field(default_factory=list)

    # The store

    def ingest(self) -> None:
        """Publish everything that the owners did."""
        while self.owners.events:
            records, change = self.owners.events.pop(0)
            for record in records:
                self._place(record)
            if change:
                self.seen.add(change)

    def _place(self, record: Rec) -> None:
        before = self.published.get(record.id)
        self.published[record.id] = record
        self.seq += 1
        changed = ["base"]
        if before is None or record.private_version != before.private_version:
            changed = record.facets
        self._enter(record, changed)
        for child in [c for c in self.published.values() if c.parent == record.id]:
            if before is None or before.territory != record.territory:
                self.seq += 1
                self._enter(child, [])

    def _enter(self, record: Rec, changed: list[str]) -> None:
        place = self.territory(record)
        live = set() if record.deleted or not place else {place}
        for facet in record.facets:
            for territory in {"north", "south"}:
                bucket = Grant(GROUPS[record.entity], territory, facet).bucket
                key = (bucket, record.entity, record.id)
                was = self.entries.get(key, (0, False))[1]
                now = territory in live
                if (now and (not was or facet in changed)) or was != now:
                    self.entries[key] = (self.seq, now)

    def territory(self, record: Rec) -> str:
        if record.parent:
            above = self.published.get(record.parent)
            above = self.published.get(above.survivor, above) if above else None
            return self.territory(above) if above else ""
        return record.territory

    def collect_garbage(self) -> None:
        """Forget which records left; devices that did not hear of it fetch those buckets again."""
        for key, (_, live) in list(self.entries.items()):
            if not live:
                self.floors[key[0]] = self.seq
                del self.entries[key]

    def rebuild(self) -> None:
        """A new generation: numbered anew."""
        self.generation += 1
        self.entries.clear()
        self.floors.clear()
        self.seq = 0
        for record in self.published.values():
            self.seq += 1
            self._enter(record, record.facets)

    # The oracle

    def oracle(self, groups: list[str] | None) -> Content:
        found: Content = {}
        for record in self.published.values():
            for facet in record.facets:
                grant = Grant(GROUPS[record.entity], self.territory(record), facet)
                chosen = groups is None or grant.group in groups
                if grant in self.grants and chosen and not record.deleted:
                    found[record.entity, record.id, facet] = (record.version_of(facet), record.body(facet))
        return found

    # The protocol

    def handle(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ConnectError("away")
        body = json.loads(request.content) if request.content else {}
        path = request.url.path
        self.calls.append(path)
        if path.startswith("/v1/session"):
            self.refreshes += path.endswith("refresh")
            session = {"access_token": "good", "refresh_token": "r", "expires_at": "", "user": {"id": USER}}
            return httpx.Response(200, json=session)
        if request.headers.get("Authorization") != "Bearer good":
            return httpx.Response(401, json={"reason": "TOKEN_EXPIRED", "detail": ""})
        if path == "/v1/sync/live":
            return httpx.Response(200, content=self._events())
        answer = self._answer(path, body)
        if self.lose_answers and path != "/v1/sync/pull":
            raise httpx.ReadTimeout("the answer was lost")
        return answer

    def _events(self) -> Iterator[bytes]:
        mine: SimpleQueue[bytes | Exception | None] = SimpleQueue()
        self.streams.append(mine)
        yield b'event: poke\ndata: {"head":%d}\n\n' % self.seq
        while (told := mine.get()) is not None:
            if isinstance(told, Exception):
                raise told
            yield told

    def tell(self, told: bytes | Exception | None) -> None:
        """Say something on every stream of events."""
        for stream in self.streams:
            stream.put(told)

    def _answer(self, path: str, body: dict[str, Any]) -> httpx.Response:
        if path == "/v1/sync/devices":
            self.device = body["device"]
            return httpx.Response(200, json={"device": body["device"], "lease_days": self.lease_days})
        if path == "/v1/offers/number-blocks":
            return self._block(body)
        if path.endswith(":renew"):
            return httpx.Response(200, json=self._lease(path.split("/")[-1].removesuffix(":renew")))
        if path == "/v1/changes":
            return httpx.Response(200, json={"results": self.owners.changes(body["items"])})
        if path.endswith(":resolve"):
            found = self.owners.resolve(path.split("/")[-1].removesuffix(":resolve"), body)
            missing = {"reason": "PARKED_NOT_FOUND", "detail": ""}
            return httpx.Response(200, json=found) if found else httpx.Response(404, json=missing)
        if path == "/v1/parked":
            return httpx.Response(200, json={"parked": self.parked_of_others, "next_page_token": ""})
        if path == "/v1/sync/verify":
            return httpx.Response(200, json=self._verified(body))
        assert path == "/v1/sync/pull", path
        self.pulls.append(body)
        return self._pull(body)

    def _block(self, body: dict[str, Any]) -> httpx.Response:
        if not self.numbers:
            return httpx.Response(403, json={"reason": "NOT_GRANTED", "detail": ""})
        if body["id"] in self.owners.records:
            return httpx.Response(409, json={"reason": "ALREADY_EXISTS", "detail": ""})
        first, self.last_number = self.last_number + 1, self.last_number + 20
        fields = {"series": body["series"], "year": body["year"], "device_id": self.device}
        self.owners.create(BLOCK, body["id"], territory="north", first=first, last=self.last_number, **fields)
        self.ingest()
        return httpx.Response(201, json={})

    def unlock_code(self, device_id: str, day: date) -> str:
        """What an administrator reads out."""
        return lease_code(b"the server's key", device_id, day)

    def _lease(self, device_id: str) -> dict[str, Any]:
        today = datetime.now(UTC).date()
        days = [today + timedelta(days=number) for number in range(self.marks)]
        marks = [lease_mark(device_id, day, self.unlock_code(device_id, day)) for day in days]
        return {
            "lease_days": self.lease_days,
            "lease_until": "",
            "marks_from": today.isoformat(),
            "marks": [base64.b64encode(mark).decode() for mark in marks],
        }

    def _verified(self, body: dict[str, Any]) -> dict[str, Any]:
        held = {each["b"]: (each["n"], each["h"]) for each in body["sums"]}
        differ = [bucket for bucket, right in self._sums(set(held)).items() if held[bucket] != right]
        generation, seq, buckets, epochs = self.checkpoints[body["checkpoint"]]
        smaller = f"c{len(self.checkpoints)}"
        self.checkpoints[smaller] = (generation, seq, buckets - set(differ), epochs)
        return {"differ": [{"b": bucket, "ranges": []} for bucket in differ], "checkpoint": smaller}

    def _buckets(self, groups: list[str] | None) -> set[str]:
        return {g.bucket for g in self.grants if groups is None or g.group in groups}

    def _pull(self, body: dict[str, Any]) -> httpx.Response:
        if self.revoked:
            return httpx.Response(200, content=b'{"k":"wipe","reason":"revoked"}\n')
        if self.upgrade:
            return httpx.Response(200, content=b'{"k":"upgrade","min":"9.0"}\n')
        groups = body.get("groups")
        granted = self._buckets(groups)
        if body["checkpoint"] and body["checkpoint"] not in self.checkpoints:
            return httpx.Response(400, json={"reason": "CHECKPOINT_INVALID", "detail": ""})
        generation, seq, held, epochs = self.checkpoints.get(body["checkpoint"], (0, 0, frozenset(), ""))
        if generation != self.generation:
            seq, held_now = 0, set()
        else:
            held_now = {b for b in held & granted if self.floors.get(b, 0) <= seq}
        backfill = granted - held_now
        news = any(key[0] in held_now and entry[0] > seq for key, entry in self.entries.items())
        awaited = self.seen & set(body["awaited"])
        drop = held - granted
        if not (news or awaited or drop or backfill or epochs != json.dumps(self.epochs)):
            return httpx.Response(204)
        return httpx.Response(
            200, content=self.distort(self._frames(body, granted, backfill, drop, seq, epochs))
        )

    def _frames(
        self,
        body: dict[str, Any],
        granted: set[str],
        backfill: set[str],
        drop: set[str],
        seq: int,
        epochs: str,
    ) -> Iterator[bytes]:
        groups = body.get("groups")
        h0, generation, floors = self.seq, self.generation, dict(self.floors)
        rows = [{"b": bucket, "rows": 1, "bytes": 1} for bucket in sorted(backfill)]
        yield _line({"k": "plan", "gen": generation, "h0": h0, "drop": sorted(drop), "backfill": rows})

        def moved() -> bool:
            same_floors = all(self.floors.get(b, 0) == floors.get(b, 0) for b in granted)
            return self._buckets(groups) != granted or generation != self.generation or not same_floors

        records = sorted({key[1:] for key, entry in self.entries.items() if key[0] in backfill and entry[1]})
        for number, (entity, record_id) in enumerate(records):
            if number and number % self.page == 0:
                self.between_pages()
                if moved():
                    yield _line({"k": "replan"})
                    return
            yield from self._puts(entity, record_id, granted, 0, h0, backfill)
        at = {bucket: h0 if bucket in backfill else seq for bucket in granted}
        while True:
            self.between_pages()
            if moved():
                yield _line({"k": "replan"})
                return
            later = sorted(
                (entry[0], *key)
                for key, entry in self.entries.items()
                if key[0] in at and entry[0] > at[key[0]]
            )[: self.page]
            if not later:
                break
            for number, bucket, entity, record_id in later:
                live = self.entries[bucket, entity, record_id][1]
                at_bucket = {bucket}
                if live:
                    yield from self._puts(entity, record_id, at_bucket, number - 1, number, at_bucket)
                else:
                    gone = self.published[record_id].deleted
                    frame = {"k": "out", "s": number, "b": [bucket], "t": entity, "i": record_id}
                    survivor = self.published[record_id].survivor
                    frame |= {"to": survivor} if survivor else {}
                    yield _line({**frame, "gone": True} if gone else frame)
            last = later[-1][0]
            # A page may end between two rows of one number; those of that number come again.
            whole = last if len(later) < self.page else last - 1
            if whole < later[0][0]:
                whole = last
                for key, entry in list(self.entries.items()):
                    if entry[0] == last and key[0] in at and (last, *key) not in later:
                        yield from self._row(key, entry)
            at = {bucket: max(whole, low) for bucket, low in at.items()}
        yield self._done(body, granted, groups)

    def _row(self, key: tuple[str, str, str], entry: tuple[int, bool]) -> Iterator[bytes]:
        bucket, entity, record_id = key
        if entry[1]:
            yield from self._puts(entity, record_id, {bucket}, entry[0] - 1, entry[0], {bucket})
        else:
            yield _line({"k": "out", "s": entry[0], "b": [bucket], "t": entity, "i": record_id})

    def _puts(
        self, entity: str, record_id: str, buckets: set[str], above: int, upto: int, wanted: set[str]
    ) -> Iterator[bytes]:
        record = self.published[record_id]
        for facet in record.facets:
            suffix = "" if facet == "base" else f"#{facet}"
            inside = {
                bucket: self.entries[bucket, entity, record_id][0]
                for bucket in buckets
                if bucket.partition("#")[2] == suffix[1:]
                and self.entries.get((bucket, entity, record_id), (0, False))[1]
                and above < self.entries[bucket, entity, record_id][0] <= upto
            }
            if not set(inside) & wanted:
                continue
            body, version = record.body(facet), record.version_of(facet)
            head = {
                "k": "put",
                "s": max(inside.values()),
                "b": sorted(inside),
                "t": entity,
                "f": facet,
                "i": record_id,
                "v": version,
                "h": checksum(entity, record_id, facet, version, body),
            }
            yield _line(head)[:-2] + b',"d":' + body + b"}\n"

    def _done(self, body: dict[str, Any], granted: set[str], groups: list[str] | None) -> bytes:
        checkpoint = f"c{len(self.checkpoints)}"
        seen = sorted(self.seen & set(body["awaited"]))
        self.checkpoints[checkpoint] = (
            self.generation,
            self.seq,
            frozenset(granted),
            json.dumps(self.epochs),
        )
        self.expected[checkpoint] = self.oracle(groups)
        self.told[checkpoint] = self.told.get(body["checkpoint"], set()) | set(seen)
        sums = [{"b": b, "n": n, "h": h} for b, (n, h) in self._sums(granted).items()]
        done = {"k": "done", "checkpoint": checkpoint, "seen": seen, "epochs": self.epochs, "sums": sums}
        return _line(done)

    def _sums(self, buckets: set[str]) -> dict[str, tuple[int, str]]:
        found = {}
        for bucket in sorted(buckets):
            facet = bucket.partition("#")[2] or "base"
            hashes = []
            for (name, entity, record_id), (_, live) in self.entries.items():
                if name == bucket and live:
                    record = self.published[record_id]
                    body, version = record.body(facet), record.version_of(facet)
                    hashes.append(int(checksum(entity, record_id, facet, version, body), 16))
            found[bucket] = (len(hashes), f"{sum(hashes) % 2**64:016x}")
        return found


def checksum(entity: str, record_id: str, facet: str, version: int, body: bytes) -> str:
    parts = (entity.encode(), record_id.encode(), facet.encode(), str(version).encode(), body)
    return hashlib.sha256(b"\x00".join(parts)).hexdigest()[:16]


def _line(frame: dict[str, Any]) -> bytes:
    return json.dumps(frame, separators=(",", ":")).encode() + b"\n"


ALL = {
    Grant("crm", "north"),
    Grant("crm", "south"),
    Grant("crm", "north", "private"),
    Grant("offers", "north"),
    Grant("offers", "south"),
}
__all__ = ["ALL", "OFFER", "USER", "Content", "FakeSync", "Grant"]
