"""Forms per role, and records of a company's own types."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson

from services.kit.actor import Actor
from services.kit.entities import entity
from services.kit.fields.serving import effective_form
from services.kit.records.reading import Reader
from services.kit.records.references import store_foreign
from tests.kit.fields.shaping import PARTY, Company, defining, on_device, wrong
from tests.support.owners import NORTH, SOUTH, create, delete, foreign, update, within

FORM, TYPE, RECORD = "crm.form_layout", "crm.record_type", "crm.custom_record"


def form_field(name: str, **rules: str) -> dict[str, Any]:
    return {"name": name, "labels": {}, "visible": "", "required": "", "read_only": "", **rules}


def layout(*fields: dict[str, Any], **values: Any) -> dict[str, Any]:
    section = {"key": "main", "labels": {"it": "Dati"}, "fields": list(fields)}
    return defining({"entity": PARTY, "name": "Sales", "sections": [section], **values}, FORM)


def give_role(crm: Company, actor: Actor, role_id: str) -> None:
    """Let identity have told that the user has this role."""
    body = orjson.dumps({"role_ids": [role_id]}).decode()
    user = foreign("identity.user", str(actor.user_id), 5)
    with crm.owner.database.engine.begin() as connection:
        store_foreign(connection, user | {"fragments": {"base": body}})
        store_foreign(connection, foreign("identity.role", role_id))


def test_rules_of_a_form_hold_for_its_role_in_the_write_path(crm: Company, seller: Actor) -> None:
    role_id = str(uuid4())
    give_role(crm, seller, role_id)
    other = crm.accesses.give(*crm.accesses.get(seller).grants)
    crm.define("sector", "text")
    old = crm.party(seller)
    made = crm.one(
        crm.admin,
        layout(
            form_field("name"),
            form_field("website", required="true"),
            form_field("custom.sector", required='website = "w"', visible='kind != "person"'),
            form_field("notes", read_only="given(custom.sector)"),
            role_ids=[role_id],
        ),
    )
    assert made.outcome == "applied", wrong(made)

    missing = crm.one(seller, create(PARTY, name="x"))
    conditional = crm.one(seller, create(PARTY, name="x", website="w"))
    hidden = crm.one(seller, create(PARTY, name="x", website="w", kind="person"))
    complete = crm.one(seller, create(PARTY, name="x", website="w", custom={"sector": '"wood"'}))
    read_only = crm.one(seller, update(PARTY, complete.record_id, notes="y"))
    everybody = crm.one(other, create(PARTY, name="x"))
    older = crm.one(seller, update(PARTY, old, name="Verdi"))
    worse = crm.one(seller, update(PARTY, old, website="w"))
    offline = crm.one(on_device(seller), {**create(PARTY, name="x"), "made_at": "2026-01-01T00:00:00Z"})

    assert wrong(missing) == [("website", "REQUIRED")]
    assert wrong(conditional) == [("custom.sector", "REQUIRED")]
    assert [each.outcome for each in (hidden, complete, everybody, older, offline)] == ["applied"] * 5
    assert wrong(read_only) == [("notes", "READ_ONLY")]
    assert wrong(worse) == [("custom.sector", "REQUIRED")]


def test_a_form_that_makes_no_sense_is_refused_with_its_place(crm: Company) -> None:
    crm.define("margin", "number", facet="cost")
    place = "sections[0].fields[0]"
    for field, where, reason in (
        (form_field("nothing"), f"{place}.name", "UNKNOWN_FIELD"),
        (form_field("custom.nothing"), f"{place}.name", "UNKNOWN_FIELD"),
        (form_field("erp_code", required="true"), f"{place}.required", "OUTPUT_ONLY"),
        (form_field("name", required="name"), f"{place}.required", "EXPRESSION_TYPE"),
        (form_field("name", visible="nothing = 1"), f"{place}.visible", "EXPRESSION_NAME_UNKNOWN"),
        (form_field("name", visible="custom.margin > 1"), f"{place}.visible", "FACET_LEAKS"),
        (form_field("name", read_only='"' + "x" * 3000), f"{place}.read_only", "EXPRESSION_TOO_LONG"),
    ):
        assert (where, reason) in wrong(crm.one(crm.admin, layout(field))), field
    twice = crm.one(crm.admin, layout(form_field("name"), form_field("name")))
    assert ("sections[0].fields[1].name", "NOT_UNIQUE") in wrong(twice)
    assert crm.count("form_layout") == 0


def test_the_form_of_a_caller_leaves_out_what_they_do_not_see(
    crm: Company, seller: Actor, manager: Actor
) -> None:
    crm.define("margin", "number", facet="cost")
    gone = crm.define("gone", "text")
    crm.change("crm.field_definition", gone, inactive=True)
    crm.one(
        crm.admin,
        layout(
            form_field("name"), form_field("custom.margin"), form_field("custom.gone"), form_field("erp_code")
        ),
    )
    with crm.owner.database.read() as connection:
        definitions = crm.owner.database.definitions.current(connection)
    found = definitions.layout(PARTY, "", ())

    def names(actor: Actor) -> list[str]:
        form = effective_form(definitions, found, entity(PARTY), "", crm.accesses.get(actor))
        return [field.name for section in form.sections for field in section.fields]

    assert names(seller) == ["name", "erp_code"]
    assert names(manager) == ["name", "custom.margin", "erp_code"]
    plain = effective_form(definitions, None, entity(PARTY), "", crm.accesses.get(seller)).sections[0].fields
    assert {"name", "notes"} <= {field.name for field in plain}
    assert not {"custom.margin", "custom.gone", "private_notes", "state"} & {field.name for field in plain}


def machines(crm: Company, parent_entity: str = PARTY) -> None:
    made = crm.one(
        crm.admin,
        defining(
            {"key": "competitor_machine", "parent_entity": parent_entity, "labels": {"it": "Macchina"}}, TYPE
        ),
    )
    assert made.outcome == "applied", wrong(made)
    crm.define("brand", "text", entity=RECORD, record_type="competitor_machine", required=True)
    crm.define("year", "number", entity=RECORD, record_type="competitor_machine")


def machine(parent_id: str, brand: str, year: str = "2001") -> dict[str, Any]:
    values = {"type": "competitor_machine", "parent_id": parent_id, "name": brand}
    return create(RECORD, **values, custom={"brand": f'"{brand}"', "year": year})


def test_records_of_an_own_type_are_placed_by_their_parent_and_listed(crm: Company, seller: Actor) -> None:
    machines(crm)
    north, south = crm.accesses.give(within(NORTH)), crm.accesses.give(within(SOUTH))
    party_id = crm.one(north, create(PARTY, name="Rossi", territory_id=str(NORTH))).record_id

    made = crm.one(north, machine(party_id, "Amada"))
    crm.one(seller, machine(party_id, "Trumpf", "2019"))
    hidden = crm.one(south, machine(party_id, "Prima"))
    wrong_key = crm.one(
        north, {**machine(party_id, "x"), "fields": {**machine(party_id, "x")["fields"], "custom": {}}}
    )
    no_type = crm.one(north, create(RECORD, type="ghost", parent_id=party_id))

    assert made.outcome == "applied" and made.record is not None
    assert crm.stored(RECORD, made.record_id)["root_id"] is not None  # type: ignore[index]
    assert wrong(hidden) == [("parent_id", "REFERENCE_NOT_FOUND")]
    assert wrong(wrong_key) == [("custom.brand", "REQUIRED")]
    assert wrong(no_type) == [("type", "UNKNOWN_VALUE")]
    of_type = "type = competitor_machine"
    assert crm.listed(north, f"{of_type} AND custom.year < 2010", name=RECORD) == [made.record_id]
    assert len(crm.listed(north, of_type, "custom.brand desc", name=RECORD)) == 2
    assert crm.listed(south, of_type, name=RECORD) == []
    assert wrong(crm.one(seller, delete(PARTY, party_id))) == [("", "HAS_CHILDREN")]


def test_records_under_a_child_follow_it_to_another_root(crm: Company, seller: Actor) -> None:
    machines(crm, "crm.address")
    one, two = crm.party(seller), crm.party(seller)
    address = crm.one(seller, create("crm.address", party_id=one, kind="site", city="Modena")).record_id
    made = crm.one(seller, machine(address, "Amada"))
    assert made.outcome == "applied", wrong(made)

    crm.one(seller, update("crm.address", address, party_id=two))

    assert str(crm.stored(RECORD, made.record_id)["root_id"]) == two  # type: ignore[index]
    assert wrong(crm.one(seller, delete("crm.address", address))) == [("", "HAS_CHILDREN")]


def test_a_record_type_that_nothing_places_is_refused(crm: Company) -> None:
    for values, field, reason in (
        ({"parent_entity": "offers.offer"}, "parent_entity", "UNKNOWN_VALUE"),
        ({"parent_entity": "crm.timeline_visit"}, "parent_entity", "UNKNOWN_VALUE"),
        ({"parent_entity": RECORD}, "parent_entity", "UNKNOWN_VALUE"),
        ({"labels": {}}, "labels", "REQUIRED"),
        ({"key": "Two Words"}, "key", "STRING_PATTERN"),
    ):
        item = defining({"key": "k", "parent_entity": PARTY, "labels": {"it": "K"}, **values}, TYPE)
        assert (field, reason) in wrong(crm.one(crm.admin, item)), values
    assert crm.count("record_type") == 0


def test_a_record_of_an_own_type_is_searched_by_its_name(crm: Company, seller: Actor) -> None:
    machines(crm)
    party_id = crm.party(seller)
    made = crm.one(seller, machine(party_id, "Salvagnini"))

    records, _ = Reader(crm.owner.database).page(crm.accesses.get(seller), entity(RECORD), search="salvag")

    assert [record.id for record in records] == [made.record_id]
