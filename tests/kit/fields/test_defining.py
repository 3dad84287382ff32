"""A field that an administrator adds is there with the next request, in writing and in lists."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from uuid_utils.compat import uuid7

from services.crm.usecases.rules import RULES
from services.kit.actor import Actor
from services.kit.entities import entity
from services.kit.errors import Forbidden, Invalid
from services.kit.records.owner import Owner
from services.kit.records.reading import Reader
from tests.kit.fields.shaping import PARTY, Company, defining, field_values, wrong
from tests.support.owners import create, everything, foreign, update

SECTORS = [
    {"key": "metal", "labels": {"it": "Metallo"}, "retired": False},
    {"key": "wood", "labels": {"it": "Legno"}, "retired": False},
]


def test_a_field_is_accepted_and_found_as_soon_as_it_is_defined(crm: Company, seller: Actor) -> None:
    unknown = crm.one(seller, create(PARTY, name="Bianchi", custom={"machine_hours": "10"}))

    crm.define("machine_hours", "number")
    few, many = crm.party(seller, machine_hours="9.50"), crm.party(seller, machine_hours="1200")
    none = crm.party(seller)

    assert wrong(unknown) == [("custom.machine_hours", "UNKNOWN_FIELD")]
    assert crm.custom(few) == {"machine_hours": "9.5"}
    assert crm.listed(seller, "custom.machine_hours > 100") == [many]
    assert crm.listed(seller, 'custom.machine_hours = ""') == [none]
    assert crm.listed(seller, order_by="custom.machine_hours desc") == [many, few, none]


EVERY_KIND: list[tuple[str, dict[str, Any], str, str]] = [
    ("text", {}, '"red"', "custom.text : re"),
    ("number", {}, "12.5", "custom.number >= 12.50"),
    ("money", {}, '{"amount":"9.00","currency":"EUR"}', 'custom.money = "9 EUR"'),
    ("date", {}, '"2026-03-27"', "custom.date < 2026-03-28"),
    ("time", {}, '"2026-03-27T16:00:00Z"', "custom.time <= 2026-03-27T17:00:00+01:00"),
    ("boolean", {}, "true", "custom.boolean = true"),
    ("choice", {"choices": SECTORS}, '"wood"', "custom.choice = wood"),
    ("multiple_choice", {"choices": SECTORS}, '["metal","wood"]', "custom.multiple_choice : wood"),
]


def test_every_kind_is_stored_in_one_form_and_found_by_a_filter(crm: Company, seller: Actor) -> None:
    for kind, values, _, _ in EVERY_KIND:
        crm.define(kind, kind, **values)
    texts = {kind: text for kind, _, text, _ in EVERY_KIND}

    full, empty = crm.party(seller, **texts), crm.party(seller)

    assert crm.custom(full) == texts
    for kind, _, _, filter_text in EVERY_KIND:
        assert crm.listed(seller, filter_text) == [full], filter_text
        assert crm.listed(seller, f'custom.{kind} != ""' if "multiple" not in kind else filter_text) == [full]
        if "multiple" not in kind:
            assert crm.listed(seller, order_by=f"custom.{kind}") == [empty, full], kind


def test_what_was_typed_before_a_field_was_defined_breaks_no_list(crm: Company, seller: Actor) -> None:
    party_id = crm.party(seller)
    with crm.owner.database.unit_of_work(crm.admin) as uow:
        row = uow.require(PARTY, party_id)
        row.values["custom"] = {"n": '"no number"', "t": '"\\u0000"', "d": '"9999-99-99"', "m": "[]"}
    crm.define("n", "number")
    crm.define("t", "text")
    crm.define("d", "date")
    crm.define("m", "money")

    for filter_text in ("custom.n > 1", "custom.t : x", "custom.d > 2026-01-01 AND custom.m > 1"):
        crm.listed(seller, filter_text)
    assert crm.listed(seller, order_by="custom.n,custom.t,custom.d,custom.m") == [party_id]
    assert crm.listed(seller, "custom.n > 1") == []


def test_a_link_leads_to_a_record_that_its_author_sees(crm: Company, seller: Actor) -> None:
    crm.define("dealer", "link", links_to=PARTY)
    dealer = crm.party(seller)

    linked = crm.party(seller, dealer=f'"{dealer}"')
    nothing = crm.one(seller, create(PARTY, name="x", custom={"dealer": f'"{crm.admin.user_id}"'}))

    assert crm.listed(seller, f"custom.dealer = {dealer}") == [linked]
    assert wrong(nothing) == [("custom.dealer", "REFERENCE_NOT_FOUND")]


def test_a_link_leads_to_users_and_to_others_records_that_its_author_sees(crm: Company) -> None:
    crm.define("coach", "link", links_to="identity.user")
    crm.define("letter", "link", links_to="mail.message")
    reader = crm.accesses.give(*everything("crm", "mail"))
    stranger = crm.accesses.give(*everything("crm"))
    message = str(uuid7())
    of_identity = crm.accesses.fetch
    known = foreign("mail.message", message, owner_id=str(reader.user_id))

    def fetch(entity: str, record_id: str) -> dict[str, Any] | None:
        if entity == "mail.message":
            return known if record_id == message else None
        return of_identity(entity, record_id)

    owner = Company(Owner(crm.owner.database, RULES, crm.accesses, fetch), crm.accesses)
    coached = owner.party(stranger, coach=f'"{reader.user_id}"')
    lettered = owner.party(reader, letter=f'"{message}"')
    nobody, unknown, hidden = (
        wrong(owner.one(actor, create(PARTY, name="x", custom={key: f'"{record_id}"'})))
        for actor, key, record_id in (
            (reader, "coach", str(uuid7())), (reader, "letter", str(uuid7())), (stranger, "letter", message)
        )
    )  # fmt: skip

    assert owner.listed(reader, f"custom.coach = {reader.user_id}") == [coached]
    assert owner.listed(reader, f"custom.letter = {message}") == [lettered]
    assert nobody == [("custom.coach", "REFERENCE_NOT_FOUND")]
    assert unknown == hidden == [("custom.letter", "REFERENCE_NOT_FOUND")]


def test_limits_defaults_and_required_fields_hold_for_new_values_only(crm: Company, seller: Actor) -> None:
    old = crm.party(seller)
    crm.define("rating", "number", minimum="1", maximum="5", required=True, default_value="3.0")
    crm.define("code", "text", pattern="[A-Z]{2}\\d+", maximum="6", required=True)

    refused = crm.one(seller, create(PARTY, name="x", custom={"rating": "6", "code": '"ab1"'}))
    missing = crm.one(seller, create(PARTY, name="x"))
    made = crm.party(seller, code='"AB1"')
    taken = crm.one(seller, update(PARTY, made, custom={"code": None}))
    kept = crm.one(seller, update(PARTY, old, notes="older than the field"))

    assert wrong(refused) == [("custom.code", "PATTERN"), ("custom.rating", "OUT_OF_RANGE")]
    assert wrong(missing) == [("custom.code", "REQUIRED")]
    assert crm.custom(made) == {"code": '"AB1"', "rating": "3"}
    assert wrong(taken) == [("custom.code", "REQUIRED")]
    assert kept.outcome == "applied"


def test_a_field_of_a_facet_is_seen_by_nobody_else_in_any_way(
    crm: Company, seller: Actor, manager: Actor
) -> None:
    crm.define("discount", "number", facet="cost")
    party_id = crm.party(manager, discount="42.42")

    reader = Reader(crm.owner.database)
    shown = reader.get(crm.accesses.get(manager), entity(PARTY), party_id).fragments
    hidden = reader.get(crm.accesses.get(seller), entity(PARTY), party_id).fragments
    written = crm.one(seller, update(PARTY, party_id, custom={"discount": "1"}))
    renamed = crm.one(seller, update(PARTY, party_id, name="Verdi"))

    assert orjson.loads(shown["cost"])["custom"] == {"discount": "42.42"}
    assert not any("42.42" in text for text in hidden.values())
    assert wrong(written) == [("custom.discount", "FACET_NOT_GRANTED")]
    assert renamed.record is not None and not any("42.42" in t for t in renamed.record.fragments.values())
    assert crm.custom(party_id) == {"discount": "42.42"}
    assert crm.listed(manager, "custom.discount > 1", "custom.discount") == [party_id]
    for question in ({"filter_text": "custom.discount > 1"}, {"order_by": "custom.discount"}):
        with pytest.raises(Forbidden):
            crm.listed(seller, **question)
    base = [r["fragments"]["base"] for e in crm.events() for r in e["data"]["records"]]
    assert not any("42.42" in text for text in base)


def test_a_value_of_a_facet_that_is_taken_away_is_gone_for_its_readers(crm: Company, manager: Actor) -> None:
    crm.define("discount", "number", facet="cost")
    party_id = crm.party(manager, discount="5")

    crm.one(manager, update(PARTY, party_id, custom={"discount": None}))

    last = crm.events()[-1]["data"]["records"][0]
    assert orjson.loads(last["fragments"]["cost"])["custom"] == {}


def test_only_who_administers_forms_defines(crm: Company, seller: Actor) -> None:
    reader = crm.accesses.give(*everything("crm"), everything("forms")[0])
    refused = crm.one(seller, defining(field_values("x", "text")))
    allowed = crm.one(reader, defining(field_values("x", "text")))

    assert wrong(refused) == [("", "NOT_GRANTED")]
    assert allowed.outcome == "applied"


def test_a_group_is_judged_by_what_was_defined_before_it(crm: Company) -> None:
    both = crm.accesses.give(*everything("crm", "forms"))
    items = [
        defining(field_values("size", "number")),
        create(PARTY, name="Rossi", custom={"size": "3"}),
    ]

    decisions = crm.apply(both, *({**item, "group": "g"} for item in items))

    assert [decision.outcome for decision in decisions] == ["refused", "refused"]
    assert crm.count("field_definition") == 0


HOSTILE_DEFINITIONS: list[tuple[dict[str, Any], str, str]] = [
    ({"key": "Bad Key"}, "key", "STRING_PATTERN"),
    ({"key": ""}, "key", "REQUIRED"),
    ({"labels": {}}, "labels", "REQUIRED"),
    ({"labels": {"italiano": "x"}}, "labels", "UNKNOWN_VALUE"),
    ({"labels": {"it": "x" * 201}}, "labels", "TOO_LONG"),
    ({"entity": "offers.offer"}, "entity", "UNKNOWN_VALUE"),
    ({"entity": "crm.nothing"}, "entity", "UNKNOWN_VALUE"),
    ({"entity": "crm.field_definition"}, "entity", "UNKNOWN_VALUE"),
    ({"record_type": "machine"}, "record_type", "UNKNOWN_VALUE"),
    ({"entity": "crm.custom_record", "record_type": "ghost"}, "record_type", "UNKNOWN_VALUE"),
    ({"facet": "secret"}, "facet", "UNKNOWN_VALUE"),
    ({"kind": "attachment"}, "kind", "UNKNOWN_VALUE"),
    ({"kind": "choice"}, "choices", "REQUIRED"),
    ({"kind": "choice", "choices": [SECTORS[0], SECTORS[0]]}, "choices", "NOT_UNIQUE"),
    ({"kind": "link", "links_to": "crm.nothing"}, "links_to", "UNKNOWN_VALUE"),
    ({"kind": "link", "links_to": "crm.form_layout"}, "links_to", "UNKNOWN_VALUE"),
    ({"kind": "number", "minimum": "ten"}, "minimum", "INVALID_BOUND"),
    ({"kind": "number", "minimum": "9", "maximum": "1"}, "maximum", "INVALID_BOUND"),
    ({"kind": "boolean", "maximum": "1"}, "maximum", "INVALID_BOUND"),
    ({"pattern": "(a+)+$"}, "pattern", "PATTERN_SYNTAX"),
    ({"pattern": "a{999}"}, "pattern", "PATTERN_TOO_LONG"),
    ({"kind": "number", "pattern": "a"}, "pattern", "PATTERN_SYNTAX"),
    ({"kind": "number", "default_value": '"ten"'}, "default_value", "WRONG_TYPE"),
    ({"kind": "number", "default_value": "{"}, "default_value", "INVALID_JSON_TEXT"),
    ({"kind": "number", "default_value": "9", "maximum": "5"}, "default_value", "OUT_OF_RANGE"),
    ({"kind": "number", "default_value": "9", "facet": "cost"}, "default_value", "FACET_LEAKS"),
    ({"formula": "1 + 1"}, "formula", "FORMULA_NOT_EXPECTED"),
    ({"kind": "formula", "formula": ""}, "formula", "EXPRESSION_SYNTAX"),
    ({"kind": "formula", "formula": "name +"}, "formula", "EXPRESSION_SYNTAX"),
    ({"kind": "formula", "formula": "name * 2"}, "formula", "EXPRESSION_TYPE"),
    ({"kind": "formula", "formula": "nothing"}, "formula", "EXPRESSION_NAME_UNKNOWN"),
    ({"kind": "formula", "formula": "__import__(name)"}, "formula", "EXPRESSION_FUNCTION_UNKNOWN"),
    ({"kind": "formula", "formula": "().__class__"}, "formula", "EXPRESSION_SYNTAX"),
    ({"kind": "formula", "formula": "(" * 200 + "1"}, "formula", "EXPRESSION_TOO_DEEP"),
    ({"kind": "formula", "formula": "1+" * 500 + "1"}, "formula", "EXPRESSION_TOO_LONG"),
    ({"kind": "formula", "formula": "9" * 19}, "formula", "EXPRESSION_NUMBER"),
    ({"kind": "formula", "formula": "round(1, 2, 3)"}, "formula", "EXPRESSION_ARGUMENTS"),
    ({"kind": "formula", "formula": "roles"}, "formula", "EXPRESSION_TYPE"),
    ({"kind": "formula", "formula": "1", "required": True}, "required", "OUTPUT_ONLY"),
    ({"kind": "formula", "formula": "length(private_notes)"}, "formula", "FACET_LEAKS"),
    ({"kind": "formula", "formula": "custom.k + 1"}, "formula", "EXPRESSION_NAME_UNKNOWN"),
    ({"result": "number"}, "result", "OUTPUT_ONLY"),
]


def test_a_hostile_definition_is_refused_with_its_place_and_changes_nothing(crm: Company) -> None:
    for values, field, reason in HOSTILE_DEFINITIONS:
        definition = {**field_values("k", "text"), **values}

        decision = crm.one(crm.admin, defining(definition))

        assert (field, reason) in wrong(decision), (values, wrong(decision))
        assert decision.error is not None and all(each.detail for each in decision.error.violations), values
    assert crm.count("field_definition") == 0 and not crm.events()


HOSTILE_VALUES: list[tuple[str, str, str]] = [
    ("number", '"12"', "WRONG_TYPE"),
    ("number", "NaN", "INVALID_JSON_TEXT"),
    ("number", "1e99", "OUT_OF_RANGE"),
    ("number", "0.1234567890123", "INVALID_DECIMAL"),
    ("number", "true", "WRONG_TYPE"),
    ("money", "12", "WRONG_TYPE"),
    ("money", '{"amount":"1.005","currency":"EUR"}', "MONEY_TOO_FINE"),
    ("money", '{"amount":"1","currency":"LIT"}', "CURRENCY_UNKNOWN"),
    ("money", '{"amount":"1","amount":"2","currency":"EUR"}', "INVALID_JSON_TEXT"),
    ("text", "12", "WRONG_TYPE"),
    ("text", '"\\u0000"', "CONTROL_CHARACTER"),
    ("text", '"' + "x" * 10_001 + '"', "TOO_LONG"),
    ("text", "[" * 30_000, "INVALID_JSON_TEXT"),
    ("date", '"2026-02-30"', "INVALID_DATE"),
    ("date", '"２０２６-01-01"', "INVALID_DATE"),
    ("time", '"2026-01-01"', "INVALID_TIME"),
    ("boolean", "1", "WRONG_TYPE"),
    ("choice", '"stone"', "UNKNOWN_VALUE"),
    ("multiple_choice", '"wood"', "WRONG_TYPE"),
    ("multiple_choice", '["wood","stone"]', "UNKNOWN_VALUE"),
    ("link", '"no id"', "INVALID_ID"),
]


def test_a_hostile_value_is_refused_with_its_place_and_changes_nothing(crm: Company, seller: Actor) -> None:
    for kind in sorted({kind for kind, _, _ in HOSTILE_VALUES}):
        choices = SECTORS if "choice" in kind else []
        crm.define(kind, kind, choices=choices, links_to=PARTY if kind == "link" else "")
    party_id = crm.party(seller)
    before = crm.stored(PARTY, party_id)

    for kind, text, reason in HOSTILE_VALUES:
        decision = crm.one(seller, update(PARTY, party_id, custom={kind: text}))

        assert decision.outcome == "refused", (kind, text)
        assert wrong(decision) == [(f"custom.{kind}", reason)], (kind, text)
    assert crm.stored(PARTY, party_id) == before


def test_a_question_that_makes_no_sense_is_refused(crm: Company, seller: Actor) -> None:
    crm.define("n", "number")
    crm.define("c", "choice", choices=SECTORS)
    crm.define("m", "multiple_choice", choices=SECTORS)

    for question in (
        {"filter_text": "custom.nothing = 1"},
        {"filter_text": "custom.n = red"},
        {"filter_text": "custom.n : 1"},
        {"filter_text": "custom.c > wood"},
        {"filter_text": "custom.c = stone"},
        {"filter_text": "custom. = 1"},
        {"order_by": "custom.nothing"},
        {"order_by": "custom.m"},
    ):
        with pytest.raises(Invalid):
            crm.listed(seller, **question)
