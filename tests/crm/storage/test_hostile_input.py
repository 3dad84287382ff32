"""Hostile input to the CRM: what is sent, the status and the error that its author gets, and nothing changed.

One table of what clients send and files bring; deeper ones of their own have activities, opportunities,
series and reminders in their tests. A status is that of HTTP, of a file the exit status of `sales import`.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from typer.testing import CliRunner

from gateway.api.problems import status_of
from gateway.importing import console, tables
from gateway.importing.server import Server
from services.crm.usecases.rules import RULES
from services.kit.database import Database
from services.kit.records.owner import Owner
from tests.crm.agenda import utc
from tests.crm.hostile import World
from tests.crm.parties import command
from tests.importing.test_sending import PlayedGateway
from tests.support.owners import NORTH, SOUTH, Accesses, OwnerUnderTest, create, delete, update

PARTY, POINT, ADDRESS, RELATIONSHIP = "crm.party", "crm.contact_point", "crm.address", "crm.relationship"
ACTIVITY, EXPENSE, REMINDER = "crm.activity", "crm.expense", "crm.reminder"
OPPORTUNITY, HANDOVER = "crm.opportunity", "crm.handover"
NOBODY: Final = "0190a000-0000-7000-8000-00000000dead"
VISIT: Final[dict[str, Any]] = {
    "party_id": "@firm",
    "kind": "visit",
    "subject": "Visita",
    "starts_at": utc("2036-03-25T09:00"),
    "ends_at": utc("2036-03-25T10:00"),
}
HANDED: Final[dict[str, Any]] = {
    "from_owner_id": "@leaver",
    "to_owner_id": "@user",
    "only_territory_id": str(NORTH),
}
#: What a file of the import may unpack to here; a gibibyte is beyond it as it is in life.
LARGEST: Final = 1024**2


@dataclass(frozen=True, slots=True)
class Sent:
    """What is sent: what is done to which kind of record, or record of `World`; `@firm` is that one's id."""

    does: str
    target: str
    values: dict[str, Any] = field(default_factory=dict)
    verb: str = ""
    #: Of a file; a number: so many zeros.
    content: bytes | int = b""


def new(entity: str, /, **fields: Any) -> Sent:
    return Sent("create", entity, fields)


def changed(name: str, /, **fields: Any) -> Sent:
    return Sent("update", name, fields)


def gone(name: str) -> Sent:
    return Sent("delete", name)


def told(name: str, verb: str, /, **request: Any) -> Sent:
    return Sent("command", name, request, verb)


def file(name: str, content: bytes | int) -> Sent:
    return Sent("file", name, content=content)


def packed(sheet: bytes) -> bytes:
    """A workbook with this for its sheet."""
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return book.getvalue()


def lying(book: bytes) -> bytes:
    """The same, said to unpack to ten bytes."""
    at = book.rindex(b"PK\x01\x02") + 24
    return book[:at] + struct.pack("<I", 10) + book[at + 4 :]


Row = tuple[str, Sent, int, str]


