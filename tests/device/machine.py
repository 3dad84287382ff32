"""A device and a server under everything that happens, and what must hold whatever does.

Hypothesis draws steps: the world writes, moves, deletes, grants and revokes (also between the pages of a
pull), the user edits offline, pushes lose their answers, pulls are cut, doubled, or killed in the middle of a
statement. After each step:

I3  what the device holds is exactly what the server meant by the device's checkpoint, so no torn state and
    nothing evicted is ever visible (and I1: after quiescence that is the oracle's answer for now)
I6  the user's own edits are shown until a bundle that holds them; no record goes back
I7  what was revoked is not in the file
I8  sums never had to be healed
I9  the checkpoint never goes back

and at the end, with all faults off: I1, I4 (each acknowledged change carried out once, each refused one
parked with its payload), I5 (in order), I11 (every device finishes).
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.device import outgoing
from gateway.device.errors import Damaged, ServerAway
from tests.device.fake_owners import ACTIVITY, OFFER, PARTY, REFUSED_NAME
from tests.device.fake_sync import ALL, FakeSync, Grant
from tests.device.support import Clock, content, device_on, file_bytes

PARTIES = [str(UUID(int=0x0190B000 << 96 | n)) for n in range(4)]
CHILDREN = [((ACTIVITY, OFFER)[n % 2], str(UUID(int=0x0190C000 << 96 | n))) for n in range(8)]
FIELD = {PARTY: "name", ACTIVITY: "subject", OFFER: "title"}
GRANTS = sorted(ALL, key=str)

_number = st.integers(0, 3)
_text = st.sampled_from(["one", "two", "three", REFUSED_NAME])
_fault = st.sampled_from(["none", "none", "cut", "torn off", "doubled"])

_world: st.SearchStrategy[tuple[str, int, Any]] = st.one_of(
    st.tuples(st.just("write"), _number, st.sampled_from(["A", "B", "C"])),
    st.tuples(st.just("private"), _number, st.sampled_from(["p", "q"])),
    st.tuples(st.just("child"), st.integers(0, 7), st.sampled_from(["A", "B"])),
    st.tuples(st.just("move"), _number, st.sampled_from(["north", "south", ""])),
    st.tuples(st.just("adopt"), st.integers(0, 7), _number),
    st.tuples(st.just("delete"), _number, st.booleans()),
    st.tuples(st.just("grant"), st.integers(0, len(GRANTS) - 1), st.none()),
    st.tuples(st.just("revoke"), st.integers(0, len(GRANTS) - 1), st.none()),
    st.tuples(st.just("garbage"), st.just(0), st.none()),
    st.tuples(st.just("ingest"), st.just(0), st.none()),
)
#: What decides who sees what: most worth happening between the pages of a pull.
_moves: st.SearchStrategy[tuple[str, int, Any]] = st.tuples(
    st.just("move"), _number, st.sampled_from(["north", "south", ""])
)


def happen(server: FakeSync, step: tuple[str, int, Any]) -> None:
    """Let one thing happen in the world."""
    kind, number, value = step
    owners = server.owners
    if kind == "write":
        owners.update(PARTIES[number], name=value)
    elif kind == "private":
        owners.update(PARTIES[number], private={"private_notes": value})
    elif kind == "child":
        entity, child = CHILDREN[number]
        owners.update(child, **{FIELD[entity]: value})
    elif kind == "move":
        owners.update(PARTIES[number], territory=value)
    elif kind == "adopt":
        owners.update(CHILDREN[number][1], parent=PARTIES[value], party_id=PARTIES[value])
    elif kind == "delete":
        owners.update(PARTIES[number], deleted=value)
    elif kind == "grant":
        server.grants.add(GRANTS[number])
    elif kind == "revoke":
        server.grants.discard(GRANTS[number])
    elif kind == "garbage":
        server.collect_garbage()
    elif kind == "ingest":
        server.ingest()


class SyncMachine(RuleBasedStateMachine):
    """One device of one user."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="device-"))
        self.clock = Clock()
        self.server = FakeSync(grants={Grant("crm", "north"), Grant("offers", "north")})
        for number, party in enumerate(PARTIES):
            where = "north" if number % 2 else "south"
            self.server.owners.create(PARTY, party, territory=where, name="start", private_notes="p")
        for number, (entity, child) in enumerate(CHILDREN):
            party = PARTIES[number // 2]
            start = {FIELD[entity]: "start"}
            self.server.owners.create(entity, child, parent=party, party_id=party, **start)
        self.server.ingest()
        self.device = device_on(self.server, self.folder, self.clock)
        #: (change, entity, record, field, value) of the user's edits, in order.
        self.edits: list[tuple[str, str, str, str, str]] = []
        self.made: list[str] = []
        #: Changes that made a record: it is there until a bundle tells of it.
        self.created: set[str] = set()
        self.progress = (0, 0)
        self.versions: dict[tuple[str, str, str], int] = {}

    def teardown(self) -> None:
        try:
            self._quiesce()
        finally:
            self.device.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    # What happens

    @initialize(pulled=st.sampled_from([True, True, False]))
    def begin(self, pulled: bool) -> None:
        if pulled:
            self.device.pull()

    @rule(step=_world)
    def world(self, step: tuple[str, int, Any]) -> None:
        happen(self.server, step)

    @rule()
    def publish(self) -> None:
        self.server.ingest()

    @rule()
    def rebuild(self) -> None:
        self.server.ingest()
        self.server.rebuild()

    @rule(which=st.integers(0, 11), value=_text)
    def edit(self, which: int, value: str) -> None:
        # One that is there, so that steps are not spent on what cannot be edited.
        here = sorted(
            {(t, i) for t, i, facet in content(self.device.store) if facet == "base" and t in FIELD}
        )
        if not here:
            return
        entity, record_id = here[which % len(here)]
        if self.device.view.record(entity, record_id) is None:
            return
        change = self.device.author.edit(entity, record_id, {FIELD[entity]: value})
        self.edits.append((change, entity, record_id, FIELD[entity], value))
        self.made.append(change)

    @rule(value=_text)
    def create(self, value: str) -> None:
        children = [(ACTIVITY, {"subject": "child", "kind": "call"})]
        party = self.device.author.create(PARTY, {"name": value}, children)
        mine = [item.id for item in outgoing.waiting(self.device.store) if not item.resolves]
        self.made += [change for change in mine if change not in self.made]
        change = self.made[-2]
        self.edits.append((change, PARTY, party, "name", value))
        self.created.add(change)

    @precondition(lambda self: outgoing.waiting(self.device.store))
    @rule(lose=st.booleans(), away=st.sampled_from(["", "", "crm"]))
    def push(self, lose: bool, away: str) -> None:
        self.server.lose_answers, self.server.owners.away = lose, {away} - {""}
        try:
            self.device.push()
        except ServerAway:
            assert lose
        finally:
            self.server.lose_answers, self.server.owners.away = False, set()

    @precondition(lambda self: self.device.parked.questions())
    @rule(choice=st.sampled_from(["mine", "theirs", "edited", "discarded"]))
    def decide(self, choice: str) -> None:
        question = self.device.parked.questions()[0]
        here = self.device.view.record(question.entity, question.record_id)
        if question.decided or (here is None and choice in ("mine", "edited")):
            return
        self.device.parked.resolve(question.id, choice, {FIELD[question.entity]: "decided"})

    @rule(fault=_fault, at=st.integers(0, 5), meanwhile=st.lists(_moves | _world, max_size=3))
    def pull(self, fault: str, at: int, meanwhile: list[tuple[str, int, Any]]) -> None:
        steps = iter(meanwhile)

        def between() -> None:
            for step in steps:
                happen(self.server, step)
                self.server.ingest()
                return

        self.server.between_pages = between
        self.server.distort = lambda lines: distorted(lines, fault, at)
        try:
            self.device.pull()
        except (Damaged, ServerAway):
            assert fault != "none" or meanwhile
        finally:
            self.server.between_pages = lambda: None
            self.server.distort = lambda lines: lines

    @rule(
        steps=st.sampled_from([1, 5, 9, 13, 16, 18, 20, 22, 24, 26, 28, 30, 34, 40, 60]),
        begins_at=st.sampled_from(["staged", "may_leave", "may_leave"]),
        news=st.lists(_world, min_size=1, max_size=3),
    )
    def pull_and_die(self, steps: int, begins_at: str, news: list[tuple[str, int, Any]]) -> None:
        """The program ends somewhere inside SQLite's work, or inside that of the swap."""
        for step in news:
            happen(self.server, step)
        self.server.ingest()
        left = [steps]
        begun: list[str] = []

        def trace(statement: str) -> None:
            begun.extend([statement] if begins_at in statement else [])

        def tick() -> int:
            left[0] -= bool(begun)
            return int(left[0] <= 0)

        self.device.store.sql.set_trace_callback(trace)
        self.device.store.sql.set_progress_handler(tick, 20)
        try:
            self.device.pull()
        except sqlite3.OperationalError:
            pass
        finally:
            self.reopen()

    @rule()
    def reopen(self) -> None:
        self.device.close()
        self.device = device_on(self.server, self.folder, self.clock)

    @rule(groups=st.sampled_from([[], [], ["crm"], ["offers"]]))
    def choose(self, groups: list[str]) -> None:
        self.device.choose_groups(groups)

    # What must hold

    @invariant()
    def it_holds_exactly_what_its_checkpoint_means(self) -> None:
        checkpoint = self.device.store.get("checkpoint")
        expected = self.server.expected.get(checkpoint, {})
        assert content(self.device.store) == expected
        (kept,) = self.device.store.sql.execute("select count(*) from fragment").fetchone()
        assert kept == len(expected)

    @invariant()
    def own_edits_are_shown_until_a_bundle_holds_them(self) -> None:
        told = self.server.told.get(self.device.store.get("checkpoint"), set())
        latest = {edit[1:4]: edit for edit in self.edits}
        for change, entity, record_id, name, value in latest.values():
            item = outgoing.find(self.device.store, change)
            if item is None or item.state in ("parked", "ended") or change in told or name in item.conflicts:
                continue
            if item.outcome in ("applied", "merged") and not self.server.owners.results[change]["changed"]:
                continue
            if any(
                each.record_id == record_id and each.resolves for each in outgoing.shown(self.device.store)
            ):
                continue
            record = self.device.view.record(entity, record_id)
            assert record is not None or change not in self.created, change
            if record is not None:
                assert record[name] == value, (change, record[name], value)

    @invariant()
    def nothing_goes_back(self) -> None:
        checkpoint = self.server.checkpoints.get(self.device.store.get("checkpoint"), (0, 0))
        progress = (checkpoint[0], checkpoint[1])
        assert progress >= self.progress
        self.progress = progress
        for key, (version, _) in content(self.device.store).items():
            assert version >= self.versions.get(key, 0)
            self.versions[key] = version

    @invariant()
    def sums_never_had_to_be_healed(self) -> None:
        assert self.device.store.get("mismatches", "0") == "0"

    def _quiesce(self) -> None:
        self.server.ingest()
        self.device.pull()
        for _ in range(3):
            self.device.push()
            self.server.ingest()
            self.device.pull()
        self._carried_out_once_or_parked()
        assert content(self.device.store) == self.server.oracle(_groups(self.device.store.get("groups")))
        self._gone_from_the_file()

    def _carried_out_once_or_parked(self) -> None:
        owners = self.server.owners
        assert len(owners.applied) == len(set(owners.applied))
        for record in {edit[2] for edit in self.edits}:
            mine = [edit[0] for edit in self.edits if edit[2] == record]
            carried = [change for change in owners.applied if change in mine]
            assert carried == [change for change in mine if change in carried]
        for change in self.made:
            item = outgoing.find(self.device.store, change)
            assert item is not None
            result = owners.results.get(change)
            if item.state == "waiting":
                assert owners.holding, (change, item.reason)
                continue
            assert result is not None, change
            if result["outcome"] == "refused" and item.needs_decision:
                assert owners.parked[change]["fields"] == item.body["fields"]
            if result["changed"]:
                assert change in owners.applied

    def _gone_from_the_file(self) -> None:
        held = {record_id for _, record_id, _ in content(self.device.store)}
        known = held | {row[0] for row in self.device.store.sql.execute("select record_id from item")}
        bodies = b"".join(row[0].encode() for row in self.device.store.sql.execute("select body from item"))
        on_disk = file_bytes(self.folder)
        for record_id in self.server.published:
            if record_id not in known and record_id.encode() not in bodies:
                children = {r.id for r in self.server.published.values() if r.parent == record_id}
                if not children & known:
                    assert record_id.encode() not in on_disk, record_id


def _groups(text: str) -> list[str] | None:
    return [group for group in ("crm", "offers") if group in text] if text else None


def distorted(lines: Iterator[bytes], fault: str, at: int) -> Iterator[bytes]:
    """Distort a stream at its `at`th line."""
    last: list[bytes] = []
    for number, line in enumerate(lines):
        if fault == "cut" and number == at:
            return
        if fault == "torn off" and number == at:
            yield line[: len(line) // 2]
            raise httpx.ReadError("gone")
        yield line
        if b'"k":"put"' in line or b'"k":"out"' in line:
            last = [*last[-2:], line]
        if fault == "doubled" and b'"k":"done"' not in line:
            yield from last
