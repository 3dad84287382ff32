"""Orders: from the call of `:accept` to the order in a queue bound like `erp.orders`.

Measured at the end of the queue: gateway, service, commit, relay, broker and delivery are all in it.
The customers are known to the ERP, so that no registration comes between.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from uuid_utils.compat import uuid7

from tests.bench.support.bench import Bench
from tests.bench.support.client import request_bytes
from tests.bench.support.dataset import Item
from tests.bench.support.erp import OrdersSeen
from tests.bench.support.figures import Figure, Goal, Repeated, percentile
from tests.bench.support.load import Played

POSITION = 30

_GOALS = {1: (Goal("event_p50_ms", 30),)}
_FREEZES_AT_ONCE = 50
_ARRIVE_WITHIN_S = 30.0
_DRAIN_LIMIT_S = 60.0


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure with each number of clients, on offers of their own."""
    loaded = bench.loaded
    bench.loader.apply("sales.north", [_freezes(part) for part in _batches(loaded.revisions)])
    bench.backlog.drain(within_s=_DRAIN_LIMIT_S)
    # More clients take more offers in the same time.
    share = len(loaded.offers) // (2 * len(bench.options.clients) - 1)
    rest = list(loaded.offers)
    for position, clients in enumerate(bench.options.clients):
        count = len(rest) if position == len(bench.options.clients) - 1 else share
        mine, rest = rest[:count], rest[count:]
        yield _accept(bench, mine, clients)


def _batches(revisions: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut ids into what one call freezes."""
    for start in range(0, len(revisions), _FREEZES_AT_ONCE):
        yield revisions[start : start + _FREEZES_AT_ONCE]


def _freezes(revisions: Sequence[str]) -> list[Item]:
    return [
        {
            "id": str(uuid7()),
            "entity": "offers.revision",
            "record_id": each,
            "command": "freeze",
            "request": {},
        }
        for each in revisions
    ]


def _accept(bench: Bench, offers: Sequence[str], clients: int) -> Figure:
    token = bench.system.sign_in("sales.north")
    requests = [
        request_bytes("POST", f"/v1/offers/offers/{each}:accept", body={}, token=token) for each in offers
    ]
    bench.generator.prepare("accept", bench.system.port, requests, again=False)
    runs: list[Played] = []
    with OrdersSeen(bench.system.amqp_url) as seen:
        for _ in range(bench.options.rounds):
            seconds = bench.options.seconds / bench.options.rounds
            run = bench.generator.play("accept", clients=clients, seconds=seconds)
            if not run.taken_s:
                break
            runs.append(run)
            _wait_for(seen, sum(len(each.taken_s) for each in runs))
        drained = bench.backlog.drain(within_s=_DRAIN_LIMIT_S)
    return _figure(offers, clients, runs, seen, drained.seconds)


def _wait_for(seen: OrdersSeen, count: int) -> None:
    deadline = time.monotonic() + _ARRIVE_WITHIN_S
    while seen.count < count:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{count - seen.count} orders of {count} did not arrive")
        time.sleep(0.05)


def _figure(
    offers: Sequence[str], clients: int, runs: Sequence[Played], seen: OrdersSeen, drain_s: float
) -> Figure:
    arrivals = seen.arrivals()
    to_event = [
        sorted(
            1000 * (arrivals[offers[index]] - started)
            for index, started in zip(run.index, run.started, strict=True)
        )
        for run in runs
    ]
    waits = sorted(wait for run in to_event for wait in run)
    calls = sorted(1000 * taken for run in runs for taken in run.taken_s)
    rate, p50 = Repeated([run.per_s for run in runs]), Repeated([percentile(run, 50) for run in to_event])
    values = {
        "p50_ms": percentile(calls, 50),
        "p95_ms": percentile(calls, 95),
        "p99_ms": percentile(calls, 99),
        "per_s": rate.median,
        "event_p50_ms": percentile(waits, 50),
        "event_p99_ms": percentile(waits, 99),
        "drain_s": drain_s,
    }
    return Figure(
        f"accept to erp.orders, {clients} client{'s' if clients > 1 else ''}",
        values,
        {"per_s": rate.spread, "event_p50_ms": p50.spread},
        (*_GOALS.get(clients, ()), Goal("drain_s", 10)),
        f"{len(calls)} offers" + (", all there were" if any(run.ran_out for run in runs) else ""),
    )
