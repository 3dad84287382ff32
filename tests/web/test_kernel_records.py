"""What the browser asks the kernel of records, in this Python: prices from lists, spreading, freezing."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from services.kit.entities import default_values, entity
from services.offers.domain.documents import freeze_records, spread_fields

_FILE = Path(__file__).parents[2] / "gateway" / "web" / "src" / "kernel" / "records.py"
_SPEC = importlib.util.spec_from_file_location("web_records", _FILE)
assert _SPEC is not None and _SPEC.loader is not None
records = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(records)


def record(name: str, **values: Any) -> dict[str, Any]:
    return {**default_values(entity(name)), **values}


OF_ROSSI = {"source": "customer", "customer_code": "C1"}
LISTS = [
    record("offers.price_list", id="std", code="STD", currency="EUR", source="standard"),
    record("offers.price_list", id="rossi", code="ROSSI", currency="EUR", **OF_ROSSI),
]


def price(
    price_id: str, list_id: str, article_id: str, unit_price: str, discounts: str = ""
) -> dict[str, Any]:
    named = {"price_list_id": list_id, "article_id": article_id}
    return record("offers.price", id=price_id, unit_price=unit_price, discounts=discounts, **named)


PRICES = [
    price("p1", "std", "press", "1000"),
    price("p2", "rossi", "press", "900", "10"),
    price("p3", "std", "saw", "500"),
]
ARTICLE = record("offers.article", id="press", code="PX200", description="Pressa", unit="pz", vat_rate="22")
REVISION = record("offers.revision", id="r", offer_id="o")


def line(line_id: str, **values: Any) -> dict[str, Any]:
    return record("offers.line", **{"id": line_id, "revision_id": "r", "quantity": "2", **values})


def catalogue(**values: Any) -> dict[str, Any]:
    asked = {"lists": LISTS, "prices": PRICES, "articles": [ARTICLE], "on": "2026-11-29", "user": "u"}
    return {**asked, "customer_code": "", **values}


def priced(lines: list[dict[str, Any]], **values: Any) -> dict[str, Any]:
    draft = {"revision": REVISION, "lines": lines, "charges": [], "catalogue": catalogue(**values)}
    return dict(json.loads(records.price_records(json.dumps(draft))))


def line_by_line(lines: list[dict[str, Any]]) -> str:
    head = {"revision": REVISION, "charges": [], "catalogue": catalogue()}
    return "\n".join(json.dumps(each) for each in (head, *lines))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_lines_that_follow_their_draft_are_priced_as_those_within(count: int) -> None:
    lines = [line(f"l{number}", article_id="press", position=number) for number in range(count)]
    for quantity in ("2", "3", "2"):
        lines = [*lines[:-1], {**lines[-1], "quantity": quantity}] if lines else []
        assert json.loads(records.price_records(line_by_line(lines))) == priced(lines)


@pytest.mark.parametrize("price", ["1,5", ["1"], {"amount": "1"}])
def test_a_line_that_cannot_be_read_is_named_each_time(price: object) -> None:
    lines = [line("a", unit_price="1", vat_rate="22"), line("b", unit_price=price, vat_rate="22")]
    for _ in range(2):
        violations = json.loads(records.price_records(line_by_line(lines)))["error"]["violations"]
        assert violations == [{"field": "lines[1].unit_price", "reason": "NUMBER_MALFORMED"}]


def test_a_line_added_without_a_network_has_the_price_of_the_customers_list_and_says_so() -> None:
    answer = priced([line("a", article_id="press")], customer_code="C1")["ok"]
    found = answer["lines"]["a"]
    assert (found["unit_price"], found["discounts"], found["amount"]) == ("900", "10", "1620.00")
    assert [step["code"] for step in found["price_trail"]] == ["CUSTOMER", "ROW", "LIST_DISCOUNTS"]
    # 1620.00 and the VAT of its article, 22 %.
    assert answer["revision"]["total"] == "1976.40"


def test_without_a_list_of_the_customer_the_standard_one_holds() -> None:
    assert priced([line("a", article_id="press")])["ok"]["lines"]["a"]["unit_price"] == "1000"


def test_a_price_that_somebody_typed_stays() -> None:
    found = priced([line("a", article_id="press", unit_price="5")])["ok"]["lines"]["a"]
    assert found == {"amount": "10.00"}


@pytest.mark.parametrize(
    ("values", "violation"),
    [
        ({"article_id": "lathe"}, ("lines[0].unit_price", "NUMBER_MALFORMED")),
        ({"article_id": "press", "quantity": ""}, ("lines[0].quantity", "NUMBER_MALFORMED")),
        ({"article_id": "saw", "price_list_id": "std"}, ("lines[0].vat_rate", "NUMBER_MALFORMED")),
    ],
)
def test_what_a_line_lacks_is_said_at_the_line(values: dict[str, Any], violation: tuple[str, str]) -> None:
    error = priced([line("a", **values)])["error"]
    assert violation in [(each["field"], each["reason"]) for each in error["violations"]]


def test_a_list_in_another_currency_is_said_at_the_line_that_chose_it() -> None:
    dollars = record("offers.price_list", id="usd", code="USD", currency="USD")
    lines = [line("a", article_id="press"), line("b", position=1, article_id="press", price_list_id="usd")]
    prices = [*PRICES, price("p4", "usd", "press", "7")]
    error = priced(lines, lists=[*LISTS, dollars], prices=prices)["error"]
    assert [(each["field"], each["reason"]) for each in error["violations"]] == [
        ("lines[1].unit_price", "RATE_MISSING")
    ]


def _draft() -> dict[str, Any]:
    charge = record("offers.charge", id="c", description="Trasporto", amount="100.00")
    lines = [
        line("a", unit_price="100", vat_rate="22", weight_kg="3"),
        line("b", position=1, unit_price="100", vat_rate="22", weight_kg="1"),
    ]
    return {"revision": REVISION, "lines": lines, "charges": [charge]}


def test_a_spread_is_previewed_as_the_owner_will_store_it() -> None:
    asked = {**_draft(), "charge_id": "c", "method": "weight"}
    found = json.loads(records.spread_records(json.dumps(asked)))["ok"]
    assert [share["amount"] for share in found["fields"]["spread_shares"]] == ["75.00", "25.00"]
    assert found["net"] == "100.00"
    revision = {**REVISION, "currency": "EUR", "language": "it", "ordinal": 1}
    draft = _draft()
    assert found["fields"] == spread_fields(revision, draft["lines"], draft["charges"], "c", "weight")


def test_a_spread_that_cannot_be_says_why() -> None:
    asked = {**_draft(), "charge_id": "c", "method": "manual", "weights": {}}
    error = json.loads(records.spread_records(json.dumps(asked)))["error"]
    assert {each["reason"] for each in error["violations"]} == {"SPREAD_NO_WEIGHT"}


def test_a_freeze_without_a_network_has_the_hash_that_the_owner_computes() -> None:
    offer = record("offers.offer", id="o", party_id="p", title="Pressa")
    asked = {**_draft(), "offer": offer, "previous_sha256": "0" * 64}
    found = json.loads(records.freeze_draft(json.dumps(asked)))["ok"]
    revision = {**REVISION, "currency": "EUR", "language": "it", "ordinal": 1}
    draft = _draft()
    frozen = freeze_records(revision, offer, draft["lines"], draft["charges"], previous_sha256="0" * 64)
    assert found == {"sha256": frozen.sha256}
