from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit.errors import Invalid
from services.offers.domain.calls import CALLS, call
from services.offers.domain.charges import BASES, BEHAVIOURS, FORMULAS, MODES, Charge
from services.offers.domain.codec import from_plain, to_plain
from services.offers.domain.lines import KINDS, LOCKS, PRESENCES, Line
from services.offers.domain.pricelists import PriceList, PriceRow
from services.offers.domain.prices import PriceQuestion
from services.offers.domain.reasons import REASONS
from services.offers.domain.revision import Revision
from services.offers.domain.spreading import METHODS
from services.offers.domain.transitions import STATES
from tests.offers.unit.builders import lines_of, vectors


def ok(name: str, **request: Any) -> Any:
    answer = json.loads(call(name, json.dumps(request)))
    assert "ok" in answer, answer
    return answer["ok"]


def refused(name: str, request: Any) -> dict[str, Any]:
    text = request if isinstance(request, str) else json.dumps(request)
    found: dict[str, Any] = json.loads(call(name, text))["error"]
    return found


OFFER = {
    "lines": [
        {"id": "a", "unit_price": "1000.00", "vat_rate": "22"},
        {"id": "b", "unit_price": "333.33", "vat_rate": "10"},
    ],
    "charges": [{"id": "t", "amount": "50.00", "mode": "spread"}],
}


def test_price_spread_and_freeze() -> None:
    assert ok("price", revision=OFFER)["missing"] == ["SPREAD_STALE"]
    run = ok("spread", revision=OFFER, charge_id="t")
    spread = {**OFFER, "spreads": [run]}
    priced = ok("price", revision=spread)
    assert priced["totals"]["vat"] == "262.83"
    assert [row["amount"] for row in priced["printed"]["lines"]] == ["1037.50", "345.83"]
    frozen = ok("freeze", revision=spread, document={"id": "x"})
    assert len(frozen["sha256"]) == 64


def test_goals_locks_and_what_if() -> None:
    assert ok("goal", revision=OFFER, figure="total", amount="1500.00")["figure"] == "1500.00"
    costs = {"units": {"a": "600", "b": "200"}}
    assert ok("goal", revision=OFFER, figure="margin", amount="30", costs=costs)["reached"]
    assert ok("goal", revision=OFFER, figure="line_price", line_id="a", amount="900")["reached"]
    assert ok("goal", revision=OFFER, figure="line_margin", line_id="a", amount="40", costs=costs)["reached"]
    assert ok("locks", revision={**OFFER, "locked": {"figure": "taxable", "amount": "1400.00"}})["answer"][
        "reached"
    ]
    edits = [{"kind": "set", "target": "line", "id": "a", "fields": {"discounts": "10"}}]
    assert ok("what_if", revision=OFFER, edits=edits, costs=costs)["difference"]["effect"] == "-100.00"
    assert ok("difference", before=OFFER, after=OFFER)["effect"] == "0.00"


def test_margins_and_lights() -> None:
    found = ok("margins", revision=OFFER, costs={"units": {"a": "600", "b": "200"}})
    assert found["offer"]["net"]["percent"] == "40.00"
    assert ok("lights", revision=OFFER, guards={"a": {"floor": "900", "target": "1000"}})["offer"] == "green"


def test_prices_vat_and_commands() -> None:
    lists = [{"id": "L", "rows": [{"id": "r", "name": "PR-1", "unit_price": "100"}]}]
    questions = [{"article": "PR-1", "quantity": "2", "on": "2026-03-01"}]
    found = ok("find_prices", lists=lists, questions=questions)
    assert found[0]["price"]["unit_price"] == "100"
    assert found[0]["why"] == ["listino standard L", "riga r: 100 EUR"]
    decided = ok("vat", article={"name": "machines"}, buyer={}, supply={"on": "2026-03-01"}, language="en")
    assert (decided["vat_rate"], decided["why"][-1].strip()) == ("22", "rate 22")
    assert ok("commands", entity="revision", state="draft") == ["freeze", "withdraw"]


