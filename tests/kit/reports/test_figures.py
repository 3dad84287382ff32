"""Figures: what is counted, put together and measured."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import pytest

from services.kit.actor import Actor
from services.kit.reports import files
from services.kit.reports.running import Result
from tests.kit.reports.counting import OPPORTUNITY, Reports, report
from tests.support.owners import NORTH, SOUTH, within


def test_records_are_put_together_and_measured_with_totals(crm: Reports, seller: Actor) -> None:
    party = crm.party(seller)
    for source, value in (("fair", "100.50"), ("fair", "200.25"), ("web", "50.00"), ("web", "")):
        crm.make(seller, OPPORTUNITY, party_id=party, title="x", source=source, value=value)

    found = crm.run(
        seller, report(groups=["source"], measures=["count", ("sum", "value"), ("median", "value")])
    )

    assert [column.name for column in found.columns] == [
        "group_1",
        "currency",
        "measure_1",
        "measure_2",
        "measure_3",
    ]
    assert [row.values for row in found.rows] == [
        ("fair", "EUR", "2", "300.75", "100.50"),
        ("web", "EUR", "2", "50.00", "50.00"),
    ]
    assert [row.values for row in found.totals] == [("", "EUR", "4", "350.75", "100.50")]


def test_amounts_of_different_currencies_are_never_added(crm: Reports, seller: Actor) -> None:
    party = crm.party(seller)
    for currency, value in (("EUR", "100"), ("USD", "7"), ("USD", "8")):
        crm.make(seller, OPPORTUNITY, party_id=party, title="x", currency=currency, value=value)

    assert crm.values(seller, report(measures=[("sum", "value")])) == [("EUR", "100"), ("USD", "15")]
    by_currency = crm.run(seller, report(groups=["currency"], measures=[("sum", "value")]))
    assert [row.values for row in by_currency.rows] == [("EUR", "100"), ("USD", "15")]


def test_times_are_cut_where_the_company_is(crm: Reports, seller: Actor) -> None:
    for at in ("2026-03-31T21:59:00Z", "2026-03-31T22:01:00Z", "2026-12-31T23:30:00Z"):
        crm.make(seller, "crm.activity", kind="call", subject="x", due_at=at)
    activities = "crm.activity"
    months = report(activities, groups=[{"field": "due_at", "step": "month"}])
    quarters = report(activities, groups=[{"field": "due_at", "step": "quarter"}])

    assert crm.values(seller, months) == [("2026-03-01", "1"), ("2026-04-01", "1"), ("2027-01-01", "1")]
    assert [row.labels[0] for row in crm.run(seller, months).rows] == ["2026-03", "2026-04", "2027-01"]
    assert [row.labels[0] for row in crm.run(seller, quarters).rows] == ["2026-Q1", "2026-Q2", "2027-Q1"]


def test_words_stand_for_days_and_for_the_reader(crm: Reports, seller: Actor, manager: Actor) -> None:
    now = datetime(2026, 3, 27, 12, tzinfo=UTC)
    for at in ("2026-03-26T10:00:00Z", "2026-03-27T10:00:00Z", "2026-04-01T10:00:00Z"):
        crm.make(seller, "crm.activity", kind="call", subject="x", due_at=at)
    crm.make(manager, "crm.activity", kind="call", subject="x", due_at="2026-03-26T10:00:00Z")

    def count(text: str) -> str:
        return crm.values(seller, report("crm.activity", filter=text), now=now)[0][0]

    assert count("due_at < today") == "2"
    assert count("due_at < today AND owner_id = me") == "1"
    assert count("due_at >= today AND due_at < today+1d") == "1"
    assert count("due_at >= month+1m") == "1"
    assert count("due_at < now-1h") == "3"


def test_groups_by_records_that_are_named_have_their_names(crm: Reports, seller: Actor) -> None:
    north, south = (crm.make(seller, "crm.party", name=name) for name in ("Nord", "Sud"))
    for party in (north, north, south):
        crm.make(seller, OPPORTUNITY, party_id=party, title="x")
    found = crm.run(seller, report(groups=["party_id"], order_by="measure_1 desc"))
    assert [(row.labels[0], row.values[1]) for row in found.rows] == [("Nord", "2"), ("Sud", "1")]
    by_state = crm.values(seller, report(groups=["party_id.state"]))
    assert by_state == [("prospect", "3")]


@pytest.mark.parametrize(("language", "shown"), [("it", "Potenziale"), ("en", "Prospect")])
def test_fields_and_values_of_the_contracts_have_their_words(
    crm: Reports, seller: Actor, language: str, shown: str
) -> None:
    crm.make(seller, OPPORTUNITY, party_id=crm.party(seller), title="x", value="7")
    asked = report(groups=["party_id.state", "expected_close"], measures=[("sum", "value")])
    found = crm.run(seller, asked, language=language)
    assert [column.labels for column in found.columns] == [
        {"it": "Stato", "en": "State"},
        {"it": "Chiusura prevista", "en": "Expected close"},
        {"it": "Valuta", "en": "Currency"},
        {"it": "Somma: Valore", "en": "Sum: Value"},
    ]
    assert found.rows[0].labels[0] == shown
    (head, first, *_), sheet = _csv(found, language)
    assert (head[0], first[0]) == (("Stato" if language == "it" else "State"), shown)
    assert sheet.rows[0][0] == shown


def _csv(found: Result, language: str) -> tuple[list[list[str]], files.Sheet]:
    sheet = files.sheet_of("x", "", found, language)
    content = files.file_of(sheet, "csv", lambda: pytest.fail("only paper has a letterhead"))
    return list(csv.reader(content.decode("utf-8-sig").splitlines(), delimiter=";")), sheet


def test_sources_are_described_in_both_languages(crm: Reports, seller: Actor) -> None:
    found = {each.entity: each for each in crm.sources(seller)}
    party = found["crm.party"]
    assert dict(party.labels) == {"it": "Clienti", "en": "Customers"}
    labels = {each.name: dict(each.labels) for each in party.fields}
    assert labels["name"] == {"it": "Ragione sociale", "en": "Name"}
    assert labels["created_by"] == {"it": "Creato da", "en": "Created by"}


def test_what_a_reader_does_not_see_never_counts(crm: Reports, seller: Actor) -> None:
    for territory in (NORTH, NORTH, SOUTH):
        party = crm.make(seller, "crm.party", name="x", territory_id=str(territory))
        crm.make(seller, OPPORTUNITY, party_id=party, title="x", value="10")
    northern = crm.accesses.give(within(NORTH))

    assert crm.values(northern, report(measures=["count", ("sum", "value")])) == [("EUR", "2", "20")]
    assert len(crm.behind(northern, report(), key={})) == 2


def test_custom_fields_are_counted_like_any_other(crm: Reports, seller: Actor) -> None:
    sectors = [{"key": "metal", "labels": {"it": "Metallo"}, "retired": False}]
    crm.define("sector", "choice", choices=sectors)
    crm.define("hours", "number")
    crm.define("worth", "money")
    crm.define("since", "date")
    crm.party(
        seller,
        sector='"metal"',
        hours="12.5",
        worth='{"amount":"9.00","currency":"USD"}',
        since='"2024-02-29"',
    )
    crm.party(seller, hours="2")

    asked = report(
        "crm.party",
        groups=["custom.sector", {"field": "custom.since", "step": "year"}],
        measures=[("sum", "custom.hours"), ("sum", "custom.worth")],
    )
    found = crm.run(seller, asked)
    assert [row.values for row in found.rows] == [
        ("metal", "2024-01-01", "USD", "12.5", "9.00"),
        ("", "", "", "2", ""),
    ]
    assert found.rows[0].labels[:2] == ("Metallo", "2024")


def test_records_behind_a_figure_are_those_that_it_counts(crm: Reports, seller: Actor) -> None:
    party = crm.party(seller)
    for source, value in (("fair", "1"), ("fair", ""), ("", "3")):
        crm.make(seller, OPPORTUNITY, party_id=party, title=f"{source}{value}", source=source, value=value)
    asked = report(groups=["source"], measures=["count", ("sum", "value")])

    def titles(**more: object) -> list[str]:
        return sorted(each["title"] for each in crm.behind(seller, asked, **more))

    assert titles(key={"group_1": "fair"}) == ["fair", "fair1"]
    assert titles(key={"group_1": "fair", "currency": "EUR"}, measure=2) == ["fair1"]
    assert titles(key={"group_1": ""}) == ["3"]
    assert titles(key={}) == ["3", "fair", "fair1"]


def test_records_with_and_without_others_that_belong_to_them(crm: Reports, seller: Actor) -> None:
    visited, not_visited = (crm.make(seller, "crm.party", name=name) for name in "ab")
    crm.make(seller, "crm.activity", party_id=visited, kind="visit", subject="x")
    crm.make(seller, "crm.activity", party_id=not_visited, kind="call", subject="x")

    def names(absent: bool) -> list[str]:
        related = {"entity": "crm.activity", "field": "party_id", "filter": "kind = visit", "absent": absent}
        return [each["name"] for each in crm.behind(seller, report("crm.party", related=[related]), key={})]

    assert names(absent=False) == ["a"]
    assert names(absent=True) == ["b"]


def test_shares_and_times_between(crm: Reports, seller: Actor) -> None:
    for kind, starts, ends in (
        ("visit", "2026-03-27T08:00:00Z", "2026-03-27T09:30:00Z"),
        ("call", "2026-03-27T08:00:00Z", "2026-03-27T08:15:00Z"),
        ("call", "2026-03-28T08:00:00Z", "2026-03-28T08:20:00Z"),
    ):
        crm.make(seller, "crm.activity", kind=kind, subject="x", starts_at=starts, ends_at=ends)
    asked = report(
        "crm.activity",
        measures=[{"kind": "share", "filter": "kind = visit"}, ("median", "ends_at", "starts_at")],
    )
    found = crm.run(seller, asked)
    assert [row.values for row in found.rows] == [("33.33", "0.333333")]
    assert [column.kind for column in found.columns] == ["percent", "hours"]
