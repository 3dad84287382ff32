"""The only writer of the store dies at the worst moment, or believes that it still leads."""

from __future__ import annotations

import signal
import time

import pytest

from tests.faults.fleet import Fleet
from tests.faults.verdict import check_all_is_well
from tests.faults.ward import Ward
from tests.support.budget import FACTOR
from tests.support.watching import eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900 * FACTOR)]

SEQUENCER = "sync-sequencer"
#: Who holds the lock that makes a sequencer the leader.
LEADER = """
    select pid from pg_locks where locktype = 'advisory' and granted and objid = 2
    and database = (select oid from pg_database where datname = current_database())
"""


def test_a_sequencer_killed_between_commit_and_acknowledgement_only_means_doubles(
    ward: Ward, fleet: Fleet
) -> None:
    with fleet.at_work():
        for _ in range(2 * FACTOR):
            with ward.beside(SEQUENCER, "tests.faults.dies_after_commit") as heir:
                ward.kill(SEQUENCER)
                assert heir.wait(120) == -signal.SIGKILL
            ward.wait_for(SEQUENCER)
    check_all_is_well(ward, fleet)
    assert ward.metric(SEQUENCER, "sales_sync_doubles_total") > 0


def test_a_frozen_leader_that_comes_back_to_a_second_one_writes_nothing(ward: Ward, fleet: Fleet) -> None:
    with ward.beside(SEQUENCER, "services.sync", "sequencer"):
        with fleet.at_work():
            ((leader,),) = ward.query("sync", LEADER)
            ((epoch,),) = ward.query("sync", "select epoch from head")
            ward.signal(SEQUENCER, signal.SIGSTOP)
            # Its connection breaks, as at the end of a partition: the lock is free, and it does not know.
            ward.query("sync", "select pg_terminate_backend(%s)", leader)
            eventually(lambda: ward.query("sync", "select epoch from head") > [(epoch,)])
            time.sleep(3)
            ward.signal(SEQUENCER, signal.SIGCONT)
        check_all_is_well(ward, fleet)


def test_two_sequencers_take_turns_and_lose_nothing(ward: Ward, fleet: Fleet) -> None:
    with ward.beside(SEQUENCER, "services.sync", "sequencer"):
        with fleet.at_work():
            for _ in range(3 * FACTOR):
                time.sleep(1)
                for (leader,) in ward.query("sync", LEADER):
                    ward.query("sync", "select pg_terminate_backend(%s)", leader)
        check_all_is_well(ward, fleet)