@pytest.mark.parametrize(
    ("name", "request_", "reason"),
    [
        ("fly", {}, "CALL_UNKNOWN"),
        ("price", "", "CALL_MALFORMED"),
        ("price", "{", "CALL_MALFORMED"),
        ("price", '{"revision": {"lines": [{"quantity": 1.5}]}}', "CALL_MALFORMED"),
        ("price", "NaN", "CALL_MALFORMED"),
        ("price", "[" * 5000, "CALL_MALFORMED"),
        ("price", [], "FIELD_TYPE"),
        ("price", {}, "FIELD_MISSING"),
        ("price", {"revision": {"rows": []}}, "FIELD_UNKNOWN"),
        ("price", {"revision": {"lines": {}}}, "FIELD_TYPE"),
        ("price", {"revision": {"lines": [None]}}, "FIELD_TYPE"),
        ("price", {"revision": {"lines": [{"selected": 1}]}}, "FIELD_TYPE"),
        ("price", {"revision": {"lines": [{"quantity": True}]}}, "FIELD_TYPE"),
        ("price", {"revision": {"lines": [{"quantity": "1"}] * 5001}}, "REVISION_TOO_LONG"),
        ("price", {"revision": {"lines": [{}] * 20001}}, "LIST_TOO_LONG"),
        ("price", {"revision": {"currency": "LIRE"}}, "CURRENCY_UNKNOWN"),
        ("freeze", {"revision": {}, "document": {"x": "\ud800"}}, "SNAPSHOT_VALUE"),
        ("freeze", {"revision": {}, "document": [1]}, "FIELD_TYPE"),
        (
            "find_prices",
            {"lists": [], "questions": [{"article": "a", "quantity": "1", "on": "1 May"}]},
            "FIELD_TYPE",
        ),
        (
            "find_prices",
            {"lists": [], "questions": [{"article": "a", "quantity": "1", "on": "2026-05-01"}]},
            "PRICE_NOT_FOUND",
        ),
    ],
)
def test_a_wrong_request_is_refused_with_its_reason(name: str, request_: Any, reason: str) -> None:
    error = refused(name, request_)
    assert error["reason"] == reason
    assert "{" not in error["detail"]


def test_depth_is_no_crash() -> None:
    deep = '{"revision": {}, "document": ' + '{"a": ' * 900 + "1" + "}" * 900 + "}"
    assert refused("freeze", deep)["reason"] in ("SNAPSHOT_VALUE", "CALL_MALFORMED")


# ---- codec


def test_values_read_back_as_they_were_written() -> None:
    for case in vectors("offers.json")[:5]:
        revision = Revision(
            lines=tuple(lines_of(case["input"])),
            header_discounts=case["input"]["header_discounts"],
            charges=tuple(Charge(amount, id=f"c{i}") for i, amount in enumerate(case["input"]["charges"])),
            texts={"a": "b"},
            configuration={"l0": {"colour": "red"}},
        )
        assert from_plain(Revision, json.loads(json.dumps(to_plain(revision)))) == revision


def test_dates_decimals_and_options_are_read() -> None:
    read = from_plain(
        PriceList,
        {"id": "L", "valid_from": "2026-03-01", "rows": [{"id": "r", "unit_price": 5, "valid_to": None}]},
    )
    assert read.valid_from == date(2026, 3, 1)
    assert read.rows == (PriceRow("r", unit_price=5),)
    assert to_plain(Decimal("10.00")) == "10.00"


@pytest.mark.parametrize(
    ("kind", "value", "path"),
    [
        (Line, {"quantity": 1.5}, "quantity"),
        (Line, {"quantity": None}, "quantity"),
        (Line, {"id": 5}, "id"),
        (Revision, {"texts": []}, "texts"),
        (Revision, {"texts": {"a": 1}}, "texts[a]"),
        (Revision, {"spreads": [{"charge_id": "c"}]}, "spreads[0].allocations"),
        (PriceQuestion, {"article": "a", "quantity": "1", "on": "2026-02-30"}, "on"),
    ],
)
def test_a_wrong_value_is_named_by_its_path(kind: type[Any], value: Any, path: str) -> None:
    with pytest.raises(Invalid) as caught:
        from_plain(kind, value)
    assert caught.value.params["field"] == path


# ---- fuzzing

