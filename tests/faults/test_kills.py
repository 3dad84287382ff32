"""Two thousand changes of ten devices, while one process after the other is killed."""

from __future__ import annotations

import random
import time

import pytest

from tests.faults.fleet import CHANGES_PER_ROUND, Fleet, Person, finished, working
from tests.faults.verdict import check_all_is_well
from tests.faults.ward import Ward
from tests.support.budget import FACTOR
from tests.support.watching import eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900 * FACTOR)]

CHANGES = 2_000
PROCESSES = (
    "relay",
    "crm-worker",
    "sync-sequencer",
    "crm-api",
    "offers-worker",
    "offers-api",
    "sync-api",
    "rabbitmq",
    "identity-api",
    "postgres",
    "gateway",
)
#: Between two kills.
PAUSE_S = 1.5


@pytest.mark.parametrize("seed", range(FACTOR))
def test_no_kill_loses_or_doubles_a_change(ward: Ward, fleet: Fleet, seed: int) -> None:
    kills = list(PROCESSES) * (1 if FACTOR == 1 else 3)
    if FACTOR > 1:
        random.Random(seed).shuffle(kills)
    rounds = CHANGES // CHANGES_PER_ROUND // len(fleet.people)
    begun = fleet.begin(working(rounds))
    for process in kills:
        time.sleep(PAUSE_S)
        ward.wait_for(process)
        ward.kill(process)
    finished(begun)
    ward.wait_for(*PROCESSES)
    check_all_is_well(ward, fleet)


def test_each_accepted_offer_becomes_one_order_although_everybody_is_killed(ward: Ward, fleet: Fleet) -> None:
    def order(person: Person) -> str:
        offer = person.order()
        person.send()
        return offer

    begun = fleet.begin(order)
    for process in ("relay", "offers-worker", "crm-worker", "erp"):
        time.sleep(0.5)
        ward.kill(process)
    offers = finished(begun)
    question = """
        select offer_id::text, count(*), count(*) filter (where state = 'registered'), count(distinct number)
        from customer_order where offer_id = any(%s::uuid[]) group by offer_id
    """
    one_each = {(offer, 1, 1, 1) for offer in offers}
    eventually(lambda: set(ward.query("offers", question, offers)) == one_each)
    numbers = "select count(*) - count(distinct number) from customer_order where number <> ''"
    assert ward.query("offers", numbers) == [(0,)]
    check_all_is_well(ward, fleet)
