from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.kit.errors import Invalid
from services.offers.domain.costing import Costs
from services.offers.domain.locks import restore_locks, with_found_prices
from services.offers.domain.margins import margins
from services.offers.domain.prices import FoundPrice
from services.offers.domain.revision import LockedFigure, Revision
from tests.offers.unit.builders import line

REVISION = Revision(
    lines=(
        line("100.00", "3", id="free"),
        line("200.00", id="price", lock="price"),
        line("300.00", id="margin", lock="margin", margin="25"),
    )
)
COSTS = Costs(units={"free": "60", "price": "90", "margin": "240"})


def test_lists_do_not_touch_locked_lines() -> None:
    found = {row.id: FoundPrice(Decimal("9.90"), "5", False, "std", ()) for row in REVISION.lines}
    repriced = with_found_prices(REVISION, found)
    assert [row.unit_price for row in repriced.lines] == ["9.9", "200.00", "300.00"]
    assert [row.discounts for row in repriced.lines] == ["5", "", ""]
    assert with_found_prices(REVISION, {}) == REVISION


def test_a_locked_margin_follows_the_cost() -> None:
    restored = restore_locks(REVISION, COSTS).revision
    assert restored.totals().lines[2].amount == Decimal("320.00")
    assert margins(restored.totals(), COSTS).lines[2]["net"].percent == Decimal("25.00")
    assert restored.lines[:2] == REVISION.lines[:2]
    assert restore_locks(restored, COSTS).revision == restored


def test_without_the_cost_facet_a_locked_margin_keeps_its_price() -> None:
    assert restore_locks(REVISION).revision == REVISION


def test_a_locked_total_is_brought_back_by_the_free_lines() -> None:
    locked = replace(REVISION, locked=LockedFigure("taxable", "790.00"))
    restored = restore_locks(locked, COSTS)
    assert restored.answer is not None and restored.answer.reached
    assert [str(row.amount) for row in restored.revision.totals().lines] == ["270.00", "200.00", "320.00"]


def test_a_locked_total_that_cannot_be_kept_says_why() -> None:
    locked = replace(REVISION, locked=LockedFigure("taxable", "400.00"))
    restored = restore_locks(locked)
    assert restored.answer is not None
    assert restored.answer.reason == "GOAL_BELOW_LEAST"


@pytest.mark.parametrize(
    ("wrong", "costs", "reason"),
    [
        ({}, Costs(), "COST_MISSING"),
        ({"margin": "100"}, COSTS, "MARGIN_OUT_OF_RANGE"),
        ({"discounts": "100"}, COSTS, "GOAL_NO_SUCH_PRICE"),
    ],
)
def test_a_margin_that_cannot_be_kept_names_the_line(
    wrong: dict[str, Any], costs: Costs, reason: str
) -> None:
    revision = replace(REVISION, lines=(*REVISION.lines[:2], replace(REVISION.lines[2], **wrong)))
    with pytest.raises(Invalid) as caught:
        restore_locks(revision, costs)
    assert [(v.field, v.reason) for v in caught.value.violations] == [("lines[2].margin", reason)]
