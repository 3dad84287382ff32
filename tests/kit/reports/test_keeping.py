"""Reports, dashboards and views of lists as records: what may be kept, who sees it, what is refused with
place and remedy.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from services.kit.actor import Actor
from services.kit.errors import Forbidden, Invalid, NotAllowedNow
from services.kit.permissions import Grant, Kind, Scope, Term
from services.kit.reports import running
from services.kit.reports.rules import EVERYBODY
from tests.kit.fields.shaping import wrong
from tests.kit.reports.counting import OPPORTUNITY, Reports, report
from tests.support.owners import create, update

REPORT, DASHBOARD, VIEW = "crm.report", "crm.dashboard", "crm.list_view"


def kept(**definition: Any) -> dict[str, Any]:
    return {"names": {"it": "Trattative"}, "definition": {"source": OPPORTUNITY, **definition}}


def reader(crm: Reports, *shared_with: str) -> Actor:
    """Sees reports that are shared so, as identity grants it."""
    scope = Scope((Term(Kind.SHARED_WITH, frozenset({uuid4(), *map(UUID, shared_with)})),))
    return crm.accesses.give(Grant("reports", frozenset({"read"}), (scope,)))


def test_a_report_is_mine_until_it_is_shared_with_roles_or_everybody(crm: Reports, seller: Actor) -> None:
    role, other = str(uuid4()), str(uuid4())
    record_id = crm.make(seller, REPORT, **kept())
    holder, colleague = reader(crm, EVERYBODY, role), reader(crm, EVERYBODY, other)

    def seen() -> list[bool]:
        return [bool(crm.listed(actor, name=REPORT)) for actor in (holder, colleague)]

    assert seen() == [False, False]
    crm.one(seller, update(REPORT, record_id, visibility="roles", role_ids=[role]))
    assert seen() == [True, False]
    crm.one(seller, update(REPORT, record_id, visibility="everybody"))
    assert seen() == [True, True]
    assert wrong(crm.one(seller, update(REPORT, record_id, shared_with=[str(uuid4())]))) == [
        ("shared_with", "OUTPUT_ONLY")
    ]


WRONG_DEFINITIONS: list[tuple[dict[str, Any], str, str]] = [
    ({"source": "crm.nothing"}, "source", "UNKNOWN_VALUE"),
    ({"source": "offers.offer"}, "source", "UNKNOWN_VALUE"),
    ({"source": "crm.report"}, "source", "UNKNOWN_VALUE"),
    ({"record_type": "machine"}, "record_type", "UNKNOWN_VALUE"),
    ({"filter": "state = "}, "filter", "SYNTAX"),
    ({"filter": "state = open; drop table party"}, "filter", "SYNTAX"),
    ({"filter": "value > many"}, "filter", "INVALID_DECIMAL"),
    ({"filter": "expected_close > yesterday"}, "filter", "INVALID_DATE"),
    ({"filter": "party_id.name.x = 1"}, "filter", "UNKNOWN_FIELD"),
    ({"groups": [{"field": "base_json"}]}, "groups[0].field", "UNKNOWN_FIELD"),
    ({"groups": [{"field": "shared_with"}]}, "groups[0].field", "OPERATOR"),
    ({"groups": [{"field": "state", "step": "month"}]}, "groups[0].step", "OPERATOR"),
    ({"groups": [{"field": "party_id.owner_id.team_id.parent_team_id.name"}]}, "groups[0].field", "TOO_MANY"),
    ({"groups": [{"field": "custom.nothing"}]}, "groups[0].field", "UNKNOWN_FIELD"),
    ({"groups": [{"field": "title') --"}]}, "groups[0].field", "UNKNOWN_FIELD"),
    ({"measures": [{"kind": "sum"}]}, "measures[0].field", "REQUIRED"),
    ({"measures": [{"kind": "sum", "field": "title"}]}, "measures[0].field", "OPERATOR"),
    ({"measures": [{"kind": "share"}]}, "measures[0].filter", "REQUIRED"),
    (
        {"measures": [{"kind": "sum", "field": "closed_at", "since": "title"}]},
        "measures[0].since",
        "OPERATOR",
    ),
    ({"measures": [{"kind": "count", "filter": "x"}]}, "measures[0].filter", "SYNTAX"),
    ({"order_by": "measure_2 desc"}, "order_by", "UNKNOWN_FIELD"),
    ({"order_by": "1; select"}, "order_by", "UNKNOWN_FIELD"),
    ({"related": [{"entity": "mail.message", "field": "x"}]}, "related[0].entity", "UNKNOWN_VALUE"),
    ({"related": [{"entity": "crm.activity", "field": "party_id"}]}, "related[0].field", "UNKNOWN_FIELD"),
    (
        {"related": [{"entity": "crm.activity", "field": "subject_id", "filter": "x"}]},
        "related[0].filter",
        "SYNTAX",
    ),
]


def test_a_definition_that_cannot_be_run_is_refused_with_its_place(crm: Reports, seller: Actor) -> None:
    for definition, place, reason in WRONG_DEFINITIONS:
        decision = crm.one(seller, {**create(REPORT), "fields": kept(**definition)})
        assert wrong(decision) == [(f"definition.{place}", reason)]
        assert decision.error is not None
        assert all(violation.detail for violation in decision.error.violations), definition


WRONG_CHARTS: list[tuple[str, str]] = [
    ("no json", "chart.specification"),
    ("[" * 100_0, "chart.specification"),
    ("[]", "chart.specification"),
    ("{}", "chart.specification.mark"),
    ('{"mark": "bar", "data": {"url": "https://example.org/x.json"}}', "chart.specification.data"),
    ('{"mark": "image"}', "chart.specification.mark"),
    ('{"mark": {"type": "bar", "href": "https://example.org"}}', "chart.specification.mark.href"),
    ('{"mark": {"type": "bar", "tooltip": {"expr": "1"}}}', "chart.specification.mark.tooltip.expr"),
    ('{"mark": "bar", "transform": [{"calculate": "1", "as": "x"}]}', "chart.specification.transform"),
    ('{"mark": "bar", "params": [{"name": "p"}]}', "chart.specification.params"),
    ('{"mark": "bar", "encoding": {"x": {"field": "password"}}}', "chart.specification.encoding.x.field"),
    (
        '{"mark": "bar", "encoding": {"color": {"condition": {"test": "1"}}}}',
        "chart.specification.encoding.color.condition.test",
    ),
    ('{"layer": [{"mark": "bar", "data": {"url": "x"}}]}', "chart.specification.layer[0].data"),
    ('{"mark": "bar", "config": {"background": "url(http://x)"}}', "chart.specification.config.background"),
    ('{"mark": "bar", "config": {"view": {"fill": "javascript:1"}}}', "chart.specification.config.view.fill"),
    ('{"mark": "bar", "usermeta": {}}', "chart.specification.usermeta"),
]


def test_a_chart_that_loads_or_computes_is_refused_with_its_place(crm: Reports, seller: Actor) -> None:
    for specification, place in WRONG_CHARTS:
        chart = {"kind": "own", "specification": specification}
        decision = crm.one(seller, {**create(REPORT), "fields": kept(chart=chart)})
        assert [where for where, _ in wrong(decision)] == [f"definition.{place}"], specification


def test_a_chart_of_ones_own_may_show_every_column(crm: Reports, seller: Actor) -> None:
    encoding = '{"x": {"field": "group_1_label", "type": "nominal"}, "y": {"field": "measure_1"}}'
    layer = f'{{"mark": {{"type": "bar"}}, "encoding": {encoding}}}'
    specification = f'{{"layer": [{layer}], "title": "Fasi: quante"}}'
    chart = {"kind": "own", "specification": specification}
    crm.make(seller, REPORT, **kept(groups=[{"field": "state"}], chart=chart))


def test_what_a_reader_does_not_see_is_refused_wherever_it_is_named(
    crm: Reports, seller: Actor, manager: Actor
) -> None:
    rate, secret = "crm.selling_rate", "hourly_rate"
    crm.make(manager, rate, hourly_rate="42", currency="EUR")
    places = {
        "measures[0].field": report(rate, measures=[("sum", secret)]),
        "groups[0].field": report(rate, groups=[secret]),
        "filter": report(rate, filter=f"{secret} > 40"),
        "measures[0].filter": report(rate, measures=[{"kind": "count", "filter": f"{secret} > 40"}]),
    }
    for place, definition in places.items():
        with pytest.raises(Forbidden) as refused:
            crm.run(seller, definition)
        assert [(each.field, each.reason) for each in refused.value.violations] == [
            (place, "FACET_NOT_GRANTED")
        ]
        assert crm.run(manager, definition).rows
    with pytest.raises(Forbidden):
        crm.run(seller, report(rate), applied=[(secret, ">", "40")])


def test_a_report_that_takes_too_long_is_stopped_and_told_why(
    crm: Reports, seller: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LONGEST_MS", 100)
    with crm.owner.database.engine.begin() as other:
        other.exec_driver_sql("lock table opportunity in access exclusive mode")
        with pytest.raises(NotAllowedNow, match="REPORT_TOO_SLOW"):
            crm.run(seller, report())
    assert crm.run(seller, report()).rows


def test_who_may_not_read_the_source_gets_no_figure(crm: Reports) -> None:
    nobody = crm.accesses.give()
    with pytest.raises(Forbidden) as refused:
        crm.run(nobody, report())
    assert refused.value.reason == "NOT_GRANTED"


def test_a_filter_that_the_source_does_not_have_is_told_and_left_out(crm: Reports, seller: Actor) -> None:
    party = crm.party(seller)
    crm.make(seller, OPPORTUNITY, party_id=party, title="x", source="fair")
    found = crm.run(seller, report(), applied=[("source", "", 'fa"ir'), ("serial_number", "", "1")])
    assert found.ignored == ("serial_number",)
    assert found.rows[0].values == ("0",)
    with pytest.raises(Invalid):
        crm.run(seller, report(), applied=[("source", "= 1 OR", "x")])


def test_a_dashboard_has_tiles_of_any_owner_side_by_side(crm: Reports, seller: Actor) -> None:
    tile = {"service": "offers", "report_id": str(uuid4()), "x": 0, "y": 0, "w": 6, "h": 3}
    names = {"it": "La mia settimana"}
    crm.make(seller, DASHBOARD, names=names, tiles=[tile, {**tile, "x": 6}])
    wrong_tiles = [
        tile,
        {**tile, "x": 5},
        {**tile, "x": 8, "y": 9},
        {**tile, "service": "nobody", "y": 20},
        {**tile, "report_id": "", "y": 30},
    ]
    refused = crm.one(seller, {**create(DASHBOARD), "fields": {"names": {}, "tiles": wrong_tiles}})
    assert wrong(refused) == [
        ("names", "REQUIRED"),
        ("tiles[1]", "TILES_OVERLAP"),
        ("tiles[2].w", "OUT_OF_RANGE"),
        ("tiles[3].service", "UNKNOWN_VALUE"),
        ("tiles[4].report_id", "REQUIRED"),
    ]


def view(**fields: Any) -> dict[str, Any]:
    """Make a view of a list: its `entity` is a field."""
    return {**create(VIEW), "fields": {"entity": "crm.party", "name": "Clienti veneti", **fields}}


def test_a_view_of_a_list_is_kept_as_it_was_set_up_and_seen_by_whom_it_is_shared_with(
    crm: Reports, seller: Actor
) -> None:
    role = str(uuid4())
    set_up = {
        "search": "presse",
        "filters": [{"name": "state", "values": ["customer", "prospect"]}],
        "sort_by": "custom.zona",
        "descending": True,
        "columns": ["name", "city", "custom.zona", "erp_code"],
    }
    record_id = crm.one(seller, view(**set_up)).record_id
    own = crm.stored(VIEW, record_id)
    assert own is not None
    assert {name: own[name] for name in set_up} == set_up
    assert (own["owner_id"], own["visibility"], own["shared_with"]) == (seller.user_id, "mine", [])

    holder, colleague = reader(crm, EVERYBODY, role), reader(crm, EVERYBODY)
    assert not crm.listed(holder, name=VIEW)
    crm.one(seller, update(VIEW, record_id, visibility="roles", role_ids=[role]))
    assert [bool(crm.listed(each, name=VIEW)) for each in (holder, colleague)] == [True, False]
    crm.one(seller, update(VIEW, record_id, visibility="everybody", name="Veneto"))
    assert crm.listed(colleague, name=VIEW) == [record_id]
    renamed = crm.stored(VIEW, record_id)
    assert renamed is not None
    assert renamed["name"] == "Veneto"


@pytest.mark.parametrize(
    ("fields", "place", "reason"),
    [
        ({"entity": "offers.offer"}, "entity", "UNKNOWN_VALUE"),
        ({"entity": "crm.nothing"}, "entity", "UNKNOWN_VALUE"),
        ({"name": "  "}, "name", "REQUIRED"),
        ({"name": "x" * 101}, "name", "TOO_LONG"),
        ({"filters": [{"name": "state", "values": []}]}, "filters[0].values", "TOO_FEW"),
        (
            {"filters": [{"name": "state", "values": ["a"]}, {"name": "state", "values": ["b"]}]},
            "filters[1].name",
            "NOT_UNIQUE",
        ),
        ({"columns": [""]}, "columns[0]", "TOO_SHORT"),
        ({"visibility": "nobody"}, "visibility", "UNKNOWN_VALUE"),
    ],
)
def test_a_view_that_no_list_has_is_refused_with_its_place(
    crm: Reports, seller: Actor, fields: dict[str, Any], place: str, reason: str
) -> None:
    assert wrong(crm.one(seller, view(**fields))) == [(place, reason)]
    assert not crm.listed(seller, name=VIEW)


def test_a_view_stays_with_its_list(crm: Reports, seller: Actor) -> None:
    record_id = crm.one(seller, view()).record_id
    moved = {**update(VIEW, record_id), "fields": {"entity": "crm.activity"}}
    assert wrong(crm.one(seller, moved)) == [("entity", "IMMUTABLE")]
