"""Synchronisation: the table of its goals, on stores of 100,000 and 1,000,000 records with 200 users.

The stores are filled by COPY, as the sequencer would leave them; pull workers, a gateway and a sequencer run
beside the installation, whose PostgreSQL, broker, identity and (for the ways to a live device) services they
use. `--small` takes a tenth of the records. The two stores are asked in turns, so that growth says something
also on a machine that does other things.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.bench.support.bench import Bench
from tests.bench.support.client import request_bytes
from tests.bench.support.figures import Figure, Goal, Repeated, percentile
from tests.bench.support.sync_devices import LiveDevice, commits, revoked_grants, wipes
from tests.bench.support.sync_events import ingest
from tests.bench.support.sync_processes import start_gateway
from tests.bench.support.sync_stores import USER_NAME, FilledStore, Puller, filled_store

POSITION = 40

_RECORDS = (100_000, 1_000_000)
_SMALL = (10_000, 100_000)
_POLLS = 100
_DELTA = 100
_DELTAS = 5
#: Changes of others since the device's checkpoint: a hundred times as many in the larger store.
_FOREIGN = (2_000, 200_000)
_EVENTS = 20_000
_COMMITS = 60
_REVOKES = 20

_POLL_GOAL = Goal("p50_ms", 2)
_EDGE_GOALS = (Goal("p50_ms", 5), Goal("requests", 1), Goal("bytes", 150))
_DELTA_GOALS = (Goal("p50_ms", 25), Goal("bytes", 14 * 1024))
_FIRST_GOALS = (Goal("per_s", 15_000, at_least=True), Goal("bytes_a_row", 130))
_LIVE_GOALS = (Goal("p50_ms", 150), Goal("p99_ms", 500))
_REVOKE_GOAL = Goal("p99_ms", 2_000)


@dataclass
class _Asked:
    """One store and what was measured on it, in seconds, round by round."""

    filled: FilledStore
    device: Puller
    polls: list[list[float]] = field(default_factory=list)
    poll_cpu_s: float = 0.0
    deltas: list[list[float]] = field(default_factory=list)
    delta_bytes: int = 0

    @property
    def name(self) -> str:
        return f"{self.filled.company.records:,} records"


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure everything."""
    sizes = _SMALL if bench.options.small else _RECORDS
    system = bench.running
    stores = [filled_store(system, records) for records in sizes]
    try:
        asked = [_Asked(each, Puller(each)) for each in stores]
        for each in asked:
            yield _first_sync(each)
        for each in asked:
            yield from _edge(bench, each)
        foreign = [count // (10 if bench.options.small else 1) for count in _FOREIGN]
        for _ in range(bench.options.rounds):
            _round(asked, foreign)
        for each, others in zip(asked, foreign, strict=True):
            yield _poll_figure(each)
            yield _delta_figure(each, others)
        yield _growth(asked, foreign)
    finally:
        for store in stores:
            store.close()
    yield _ingest(bench)
    yield from _live(bench)


def _first_sync(asked: _Asked) -> Figure:
    before = asked.filled.api.cpu_s
    taken_s, parts = asked.device.pull()
    rows = asked.device.take(parts)
    values = {
        "per_s": rows / taken_s,
        "bytes_a_row": sum(map(len, parts)) / rows,
        "cpu_us": 1e6 * (asked.filled.api.cpu_s - before) / rows,
    }
    note = f"{rows:,} rows; store filled in {asked.filled.filled_s:.0f} s"
    return Figure(f"first sync, {asked.name}", values, goals=_FIRST_GOALS, note=note)


def _edge(bench: Bench, asked: _Asked) -> Iterator[Figure]:
    """Polls through a gateway."""
    gateway = start_gateway(bench.running, asked.filled.api.port)
    try:
        body = {"device": asked.device.device_id, "checkpoint": asked.device.checkpoint, "schema": "1.0"}
        token = bench.running.sign_in(USER_NAME)
        request = request_bytes("POST", "/v1/sync/pull", body=body, token=token)
        size = _answer_bytes(gateway.port, request)
        bench.generator.prepare("poll", gateway.port, [request], again=True)
        bench.generator.play("poll", clients=1, seconds=0.5)
        runs = [
            bench.generator.play("poll", clients=1, seconds=bench.options.seconds / bench.options.rounds / 2)
            for _ in range(bench.options.rounds)
        ]
    finally:
        gateway.stop()
    polls = [[1000 * each for each in run.taken_s] for run in runs]
    # A second request would be a 200 with a bundle; the size above is that of a 204.
    values = _percentiles(polls) | {"requests": 1.0, "bytes": float(size)}
    yield Figure(f"no-change poll through the gateway, {asked.name}", values, _spread(polls), _EDGE_GOALS)


def _answer_bytes(port: int, request: bytes) -> int:
    """Return the size of an answer without a body, all of it."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(65536)
    if not answer.startswith(b"HTTP/1.1 204 "):
        raise RuntimeError(f"no 204: {answer[:200]!r}")
    return len(answer)


def _round(asked: Sequence[_Asked], foreign: Sequence[int]) -> None:
    """Ask each store in turn: polls, then deltas with so many changes of others before each round."""
    for each, others in zip(asked, foreign, strict=True):
        each.filled.touch(own=False, count=others)
        each.polls.append([])
        each.deltas.append([])
    for _ in range(_POLLS):
        for each in asked:
            before = each.filled.api.cpu_s
            taken_s, parts = each.device.pull()
            each.poll_cpu_s += each.filled.api.cpu_s - before
            if parts:
                raise RuntimeError("changes of others reached the device")
            each.polls[-1].append(taken_s)
    for _ in range(_DELTAS):
        for each in asked:
            each.filled.touch(own=True, count=_DELTA)
            taken_s, parts = each.device.pull()
            each.deltas[-1].append(taken_s)
            each.delta_bytes = sum(map(len, parts))
            if (rows := each.device.take(parts)) != _DELTA:
                raise RuntimeError(f"{rows} rows instead of {_DELTA}")


def _poll_figure(asked: _Asked) -> Figure:
    polls = [[1000 * each for each in run] for run in asked.polls]
    cpu_ms = 1000 * asked.poll_cpu_s / sum(map(len, polls))
    values = _percentiles(polls) | {"cpu_ms": cpu_ms}
    return Figure(f"no-change poll by gRPC, {asked.name}", values, _spread(polls), (_POLL_GOAL,))


def _delta_figure(asked: _Asked, others: int) -> Figure:
    deltas = [[1000 * each for each in run] for run in asked.deltas]
    values = _percentiles(deltas) | {"bytes": float(asked.delta_bytes)}
    note = f"{others:,} changes of others before each round"
    return Figure(f"delta of {_DELTA} rows, {asked.name}", values, _spread(deltas), _DELTA_GOALS, note)


def _growth(asked: Sequence[_Asked], foreign: Sequence[int]) -> Figure:
    small, large = asked
    ratios = {
        "poll_times": [_p50(b) / _p50(a) for a, b in zip(small.polls, large.polls, strict=True)],
        "delta_times": [_p50(b) / _p50(a) for a, b in zip(small.deltas, large.deltas, strict=True)],
    }
    repeated = {name: Repeated(values) for name, values in ratios.items()}
    return Figure(
        f"growth: 10 x the data, {foreign[1] // foreign[0]} x foreign changes",
        {name: each.median for name, each in repeated.items()},
        {name: each.spread for name, each in repeated.items()},
        [Goal(name, 1.3) for name in ratios],
    )


def _ingest(bench: Bench) -> Figure:
    runs = ingest(bench.running, _EVENTS // (2 if bench.options.small else 1), rounds=3)
    rate = Repeated([each.per_s for each in runs])
    cpu_us = Repeated([1e6 * each.cpu_s / each.events for each in runs])
    return Figure(
        "ingest from RabbitMQ, one record an event",
        {"per_s": rate.median, "cpu_us": cpu_us.median},
        {"per_s": rate.spread, "cpu_us": cpu_us.spread},
        (Goal("per_s", 5_000, at_least=True),),
        f"{runs[0].events:,} events a run: new records, then new versions; CPU is the sequencer's",
    )


def _live(bench: Bench) -> Iterator[Figure]:
    few = 4 if bench.options.small else 1
    device = LiveDevice(bench.running, USER_NAME)
    yield _waits("commit at the owner to a live device", commits(device, _COMMITS // few), _LIVE_GOALS)
    revoked = revoked_grants(bench.running, _REVOKES // few)
    yield _waits("grant revoked to its effect on a live device", revoked, (_REVOKE_GOAL,))
    yield _waits("wipe to a live device", wipes(bench.running, _REVOKES // few), (_REVOKE_GOAL,))


def _waits(name: str, taken_s: Sequence[float], goals: Sequence[Goal]) -> Figure:
    values = _percentiles([[1000 * each for each in taken_s]])
    return Figure(name, values, goals=goals, note=f"{len(taken_s)} times, from the answer to the author")


def _percentiles(runs: Sequence[Sequence[float]]) -> dict[str, float]:
    ordered = sorted(each for run in runs for each in run)
    return {"p50_ms": percentile(ordered, 50), "p99_ms": percentile(ordered, 99)}


def _spread(runs: Sequence[Sequence[float]]) -> dict[str, tuple[float, float]]:
    return {"p50_ms": Repeated([_p50(run) for run in runs]).spread}


def _p50(values: Sequence[float]) -> float:
    return percentile(sorted(values), 50)
