"""What no party, address, contact point or relationship may become: each input, the error that it gets,
nothing changed.
"""

from __future__ import annotations

from typing import Any

import pytest
from uuid_utils.compat import uuid7

from services.kit.actor import Actor
from services.kit.permissions import Grant
from tests.crm.parties import everything_stored, party, person, reasons, related
from tests.support.owners import NORTH, SOUTH, OwnerUnderTest, create, delete, everything, update, within

#: What is tried, on which records ("firm", "anna", …: those of `World`), and the reason that its author
#: reads.
PARTY, POINT, ADDRESS, RELATIONSHIP = "crm.party", "crm.contact_point", "crm.address", "crm.relationship"
Case = tuple[str, str, dict[str, Any], str]
CREATES: list[Case] = [
    ("a party without a name", PARTY, {"name": ""}, "REQUIRED"),
    ("a name of 201 characters", PARTY, {"name": "x" * 201}, "TOO_LONG"),
    ("a zero byte", PARTY, {"name": "a\x00b"}, "CONTROL_CHARACTER"),
    ("a number for a name", PARTY, {"name": 7}, "WRONG_TYPE"),
    ("an unknown kind", PARTY, {"name": "x", "kind": "robot"}, "UNKNOWN_VALUE"),
    ("an unknown role", PARTY, {"name": "x", "roles": ["king"]}, "UNKNOWN_VALUE"),
    (
        "a VAT number with a wrong digit",
        PARTY,
        {"name": "x", "vat_number": "00159560367"},
        "INVALID_VAT_NUMBER",
    ),
    ("a VAT number of letters", PARTY, {"name": "x", "vat_number": "';drop table"}, "INVALID_VAT_NUMBER"),
    (
        "a tax code with a wrong character",
        PARTY,
        {"name": "x", "tax_code": "RSSMRA85T10A562T"},
        "INVALID_TAX_CODE",
    ),
    ("an SDI code of five characters", PARTY, {"name": "x", "sdi_code": "ABCDE"}, "INVALID_SDI_CODE"),
    ("a PEC without a domain", PARTY, {"name": "x", "pec": "rossi@"}, "INVALID_EMAIL"),
    ("a country of three letters", PARTY, {"name": "x", "country": "ITA"}, "INVALID_COUNTRY"),
    ("a state of one's own", PARTY, {"name": "x", "state": "customer"}, "OUTPUT_ONLY"),
    ("an ERP code of one's own", PARTY, {"name": "x", "erp_code": "1"}, "OUTPUT_ONLY"),
    ("a merge by hand", PARTY, {"name": "x", "merged_into_id": "firm"}, "OUTPUT_ONLY"),
    ("an unknown field", PARTY, {"name": "x", "admin": True}, "UNKNOWN_FIELD"),
    ("another territory's party", PARTY, {"name": "x", "territory_id": str(SOUTH)}, "NOT_GRANTED"),
    ("an unknown territory", PARTY, {"name": "x", "territory_id": str(uuid7())}, "REFERENCE_NOT_FOUND"),
    ("an unknown owner", PARTY, {"name": "x", "owner_id": str(uuid7())}, "REFERENCE_NOT_FOUND"),
    ("a facet that is not granted", PARTY, {"name": "x", "private_notes": "s"}, "FACET_NOT_GRANTED"),
    ("a company with a surname", PARTY, {"name": "x", "family_name": "Rossi"}, "NAMES_OF_A_PERSON"),
    ("a surname of 101", PARTY, {"kind": "person", "family_name": "x" * 101}, "TOO_LONG"),
    ("an address of nobody", ADDRESS, {"city": "Schio"}, "REQUIRED"),
    ("an address of a party that is not seen", ADDRESS, {"party_id": "south"}, "REFERENCE_NOT_FOUND"),
    ("an address of what is no party", ADDRESS, {"party_id": "site"}, "REFERENCE_NOT_FOUND"),
    ("an address in no country", ADDRESS, {"party_id": "firm", "country": "??"}, "INVALID_COUNTRY"),
    (
        "a primary that is neither yes nor no",
        ADDRESS,
        {"party_id": "firm", "primary": "yes"},
        "WRONG_TYPE",
    ),
    (
        "an e-mail of two",
        POINT,
        {"party_id": "firm", "kind": "email", "value": "a@b.it,c@d.it"},
        "INVALID_EMAIL",
    ),
    ("a phone of letters", POINT, {"party_id": "firm", "kind": "phone", "value": "call me"}, "INVALID_PHONE"),
    ("a phone of nobody", POINT, {"kind": "phone", "value": "045 1234567"}, "REQUIRED"),
    ("a contact without a kind", POINT, {"party_id": "firm", "value": "a@b.it"}, "REQUIRED"),
    (
        "a relationship with itself",
        RELATIONSHIP,
        {"party_id": "firm", "other_id": "firm"},
        "RELATIONSHIP_WITH_ITSELF",
    ),
    ("a relationship with nobody", RELATIONSHIP, {"party_id": "firm"}, "REQUIRED"),
    ("with who is not seen", RELATIONSHIP, {"party_id": "firm", "other_id": "south"}, "REFERENCE_NOT_FOUND"),
    ("of no kind", RELATIONSHIP, {"party_id": "firm", "other_id": "top", "kind": "unspecified"}, "REQUIRED"),
    (
        "of an unknown kind",
        RELATIONSHIP,
        {"party_id": "firm", "other_id": "top", "kind": "owns"},
        "UNKNOWN_VALUE",
    ),
    (
        "a company that works at a person",
        RELATIONSHIP,
        {"party_id": "firm", "other_id": "anna", "kind": "works_at"},
        "PARTY_KIND_DOES_NOT_FIT",
    ),
    (
        "a person as a subsidiary",
        RELATIONSHIP,
        {"party_id": "anna", "other_id": "firm", "kind": "subsidiary_of"},
        "PARTY_KIND_DOES_NOT_FIT",
    ),
    (
        "the same again",
        RELATIONSHIP,
        {"party_id": "anna", "other_id": "firm", "kind": "works_at"},
        "RELATIONSHIP_TWICE",
    ),
    ("a second parent", RELATIONSHIP, {"party_id": "firm", "other_id": "loose"}, "TWO_PARENTS"),
    ("a circle", RELATIONSHIP, {"party_id": "top", "other_id": "firm"}, "HIERARCHY_CIRCLE"),
    (
        "an end before the start",
        RELATIONSHIP,
        {"party_id": "loose", "other_id": "top", "since": "2026-02-01", "until": "2026-01-31"},
        "ENDS_BEFORE_START",
    ),
    (
        "a day that is none",
        RELATIONSHIP,
        {"party_id": "loose", "other_id": "top", "since": "2026-02-30"},
        "INVALID_DATE",
    ),
]
UPDATES: list[Case] = [
    ("a company becomes a person", "firm", {"kind": "person"}, "RELATIONSHIPS_DO_NOT_FIT"),
    ("a person becomes a company", "anna", {"kind": "company"}, "NAMES_OF_A_PERSON"),
    ("a person's whole name alone", "anna", {"name": "Carla"}, "NAME_FOLLOWS_FROM_PARTS"),
    ("a party loses its name", "firm", {"name": ""}, "REQUIRED"),
    ("a relationship changes its kind", "works", {"kind": "agent_of"}, "IMMUTABLE"),
    ("a relationship changes its other end", "works", {"other_id": "top"}, "IMMUTABLE"),
    ("a site goes to who is not seen", "site", {"party_id": "south"}, "REFERENCE_NOT_FOUND"),
    ("a party that is not seen", "south", {"name": "x"}, "RECORD_NOT_FOUND"),
    ("a party that may only be read", "read_only", {"name": "x"}, "NOT_GRANTED"),
]


