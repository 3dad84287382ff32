"""How long the kernel takes over 500 lines: the same script in CPython and in Pyodide.

`main` takes the number of repeats as text and gives JSON: operation -> milliseconds of each repeat.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from time import perf_counter

from services.offers.domain.charges import Charge
from services.offers.domain.contents import freeze_revision
from services.offers.domain.goalseek import seek_figure
from services.offers.domain.lines import Line
from services.offers.domain.locks import with_found_prices
from services.offers.domain.pricelists import PriceList, PriceRow, price_book
from services.offers.domain.prices import PriceQuestion, find_price
from services.offers.domain.revision import Revision
from services.offers.domain.spreading import spread

LINES = 500
TODAY = date(2026, 3, 16)
CASCADES = ["50+10+5", "", "33,42", "2+2"]

BOOK = price_book(
    PriceList(
        id=source,
        source=source,
        rows=tuple(
            PriceRow(
                id=f"{source}-{i}-{least}",
                name=f"A{i}",
                unit_price=f"{i * 13 % 997 + 37}.{i % 100:02d}",
                min_quantity=str(least),
            )
            for i in range(start, LINES)
            for least in (0, 100)
        ),
    )
    for source, start in (("contract", 400), ("customer", 300), ("standard", 0))
)
REVISION = Revision(
    lines=tuple(
        Line(
            id=f"l{i}",
            quantity=str(i % 5 + 1),
            unit_price=f"{i * 13 % 997 + 37}.{i % 100:02d}",
            discounts=CASCADES[i % 4],
            vat_rate="22" if i % 3 else "10",
            weight_kg="3.5",
            description=f"article {i}",
        )
        for i in range(LINES)
    ),
    header_discounts="5+2",
    charges=(
        Charge("1500.00", id="freight", mode="spread"),
        Charge(formula="percent", rate="2", id="packing"),
    ),
)
TOTALS = REVISION.totals()
RUN = spread(TOTALS, "freight")


def price_with_trail() -> None:
    found = {
        line.id: find_price(BOOK, PriceQuestion(article=f"A{i}", quantity=line.quantity, on=TODAY))
        for i, line in enumerate(REVISION.lines)
    }
    assert with_found_prices(REVISION, found).totals().total


def spread_over() -> None:
    assert spread(TOTALS, "freight", "weight").allocations


def goal_seek() -> None:
    assert seek_figure(REVISION, "total", "500000.00").reached


def freeze() -> None:
    assert freeze_revision(replace(REVISION, spreads=(RUN,)), {"id": "0190"}).sha256


OPERATIONS: dict[str, Callable[[], None]] = {
    "price with trail": price_with_trail,
    "spread": spread_over,
    "goal-seek": goal_seek,
    "freeze": freeze,
}


def main(repeats: str) -> str:
    return json.dumps({name: [_timed(run) for _ in range(int(repeats))] for name, run in OPERATIONS.items()})


def _timed(run: Callable[[], None]) -> float:
    started = perf_counter()
    run()
    return (perf_counter() - started) * 1000
