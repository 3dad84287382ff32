"""A party is qualified, put away, and taken up again."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from services.crm.domain.states import PARTY
from services.crm.worker.erp import record_registration
from services.kit import schema
from services.kit.actor import Actor
from services.kit.records.claims import Decision
from services.kit.worker import deliver
from tests.support.owners import OwnerUnderTest, create, received


@pytest.fixture
def party(crm: OwnerUnderTest, seller: Actor) -> str:
    item = create("crm.party", name="Rossi")
    crm.one(seller, item)
    return str(item["record_id"])


def give(crm: OwnerUnderTest, actor: Actor, party: str, command: str, **request: Any) -> Decision:
    item = {"id": str(uuid7()), "entity": "crm.party", "record_id": party, "command": command}
    return crm.one(actor, item | ({"request": request} if request else {}))


def state(crm: OwnerUnderTest, party: str) -> str:
    stored = crm.stored("crm.party", party)
    assert stored is not None
    return str(stored["state"])


def register(crm: OwnerUnderTest, party: str) -> None:
    answer = {"party_id": party, "customer_code": "C00017"}
    deliver(crm.owner.database, record_registration, received("erp", "erp.party_registered.v1", answer))


@pytest.mark.parametrize("before", ["prospect", "qualified", "customer"])
def test_what_was_put_away_becomes_again_what_it_was(
    crm: OwnerUnderTest, seller: Actor, party: str, before: str
) -> None:
    if before == "qualified":
        assert give(crm, seller, party, "qualify").outcome == "applied"
    elif before == "customer":
        register(crm, party)
    assert give(crm, seller, party, "deactivate", reason="Cessata attività").outcome == "applied"
    assert state(crm, party) == "inactive"
    assert give(crm, seller, party, "reactivate").outcome == "applied"
    assert state(crm, party) == before

    with crm.owner.database.read() as connection:
        reasons = connection.execute(
            sa.select(schema.transition.c.reason).where(schema.transition.c.command == "deactivate")
        ).scalars()
        assert list(reasons) == ["Cessata attività"]


def test_an_order_takes_up_again_what_was_put_away(crm: OwnerUnderTest, seller: Actor, party: str) -> None:
    give(crm, seller, party, "deactivate")
    register(crm, party)
    assert state(crm, party) == "customer"


@pytest.mark.parametrize(
    ("first", "command"),
    [
        (None, "reactivate"),
        ("qualify", "qualify"),
        ("deactivate", "deactivate"),
        ("deactivate", "qualify"),
    ],
)
def test_a_command_in_the_wrong_state_changes_nothing(
    crm: OwnerUnderTest, seller: Actor, party: str, first: str | None, command: str
) -> None:
    if first:
        give(crm, seller, party, first)
    before, events = crm.stored("crm.party", party), len(crm.events())
    refused = give(crm, seller, party, command)
    assert refused.error is not None
    assert refused.error.reason == "WRONG_STATE"
    assert refused.error.params["allowed"] == ", ".join(PARTY[command].sources)
    assert (crm.stored("crm.party", party), len(crm.events())) == (before, events)


def test_a_reason_that_is_too_long_is_refused(crm: OwnerUnderTest, seller: Actor, party: str) -> None:
    refused = give(crm, seller, party, "deactivate", reason="x" * 501)
    assert refused.outcome == "refused"
    assert state(crm, party) == "prospect"
