"""Short ways to write lines and charges, and the vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from services.offers.domain.charges import Charge
from services.offers.domain.lines import Line
from services.offers.domain.totals import RevisionTotals, price_revision

VECTORS = Path(__file__).parents[2] / "vectors"


def vectors(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((VECTORS / name).read_text())
    assert found
    return found


def line(unit_price: str = "100.00", quantity: str = "1", rate: str = "22", **rest: Any) -> Line:
    return Line(quantity=quantity, unit_price=unit_price, vat_rate=rate, **rest)


def lines_of(case: dict[str, Any]) -> list[Line]:
    return [Line(**row, id=f"l{i}") for i, row in enumerate(case["lines"])]


def price(*lines: Line, header: str = "", charges: tuple[Charge, ...] = (), **rest: Any) -> RevisionTotals:
    return price_revision(lines, header, charges, **rest)
