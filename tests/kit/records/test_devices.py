"""A device's queue: refused items are parked with their payload, what builds on them is held, nothing is
lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from services.kit import schema
from services.kit.actor import SYSTEM, Actor
from services.kit.errors import NotFound
from services.kit.records.claims import Decision
from services.kit.records.parking import parked_page
from tests.support.owners import OwnerUnderTest, create, define_fields, delete, everything, update


@pytest.fixture
def device(seller: Actor) -> Actor:
    """The seller at a device."""
    return replace(seller, device_id=uuid7())


def parked(crm: OwnerUnderTest, actor: Actor) -> list[dict[str, Any]]:
    with crm.owner.database.read() as connection:
        rows, _ = parked_page(connection, actor, crm.accesses.get(actor), page_size=50, page_token="")
    return rows


def resolve(
    crm: OwnerUnderTest, actor: Actor, change_id: UUID, choice: str, change: dict[str, Any] | None = None
) -> Decision | None:
    sent = orjson.dumps(change) if change else None
    return crm.owner.resolve(actor, change_id=change_id, choice=choice, change=sent)


def test_a_refused_create_holds_what_names_it_until_it_is_resolved(
    crm: OwnerUnderTest, device: Actor
) -> None:
    wrong = create("crm.party", name="Rossi", vat_number="1")
    child = create("crm.contact_point", party_id=wrong["record_id"], kind="email", value="a@rossi.it")
    other = create("crm.party", name="Bianchi")
    decisions = crm.apply(device, wrong, child, other)
    assert [d.outcome for d in decisions] == ["refused", "held", "applied"]
    (row,) = parked(crm, device)
    assert (str(row["change_id"]), row["sent"]["fields"]["vat_number"]) == (wrong["id"], "1")

    assert crm.one(device, child).outcome == "held"
    edited = create("crm.party", wrong["record_id"], name="Rossi", vat_number="00159560366")
    decision = resolve(crm, device, UUID(wrong["id"]), "edited", edited)
    assert decision is not None
    assert decision.outcome == "applied"
    assert parked(crm, device) == []
    assert crm.one(device, child).outcome == "applied"


def test_a_held_item_is_not_stored_and_keeps_its_id(crm: OwnerUnderTest, device: Actor) -> None:
    wrong = create("crm.party", name="")
    child = create("crm.contact_point", party_id=wrong["record_id"], kind="email", value="a@rossi.it")
    crm.apply(device, wrong, child)
    assert crm.count("change_claim") == 1
    resolve(crm, device, UUID(wrong["id"]), "discarded")
    refused = crm.one(device, child)
    assert (refused.outcome, refused.duplicate) == ("refused", False)
    assert refused.error is not None
    assert refused.error.violations[0].reason == "REFERENCE_NOT_FOUND"


@pytest.mark.parametrize("at_device", [True, False])
def test_an_id_of_the_right_length_that_is_none_is_refused(
    crm: OwnerUnderTest, seller: Actor, device: Actor, at_device: bool
) -> None:
    wrong = create("crm.contact_point", party_id="x" * 36, kind="email", value="a@rossi.it")
    decision = crm.one(device if at_device else seller, wrong)
    assert decision.error is not None
    assert [(v.field, v.reason) for v in decision.error.violations] == [("party_id", "INVALID_ID")]


def test_a_refused_update_holds_nothing(crm: OwnerUnderTest, device: Actor) -> None:
    party = create("crm.party", name="Rossi")
    crm.one(device, party)
    decisions = crm.apply(
        device,
        update("crm.party", party["record_id"], vat_number="1"),
        update("crm.party", party["record_id"], website="rossi.it"),
    )
    assert [d.outcome for d in decisions] == ["refused", "applied"]
    assert [row["holds"] for row in parked(crm, device)] == [[]]


def test_a_conflict_is_parked_with_both_values_and_holds_nothing(
    crm: OwnerUnderTest, seller: Actor, device: Actor
) -> None:
    party = create("crm.party", name="Rossi")
    crm.one(device, party)
    crm.one(seller, update("crm.party", party["record_id"], 1, name="Rossi S.r.l."))
    late = update("crm.party", party["record_id"], 1, name="Rossi S.p.A.") | {"base": {"name": "Rossi"}}
    after = update("crm.party", party["record_id"], website="rossi.it")
    assert [d.outcome for d in crm.apply(device, late, after)] == ["conflict", "applied"]
    (row,) = parked(crm, device)
    assert (row["sent"]["fields"], row["theirs"]) == ({"name": "Rossi S.p.A."}, {"name": "Rossi S.r.l."})

    mine = update("crm.party", party["record_id"], 3, name="Rossi S.p.A.")
    decision = resolve(crm, device, UUID(late["id"]), "mine", mine)
    assert decision is not None
    assert decision.outcome == "applied"
    stored = crm.stored("crm.party", party["record_id"])
    assert stored is not None
    assert stored["name"] == "Rossi S.p.A."
    with pytest.raises(NotFound):
        resolve(crm, device, UUID(late["id"]), "theirs")
    again = resolve(crm, device, UUID(late["id"]), "mine", mine)
    assert again is not None
    assert again.duplicate


def test_a_resolution_that_is_refused_leaves_the_parked_change_open(
    crm: OwnerUnderTest, device: Actor
) -> None:
    wrong = create("crm.party", name="Rossi", vat_number="1")
    crm.one(device, wrong)
    decision = resolve(
        crm, device, UUID(wrong["id"]), "edited", create("crm.party", wrong["record_id"], name="")
    )
    assert decision is not None
    assert decision.outcome == "refused"
    assert len(parked(crm, device)) == 1


def test_parked_changes_are_for_their_author_and_for_supervisors_without_hidden_facets(
    crm: OwnerUnderTest, device: Actor
) -> None:
    insider = replace(crm.accesses.give(*everything("crm", facets=("private",))), device_id=uuid7())
    crm.one(insider, create("crm.party", name="", private_notes="pays late"))
    stranger = crm.accesses.give(*everything("crm"))
    supervisor = crm.accesses.give(*everything("crm", actions=("approve",)))

    assert parked(crm, device) == []
    assert parked(crm, stranger) == []
    (own,) = parked(crm, insider)
    (seen,) = parked(crm, supervisor)
    assert own["sent"]["fields"]["private_notes"] == "pays late"
    assert "private_notes" not in seen["sent"]["fields"]
    with pytest.raises(NotFound):
        resolve(crm, stranger, own["change_id"], "discarded")
    resolve(crm, supervisor, own["change_id"], "discarded")
    assert parked(crm, insider) == []


def test_without_a_device_nothing_is_parked(crm: OwnerUnderTest, seller: Actor) -> None:
    crm.one(seller, create("crm.party", name=""))
    assert crm.count("parked_change") == 0


def test_a_delete_after_the_devices_own_edits_is_not_stale(
    crm: OwnerUnderTest, seller: Actor, device: Actor
) -> None:
    party = create("crm.party", name="Rossi")
    crm.one(device, party)
    crm.one(
        device, update("crm.party", party["record_id"], 1, name="Rossi e figli") | {"base": {"name": "Rossi"}}
    )
    assert crm.one(device, delete("crm.party", party["record_id"], 1)).outcome == "applied"

    other = create("crm.party", name="Bianchi")
    crm.one(device, other)
    crm.one(seller, update("crm.party", other["record_id"], name="Bianchi e figli"))
    assert crm.one(device, delete("crm.party", other["record_id"], 1)).outcome == "conflict"


def test_a_stale_command_is_refused_unless_only_the_device_raised_the_version(
    crm: OwnerUnderTest, seller: Actor, device: Actor
) -> None:
    party = create("crm.party", name="Rossi")
    activities = [
        create("crm.activity", party_id=party["record_id"], kind="call", subject=f"{i}") for i in range(2)
    ]
    crm.apply(device, party, *activities)
    for actor, activity in zip((device, seller), activities, strict=True):
        crm.one(actor, update("crm.activity", activity["record_id"], notes="x"))
    done = [
        {
            "id": str(uuid7()),
            "entity": "crm.activity",
            "record_id": activity["record_id"],
            "command": "complete",
            "base_version": 1,
            "request": {"outcome": "fatto"},
        }
        for activity in activities
    ]
    decisions = crm.apply(device, *done)
    assert [d.outcome for d in decisions] == ["applied", "refused"]
    assert decisions[1].error is not None
    assert decisions[1].error.reason == "STALE"


def test_the_same_queue_sent_by_many_at_once_is_applied_once(crm: OwnerUnderTest, device: Actor) -> None:
    parties = [create("crm.party", name=f"Party {i}") for i in range(5)]
    with ThreadPoolExecutor(6) as pool:
        runs = list(pool.map(lambda _: crm.apply(device, *parties), range(6)))

    assert crm.count("party") == 5
    for at in range(5):
        assert sum(not run[at].duplicate for run in runs) == 1
        assert {run[at].outcome for run in runs} == {"applied"}


def test_concurrent_edits_of_one_record_all_count(crm: OwnerUnderTest, seller: Actor) -> None:
    define_fields(crm, **{f"k{i}": "number" for i in range(24)})
    party = create("crm.party", name="Rossi")
    crm.one(seller, party)
    with ThreadPoolExecutor(8) as pool:
        decisions = list(
            pool.map(
                lambda i: crm.one(seller, update("crm.party", party["record_id"], custom={f"k{i}": str(i)})),
                range(24),
            )
        )
    assert {d.outcome for d in decisions} == {"applied"}
    stored = crm.stored("crm.party", party["record_id"])
    assert stored is not None
    assert (stored["version"], len(stored["custom"])) == (25, 24)
    changes = [r for e in crm.events() for r in e["data"]["records"] if r["entity"] == "crm.party"]
    assert [r["version"] for r in changes] == list(range(1, 26))


def test_what_a_device_did_offline_keeps_its_time_but_never_lies_in_the_future(
    crm: OwnerUnderTest, seller: Actor, device: Actor
) -> None:
    party = create("crm.party", name="Rossi")
    crm.one(device, party)
    for actor, made_at, is_kept in (
        (device, "2026-01-05T10:00:00Z", True),
        (device, "2999-01-01T00:00:00Z", False),
        (seller, "2026-01-05T10:00:00Z", False),
    ):
        activity = create("crm.activity", party_id=party["record_id"], kind="call", subject="x")
        done = {
            "id": str(uuid7()),
            "entity": "crm.activity",
            "record_id": activity["record_id"],
            "command": "complete",
            "made_at": made_at,
            "request": {"outcome": "fatto"},
        }
        assert [d.outcome for d in crm.apply(actor, activity, done)] == ["applied", "applied"]
        with crm.owner.database.read() as connection:
            row = connection.execute(
                sa.select(schema.transition).order_by(schema.transition.c.id.desc())
            ).first()
        assert row is not None
        assert (row.made_at == datetime(2026, 1, 5, 10, tzinfo=UTC)) == is_kept
        assert row.made_at <= row.arrived_at


def test_a_late_edit_of_an_erased_person_leaves_no_values_behind(crm: OwnerUnderTest, device: Actor) -> None:
    party = create("crm.party", name="Rossi")
    crm.one(device, party)
    with crm.owner.database.unit_of_work(SYSTEM) as uow:
        uow.require("crm.party", party["record_id"]).values.update(state="erased", deleted=True, name="-")
    late = update("crm.party", party["record_id"], 1, name="Mario Rossi") | {"base": {"name": "Rossi"}}
    assert crm.one(device, late).outcome == "refused"
    (row,) = parked(crm, device)
    assert "Rossi" not in str(row["sent"])