class World:
    """A group of two companies with a site and a person, one beside, one in another territory."""

    def __init__(self, crm: OwnerUnderTest) -> None:
        self.crm = crm
        insider = crm.accesses.give(*everything("crm", facets=("private",)))
        north = {"territory_id": str(NORTH)}
        self.ids = {
            "firm": party(crm, insider, **north),
            "top": party(crm, insider, **north),
            "loose": party(crm, insider, **north),
            "anna": person(crm, insider, **north),
            "south": party(crm, insider, territory_id=str(SOUTH)),
            "read_only": party(crm, insider),
        }
        ids = self.ids
        ids["works"] = related(crm, insider, ids["anna"], "works_at", ids["firm"])
        related(crm, insider, ids["firm"], "subsidiary_of", ids["top"])
        site = create(ADDRESS, party_id=ids["firm"], kind="site", city="Schio")
        assert crm.one(insider, site).outcome == "applied"
        ids["site"] = site["record_id"]
        reading = Grant("crm", frozenset({"read"}), everything("crm")[0].scopes)
        self.user: Actor = crm.accesses.give(within(NORTH))
        self.reader: Actor = crm.accesses.give(within(NORTH), reading)

    def named(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {
            name: self.ids.get(value, value) if isinstance(value, str) else value
            for name, value in fields.items()
        }

    def entity_of(self, name: str) -> str:
        return {"works": RELATIONSHIP, "site": ADDRESS}.get(name, PARTY)


@pytest.fixture
def world(crm: OwnerUnderTest) -> World:
    return World(crm)


def test_nothing_comes_of_what_makes_no_sense(world: World) -> None:
    """One world for all of them: what is refused leaves it as it was for the next."""
    before = everything_stored(world.crm)
    for what, name, fields, reason in CREATES:
        wanted = world.named(fields)
        if name == RELATIONSHIP:
            wanted = {"kind": "subsidiary_of", **wanted}
        if name == PARTY:
            wanted = {"territory_id": str(NORTH), **wanted}
        assert reason in reasons(world.crm.one(world.user, create(name, **wanted))), what
        assert everything_stored(world.crm) == before, what


def test_nothing_becomes_what_makes_no_sense(world: World) -> None:
    before = everything_stored(world.crm)
    for what, name, fields, reason in UPDATES:
        user = world.reader if name == "read_only" else world.user
        item = update(world.entity_of(name), world.ids[name], **world.named(fields))
        assert reason in reasons(world.crm.one(user, item)), what
        assert everything_stored(world.crm) == before, what


@pytest.mark.parametrize(
    ("name", "reason"),
    [("firm", "PARTY_IS_NAMED"), ("anna", "HAS_CHILDREN"), ("south", "RECORD_NOT_FOUND")],
)
def test_nothing_that_others_need_is_deleted(world: World, name: str, reason: str) -> None:
    before = everything_stored(world.crm)
    assert reasons(world.crm.one(world.user, delete(PARTY, world.ids[name]))) == [reason]
    assert everything_stored(world.crm) == before
