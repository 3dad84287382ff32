"""What the ERP does with a request. Every request may come twice: a known key is answered as before.

Reasons for refusing an order, in the order in which they are looked for:

    CUSTOMER_UNKNOWN     the customer code is not ours CUSTOMER_BLOCKED     the customer's name contains
    REFUSE (to show a refusal; a real ERP looks at the credit) ORDER_EMPTY          no line ARTICLE_UNKNOWN:
    …   these article codes are not in articles.csv; lines without a code are taken as text
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from services.local.erp.books import Books, Order
from services.local.erp.messages import Request

PAYMENT_TERMS = "30 DFFM"
_MOST_SERIALS = 100


class Clerk:
    """Handles requests and deliveries. `article` finds the CSV row of an article code."""

    def __init__(
        self,
        books: Books,
        *,
        article: Callable[[str], Mapping[str, str] | None],
        deliver_after_s: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._books = books
        self._article = article
        self._deliver_after_s = deliver_after_s
        self._now = now

    def handle(self, request: Request) -> str:
        """Do what is asked and queue the answer, in one transaction; say in one line what was done."""
        handlers = {
            "party_registration_requested": self._register_party,
            "customer_order_requested": self._register_order,
        }
        handler = handlers.get(request.name)
        if handler is None:
            # Later versions may ask for more. What we do not know is none of our business.
            return f"{request.name}: ignored"
        with self._books.transaction():
            return handler(request.data)

    def deliver_due(self) -> list[str]:
        """Deliver the orders whose time has come."""
        return [self._deliver(order) for order in self._books.orders_to_deliver(self._now())]

    def _register_party(self, data: Mapping[str, Any]) -> str:
        party_id, name = str(data["party_id"]), str(data.get("name", ""))
        customer = self._books.customer(party_id) or self._books.add_customer(
            party_id, name=name, is_blocked="REFUSE" in name.upper()
        )
        self._books.send(
            "party_registered",
            {
                "party_id": party_id,
                "customer_code": customer.code,
                "credit_state": "blocked" if customer.is_blocked else "open",
                "payment_terms": PAYMENT_TERMS,
            },
        )
        return f"party {party_id}: customer {customer.code}"

    def _register_order(self, data: Mapping[str, Any]) -> str:
        key, attempt = str(data["order_key"]), int(data.get("attempt", 1))
        known = self._books.order(key)
        # A registered order stays what it is. A refused one is looked at again only for a new attempt.
        if known and (known.state != "refused" or attempt <= known.attempt):
            return self._answer(known)
        reason = self._reason_to_refuse(data)
        if reason:
            order = Order(key, attempt, "refused", "", reason, dict(data))
            self._books.put_order(order, deliver_at=None)
        else:
            number = self._books.next_order_number(datetime.fromtimestamp(self._now(), UTC).year)
            order = Order(key, attempt, "registered", number, "", dict(data))
            self._books.put_order(order, deliver_at=self._now() + self._deliver_after_s)
        return self._answer(order)

    def _answer(self, order: Order) -> str:
        if order.state == "refused":
            refusal = {"order_key": order.key, "attempt": order.attempt, "reason": order.reason}
            self._books.send("order_refused", refusal)
            return f"order {order.key}: refused, {order.reason}"
        self._books.send("order_registered", {"order_key": order.key, "order_number": order.number})
        return f"order {order.key}: {order.number}"

    def _reason_to_refuse(self, data: Mapping[str, Any]) -> str:
        customer = self._books.customer_of_code(str(data.get("customer_code", "")))
        if customer is None:
            return "CUSTOMER_UNKNOWN"
        if customer.is_blocked:
            return "CUSTOMER_BLOCKED"
        lines = data.get("lines") or []
        if not lines:
            return "ORDER_EMPTY"
        codes = {str(line.get("article_code", "")) for line in lines} - {""}
        unknown = sorted(code for code in codes if self._article(code) is None)
        return f"ARTICLE_UNKNOWN: {', '.join(unknown)}" if unknown else ""

    def _deliver(self, order: Order) -> str:
        with self._books.transaction():
            self._books.put_order(replace(order, state="delivered"), deliver_at=None)
            self._books.send(
                "goods_delivered",
                {
                    "order_key": order.key,
                    "delivery_number": f"D{order.number}",
                    "delivery_date": datetime.fromtimestamp(self._now(), UTC).date().isoformat(),
                    "lines": [self._delivered(order, line) for line in order.request["lines"]],
                },
            )
        return f"order {order.key}: {order.number} delivered"

    def _delivered(self, order: Order, line: Mapping[str, Any]) -> dict[str, Any]:
        code, quantity = str(line.get("article_code", "")), str(line.get("quantity", ""))
        article = self._article(code)
        count = _whole(quantity) if article and article["serial"] == "yes" else 0
        position = line.get("position", 0)
        return {
            "line_id": str(line.get("line_id", "")),
            "article_code": code,
            "quantity": quantity,
            "serial_numbers": [f"{code}-{order.number}-{position}-{n}" for n in range(1, count + 1)],
        }


def _whole(quantity: str) -> int:
    """How many serial numbers a quantity needs."""
    try:
        return max(0, min(int(Decimal(quantity)), _MOST_SERIALS))
    except (InvalidOperation, ValueError, OverflowError):
        return 0