NUMBERS = [
    "0",
    "1",
    "-1",
    "2.5",
    "100",
    "0.00000001",
    "999999999999",
    "-0",
    "1000000000000",
    "1e5",
    "NaN",
    "",
    "1" * 70,
]
TEXTS = [
    "",
    "a",
    "b",
    "l0",
    "l1",
    "c0",
    "10+5",
    "100",
    "-99",
    "+",
    "è\ud800",
    "\u0000",
    "N3.1",
    "EUR",
    "JPY",
    "22",
    "4",
]
WORDS = [
    *KINDS,
    *PRESENCES,
    *LOCKS,
    *FORMULAS,
    *BASES,
    *MODES,
    *BEHAVIOURS,
    *METHODS,
    *STATES,
    "total",
    "margin",
]
SCALARS = st.one_of(
    st.sampled_from(NUMBERS),
    st.sampled_from(TEXTS),
    st.sampled_from(WORDS),
    st.integers(-(10**20), 10**20),
    st.booleans(),
    st.none(),
)
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(TEXTS), inner, max_size=3),
    max_leaves=6,
)
RATES = st.sampled_from(["22", "10", "0", "101"])


def rows(kind: type[Any], ids: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of a class's fields, most of the right kind, some not."""
    names = [item.name for item in fields(kind)]
    likely = st.fixed_dictionaries(
        {"id": st.sampled_from(ids), "vat_rate": RATES},
        optional={
            name: st.sampled_from([*NUMBERS[:6], *WORDS])
            for name in names
            if name not in ("id", "vat_rate", "serves")
        },
    )
    hostile = st.dictionaries(st.sampled_from([*names, "nothing"]), JUNK, max_size=6)
    plain = st.fixed_dictionaries(
        {
            "id": st.sampled_from(ids),
            "vat_rate": st.sampled_from(["22", "10"]),
            **(
                {"unit_price": st.sampled_from(["10.00", "99.99", "-1", "0"])}
                if "unit_price" in names
                else {}
            ),
            **(
                {"amount": st.sampled_from(["5.00", "-3", "0"]), "mode": st.sampled_from(MODES)}
                if "mode" in names
                else {}
            ),
        }
    )
    return st.one_of(plain, plain, likely, hostile)


REVISIONS = st.fixed_dictionaries(
    {"lines": st.lists(rows(Line, ["l0", "l1", "l2", ""]), max_size=4)},
    optional={
        "charges": st.lists(rows(Charge, ["c0", "c1"]), max_size=3),
        "header_discounts": st.sampled_from(["", "10", "5+2", "-3", "x"]),
        "currency": st.sampled_from(["EUR", "JPY", "TND", "x"]),
        "split_payment": st.booleans(),
        "locked": st.one_of(
            st.none(),
            st.fixed_dictionaries({"figure": st.sampled_from(WORDS), "amount": st.sampled_from(NUMBERS)}),
        ),
        "texts": JUNK,
        "spreads": JUNK,
    },
)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "revision": REVISIONS,
        "before": REVISIONS,
        "after": REVISIONS,
        "charge_id": st.sampled_from(["c0", "c1", ""]),
        "method": st.sampled_from([*METHODS, "x"]),
        "figure": st.sampled_from(["total", "taxable", "net", "margin", "line_price", "line_margin", "x"]),
        "amount": st.sampled_from(NUMBERS),
        "line_id": st.sampled_from(["l0", "l1", ""]),
        "costs": st.one_of(JUNK, st.just({"units": {"l0": "5", "l1": "-2"}})),
        "weights": st.one_of(JUNK, st.just({"l0": "5", "l1": "1"})),
        "document": JUNK,
        "edits": JUNK,
        "guards": JUNK,
        "entity": st.sampled_from(["offer", "x"]),
        "state": st.sampled_from(["draft", "x"]),
        "lists": JUNK,
        "questions": JUNK,
        "article": JUNK,
        "buyer": JUNK,
        "supply": JUNK,
        "floors": JUNK,
    },
)


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.sampled_from(sorted(CALLS)), REQUESTS)
def test_hostile_requests_get_typed_errors_and_nothing_else(name: str, request_: dict[str, Any]) -> None:
    known = {item.name for item in fields(CALLS[name])}
    request_ = {key: value for key, value in request_.items() if key in known}
    answer = json.loads(call(name, json.dumps(request_)))
    if "error" in answer:
        error = answer["error"]
        assert error["reason"] in REASONS
        assert error["kind"] in ("invalid", "not_allowed_now")
        for violation in error["violations"]:
            assert violation["reason"] in REASONS
            assert violation["field"]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(CALLS)), st.one_of(JUNK.map(json.dumps), st.text(max_size=40)))
def test_junk_gets_typed_errors_and_nothing_else(name: str, request_: str) -> None:
    assert json.loads(call(name, request_)).keys() <= {"ok", "error"}
