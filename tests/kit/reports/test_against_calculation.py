"""A report's figures equal an independent calculation over the rows that its reader may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from services.kit.actor import Actor
from tests.kit.reports.counting import OPPORTUNITY, Reports, report
from tests.support.owners import NORTH, SOUTH, create, within


@dataclass(frozen=True)
class Stored:
    """An opportunity as the test made it."""

    id: str
    territory: UUID
    source: str
    currency: str
    value: Decimal | None
    expected_close: date | None
    rating: Decimal | None


def _stored(number: int, territory: UUID) -> Stored:
    """Values that collide, are absent, negative and of several currencies."""
    return Stored(
        id=str(uuid7()),
        territory=territory,
        source=("", "fair", "web")[number % 3],
        currency=("EUR", "EUR", "USD")[number * 7 % 3],
        value=None if number % 5 == 0 else Decimal(number * 37 % 23) / 4,
        expected_close=None if number % 7 == 0 else date(2025, 12, 20) + timedelta(days=number * 11 % 90),
        rating=None if number % 4 == 0 else Decimal(number % 6 - 2),
    )


@pytest.fixture
def company(crm: Reports, seller: Actor) -> tuple[Reports, dict[str, Actor], list[Stored]]:
    """Sixty opportunities in two territories, and three readers."""
    crm.define("rating", "number", entity=OPPORTUNITY)
    rows = []
    parties = {
        territory: crm.make(seller, "crm.party", name="x", territory_id=str(territory))
        for territory in (NORTH, SOUTH)
    }
    items = []
    for number in range(60):
        each = _stored(number, (NORTH, SOUTH)[number * 5 % 3 % 2])
        fields = {
            "party_id": parties[each.territory],
            "title": "x",
            "source": each.source,
            "currency": each.currency,
            "value": "" if each.value is None else str(each.value),
            "expected_close": each.expected_close.isoformat() if each.expected_close else "",
            "custom": {} if each.rating is None else {"rating": str(each.rating)},
        }
        items.append({**create(OPPORTUNITY, each.id), "fields": fields})
        rows.append(each)
    assert {each.outcome for each in crm.apply(seller, *items)} == {"applied"}
    readers = {
        "all": seller,
        "north": crm.accesses.give(within(NORTH)),
        "south": crm.accesses.give(within(SOUTH)),
    }
    return crm, readers, rows


GROUPS: dict[str, tuple[Any, Callable[[Stored], Any]]] = {
    "source": ("source", lambda row: row.source),
    "rating": ("custom.rating", lambda row: row.rating),
    "month": (
        {"field": "expected_close", "step": "month"},
        lambda row: row.expected_close and row.expected_close.replace(day=1),
    ),
    "week": (
        {"field": "expected_close", "step": "week"},
        lambda row: (
            row.expected_close - timedelta(days=row.expected_close.weekday()) if row.expected_close else None
        ),
    ),
    "quarter": (
        {"field": "expected_close", "step": "quarter"},
        lambda row: (
            row.expected_close.replace(month=(row.expected_close.month - 1) // 3 * 3 + 1, day=1)
            if row.expected_close
            else None
        ),
    ),
    "territory": ("party_id.territory_id", lambda row: row.territory),
}
FILTERS: dict[str, Callable[[Stored], bool]] = {
    "": lambda row: True,
    "source = fair": lambda row: row.source == "fair",
    'value > 0 AND source != ""': lambda row: row.value is not None and row.value > 0 and row.source != "",
    "custom.rating >= 1": lambda row: row.rating is not None and row.rating >= 1,
    "expected_close < 2026-02-01": lambda row: bool(
        row.expected_close and row.expected_close < date(2026, 2, 1)
    ),
}


def _nearest_rank(values: Sequence[Decimal], percent: int) -> Decimal | None:
    ordered = sorted(values)
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1] if ordered else None


def _average(values: Sequence[Decimal]) -> Decimal | None:
    if not values:
        return None
    return (sum(values, Decimal()) / len(values)).quantize(Decimal("0.000001"), ROUND_HALF_UP)


MEASURES: dict[str, Callable[[Sequence[Decimal]], Any]] = {
    "count": len,
    "sum": lambda values: sum(values, Decimal()) if values else None,
    "average": _average,
    "median": lambda values: _nearest_rank(values, 50),
    "p90": lambda values: _nearest_rank(values, 90),
    "distinct": lambda values: len(set(values)),
    "smallest": lambda values: min(values, default=None),
    "greatest": lambda values: max(values, default=None),
}
FIELDS: dict[str, Callable[[Stored], Decimal | None]] = {
    "value": lambda row: row.value,
    "custom.rating": lambda row: row.rating,
}


def _as_value(text: str, like: Any) -> Any:
    """Read a text of a result as what the calculation gives."""
    if text == "":
        return None
    if isinstance(like, date):
        return date.fromisoformat(text)
    return UUID(text) if isinstance(like, UUID) else like if isinstance(like, str) else Decimal(text)


def _expected(
    rows: Sequence[Stored], groups: Sequence[str], measures: Sequence[tuple[str, str]], *, by_currency: bool
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    found: dict[tuple[Any, ...], list[Stored]] = defaultdict(list)
    for row in rows:
        key = [GROUPS[name][1](row) for name in groups]
        found[(*key, row.currency) if by_currency else tuple(key)].append(row)
    return {key: tuple(_figure(each, *measure) for measure in measures) for key, each in found.items()}


def _figure(rows: Sequence[Stored], kind: str, field: str) -> Any:
    values = [value for value in map(FIELDS[field], rows) if value is not None]
    return MEASURES[kind](values)


def _read(values: Sequence[str], like: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(_as_value(text, one) for text, one in zip(values, like, strict=True))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reader=st.sampled_from(["all", "north", "south"]),
    groups=st.lists(st.sampled_from(sorted(GROUPS)), max_size=3, unique=True),
    measures=st.lists(
        st.tuples(st.sampled_from(sorted(MEASURES)), st.sampled_from(sorted(FIELDS))), min_size=1, max_size=4
    ),
    filter_text=st.sampled_from(sorted(FILTERS)),
)
def test_figures_and_totals_equal_a_calculation_over_what_the_reader_sees(
    company: tuple[Reports, dict[str, Actor], list[Stored]],
    reader: str,
    groups: list[str],
    measures: list[tuple[str, str]],
    filter_text: str,
) -> None:
    crm, readers, stored = company
    seen = {"all": {NORTH, SOUTH}, "north": {NORTH}, "south": {SOUTH}}[reader]
    rows = [row for row in stored if row.territory in seen and FILTERS[filter_text](row)]
    by_currency = any(field == "value" and kind not in ("count", "distinct") for kind, field in measures)
    definition = report(filter=filter_text, groups=[GROUPS[name][0] for name in groups], measures=measures)

    result = crm.run(readers[reader], definition)

    expected = _expected(rows, groups, measures, by_currency=by_currency)
    keys = len(groups) + by_currency
    if rows or groups:
        likes = {tuple(_text(part) for part in key): (key, figures) for key, figures in expected.items()}
        assert {line.values[:keys] for line in result.rows} == set(likes)
        for line in result.rows:
            _, figures = likes[line.values[:keys]]
            assert _read(line.values[keys:], figures) == figures
    totals = _expected(rows, [], measures, by_currency=by_currency)
    if rows:
        shown = {line.values[len(groups) : keys]: line.values[keys:] for line in result.totals}
        assert {key: _read(shown[key], figures) for key, figures in totals.items()} == totals
    for line in result.rows[:3]:
        key = {
            column.name: value
            for column, value in zip(result.columns[:keys], line.values[:keys], strict=True)
        }
        behind = crm.behind(readers[reader], definition, key=key, page_size=500)
        wanted = [row.id for row in rows if _key(row, groups, by_currency) == line.values[:keys]]
        assert sorted(each["id"] for each in behind) == sorted(wanted)


def _text(part: Any) -> str:
    return "" if part is None else part.isoformat() if isinstance(part, date) else str(part)


def _key(row: Stored, groups: Sequence[str], by_currency: bool) -> tuple[str, ...]:
    parts = [GROUPS[name][1](row) for name in groups]
    return tuple(_text(part) for part in [*parts, *([row.currency] if by_currency else [])])
