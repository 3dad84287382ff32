"""The broker forgets everything, an owner's database goes back to a backup, the database server is away."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.faults.fleet import OFFER, Fleet, Person, working
from tests.faults.verdict import check_all_is_well
from tests.faults.ward import Ward
from tests.support.budget import FACTOR
from tests.support.watching import eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900 * FACTOR)]

#: The requirement is 20 s; `make soak` takes as long.
AWAY_S = 6.0 if FACTOR == 1 else 20.0


def test_a_broker_that_lost_its_data_gets_everything_again(ward: Ward, fleet: Fleet) -> None:
    with fleet.at_work():
        time.sleep(2)
        with ward.held_down("rabbitmq"):
            ward.forget_broker_data()
        ward.wait_for("rabbitmq")
    check_all_is_well(ward, fleet)


def test_a_database_that_is_away_for_a_while_costs_nothing(ward: Ward, fleet: Fleet) -> None:
    with fleet.at_work():
        time.sleep(2)
        with ward.held_down("postgres"):
            time.sleep(AWAY_S)
        ward.wait_for("postgres")
    check_all_is_well(ward, fleet)


def test_an_owner_restored_from_a_backup_gets_back_what_the_devices_have(
    ward: Ward, fleet: Fleet, tmp_path: Path
) -> None:
    fleet.all(working(2))
    check_all_is_well(ward, fleet)
    file = tmp_path / "crm.dump"
    ward.backup("crm", file)
    moved = _move_south(ward, fleet.people[0])
    fleet.all(working(2 * FACTOR))
    check_all_is_well(ward, fleet)
    ((before,),) = ward.query("crm", "select count(*) from party")
    with ward.held_down("crm-api", "crm-worker", "relay"):
        ward.restore("crm", file)
        ((restored,),) = ward.query("crm", "select count(*) from party")
        assert restored < before
    ward.wait_for("crm-api", "crm-worker", "relay")
    fleet.all(Person.hear_of_new_epochs)
    fleet.all(working(1))
    check_all_is_well(ward, fleet)
    assert ward.query("crm", "select count(*) >= %s from party", before) == [(True,)]
    # The move was made on no device, so it is lost; whoever keeps a copy of the party has to know.
    with ward.installation.signed_in("sales.north") as north:
        eventually(lambda: north.get(f"/v1/offers/offers/{moved}").status_code == 200)


def _move_south(ward: Ward, person: Person) -> str:
    """Give a northern party with an offer to the south, on line; return the offer."""
    offer = next(record_id for entity, record_id in person.written if entity == OFFER)
    ((party,),) = ward.query("offers", "select party_id::text from offer where id = %s", offer)
    ((south,),) = ward.query("identity", "select id::text from territory where code = 'SUD'")
    with ward.installation.signed_in("sales.manager") as manager:
        answer = manager.patch(f"/v1/crm/parties/{party}", json={"territory_id": south})
        assert answer.status_code == 200, answer.text
    with ward.installation.signed_in("sales.north") as north:
        eventually(lambda: north.get(f"/v1/offers/offers/{offer}").status_code == 404)
    return offer
