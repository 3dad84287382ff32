"""Definitions change, values are never lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit.actor import Actor
from services.kit.errors import Stale
from services.kit.fields import conversion
from services.kit.fields.following import follow_definitions
from services.kit.fields.values import FieldKind
from services.kit.records.parking import parked_page
from services.kit.records.reading import Reader
from services.kit.worker.declared import Timer
from services.kit.worker.timers import run_timer
from tests.kit.fields.shaping import PARTY, Company, on_device, wrong
from tests.support.owners import create, everything, update

FIELD = "crm.field_definition"


def kept(crm: Company, field_id: str) -> list[str]:
    with crm.owner.database.read() as connection:
        return [text for _, text in conversion.kept_values(connection, field_id)]


def test_a_change_of_kind_converts_keeps_what_it_cannot_and_goes_back_exactly(
    crm: Company, seller: Actor
) -> None:
    field_id = crm.define("size", "text")
    texts = ['"12,50"', '"7"', '"large"']
    parties = [crm.party(seller, size=text) for text in texts]
    with crm.owner.database.engine.begin() as connection:
        table = crm.owner.database.tables[PARTY]
        definition = crm.owner.database.definitions.current(connection).fields[0]
        preview = conversion.preview(connection, table, definition, FieldKind.NUMBER)

    crm.change(FIELD, field_id, kind="number")
    numbers = [crm.custom(party_id) for party_id in parties]
    aside = kept(crm, field_id)
    found = crm.listed(seller, "custom.size > 8")
    crm.change(FIELD, field_id, kind="text")

    assert (preview.converted, preview.kept, preview.examples) == (2, 1, [(parties[2], '"large"')])
    assert numbers == [{"size": "12.5"}, {"size": "7"}, {}]
    assert aside == ['"large"']
    assert found == [parties[0]]
    assert [crm.custom(party_id) for party_id in parties] == [{"size": text} for text in texts]
    assert kept(crm, field_id) == []


def test_going_back_converts_what_was_changed_meanwhile(crm: Company, seller: Actor) -> None:
    field_id = crm.define("size", "number")
    changed, untouched = crm.party(seller, size="1"), crm.party(seller, size="2")
    crm.change(FIELD, field_id, kind="text")
    crm.one(seller, update(PARTY, changed, custom={"size": '"3"'}))
    words = crm.party(seller, size='"many"')

    crm.change(FIELD, field_id, kind="number")

    assert [crm.custom(each) for each in (changed, untouched, words)] == [{"size": "3"}, {"size": "2"}, {}]
    assert kept(crm, field_id) == ['"many"']


def test_more_records_than_a_transaction_takes_follow_by_the_workers_timer(
    crm: Company, seller: Actor, monkeypatch: Any
) -> None:
    monkeypatch.setattr(conversion, "BATCH", 2)
    field_id = crm.define("size", "text")
    parties = [crm.party(seller, size=f'"{number}"') for number in range(5)]

    crm.change(FIELD, field_id, kind="number")
    busy = crm.change(FIELD, field_id, kind="text")
    for _ in range(3):
        assert run_timer(crm.owner.database, Timer(1, follow_definitions))

    assert wrong(busy) == [("", "FIELD_BUSY")]
    assert sorted(crm.custom(each)["size"] for each in parties) == list("01234")
    assert crm.change(FIELD, field_id, kind="text").outcome == "applied"


def test_retired_values_stay_and_come_back(crm: Company, seller: Actor) -> None:
    field_id = crm.define("size", "number")
    party_id = crm.party(seller, size="5")

    crm.change(FIELD, field_id, inactive=True)
    refused = crm.one(seller, update(PARTY, party_id, custom={"size": "6"}))
    renamed = crm.one(seller, update(PARTY, party_id, name="Verdi"))
    crm.change(FIELD, field_id, inactive=False)

    assert wrong(refused) == [("custom.size", "FIELD_RETIRED")]
    assert renamed.outcome == "applied"
    assert crm.custom(party_id) == {"size": "5"}
    assert crm.listed(seller, "custom.size = 5") == [party_id]


def test_a_key_a_place_and_a_facet_are_for_ever_and_choices_are_retired(crm: Company, seller: Actor) -> None:
    choices: list[dict[str, Any]] = [{"key": k, "labels": {}, "retired": False} for k in ("a", "b")]
    field_id = crm.define("grade", "choice", choices=choices)
    party_id = crm.party(seller, grade='"a"')

    for values, reason in (
        ({"key": "other"}, "IMMUTABLE"),
        ({"entity": "crm.activity"}, "IMMUTABLE"),
        ({"facet": "cost"}, "IMMUTABLE"),
        ({"choices": choices[1:]}, "CHOICE_GONE"),
        ({"kind": "formula", "formula": "1"}, "KIND_FIXED"),
    ):
        assert reason in {each for _, each in wrong(crm.change(FIELD, field_id, **values))}, values
    retired = [{**choices[0], "retired": True}, choices[1]]
    crm.change(FIELD, field_id, choices=retired, labels={"it": "Grado", "en": "Grade"})

    assert wrong(crm.one(seller, create(PARTY, name="x", custom={"grade": '"a"'}))) == [
        ("custom.grade", "CHOICE_RETIRED")
    ]
    assert crm.one(seller, update(PARTY, party_id, notes="still", custom={"grade": '"a"'})).changed
    assert crm.custom(party_id) == {"grade": '"a"'}


def test_an_edit_made_offline_under_an_old_definition_arrives_or_is_parked(
    crm: Company, seller: Actor
) -> None:
    field_id = crm.define("size", "text")
    party_id = crm.party(seller, size='"1"')
    device = on_device(seller)
    crm.change(FIELD, field_id, kind="number")
    crm.define("sector", "text", required=True)
    version = crm.stored(PARTY, party_id)["version"]  # type: ignore[index]
    old = {"base_version": version - 1, "made_at": "2026-01-01T10:00:00Z"}

    item = update(PARTY, party_id, custom={"size": '"2,5"'})
    converted = crm.one(device, {**item, **old, "base": {"custom": {"size": '"1"'}}})
    made = crm.one(device, {**create(PARTY, name="Offline"), "made_at": "2026-01-01T10:00:00Z"})
    late = crm.one(device, {**create(PARTY, name="Offline"), "made_at": "2099-01-01T10:00:00Z"})
    hopeless = {**update(PARTY, party_id, custom={"size": '"huge"'}), "made_at": "2026-01-01T10:00:00Z"}
    parked = crm.one(device, hopeless)

    assert converted.outcome == "merged" and crm.custom(party_id) == {"size": "2.5"}
    assert made.outcome == "applied"
    assert wrong(late) == [("custom.sector", "REQUIRED")]
    assert wrong(parked) == [("custom.size", "WRONG_TYPE")]
    with crm.owner.database.read() as connection:
        sent = connection.exec_driver_sql(
            "select sent from parked_change where change_id = %s", (parked.item.id,)
        )
        assert sent.scalar_one()["fields"] == {"custom": {"size": '"huge"'}}


def test_a_parked_value_of_a_facet_is_shown_to_no_supervisor_without_it(
    crm: Company, seller: Actor, manager: Actor
) -> None:
    crm.define("discount", "number", facet="cost")
    party_id = crm.party(manager)
    item = update(PARTY, party_id, custom={"discount": '"4242"x'}, name="")
    crm.one(on_device(manager), item)
    supervisor = crm.accesses.give(*everything("crm", actions=("approve",)))

    with crm.owner.database.read() as connection:
        access = crm.accesses.get(supervisor)
        (row,), _ = parked_page(connection, supervisor, access, page_size=10, page_token="")

    assert row["sent"]["fields"] == {"custom": {}, "name": ""}


def test_a_formula_is_computed_for_old_and_new_records_and_by_whoever_writes(
    crm: Company, seller: Actor
) -> None:
    crm.define("hours", "number")
    old = crm.party(seller, hours="3")
    field_id = crm.define("price", "formula", formula="custom.hours * 2.5")
    stated = crm.define("stage", "formula", formula='if state = "prospect" then "new" else "known"')
    new = crm.party(seller, hours="4")

    written = crm.one(seller, update(PARTY, new, custom={"price": "1"}))
    with crm.owner.database.unit_of_work(crm.admin) as uow:
        uow.require(PARTY, new).values["state"] = "customer"
    crm.change(FIELD, field_id, formula="custom.hours * 3")
    busy = crm.change(FIELD, crm_field(crm, "hours"), kind="text")

    assert wrong(written) == [("custom.price", "OUTPUT_ONLY")]
    assert crm.custom(old) == {"hours": "3", "price": "9", "stage": '"new"'}
    assert crm.custom(new) == {"hours": "4", "price": "12", "stage": '"known"'}
    assert crm.listed(seller, "custom.price > 10") == [new]
    assert wrong(busy) == [("kind", "FIELD_IN_USE")]
    crm.change(FIELD, stated, inactive=True)
    assert crm.party(seller, hours="1") and Reader(crm.owner.database)


def crm_field(crm: Company, key: str) -> str:
    with crm.owner.database.read() as connection:
        definitions = crm.owner.database.definitions.current(connection)
    return definitions.of(PARTY)[key].id


KINDS = ["text", "number", "date", "boolean", "choice", "multiple_choice", "money"]
TEXTS = [
    '"12"',
    '"large"',
    "12",
    "true",
    '"2026-01-02"',
    '"wood"',
    '["wood"]',
    '{"amount":"1.00","currency":"EUR"}',
]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.sampled_from(KINDS), st.sampled_from(TEXTS)), min_size=2, max_size=8))
def test_no_order_of_changes_of_kind_and_offline_edits_loses_a_value(
    crm: Company, seller: Actor, steps: list[str]
) -> None:
    choices = [{"key": "wood", "labels": {}, "retired": False}]
    key = f"k{crm.count('field_definition')}"
    field_id = crm.define(key, "text", choices=choices)
    party_id = crm.party(seller)
    device, typed = on_device(seller), []
    kinds = ["text"]
    for step in steps:
        if step in KINDS:
            crm.change(FIELD, field_id, kind=step)
            kinds.append(step)
            continue
        decision = crm.one(device, update(PARTY, party_id, custom={key: step}))
        if decision.outcome == "refused":
            count = "select count(*) from parked_change where change_id = %s"
            with crm.owner.database.read() as connection:
                assert connection.exec_driver_sql(count, (decision.item.id,)).scalar_one() == 1
        else:
            typed = [crm.custom(party_id).get(key)]

    # The last value that was taken stands in the record, in whatever form, or is kept aside as it was.
    stored = crm.custom(party_id).get(key)
    assert not typed or typed == [None] or stored is not None or kept(crm, field_id)


def test_a_write_that_looked_before_a_change_of_kind_does_not_slip_past_it(
    crm: Company, seller: Actor
) -> None:
    field_id = crm.define("size", "text")
    party_id = crm.party(seller, size='"1"')

    with pytest.raises(Stale), crm.owner.database.unit_of_work(seller) as uow:
        row = uow.require(PARTY, party_id)
        assert uow.definitions.of(PARTY)["size"].kind == "text"
        crm.change(FIELD, field_id, kind="number")
        row.values["custom"] = {"size": '"large"'}

    assert crm.custom(party_id) == {"size": "1"}