ROWS: list[Row] = [
    # Parties
    ("a party without a name", new(PARTY, name=""), 400, "name REQUIRED"),
    ("a name of 201 characters", new(PARTY, name="x" * 201), 400, "name TOO_LONG"),
    ("a zero byte", new(PARTY, name="a\x00b"), 400, "name CONTROL_CHARACTER"),
    ("a number for a name", new(PARTY, name=7), 400, "name WRONG_TYPE"),
    ("a list for a name", new(PARTY, name=["x"]), 400, "name WRONG_TYPE"),
    ("an unknown kind", new(PARTY, name="x", kind="robot"), 400, "kind UNKNOWN_VALUE"),
    ("an unknown role", new(PARTY, name="x", roles=["king"]), 400, "roles UNKNOWN_VALUE"),
    (
        "a VAT number with a wrong digit",
        new(PARTY, name="x", vat_number="00159560367"),
        400,
        "vat_number INVALID_VAT_NUMBER",
    ),
    (
        "a VAT number of SQL",
        new(PARTY, name="x", vat_number="';drop table"),
        400,
        "vat_number INVALID_VAT_NUMBER",
    ),
    (
        "a tax code with a wrong character",
        new(PARTY, name="x", tax_code="RSSMRA85T10A562T"),
        400,
        "tax_code INVALID_TAX_CODE",
    ),
    (
        "an SDI code of five characters",
        new(PARTY, name="x", sdi_code="ABCDE"),
        400,
        "sdi_code INVALID_SDI_CODE",
    ),
    ("a PEC without a domain", new(PARTY, name="x", pec="rossi@"), 400, "pec INVALID_EMAIL"),
    ("a country of three letters", new(PARTY, name="x", country="ITA"), 400, "country INVALID_COUNTRY"),
    ("a state of one's own", new(PARTY, name="x", state="customer"), 400, "state OUTPUT_ONLY"),
    ("an ERP code of one's own", new(PARTY, name="x", erp_code="1"), 400, "erp_code OUTPUT_ONLY"),
    ("a merge by hand", new(PARTY, name="x", merged_into_id="@firm"), 400, "merged_into_id OUTPUT_ONLY"),
    ("an unknown field", new(PARTY, name="x", admin=True), 400, "admin UNKNOWN_FIELD"),
    ("another territory's party", new(PARTY, name="x", territory_id=str(SOUTH)), 403, "NOT_GRANTED"),
    (
        "an unknown territory",
        new(PARTY, name="x", territory_id=NOBODY),
        400,
        "territory_id REFERENCE_NOT_FOUND",
    ),
    ("an unknown owner", new(PARTY, name="x", owner_id=NOBODY), 400, "owner_id REFERENCE_NOT_FOUND"),
    (
        "a facet that is not granted",
        new(PARTY, name="x", private_notes="s"),
        403,
        "private_notes FACET_NOT_GRANTED",
    ),
    (
        "an unknown custom field",
        new(PARTY, name="x", custom={"power": "1"}),
        400,
        "custom.power UNKNOWN_FIELD",
    ),
    (
        "a company with a surname",
        new(PARTY, name="x", family_name="Rossi"),
        400,
        "family_name NAMES_OF_A_PERSON",
    ),
    (
        "a surname of 101 characters",
        new(PARTY, kind="person", family_name="x" * 101),
        400,
        "family_name TOO_LONG",
    ),
    ("a company becomes a person", changed("firm", kind="person"), 409, "RELATIONSHIPS_DO_NOT_FIT"),
    ("a person becomes a company", changed("anna", kind="company"), 400, "given_name NAMES_OF_A_PERSON"),
    ("a person's whole name alone", changed("anna", name="Carla"), 400, "name NAME_FOLLOWS_FROM_PARTS"),
    ("a party loses its name", changed("firm", name=""), 400, "name REQUIRED"),
    ("a party that is not seen", changed("south", name="x"), 404, "RECORD_NOT_FOUND"),
    ("a party that may only be read", changed("read_only", name="x"), 403, "NOT_GRANTED"),
    ("a party that others' relationships name", gone("firm"), 409, "PARTY_IS_NAMED"),
    ("a party with something under it", gone("anna"), 409, "HAS_CHILDREN"),
    ("a party that is not seen, deleted", gone("south"), 404, "RECORD_NOT_FOUND"),
    ("a customer of the ERP becomes a prospect", told("in_erp_1", "qualify"), 409, "WRONG_STATE"),
    (
        "a reason of 501 characters",
        told("firm", "deactivate", reason="x" * 501),
        400,
        "request.reason TOO_LONG",
    ),
    # Addresses and contact points
    ("an address of nobody", new(ADDRESS, city="Schio"), 400, "party_id REQUIRED"),
    (
        "an address of a party that is not seen",
        new(ADDRESS, party_id="@south"),
        400,
        "party_id REFERENCE_NOT_FOUND",
    ),
    ("an address of what is no party", new(ADDRESS, party_id="@site"), 400, "party_id REFERENCE_NOT_FOUND"),
    (
        "an address in no country",
        new(ADDRESS, party_id="@firm", country="??"),
        400,
        "country INVALID_COUNTRY",
    ),
    (
        "a primary that is neither yes nor no",
        new(ADDRESS, party_id="@firm", primary="yes"),
        400,
        "primary WRONG_TYPE",
    ),
    (
        "a site goes to who is not seen",
        changed("site", party_id="@south"),
        400,
        "party_id REFERENCE_NOT_FOUND",
    ),
    (
        "an e-mail of two",
        new(POINT, party_id="@firm", kind="email", value="a@b.it,c@d.it"),
        400,
        "value INVALID_EMAIL",
    ),
    (
        "an e-mail that begins a header",
        new(POINT, party_id="@firm", kind="email", value="a@b.it\r\nBcc: c@d.it"),
        400,
        "value INVALID_EMAIL",
    ),
    (
        "a phone of letters",
        new(POINT, party_id="@firm", kind="phone", value="call me"),
        400,
        "value INVALID_PHONE",
    ),
    ("a phone of nobody", new(POINT, kind="phone", value="045 1234567"), 400, "party_id REQUIRED"),
    ("a contact without a kind", new(POINT, party_id="@firm", value="a@b.it"), 400, "kind REQUIRED"),
    ("a number becomes nothing", changed("mail", value=""), 400, "value REQUIRED"),
    # Relationships
    (
        "a relationship with itself",
        new(RELATIONSHIP, party_id="@firm", other_id="@firm", kind="subsidiary_of"),
        400,
        "other_id RELATIONSHIP_WITH_ITSELF",
    ),
    (
        "a relationship with nobody",
        new(RELATIONSHIP, party_id="@firm", kind="subsidiary_of"),
        400,
        "other_id REQUIRED",
    ),
    (
        "with who is not seen",
        new(RELATIONSHIP, party_id="@firm", other_id="@south", kind="subsidiary_of"),
        400,
        "other_id REFERENCE_NOT_FOUND",
    ),
    (
        "of no kind",
        new(RELATIONSHIP, party_id="@firm", other_id="@top", kind="unspecified"),
        400,
        "kind REQUIRED",
    ),
    (
        "of an unknown kind",
        new(RELATIONSHIP, party_id="@firm", other_id="@top", kind="owns"),
        400,
        "kind UNKNOWN_VALUE",
    ),
    (
        "a company that works at a person",
        new(RELATIONSHIP, party_id="@firm", other_id="@anna", kind="works_at"),
        400,
        "party_id PARTY_KIND_DOES_NOT_FIT, other_id PARTY_KIND_DOES_NOT_FIT",
    ),
    (
        "a person as a subsidiary",
        new(RELATIONSHIP, party_id="@anna", other_id="@firm", kind="subsidiary_of"),
        400,
        "party_id PARTY_KIND_DOES_NOT_FIT",
    ),
    (
        "the same again",
        new(RELATIONSHIP, party_id="@anna", other_id="@firm", kind="works_at"),
        400,
        "other_id RELATIONSHIP_TWICE",
    ),
    (
        "a second parent",
        new(RELATIONSHIP, party_id="@firm", other_id="@loose", kind="subsidiary_of"),
        400,
        "other_id TWO_PARENTS",
    ),
    (
        "a circle",
        new(RELATIONSHIP, party_id="@top", other_id="@firm", kind="subsidiary_of"),
        409,
        "HIERARCHY_CIRCLE",
    ),
    (
        "an end before the start",
        new(
            RELATIONSHIP,
            party_id="@loose",
            other_id="@top",
            kind="subsidiary_of",
            since="2026-02-01",
            until="2026-01-31",
        ),
        400,
        "until ENDS_BEFORE_START",
    ),
    (
        "a day that is none",
        new(RELATIONSHIP, party_id="@loose", other_id="@top", kind="subsidiary_of", since="2026-02-30"),
        400,
        "since INVALID_DATE",
    ),
    ("a relationship changes its kind", changed("works", kind="agent_of"), 400, "kind IMMUTABLE"),
    ("a relationship changes its other end", changed("works", other_id="@top"), 400, "other_id IMMUTABLE"),
    # Activities and expenses
    ("an activity without a subject", new(ACTIVITY, **VISIT | {"subject": ""}), 400, "subject REQUIRED"),
    ("an unknown kind of activity", new(ACTIVITY, **VISIT | {"kind": "orbit"}), 400, "kind UNKNOWN_VALUE"),
    (
        "with who is not seen",
        new(ACTIVITY, **VISIT | {"party_id": "@south"}),
        400,
        "party_id REFERENCE_NOT_FOUND",
    ),
    (
        "an end before the start",
        new(ACTIVITY, **VISIT | {"ends_at": utc("2036-03-25T08:59")}),
        400,
        "ends_at ENDS_BEFORE_START",
    ),
    ("a time and a day", new(ACTIVITY, **VISIT | {"starts_on": "2036-03-25"}), 400, "starts_on TIMES_MIXED"),
    (
        "the year one",
        new(ACTIVITY, **VISIT | {"starts_at": "0001-01-01T00:00:00Z"}),
        400,
        "starts_at OUT_OF_RANGE",
    ),
    (
        "a moment that is none",
        new(ACTIVITY, **VISIT | {"starts_at": "2036-02-30T10:00:00Z"}),
        400,
        "starts_at INVALID_TIME",
    ),
    (
        "a time zone that is a path",
        new(ACTIVITY, **VISIT | {"time_zone": "../../etc/passwd"}),
        400,
        "time_zone UNKNOWN_TIME_ZONE",
    ),
    ("minutes below zero", new(ACTIVITY, **VISIT | {"minutes": -1}), 400, "minutes INT32_GTE_LTE"),
    ("kilometres as 1e3", new(ACTIVITY, **VISIT | {"kilometres": "1e3"}), 400, "kilometres INVALID_DECIMAL"),
    (
        "an unknown participant",
        new(ACTIVITY, **VISIT | {"participant_ids": [NOBODY]}),
        400,
        "participant_ids REFERENCE_NOT_FOUND",
    ),
    (
        "a guest without an address",
        new(ACTIVITY, **VISIT | {"participant_addresses": ["nobody"]}),
        400,
        "participant_addresses INVALID_EMAIL",
    ),
    ("done by hand", changed("visit", state="done"), 400, "state OUTPUT_ONLY"),
    ("done twice", told("done", "complete", outcome="Fatto"), 409, "WRONG_STATE"),
    (
        "an outcome that there is not",
        told("visit", "complete", outcome_id=NOBODY),
        400,
        "request.outcome_id REFERENCE_NOT_FOUND",
    ),
    ("an unknown command", told("visit", "explode"), 400, "command UNKNOWN_VALUE"),
    (
        "an expense of nothing",
        new(EXPENSE, kind="toll", activity_id="@done", amount="0"),
        400,
        "amount NOT_POSITIVE",
    ),
    (
        "an expense that is no number",
        new(EXPENSE, kind="toll", activity_id="@done", amount="NaN"),
        400,
        "amount INVALID_DECIMAL",
    ),
    (
        "an expense in lire",
        new(EXPENSE, kind="toll", activity_id="@done", amount="1", currency="LIT"),
        400,
        "currency CURRENCY_UNKNOWN",
    ),
    (
        "an expense of what there is not",
        new(EXPENSE, kind="toll", activity_id=NOBODY, amount="10"),
        400,
        "activity_id REFERENCE_NOT_FOUND",
    ),
    # Recurrence rules
    (
        "every second",
        new(ACTIVITY, **VISIT | {"recurrence": "FREQ=SECONDLY"}),
        400,
        "recurrence RECURRENCE_TOO_FREQUENT",
    ),
    (
        "a rule that is not kept",
        new(ACTIVITY, **VISIT | {"recurrence": "FREQ=DAILY;BYHOUR=1"}),
        400,
        "recurrence RECURRENCE_UNSUPPORTED",
    ),
    (
        "a rule of nonsense",
        new(ACTIVITY, **VISIT | {"recurrence": "FREQ=;;=COUNT"}),
        400,
        "recurrence INVALID_RECURRENCE",
    ),
    (
        "99,999 times",
        new(ACTIVITY, **VISIT | {"recurrence": "FREQ=DAILY;COUNT=99999"}),
        400,
        "recurrence INVALID_RECURRENCE",
    ),
    (
        "a rule of 100,000 characters",
        new(ACTIVITY, **VISIT | {"recurrence": "FREQ=DAILY;BYDAY=" + "MO," * 33_000}),
        400,
        "recurrence INVALID_RECURRENCE",
    ),
    (
        "30 February",
        new(ACTIVITY, **VISIT | {"recurrence": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}),
        400,
        "recurrence START_OUTSIDE_RECURRENCE",
    ),
    (
        "a start that the rule leaves out",
        new(ACTIVITY, **VISIT | {"recurrence": "FREQ=WEEKLY;BYDAY=MO"}),
        400,
        "recurrence START_OUTSIDE_RECURRENCE",
    ),
    (
        "a rule without a start",
        new(ACTIVITY, kind="visit", subject="x", recurrence="FREQ=DAILY"),
        400,
        "recurrence RECURRENCE_WITHOUT_START",
    ),
    (
        "an exception that is no moment",
        new(ACTIVITY, **VISIT | {"recurrence": "FREQ=DAILY", "excluded": ["yesterday"]}),
        400,
        "excluded INVALID_RECURRENCE_ID",
    ),
    (
        "an occurrence of no series",
        new(ACTIVITY, **VISIT | {"series_id": NOBODY}),
        400,
        "series_id REFERENCE_NOT_FOUND",
    ),
    (
        "an occurrence that there is not",
        told("series", "detach", recurrence_id=utc("2036-03-26T09:00")),
        400,
        "NOT_AN_OCCURRENCE",
    ),
    (
        "a series split where nothing happens",
        told("series", "split", recurrence_id=utc("2036-03-26T09:00")),
        400,
        "NOT_AN_OCCURRENCE",
    ),
    # Reminders
    ("a reminder of nothing", new(REMINDER), 400, "trigger REMINDER_WITHOUT_TIME, text REQUIRED"),
    ("a reminder without a time", new(REMINDER, text="Mai", trigger="at"), 400, "at REQUIRED"),
    ("a reminder at 'soon'", new(REMINDER, text="x", at="soon"), 400, "at INVALID_TIME"),
    (
        "a reminder of what there is not",
        new(REMINDER, subject_entity="crm.activity", subject_id=NOBODY),
        400,
        "subject_id REFERENCE_NOT_FOUND",
    ),
    (
        "a month and a minute before",
        new(REMINDER, subject_entity="crm.activity", subject_id="@visit", minutes_before=43201),
        400,
        "minutes_before INT32_GTE_LTE",
    ),
    (
        "a reminder for a colleague",
        new(REMINDER, text="x", at=utc("2036-03-25T08:00"), owner_id="@leaver"),
        403,
        "NOT_GRANTED",
    ),
    (
        "answered by hand",
        changed("reminder", acknowledged_at=utc("2036-03-25T08:00")),
        400,
        "acknowledged_at OUTPUT_ONLY",
    ),
    ("a colleague's reminder dismissed", told("of_rita", "dismiss"), 404, "RECORD_NOT_FOUND"),
    ("snoozed until 'later'", told("reminder", "snooze", until="later"), 400, "request.until INVALID_TIME"),
    # Opportunities
    ("an opportunity without a title", new(OPPORTUNITY, party_id="@firm", title=""), 400, "title REQUIRED"),
    ("an opportunity of nobody", new(OPPORTUNITY, party_id="", title="x"), 400, "party_id REQUIRED"),
    (
        "an opportunity of who is not seen",
        new(OPPORTUNITY, party_id="@south", title="x"),
        400,
        "party_id REFERENCE_NOT_FOUND",
    ),
    (
        "a value below zero",
        new(OPPORTUNITY, party_id="@firm", title="x", value="-1"),
        400,
        "value AMOUNT_NEGATIVE",
    ),
    (
        "a value as a float",
        new(OPPORTUNITY, party_id="@firm", title="x", value=12.5),
        400,
        "value WRONG_TYPE",
    ),
    (
        "half a cent",
        new(OPPORTUNITY, party_id="@firm", title="x", value="0.005"),
        400,
        "value TOO_MANY_DECIMALS",
    ),
    (
        "a probability of 101",
        new(OPPORTUNITY, party_id="@firm", title="x", probability="101"),
        400,
        "probability PERCENT_OUT_OF_RANGE",
    ),
    (
        "an unknown currency",
        new(OPPORTUNITY, party_id="@firm", title="x", currency="LIT"),
        400,
        "currency CURRENCY_UNKNOWN",
    ),
    (
        "an unknown stage",
        new(OPPORTUNITY, party_id="@firm", title="x", stage_id=NOBODY),
        400,
        "stage_id REFERENCE_NOT_FOUND",
    ),
    ("won by hand", changed("chance", state="won"), 400, "state OUTPUT_ONLY"),
    ("lost without a reason", told("chance", "lose"), 400, "LOSS_REASON_MISSING"),
    (
        "lost for what is no reason",
        told("chance", "lose", reason_id="@firm"),
        400,
        "request.reason_id REFERENCE_NOT_FOUND",
    ),
    ("won, then lost", told("lost", "lose"), 409, "WRONG_STATE"),
    (
        "to an unknown stage",
        told("chance", "move", stage_id=NOBODY),
        400,
        "request.stage_id REFERENCE_NOT_FOUND",
    ),
    # Merge
    ("with itself", told("firm", "merge", other_id="@firm"), 400, "SAME_PARTY"),
    ("with nothing", told("firm", "merge"), 404, "RECORD_NOT_FOUND"),
    ("with what is no id", told("firm", "merge", other_id="x"), 400, "request.other_id INVALID_ID"),
    ("with an unknown party", told("firm", "merge", other_id=NOBODY), 404, "RECORD_NOT_FOUND"),
    ("with a merged party", told("firm", "merge", other_id="@merged"), 404, "RECORD_NOT_FOUND"),
    ("with an address' id", told("firm", "merge", other_id="@site"), 404, "RECORD_NOT_FOUND"),
    ("with a party of another territory", told("firm", "merge", other_id="@south"), 404, "RECORD_NOT_FOUND"),
    ("with one that may only be read", told("firm", "merge", other_id="@read_only"), 403, "NOT_GRANTED"),
    (
        "both have a code in the ERP",
        told("in_erp_1", "merge", other_id="@in_erp_2"),
        409,
        "PARTIES_BOTH_IN_ERP",
    ),
    (
        "the notes are too long together",
        told("loose", "merge", other_id="@long"),
        409,
        "MERGED_NOTES_TOO_LONG",
    ),
    (
        "an unknown field is to be taken",
        told("firm", "merge", other_id="@loose", take=["x"]),
        400,
        "request.take UNKNOWN_VALUE",
    ),
    (
        "an unknown parameter",
        told("firm", "merge", other_id="@loose", force=True),
        400,
        "request.force UNKNOWN_FIELD",
    ),
    ("taken back, but never merged", told("firm", "unmerge", other_id="@loose"), 404, "MERGE_NOT_FOUND"),
    # Handover
    ("to who has them", new(HANDOVER, **HANDED | {"to_owner_id": "@leaver"}), 400, "to_owner_id SAME_OWNER"),
    ("to nobody", new(HANDOVER, **HANDED | {"to_owner_id": ""}), 400, "to_owner_id REQUIRED"),
    (
        "to an unknown user",
        new(HANDOVER, **HANDED | {"to_owner_id": NOBODY}),
        400,
        "to_owner_id REFERENCE_NOT_FOUND",
    ),
    ("to what is no id", new(HANDOVER, **HANDED | {"to_owner_id": "x"}), 400, "to_owner_id INVALID_ID"),
    (
        "in an unknown territory",
        new(HANDOVER, **HANDED | {"only_territory_id": NOBODY}),
        400,
        "only_territory_id REFERENCE_NOT_FOUND",
    ),
    (
        "of a party that is not seen",
        new(HANDOVER, **HANDED | {"only_party_ids": ["@south"]}),
        400,
        "only_party_ids REFERENCE_NOT_FOUND",
    ),
    ("with counts of one's own", new(HANDOVER, **HANDED | {"total": 5}), 400, "total OUTPUT_ONLY"),
    ("in a state of one's own", changed("handover", state="done"), 403, "OPERATION_CLOSED"),
    ("of who has nothing, started", told("handover", "start"), 409, "NOTHING_TO_HAND_OVER"),
    # Files: exit status, and what the command says
    ("an empty file", file("c.csv", b""), 2, "must hold the names"),
    ("no line", file("c.csv", b"name\n"), 2, "has no lines."),
    ("a zero byte", file("c.csv", b"name\x00;vat\nRossi;1\n"), 2, "cannot be read"),
    ("UTF-16", file("c.csv", "name;city\nRossi;Schio\n".encode("utf-16")), 2, "cannot be read"),
    ("a quote that never ends", file("c.csv", b'name\n"' + b"x" * 200_000), 2, "cannot be read"),
    ("a line of a gibibyte", file("c.csv", 1024**3), 2, "is larger than 1 MiB"),
    ("a column twice", file("c.csv", b"name;name\na;b\n"), 2, "Columns of the same name: name."),
    (
        "no column that is known",
        file("c.csv", b"colour;size\nred;3\n"),
        2,
        "No column holds 'name'; say which with --map 'column=name'. Columns: colour, size.",
    ),
    (
        "a wrong VAT number",
        file("c.csv", b"name;vat\nRossi;00159560367\n"),
        1,
        "line 2, vat: The VAT number is not correct: check its digits. (00159560367)",
    ),
    (
        "a name of 201 characters",
        file("c.csv", b"name\n" + b"x" * 201),
        1,
        "line 2, name: at most 200 characters.",
    ),
    ("a line without a name", file("c.csv", b"name;city\n;Schio\n"), 1, "line 2, name: the name is missing."),
    ("no workbook", file("c.xlsx", b"no workbook"), 2, "cannot be read"),
    ("half a workbook", file("c.xlsx", packed(b"<worksheet/>")[:-30]), 2, "cannot be read"),
    (
        "a workbook that unpacks to more than any memory",
        file("c.xlsx", packed(b"0" * 3_000_000)),
        2,
        "is larger than 1 MiB",
    ),
    (
        "the same, and it lies about its size",
        file("c.xlsx", lying(packed(b"0" * 3_000_000))),
        2,
        "is larger than 1 MiB",
    ),
    ("no card", file("c.vcf", b"no card"), 2, "has no lines."),
    ("a card that never ends", file("c.vcf", b"BEGIN:VCARD\r\nFN:Rossi\r\n"), 2, "has no lines."),
    (
        "a zero byte in a card",
        file("c.vcf", b"BEGIN:VCARD\r\nFN:a\x00b\r\nEND:VCARD\r\n"),
        2,
        "cannot be read",
    ),
    (
        "a card of nobody",
        file("c.vcf", b"BEGIN:VCARD\r\nTEL:045 1\r\nEND:VCARD\r\n"),
        1,
        "line 1, name: the name is missing.",
    ),
    (
        "a card with an e-mail of two",
        file("c.vcf", b"BEGIN:VCARD\r\nFN:Rossi\r\nEMAIL:a@b.it\\,c@d.it\r\nEND:VCARD\r\n"),
        1,
        "line 1, email: The e-mail address is not valid. (a@b.it,c@d.it)",
    ),
    ("a PDF", file("c.pdf", b"%PDF"), 2, ". CSV, spreadsheets (xlsx, xls, ods) and vCards (vcf) are read."),
]


