"""Activities from plan to outcome: states, next steps, participants, subjects, costs; and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from services.crm.usecases.outcomes import outcome_id
from services.crm.usecases.setup import provide
from services.kit.actor import SYSTEM, Actor
from tests.crm.agenda import ACTIVITY, command, made, person, read, reasons, seen, tell, transitions, utc
from tests.support.owners import (
    NORTH,
    SOUTH,
    OwnerUnderTest,
    create,
    delete,
    everything,
    foreign,
    update,
    within,
)


@pytest.fixture
def nora(crm: OwnerUnderTest) -> Actor:
    return person(crm, *everything("crm", "crm_setup"), territory_ids=[str(NORTH)])


@pytest.fixture
def party(crm: OwnerUnderTest, nora: Actor) -> str:
    return made(crm, nora, "crm.party", name="Officine Rossi", territory_id=str(NORTH))


@pytest.fixture
def outcomes(crm: OwnerUnderTest) -> None:
    with crm.owner.database.unit_of_work(SYSTEM) as uow:
        provide(uow)


def visit(crm: OwnerUnderTest, author: Actor, party_id: str, **fields: Any) -> str:
    times = {"starts_at": utc("2026-03-25T09:00"), "ends_at": utc("2026-03-25T11:00")}
    named = {"party_id": party_id, "kind": "visit", "subject": "Visita"}
    return made(crm, author, ACTIVITY, **{**named, **times, **fields})


def test_an_activity_goes_from_plan_over_work_to_an_outcome(
    crm: OwnerUnderTest, nora: Actor, party: str
) -> None:
    one = visit(crm, nora, party)
    tell(crm, nora, ACTIVITY, one, "start")
    tell(crm, nora, ACTIVITY, one, "complete", outcome="Serve una cella", minutes=130, kilometres="84.5")
    values = read(crm, ACTIVITY, one)
    assert (values["state"], values["outcome"]) == ("done", "Serve una cella")
    assert (values["minutes"], values["kilometres"]) == (130, "84.5")
    assert transitions(crm, one) == [
        ("planned", "in_progress", "start"),
        ("in_progress", "done", "complete"),
    ]


def test_a_step_that_the_table_does_not_have_is_refused(crm: OwnerUnderTest, nora: Actor, party: str) -> None:
    request = {"complete": {"outcome": "Fatto"}}
    allowed = {("", "start"), ("", "complete"), ("", "cancel"), ("start", "complete")}
    for done in ("", "start", "complete", "cancel"):
        for wanted in ("start", "complete", "cancel"):
            one = visit(crm, nora, party)
            if done:
                tell(crm, nora, ACTIVITY, one, done, **request.get(done, {}))
            before = read(crm, ACTIVITY, one)
            decision = crm.one(nora, command(ACTIVITY, one, wanted, **request.get(wanted, {})))
            assert (decision.outcome == "applied") is ((done, wanted) in allowed)
            if decision.outcome == "refused":
                assert reasons(decision) == ["WRONG_STATE"]
                assert read(crm, ACTIVITY, one) == before


@pytest.mark.usefixtures("outcomes")
def test_an_outcome_that_requires_a_next_step_gets_it_in_the_same_transaction(
    crm: OwnerUnderTest, nora: Actor, party: str
) -> None:
    one = visit(crm, nora, party, subject_entity="crm.party", subject_id=party)
    asked = outcome_id("visit", "OFFER_ASKED")
    assert reasons(crm.one(nora, command(ACTIVITY, one, "complete", outcome_id=asked))) == [
        "NEXT_STEP_REQUIRED"
    ]
    assert read(crm, ACTIVITY, one)["state"] == "planned"
    item = command(ACTIVITY, one, "complete", outcome_id=asked, next_step={"subject": "Preparare offerta"})
    before = len(crm.events())
    assert crm.one(nora, item).outcome == "applied"
    (event,) = crm.events()[before:]
    done, following = sorted(event["data"]["records"], key=lambda each: each["version"], reverse=True)
    assert done["id"] == one
    made_of_it = read(crm, ACTIVITY, following["id"])
    kept = {name: made_of_it[name] for name in ("party_id", "subject_id", "kind", "subject", "state")}
    assert kept == {
        "party_id": party, "subject_id": party, "kind": "task", "subject": "Preparare offerta",
        "state": "planned",
    }  # fmt: skip
    assert (made_of_it["follows_id"], made_of_it["due_at"] is not None) == (one, True)
    assert read(crm, ACTIVITY, one)["outcome"] == "Chiede un'offerta"
    # Sent again it is answered, not done again.
    assert crm.one(nora, item).duplicate
    assert crm.count("activity") == 2


@pytest.mark.usefixtures("outcomes")
def test_an_outcome_that_only_proposes_may_go_without(crm: OwnerUnderTest, nora: Actor, party: str) -> None:
    one = visit(crm, nora, party)
    chosen = outcome_id("visit", "RELATIONSHIP")
    tell(crm, nora, ACTIVITY, one, "complete", outcome_id=chosen, outcome="Caffè")
    assert read(crm, ACTIVITY, one)["outcome"] == "Caffè"
    assert crm.count("activity") == 1


def test_a_next_step_that_cannot_be_leaves_the_activity_open(
    crm: OwnerUnderTest, nora: Actor, party: str
) -> None:
    one = visit(crm, nora, party)
    backwards = {"starts_at": utc("2026-04-01T10:00"), "ends_at": utc("2026-04-01T09:00")}
    refused = crm.one(nora, command(ACTIVITY, one, "complete", outcome="Fatto", next_step=backwards))
    assert reasons(refused) == ["request.next_step.ends_at ENDS_BEFORE_START"]
    stranger = {"owner_id": str(uuid7())}
    refused = crm.one(nora, command(ACTIVITY, one, "complete", outcome="Fatto", next_step=stranger))
    assert reasons(refused) == ["request.next_step.owner_id REFERENCE_NOT_FOUND"]
    assert (read(crm, ACTIVITY, one)["state"], crm.count("activity")) == ("planned", 1)


@pytest.mark.usefixtures("outcomes")
def test_outcomes_are_a_list_that_a_company_keeps(crm: OwnerUnderTest, nora: Actor, party: str) -> None:
    with crm.owner.database.unit_of_work(SYSTEM) as uow:
        provide(uow)
    texts = {"it": "Sospesa", "en": "On hold"}
    own = made(crm, nora, "crm.outcome", code="HOLD", kind="visit", texts=texts)
    assert reasons(crm.one(nora, create("crm.outcome", code="X", kind="visit", texts={"it": "Solo"}))) == [
        "texts TEXT_MISSING"
    ]
    one = visit(crm, nora, party, kind="call")
    wrong = {
        own: "OUTCOME_OF_OTHER_KIND",
        str(uuid7()): "REFERENCE_NOT_FOUND",
    }
    for chosen, reason in wrong.items():
        refused = crm.one(nora, command(ACTIVITY, one, "complete", outcome_id=chosen))
        assert reasons(refused) == [f"request.outcome_id {reason}"]
    crm.one(nora, update("crm.outcome", own, inactive=True))
    two = visit(crm, nora, party)
    refused = crm.one(nora, command(ACTIVITY, two, "complete", outcome_id=own))
    assert reasons(refused) == ["request.outcome_id OUTCOME_INACTIVE"]


def test_an_activity_without_a_party_is_placed_where_its_author_works(crm: OwnerUnderTest) -> None:
    north = person(crm, within(NORTH), territory_ids=[str(NORTH)])
    south = person(crm, within(SOUTH), territory_ids=[str(SOUTH)])
    meeting = made(crm, north, ACTIVITY, kind="meeting", subject="Riunione vendite")
    assert read(crm, ACTIVITY, meeting)["territory_id"] == str(NORTH)
    assert [each.id for each in seen(crm, north, ACTIVITY)] == [meeting]
    assert seen(crm, south, ACTIVITY) == []


def test_who_takes_part_shares_the_activity_until_no_longer(crm: OwnerUnderTest, nora: Actor) -> None:
    guest = person(crm, *everything("directory"), name="Silvio")
    known = str(guest.user_id)
    meeting = made(
        crm, nora, ACTIVITY, kind="meeting", subject="Riunione", participant_ids=[known],
        participant_addresses=["Anna@Rossi.EXAMPLE"],
    )  # fmt: skip
    values = read(crm, ACTIVITY, meeting)
    assert values["shared_with"] == [known]
    assert values["participant_addresses"] == ["Anna@rossi.example"]
    crm.one(nora, update(ACTIVITY, meeting, participant_ids={"remove": [known]}))
    assert read(crm, ACTIVITY, meeting)["shared_with"] == []


def test_any_record_that_its_author_sees_can_be_the_subject(
    crm: OwnerUnderTest, nora: Actor, party: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer, hidden = str(uuid7()), str(uuid7())
    other = made(crm, nora, "crm.party", name="Sud", territory_id=str(SOUTH))

    def fetch(entity: str, record_id: str) -> dict[str, Any] | None:
        under = {offer: party, hidden: other}.get(record_id)
        body = {"base": f'{{"party_id":"{under}"}}'}
        return (
            foreign(entity, record_id) | {"fragments": body} if under and entity == "offers.offer" else None
        )

    object.__setattr__(crm.owner, "fetch", fetch)
    north = person(crm, within(NORTH), within(NORTH, "offers"), territory_ids=[str(NORTH)])
    fields = {"party_id": party, "kind": "call", "subject": "Offerta"}
    about = made(crm, north, ACTIVITY, **fields, subject_entity="offers.offer", subject_id=offer)
    assert read(crm, ACTIVITY, about)["subject_id"] == offer
    for entity, record_id, reason in (
        ("offers.offer", hidden, "subject_id REFERENCE_NOT_FOUND"),
        ("offers.offer", str(uuid7()), "subject_id REFERENCE_NOT_FOUND"),
        ("crm.party", other, "subject_id REFERENCE_NOT_FOUND"),
        ("offers.nothing", offer, "subject_entity UNKNOWN_VALUE"),
        ("", offer, "subject_entity REQUIRED"),
        ("offers.offer", "", "subject_id REQUIRED"),
    ):
        item = create(ACTIVITY, **fields, subject_entity=entity, subject_id=record_id)
        assert reasons(crm.one(north, item)) == [reason]
    assert crm.count("activity") == 1


def test_a_merged_party_is_still_the_subject(crm: OwnerUnderTest, nora: Actor, party: str) -> None:
    other = made(crm, nora, "crm.party", name="Rossi Officine")
    crm.one(nora, command("crm.party", party, "merge", other_id=other))
    one = visit(crm, nora, party, subject_entity="crm.party", subject_id=other)
    assert read(crm, ACTIVITY, one)["subject_id"] == party


def test_expenses_stand_apart_with_their_currency(crm: OwnerUnderTest, nora: Actor, party: str) -> None:
    one = visit(crm, nora, party)
    toll = made(crm, nora, "crm.expense", activity_id=one, kind="toll", amount="12.5")
    values = read(crm, "crm.expense", toll)
    assert (values["amount"], values["currency"], values["spent_on"]) == ("12.50", "EUR", "2026-03-25")
    yen = made(crm, nora, "crm.expense", activity_id=one, kind="meal", amount="900", currency="jpy")
    assert read(crm, "crm.expense", yen)["amount"] == "900"
    # Receipts come late, and go with their activity.
    tell(crm, nora, ACTIVITY, one, "complete", outcome="Fatto")
    made(crm, nora, "crm.expense", activity_id=one, kind="lodging", amount="80.00")
    crm.one(nora, delete(ACTIVITY, one))
    assert read(crm, "crm.expense", toll)["deleted"]


HOSTILE: list[tuple[dict[str, Any], list[str]]] = [
    ({"ends_at": utc("2026-03-25T08:59")}, ["ends_at ENDS_BEFORE_START"]),
    ({"starts_on": "2026-03-25"}, ["starts_on TIMES_MIXED"]),
    ({"starts_at": None, "ends_at": None, "ends_on": "2026-03-25"}, ["starts_on REQUIRED"]),
    ({"starts_at": None}, ["starts_at REQUIRED"]),
    (
        {"starts_at": None, "ends_at": None, "starts_on": "2026-03-25", "ends_on": "2026-03-24"},
        ["ends_on ENDS_BEFORE_START"],
    ),
    ({"starts_at": "0001-01-01T00:00:00Z"}, ["starts_at OUT_OF_RANGE"]),
    ({"due_at": "9999-12-31T23:59:59Z"}, ["due_at OUT_OF_RANGE"]),
    ({"starts_at": "2026-02-30T10:00:00Z"}, ["starts_at INVALID_TIME"]),
    ({"time_zone": "../../etc/passwd"}, ["time_zone UNKNOWN_TIME_ZONE"]),
    ({"recurrence": "FREQ=SECONDLY"}, ["recurrence RECURRENCE_TOO_FREQUENT"]),
    ({"recurrence": "FREQ=DAILY;BYHOUR=1"}, ["recurrence RECURRENCE_UNSUPPORTED"]),
    ({"recurrence": "FREQ=DAILY;COUNT=99999"}, ["recurrence INVALID_RECURRENCE"]),
    ({"recurrence": "FREQ=DAILY;UNTIL=20261231"}, ["recurrence INVALID_RECURRENCE"]),
    ({"recurrence": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, ["recurrence START_OUTSIDE_RECURRENCE"]),
    ({"recurrence": "FREQ=WEEKLY;BYDAY=MO"}, ["recurrence START_OUTSIDE_RECURRENCE"]),
    ({"recurrence": "FREQ=DAILY", "ends_at": utc("2026-05-25T09:00")}, ["recurrence RECURRENCE_TOO_LONG"]),
    (
        {"recurrence": "FREQ=DAILY", "starts_at": None, "ends_at": None},
        ["recurrence RECURRENCE_WITHOUT_START"],
    ),
    ({"recurrence": "FREQ=DAILY", "excluded": ["yesterday"]}, ["excluded INVALID_RECURRENCE_ID"]),
    ({"recurrence_id": utc("2026-03-25T09:00")}, ["series_id REQUIRED"]),
    ({"series_id": str(uuid7())}, ["series_id REFERENCE_NOT_FOUND"]),
    ({"minutes": -1}, ["minutes INT32_GTE_LTE"]),
    ({"kilometres": "-0.1"}, ["kilometres OUT_OF_RANGE"]),
    ({"kilometres": "1e3"}, ["kilometres INVALID_DECIMAL"]),
    ({"participant_ids": [str(uuid7())]}, ["participant_ids REFERENCE_NOT_FOUND"]),
    ({"participant_party_ids": [str(uuid7())]}, ["participant_party_ids REFERENCE_NOT_FOUND"]),
    ({"participant_addresses": ["nobody"]}, ["participant_addresses INVALID_EMAIL"]),
    ({"subject": ""}, ["subject REQUIRED"]),
    ({"subject": "x" * 201}, ["subject TOO_LONG"]),
    ({"kind": "orbit"}, ["kind UNKNOWN_VALUE"]),
    ({"state": "done"}, ["state OUTPUT_ONLY"]),
    ({"last_ends_at": utc("2026-03-25T09:00")}, ["last_ends_at OUTPUT_ONLY"]),
]


def test_what_cannot_be_is_refused_and_changes_nothing(crm: OwnerUnderTest, nora: Actor, party: str) -> None:
    named = {"party_id": party, "kind": "visit", "subject": "Visita"}
    times = {"starts_at": utc("2026-03-25T09:00"), "ends_at": utc("2026-03-25T10:00")}
    good = visit(crm, nora, party)
    known, before = read(crm, ACTIVITY, good), crm.count("outbox")
    for fields, expected in HOSTILE:
        assert reasons(crm.one(nora, create(ACTIVITY, **{**named, **times, **fields}))) == expected
        # The same as a change of an activity that was good.
        fixed = [name for name in ("series_id", "recurrence_id") if name in fields]
        refused = crm.one(nora, update(ACTIVITY, good, **{**times, **fields}))
        assert reasons(refused) == ([f"{name} IMMUTABLE" for name in fixed] or expected)
    assert (crm.count("activity"), crm.count("outbox")) == (1, before)
    assert read(crm, ACTIVITY, good) == known


def test_an_expense_that_cannot_be_is_refused(crm: OwnerUnderTest, nora: Actor, party: str) -> None:
    one = visit(crm, nora, party)
    hostile: list[tuple[dict[str, str], str]] = [
        ({"amount": "0"}, "amount NOT_POSITIVE"),
        ({"amount": "-1"}, "amount NOT_POSITIVE"),
        ({"amount": "1.005"}, "amount MONEY_TOO_FINE"),
        ({"amount": "1", "currency": "LIT"}, "currency CURRENCY_UNKNOWN"),
        ({"amount": "NaN"}, "amount INVALID_DECIMAL"),
        ({"amount": "1", "spent_on": "1066-10-14"}, "spent_on OUT_OF_RANGE"),
        ({"amount": ""}, "amount REQUIRED"),
        ({"amount": "1", "activity_id": str(uuid7())}, "activity_id REFERENCE_NOT_FOUND"),
    ]
    for fields, expected in hostile:
        item = create("crm.expense", **{"activity_id": one, "kind": "meal", **fields})
        assert reasons(crm.one(nora, item)) == [expected]
    assert crm.count("expense") == 0


def test_expenses_belong_to_what_took_place(crm: OwnerUnderTest, nora: Actor, party: str) -> None:
    series = visit(crm, nora, party, recurrence="FREQ=WEEKLY")
    cancelled = visit(crm, nora, party)
    tell(crm, nora, ACTIVITY, cancelled, "cancel", reason="Malattia")
    for activity, reason in ((series, "EXPENSE_OF_SERIES"), (cancelled, "EXPENSE_OF_CANCELLED")):
        item = create("crm.expense", activity_id=activity, kind="meal", amount="10")
        assert reasons(crm.one(nora, item)) == [reason]


def test_who_may_only_read_completes_and_spends_nothing(crm: OwnerUnderTest, nora: Actor, party: str) -> None:
    one = visit(crm, nora, party)
    (all_of_it,) = everything("crm")
    reader = person(crm, replace(all_of_it, actions=frozenset({"read"})))
    for item in (
        command(ACTIVITY, one, "complete", outcome="Fatto"),
        create("crm.expense", activity_id=one, kind="meal", amount="10"),
    ):
        assert reasons(crm.one(reader, item)) == ["NOT_GRANTED"]
