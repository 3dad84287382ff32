"""Each of these faults, planted in the device, must be caught by the invariants: a proof of the proof."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from gateway.device import frames, outgoing, pulling, pushing, staging, swap
from gateway.device.errors import Damaged
from gateway.device.frames import Done, Frame, Plan
from gateway.device.outgoing import QueuedItem
from gateway.device.pushing import Pushing
from gateway.device.store import Store
from tests.device.machine import SyncMachine

HUNT = settings(
    max_examples=200,
    stateful_step_count=30,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)

Plant = Callable[[pytest.MonkeyPatch], None]


def swap_without_transaction(plant: pytest.MonkeyPatch) -> None:
    @contextmanager
    def each_statement_alone(store: Store) -> Iterator[sqlite3.Connection]:
        yield store.sql

    plant.setattr(Store, "transaction", each_statement_alone)


def backfill_adds_instead_of_replacing(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(swap, "drop_not_sent_again", lambda store, backfill: None)


def overlay_ends_with_the_result(plant: pytest.MonkeyPatch) -> None:
    acknowledge = outgoing._acknowledge

    def ended(store: Store, result: Any, **rest: Any) -> None:
        acknowledge(store, {**result, "changed": False}, **rest)

    plant.setattr(outgoing, "_acknowledge", ended)


def evicted_rows_stay(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(swap, "drop_unseen", lambda store: None)


def dropped_buckets_stay(plant: pytest.MonkeyPatch) -> None:
    def deaf(line: bytes) -> Frame | None:
        frame = frames.read_frame(line)
        return replace(frame, drop=()) if isinstance(frame, Plan) else frame

    plant.setattr(pulling, "read_frame", deaf)


def the_first_frame_of_a_record_wins(plant: pytest.MonkeyPatch) -> None:
    first = staging._MEMBER.replace("where excluded.s >= s", "where false")
    plant.setattr(staging, "_MEMBER", first)


def every_bundle_asks_from_the_start_and_keeps_the_old(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(pulling.Pulling, "_not_planned", lambda self, plan: ())
    plant.setattr(pulling.Pulling, "_request", _without_checkpoint(pulling.Pulling._request))


def _without_checkpoint(request: Callable[..., dict[str, object]]) -> Callable[..., dict[str, object]]:
    return lambda self, checkpoint: request(self, checkpoint) | {"checkpoint": ""}


def a_cut_stream_counts_as_complete(plant: pytest.MonkeyPatch) -> None:
    whole = pulling.Pulling._bundle

    def trusting(self: pulling.Pulling, progress: Any, *, checkpoint: str) -> list[str] | None:
        plan: list[Plan] = []
        begun: list[staging.Staging] = []

        class Watched(staging.Staging):
            def __init__(self, store: Store) -> None:
                super().__init__(store)
                begun.append(self)

        def reading(line: bytes) -> Frame | None:
            frame = frames.read_frame(line)
            plan.extend([frame] if isinstance(frame, Plan) else [])
            return frame

        with pytest.MonkeyPatch.context() as watch:
            watch.setattr(pulling, "Staging", Watched)
            watch.setattr(pulling, "read_frame", reading)
            try:
                return whole(self, progress, checkpoint=checkpoint)
            except Damaged:
                if not plan:
                    raise
                done = Done(checkpoint, (), {}, {})
                return self._complete(begun[-1], plan[-1], done, begun_at=checkpoint)

    plant.setattr(pulling.Pulling, "_bundle", trusting)


def sums_are_not_counted_again(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(swap.sums, "recount", lambda store, buckets: None)


def a_lost_answer_counts_as_applied(plant: pytest.MonkeyPatch) -> None:
    send = Pushing._send

    def hopeful(self: Pushing, items: list[QueuedItem]) -> None:
        with self._store.transaction():
            for item in items:
                outgoing._note(self._store, {"id": item.id, "outcome": "applied"}, state="ended")
        send(self, items)

    plant.setattr(Pushing, "_send", hopeful)


def a_lost_answer_means_a_new_id(plant: pytest.MonkeyPatch) -> None:
    waiting = outgoing.waiting

    def renamed(store: Store) -> list[QueuedItem]:
        found = waiting(store)
        for item in found:
            if item.state == "waiting" and not item.resolves:
                item.body["id"] = item.body["id"][:-4] + f"{len(calls):04x}"
        calls.append(1)
        return found

    calls: list[int] = []
    plant.setattr(pushing.outgoing, "waiting", renamed)


def held_items_are_forgotten(plant: pytest.MonkeyPatch) -> None:
    apply = outgoing.apply_results

    def forgetful(store: Store, results: Any, **rest: Any) -> None:
        apply(store, results, **rest)
        for result in results:
            if result["outcome"] == "held":
                outgoing.end(store, result["id"])

    plant.setattr(outgoing, "apply_results", forgetful)


FAULTS: tuple[Plant, ...] = (
    swap_without_transaction,
    backfill_adds_instead_of_replacing,
    overlay_ends_with_the_result,
    evicted_rows_stay,
    dropped_buckets_stay,
    the_first_frame_of_a_record_wins,
    every_bundle_asks_from_the_start_and_keeps_the_old,
    a_cut_stream_counts_as_complete,
    sums_are_not_counted_again,
    a_lost_answer_counts_as_applied,
    a_lost_answer_means_a_new_id,
    held_items_are_forgotten,
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_planted_fault_is_caught(fault: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    with pytest.raises((AssertionError, Damaged)):
        run_state_machine_as_test(SyncMachine, settings=HUNT)