@pytest.fixture(scope="module")
def world(create_worker_database: Callable[..., str]) -> Iterator[World]:
    """One for all of them: what is refused leaves it as it was for the next."""
    database = Database("crm", create_worker_database("crm"))
    accesses = Accesses()
    yield World(OwnerUnderTest(Owner(database, RULES, accesses, accesses.fetch), accesses))
    database.close()


@pytest.mark.parametrize(("what", "sent", "status", "code"), ROWS, ids=[each[0] for each in ROWS])
def test_hostile_input_is_told_what_is_wrong_and_changes_nothing(
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    sent: Sent,
    status: int,
    code: str,
) -> None:
    if sent.does == "file":
        answered = imported(world, sent, tmp_path, monkeypatch)
        assert (answered[0], code in answered[1]) == (status, True), answered
    else:
        assert answer(world, sent) == (status, code)
    assert world.all_rows() == world.at_first


def answer(world: World, sent: Sent) -> tuple[int, str]:
    """The status and the error that the author of a change or a command gets: places and reasons."""
    decision = world.crm.one(world.author(sent.target, *map(str, sent.values.values())), item(world, sent))
    assert decision.outcome == "refused", decision
    assert decision.error is not None
    places = [f"{each.field} {each.reason}" for each in decision.error.violations]
    return status_of(decision.error), ", ".join(places) or decision.error.reason


def item(world: World, sent: Sent) -> dict[str, Any]:
    values = world.named(sent.values)
    if sent.does == "create":
        return create(sent.target, **values)
    entity, record_id = world.entity_of(sent.target), world.ids[sent.target]
    if sent.does == "update":
        return update(entity, record_id, **values)
    if sent.does == "delete":
        return delete(entity, record_id)
    return command(entity, record_id, sent.verb, **values)


def imported(world: World, sent: Sent, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """The exit status of the import of a file, and what it says."""
    path = folder / sent.target
    with path.open("wb") as written:
        if isinstance(sent.content, bytes):
            written.write(sent.content)
        else:
            written.truncate(sent.content)
    played = PlayedGateway(world.crm, world.importer)
    monkeypatch.setattr(tables, "MAX_BYTES", LARGEST)
    monkeypatch.setattr(
        console,
        "Server",
        lambda *args, **options: Server(*args, **options, transport=httpx.MockTransport(played)),
    )
    monkeypatch.setenv("SALES_LANGUAGE", "en")
    result = CliRunner().invoke(console.app, ["parties", str(path), "--password", "right"])
    return result.exit_code, result.output
