"""The questions on which every Python must agree: the vectors, and random offers from a fixed seed."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from tests.offers.unit.builders import vectors

CASCADES = ["", "10", "50+10+5", "33,42", "40 + -5", "2+2+2+2"]
RATES = [("22", ""), ("22", ""), ("10", ""), ("4", ""), ("0", "N3.1"), ("0", "N6.9")]
TEXTS = ["Pressa idraulica", "Zubehör für Ölkühler", "caffe\u0300 €", "日本語", "x" * 40]


def questions(count: int = 500) -> str:
    """All questions as JSON, the same at every call."""
    random = Random(2026)
    calls: list[tuple[str, dict[str, Any]]] = [
        ("price", {"revision": _of_vector(c["input"])}) for c in _offers()
    ]
    for number in range(count):
        offer = _offer(random)
        calls.extend(_calls(random, number, offer))
    asked = {"calls": [(name, json.dumps(request)) for name, request in calls], "spreads": _spreads()}
    return json.dumps(asked)


def _offers() -> list[dict[str, Any]]:
    return vectors("offers.json")


def _spreads() -> list[dict[str, Any]]:
    return [{"amount": case["amount"], "weights": case["weights"]} for case in vectors("spread.json")]


def _of_vector(given: dict[str, Any]) -> dict[str, Any]:
    charges = [{"amount": amount} for amount in given["charges"]]
    return {"lines": given["lines"], "header_discounts": given["header_discounts"], "charges": charges}


def _calls(random: Random, number: int, offer: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    costs = {"units": {line["id"]: _money(random, 900) for line in offer["lines"]}, "commission": "2.5"}
    document = {"id": f"0190-{number}", "customer": random.choice(TEXTS)}
    changed = {
        **offer,
        "header_discounts": random.choice(CASCADES),
        "lines": offer["lines"][1:] or offer["lines"],
    }
    calls: list[tuple[str, dict[str, Any]]] = [
        ("price", {"revision": offer, "fold_header": random.random() < 0.5}),
        (
            "spread",
            {"revision": offer, "charge_id": "c0", "method": random.choice(["net", "weight", "equal"])},
        ),
        ("freeze", {"revision": {**offer, "charges": []}, "document": document}),
        ("difference", {"before": offer, "after": changed}),
        ("margins", {"revision": offer, "costs": costs}),
    ]
    if number % 5 == 0:
        goal = _money(random, 90000)
        calls.append(
            ("goal", {"revision": offer, "figure": random.choice(["total", "taxable"]), "amount": goal})
        )
    return calls


def _offer(random: Random) -> dict[str, Any]:
    lines = [_line(random, i) for i in range(random.randint(1, 9))]
    charges = [_charge(random, i, lines) for i in range(random.randint(0, 2))]
    return {
        "lines": lines,
        "header_discounts": random.choice(["", "", "3", "5+2"]),
        "charges": charges,
        "currency": random.choice(["EUR", "EUR", "USD", "JPY", "TND"]),
        "texts": {"introduction": random.choice(TEXTS)},
    }


def _line(random: Random, position: int) -> dict[str, Any]:
    rate, natura = random.choice(RATES)
    return {
        "id": f"l{position}",
        "quantity": random.choice(["1", "2", "0.5", "12.25", "100", "7"]),
        "unit_price": _money(random, 9000) + random.choice(["", "", "12", "000001"]),
        "discounts": random.choice(CASCADES),
        "vat_rate": rate,
        "natura": natura,
        "presence": random.choice(["standard", "standard", "standard", "option"]),
        "selected": random.random() < 0.5,
        "weight_kg": str(random.randint(0, 400)),
        "description": random.choice(TEXTS),
    }


def _charge(random: Random, position: int, lines: list[dict[str, Any]]) -> dict[str, Any]:
    formula = random.choice(["fixed", "fixed", "percent", "per_kg", "per_piece"])
    return {
        "id": f"c{position}",
        "formula": formula,
        "amount": _money(random, 500),
        "rate": str(random.randint(1, 9)),
        "serves": [lines[0]["id"]] if random.random() < 0.2 else [],
        "mode": random.choice(["shown", "spread", "absorbed"]),
    }


def _money(random: Random, most: int) -> str:
    return f"{random.randint(1, most)}.{random.randint(0, 99):02d}"
