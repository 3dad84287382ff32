"""Tests of the tests: each fault of sync.md, 7, is planted, and the test named for it fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.sync.domain.checkpoints import Checkpoint
from services.sync.storage import memory
from services.sync.storage.snapshots import Snapshot
from services.sync.storage.store import Store
from services.sync.usecases import pulling, sweeping
from services.sync.usecases.placing import Batch
from services.sync.usecases.pulling import Pull
from tests.sync import test_memory, test_placing, test_pulling, test_sequencing
from tests.sync.world import World


def no_cascade(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Batch, "_follow", lambda self, moved: set())


def grants_read_once(patch: pytest.MonkeyPatch) -> None:
    def holds(self: Pull, state: Any, plan: Any) -> bool:
        # As planned, whatever is granted now.
        object.__setattr__(state, "buckets", {**plan.wanted, **state.buckets})
        return True

    patch.setattr(Pull, "_holds", holds)


def no_floor(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sweeping, "_GC", "delete from bucket_entry where not live and seq <= %s and %s > 0")


def no_fencing(patch: pytest.MonkeyPatch) -> None:
    def publish(self: Store, *, epoch: int, seq: int) -> None:
        self.run("update head set seq = %s", (seq,))

    patch.setattr(Store, "publish_head", publish)


def checkpoint_beyond_the_head(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        pulling, "Checkpoint", lambda gen, seq, held, epochs: Checkpoint(gen, seq + 1, held, epochs)
    )


def nothing_above_the_backfill(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Snapshot, "delta", lambda self, buckets, *, after, limit: [])


def heads_remembered_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(memory, "_HEADS", f"{memory._HEADS} and %(above)s < 0")


def grants_remembered_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(memory, "_CHANGED", f"{memory._CHANGED} and %(above)s < 0")


def a_sweep_that_keeps_the_mark(patch: pytest.MonkeyPatch) -> None:
    run = Store.run

    def keeps(self: Store, query: str, parameters: Any = ()) -> int:
        return 0 if query.startswith("update head set mark") else run(self, query, parameters)

    patch.setattr(Store, "run", keeps)


_TESTS: list[tuple[Callable[[pytest.MonkeyPatch], None], Callable[[World], None]]] = [
    (no_cascade, test_placing.test_a_party_takes_its_offers_along_to_another_territory),
    (no_cascade, test_placing.test_an_offer_that_changes_its_party_takes_revisions_and_lines_along),
    (grants_read_once, test_pulling.test_a_right_that_ends_during_a_bundle_stops_it_before_the_next_page),
    (no_floor, test_pulling.test_a_device_behind_the_floor_fetches_that_bucket_anew),
    (
        heads_remembered_for_ever,
        test_pulling.test_a_device_receives_what_its_user_may_carry_away_and_then_only_what_changes,
    ),
    (grants_remembered_for_ever, test_memory.test_what_is_remembered_follows_every_commit),
    (a_sweep_that_keeps_the_mark, test_memory.test_a_floor_that_moves_without_a_number_is_noticed),
    (no_fencing, test_sequencing.test_an_older_leader_can_commit_nothing),
    (
        checkpoint_beyond_the_head,
        test_pulling.test_a_device_receives_what_its_user_may_carry_away_and_then_only_what_changes,
    ),
    (
        nothing_above_the_backfill,
        test_pulling.test_rows_that_change_during_a_backfill_arrive_as_they_are_at_the_end,
    ),
]


@pytest.mark.parametrize(("plant", "test"), _TESTS)
def test_a_planted_fault_is_caught(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[pytest.MonkeyPatch], None],
    test: Callable[[World], None],
) -> None:
    plant(monkeypatch)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test(world)
