"""The stand-in answers each request once and for ever."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.local.erp import messages
from services.local.erp.books import Books
from services.local.erp.clerk import Clerk
from services.local.erp.messages import Request, Unreadable

ARTICLES = {"PB-80": {"serial": "yes"}, "TL-V8": {"serial": "no"}}


class Bench:
    """A clerk with its books and a clock."""

    def __init__(self, path: Path) -> None:
        self.time = 1_780_000_000.0
        self.path = path
        self.open()

    def open(self) -> None:
        self.books = Books(self.path)
        self.clerk = Clerk(self.books, article=ARTICLES.get, deliver_after_s=10, now=lambda: self.time)

    def ask(self, name: str, /, **data: Any) -> tuple[str, dict[str, Any]]:
        """Send a request; return the answer's name and data."""
        self.clerk.handle(Request("1", name, data))
        return self.answers()[-1]

    def answers(self) -> list[tuple[str, dict[str, Any]]]:
        return [(name, json.loads(body)["data"]) for _, name, body in self.books.outgoing()]

    def customer(self, name: str = "Rossi") -> str:
        code: str = self.ask("party_registration_requested", party_id=name, name=name)[1]["customer_code"]
        return code


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "erp.sqlite")
    yield made
    made.books.close()


def order(customer: str, *codes: str, key: str = "k1", attempt: int = 1) -> dict[str, Any]:
    lines = [
        {"line_id": f"l{n}", "position": n, "article_code": code, "quantity": "2"}
        for n, code in enumerate(codes, start=1)
    ]
    return {"order_key": key, "attempt": attempt, "customer_code": customer, "lines": lines}


def test_a_party_gets_one_customer_code_however_often_it_is_asked_for(bench: Bench) -> None:
    first = bench.ask("party_registration_requested", party_id="p1", name="Rossi")
    assert first == (
        "party_registered",
        {"party_id": "p1", "customer_code": "C01001", "credit_state": "open", "payment_terms": "30 DFFM"},
    )
    assert bench.ask("party_registration_requested", party_id="p1", name="Rossi S.p.A.") == first
    assert (
        bench.ask("party_registration_requested", party_id="p2", name="Bianchi")[1]["customer_code"]
        == "C01002"
    )


def test_an_order_key_gets_one_number_also_after_a_restart(bench: Bench) -> None:
    asked = order(bench.customer(), "PB-80")
    first = bench.ask("customer_order_requested", **asked)
    assert first == ("order_registered", {"order_key": "k1", "order_number": "2026-000001"})
    bench.books.close()
    bench.open()
    assert bench.ask("customer_order_requested", **{**asked, "attempt": 7, "lines": []}) == first


@pytest.mark.parametrize(
    ("customer", "codes", "reason"),
    [
        ("C99999", ["PB-80"], "CUSTOMER_UNKNOWN"),
        ("", ["PB-80"], "CUSTOMER_UNKNOWN"),
        (None, [], "ORDER_EMPTY"),
        (None, ["PB-80", "X2", "X1", ""], "ARTICLE_UNKNOWN: X1, X2"),
    ],
)
def test_reasons_to_refuse(bench: Bench, customer: str | None, codes: list[str], reason: str) -> None:
    known = bench.customer()
    answer = bench.ask("customer_order_requested", **order(known if customer is None else customer, *codes))
    assert answer == ("order_refused", {"order_key": "k1", "attempt": 1, "reason": reason})


def test_a_blocked_customers_order_is_refused(bench: Bench) -> None:
    asked = bench.ask("party_registration_requested", party_id="p", name="Refuse Ltd")
    assert asked[1]["credit_state"] == "blocked"
    answer = bench.ask("customer_order_requested", **order(asked[1]["customer_code"], "PB-80"))
    assert answer[1]["reason"] == "CUSTOMER_BLOCKED"


def test_a_refused_order_is_looked_at_again_only_with_a_new_attempt(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = bench.customer()
    assert bench.ask("customer_order_requested", **order(customer, "NEW"))[0] == "order_refused"
    monkeypatch.setitem(ARTICLES, "NEW", {"serial": "no"})
    assert bench.ask("customer_order_requested", **order(customer, "NEW"))[0] == "order_refused"
    assert bench.ask("customer_order_requested", **order(customer, "NEW", attempt=2))[0] == "order_registered"


def test_goods_are_delivered_later_once_with_serial_numbers(bench: Bench) -> None:
    bench.ask("customer_order_requested", **order(bench.customer(), "PB-80", "TL-V8"))
    assert bench.clerk.deliver_due() == []
    bench.time += 11
    assert len(bench.clerk.deliver_due()) == 1
    assert bench.clerk.deliver_due() == []
    name, delivered = bench.answers()[-1]
    assert name == "goods_delivered"
    assert delivered["delivery_date"] == "2026-05-28"
    assert delivered["lines"][0]["serial_numbers"] == ["PB-80-2026-000001-1-1", "PB-80-2026-000001-1-2"]
    assert delivered["lines"][1]["serial_numbers"] == []
    # A delivered order is still the registered one for whoever asks.
    assert bench.ask("customer_order_requested", **order("C01001", "PB-80"))[0] == "order_registered"


def test_a_request_that_fails_leaves_nothing(bench: Bench) -> None:
    with pytest.raises(KeyError):
        bench.clerk.handle(Request("1", "customer_order_requested", {}))
    assert bench.answers() == []


def test_what_is_not_known_is_ignored(bench: Bench) -> None:
    assert bench.clerk.handle(Request("1", "order_change_requested", {})) == "order_change_requested: ignored"


def test_a_message_can_be_read_by_the_services() -> None:
    from services.kit.envelope import decode

    event = decode(messages.write("order_registered", {"order_key": "k"}))
    assert (event.service, event.type, event.data) == ("erp", "erp.order_registered.v1", {"order_key": "k"})


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"specversion":"1.0","data":[]}'])
def test_rubbish_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable):
        messages.read(body)
