"""A change from arrival to outbox row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from services.kit.actor import Actor
from services.kit.records.serving import RecordsServicer
from tests.support.owners import NORTH, SOUTH, OwnerUnderTest, create, delete, everything, update, within


def test_a_created_party_is_stored_with_its_defaults_and_told(crm: OwnerUnderTest, seller: Actor) -> None:
    item = create("crm.party", name="Officine Rossi S.r.l.", vat_number="IT 0015 9560366")
    decision = crm.one(seller, item)

    assert (decision.outcome, decision.changed, decision.version) == ("applied", True, 1), decision.error
    row = crm.stored("crm.party", item["record_id"])
    assert row is not None
    assert row["name"] == "Officine Rossi S.r.l."
    assert row["vat_number"] == "00159560366"
    assert row["state"] == "prospect"
    assert row["owner_id"] == seller.user_id
    (event,) = crm.events()
    assert event["type"] == "crm.records_changed.v1"
    (record,) = event["data"]["records"]
    assert (record["entity"], record["id"], record["version"]) == ("crm.party", item["record_id"], 1)
    assert event["data"]["change_ids"] == [item["id"]]


def test_the_same_change_twice_is_applied_once(crm: OwnerUnderTest, seller: Actor) -> None:
    item = create("crm.party", name="Rossi")
    first, second = crm.one(seller, item), crm.one(seller, item)

    assert (first.duplicate, second.duplicate) == (False, True)
    assert (second.outcome, second.version) == ("applied", 1)
    assert crm.count("party") == 1
    assert len(crm.events()) == 1


def test_an_id_used_for_another_content_or_by_another_author_is_refused(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    item = create("crm.party", name="Rossi")
    crm.one(seller, item)
    other = crm.accesses.give(*everything("crm"))

    for actor, sent in ((seller, item | {"fields": {"name": "Bianchi"}}), (other, item)):
        decision = crm.one(actor, sent)
        assert decision.outcome == "refused"
        assert decision.error is not None
        assert decision.error.reason == "ID_REUSED"
    assert crm.count("party") == 1


def test_a_group_is_one_transaction_with_one_event(crm: OwnerUnderTest, seller: Actor) -> None:
    party = create("crm.party", name="Rossi")
    points = [
        create("crm.contact_point", party_id=party["record_id"], kind="email", value=f"a{i}@Rossi.IT")
        for i in range(20)
    ]
    group = [item | {"group": "g"} for item in (party, *points)]
    decisions = crm.apply(seller, *group)

    assert {decision.outcome for decision in decisions} == {"applied"}
    (event,) = crm.events()
    assert len(event["data"]["records"]) == 21
    stored = crm.stored("crm.contact_point", points[0]["record_id"])
    assert stored is not None
    assert stored["value"] == "a0@rossi.it"


def test_a_caller_that_sends_many_may_do_without_their_records(crm: OwnerUnderTest, seller: Actor) -> None:
    sent = [orjson.dumps(create("crm.party", name=name)) for name in ("Rossi", "Bianchi")]
    for known in (False, True):
        found = RecordsServicer(crm.owner).apply(seller, sent, with_records=False)
        assert [(each.duplicate, each.version) for each in found] == [(known, 1)] * 2
        assert not any(each.HasField("record") for each in found)
    (first, _) = RecordsServicer(crm.owner).apply(seller, sent)
    assert b"Rossi" in first.record.fragments[0].body


def test_many_records_of_one_group_cost_no_more_statements_than_few(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    statements: list[str] = []
    listening = (crm.owner.database.engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    counts = []
    for number in (2, 2, 40):
        statements.clear()
        sa.event.listen(*listening)
        decisions = crm.apply(seller, *_parties_with_addresses(number))
        sa.event.remove(*listening)
        assert {each.outcome for each in decisions} == {"applied"}
        counts.append(len(statements))
    assert counts[1] == counts[2] <= 3


def _parties_with_addresses(number: int) -> list[dict[str, Any]]:
    items = []
    for each in range(number):
        party = create("crm.party", name=f"Rossi {each}")
        email = f"info@rossi{each}.example"
        items += [
            party,
            create("crm.address", party_id=party["record_id"], city="Verona"),
            create("crm.contact_point", party_id=party["record_id"], kind="email", value=email),
        ]
    return [item | {"group": "together"} for item in items]


def test_one_wrong_item_refuses_its_whole_group_and_nothing_else(crm: OwnerUnderTest, seller: Actor) -> None:
    before = create("crm.party", name="Before")
    party = create("crm.party", name="Rossi") | {"group": "g"}
    wrong = create("crm.contact_point", party_id=party["record_id"], kind="email", value="nobody") | {
        "group": "g"
    }
    after = create("crm.party", name="After")
    decisions = crm.apply(seller, before, party, wrong, after)

    assert [d.outcome for d in decisions] == ["applied", "refused", "refused", "applied"]
    reasons = [d.error.reason if d.error else "" for d in decisions]
    assert reasons == ["", "GROUP_REFUSED", "INVALID_FIELDS", ""]
    assert crm.count("party") == 2
    assert crm.count("contact_point") == 0
    assert len(crm.events()) == 2


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"name": ""}, "name", "REQUIRED"),
        ({"name": "x" * 201}, "name", "TOO_LONG"),
        ({"name": 7}, "name", "WRONG_TYPE"),
        ({"name": "a\x00b"}, "name", "CONTROL_CHARACTER"),
        ({"name": "Rossi", "colour": "red"}, "colour", "UNKNOWN_FIELD"),
        ({"name": "Rossi", "erp_code": "C1"}, "erp_code", "OUTPUT_ONLY"),
        ({"name": "Rossi", "version": 9}, "version", "OUTPUT_ONLY"),
        ({"name": "Rossi", "vat_number": "00159560367"}, "vat_number", "INVALID_VAT_NUMBER"),
        ({"name": "Rossi", "tax_code": "RSSMRA80A01H501A"}, "tax_code", "INVALID_TAX_CODE"),
        ({"name": "Rossi", "sdi_code": "12"}, "sdi_code", "INVALID_SDI_CODE"),
        ({"name": "Rossi", "pec": "rossi"}, "pec", "INVALID_EMAIL"),
        ({"name": "Rossi", "roles": ["king"]}, "roles", "UNKNOWN_VALUE"),
        ({"name": "Rossi", "roles": "prospect"}, "roles", "WRONG_TYPE"),
        ({"name": "Rossi", "territory_id": "north"}, "territory_id", "INVALID_ID"),
        ({"name": "Rossi", "shared_with": [""]}, "shared_with", "REQUIRED"),
        ({"name": "Rossi", "custom": {"a": 1}}, "custom", "WRONG_TYPE"),
        ({"name": "Rossi", "custom": {"a": "red"}}, "custom.a", "INVALID_JSON_TEXT"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(
    crm: OwnerUnderTest, seller: Actor, fields: dict[str, Any], field: str, reason: str
) -> None:
    decision = crm.one(seller, create("crm.party", **fields))

    assert decision.outcome == "refused"
    assert decision.error is not None
    assert (field, reason) in {(v.field, v.reason) for v in decision.error.violations}
    assert crm.count("party") == 0
    assert crm.events() == []


def test_a_refusal_is_stored_and_answered_again(crm: OwnerUnderTest, seller: Actor) -> None:
    item = create("crm.party", name="")
    crm.one(seller, item)
    again = crm.one(seller, item)

    assert (again.outcome, again.duplicate) == ("refused", True)
    assert again.error is not None
    assert again.error.violations[0].field == "name"


def test_a_reference_must_name_a_record_that_the_author_may_see(crm: OwnerUnderTest, seller: Actor) -> None:
    party = create("crm.party", name="Rossi", owner_id=None)
    del party["fields"]["owner_id"]
    crm.one(seller, party)
    stranger = crm.accesses.give(within(NORTH))

    for actor, party_id in ((seller, str(uuid7())), (stranger, party["record_id"])):
        decision = crm.one(
            actor, create("crm.activity", party_id=party_id, kind="call", subject="Telefonata")
        )
        assert decision.error is not None
        assert [(v.field, v.reason) for v in decision.error.violations] == [
            ("party_id", "REFERENCE_NOT_FOUND")
        ]
    assert crm.count("activity") == 0


def test_a_record_outside_the_grants_is_not_found_and_one_that_may_only_be_read_is_forbidden(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    item = create("crm.party", name="Rossi")
    crm.one(seller, item)
    stranger = crm.accesses.give(within(SOUTH))
    reader = crm.accesses.give(*(replace(g, actions=frozenset({"read"})) for g in everything("crm")))

    for actor, reason in ((stranger, "RECORD_NOT_FOUND"), (reader, "NOT_GRANTED")):
        for change in (
            update("crm.party", item["record_id"], name="X"),
            delete("crm.party", item["record_id"]),
        ):
            decision = crm.one(actor, change)
            assert decision.error is not None
            assert decision.error.reason == reason
    stored = crm.stored("crm.party", item["record_id"])
    assert stored is not None
    assert (stored["name"], stored["version"]) == ("Rossi", 1)


def test_a_record_cannot_be_created_outside_the_grants(crm: OwnerUnderTest) -> None:
    northern = crm.accesses.give(within(NORTH))
    decision = crm.one(northern, create("crm.party", name="Rossi"))

    assert decision.error is not None
    assert decision.error.reason == "NOT_GRANTED"
    assert crm.count("party") == 0


def test_a_field_of_an_unseen_facet_cannot_be_written_and_keeps_its_value(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    insider = crm.accesses.give(*everything("crm", facets=("private",)))
    item = create("crm.party", name="Rossi", private_notes="pays late")
    assert crm.one(insider, item).outcome == "applied"

    refused = crm.one(seller, update("crm.party", item["record_id"], private_notes="x"))
    assert refused.error is not None
    assert refused.error.reason == "FACET_NOT_GRANTED"
    assert crm.one(seller, update("crm.party", item["record_id"], name="Rossi e figli")).outcome == "applied"
    stored = crm.stored("crm.party", item["record_id"])
    assert stored is not None
    assert stored["private_notes"] == "pays late"


def test_deleting_is_soft_and_refused_while_children_are_left(crm: OwnerUnderTest, seller: Actor) -> None:
    party = create("crm.party", name="Rossi")
    point = create("crm.contact_point", party_id=party["record_id"], kind="email", value="a@rossi.it")
    crm.apply(seller, party, point)

    refused = crm.one(seller, delete("crm.party", party["record_id"]))
    assert refused.error is not None
    assert refused.error.reason == "HAS_CHILDREN"
    assert crm.one(seller, delete("crm.contact_point", point["record_id"])).version == 2
    assert crm.one(seller, delete("crm.party", party["record_id"])).outcome == "applied"
    stored = crm.stored("crm.party", party["record_id"])
    assert stored is not None
    assert (stored["deleted"], stored["version"]) == (True, 2)


def test_a_malformed_item_is_refused_alone(crm: OwnerUnderTest, seller: Actor) -> None:
    good = create("crm.party", name="Rossi")
    bad: list[dict[str, Any]] = [
        {"id": str(uuid7()), "entity": "crm.nothing", "record_id": str(uuid7()), "op": "create"},
        {"id": str(uuid7()), "entity": "crm.party", "record_id": "1", "op": "create"},
        {"id": str(uuid7()), "entity": "crm.party", "record_id": str(uuid7()), "op": "destroy"},
        {"id": str(uuid7()), "entity": "crm.party", "record_id": str(uuid7()), "op": "create", "fields": []},
        {"id": str(uuid7()), "entity": "crm.party", "record_id": str(uuid7()), "command": "freeze"},
        create("crm.party", name="Rossi") | {"surplus": 1},
    ]
    decisions = crm.apply(seller, *bad, good)

    assert [d.outcome for d in decisions] == ["refused"] * len(bad) + ["applied"]
    assert {d.error.reason for d in decisions[:-1] if d.error} == {"INVALID_ITEM"}


def test_a_command_moves_the_state_and_stores_the_passage(crm: OwnerUnderTest, seller: Actor) -> None:
    party = create("crm.party", name="Rossi")
    activity = create("crm.activity", party_id=party["record_id"], kind="call", subject="Telefonata")
    crm.apply(seller, party, activity)
    command = {
        "id": str(uuid7()),
        "entity": "crm.activity",
        "record_id": activity["record_id"],
        "command": "complete",
        "request": {"outcome": "interessato"},
    }
    decision = crm.one(seller, command)

    assert (decision.outcome, decision.version) == ("applied", 2)
    stored = crm.stored("crm.activity", activity["record_id"])
    assert stored is not None
    assert (stored["state"], stored["outcome"]) == ("done", "interessato")
    assert crm.count("transition") == 1
    again = crm.one(seller, command | {"id": str(uuid7())})
    assert again.error is not None
    assert again.error.reason == "WRONG_STATE"
