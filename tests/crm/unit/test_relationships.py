"""Periods of relationships, what stands beside what, and both readings of every kind."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sales.crm.v1 import records_pb2

from services.crm.domain.relationships import KINDS, Period, Relation, collision

DAYS = st.dates(date(2026, 1, 1), date(2026, 2, 10))
PERIODS = st.builds(Period, st.none() | DAYS, st.none() | DAYS).filter(lambda each: not each.is_backwards)
ALL_DAYS = [date(2025, 12, 30) + timedelta(days=n) for n in range(60)]


def test_every_kind_of_the_contract_has_both_readings_in_both_languages() -> None:
    kinds = {name.removeprefix("RELATIONSHIP_KIND_").lower() for name in records_pb2.RelationshipKind.keys()}  # noqa: SIM118
    assert kinds - {"unspecified"} == set(KINDS)
    for kind in KINDS.values():
        texts = [kind.forward.it, kind.forward.en, kind.backward.it, kind.backward.en]
        assert len({*texts}) == 4
        assert all(texts)


@given(PERIODS, PERIODS)
def test_two_periods_meet_if_and_only_if_they_have_a_day_in_common(one: Period, two: Period) -> None:
    common = [day for day in ALL_DAYS if one.holds_on(day) and two.holds_on(day)]
    assert one.meets(two) == two.meets(one) == bool(common)


@given(st.lists(st.tuples(st.sampled_from("AB"), PERIODS), max_size=6))
def test_relations_that_were_let_in_give_a_company_one_parent_on_any_day(
    wanted: list[tuple[str, Period]],
) -> None:
    kept: list[Relation] = []
    for other, period in wanted:
        relation = Relation("subsidiary_of", other, period)
        if not collision(relation, kept):
            kept.append(relation)
    for day in ALL_DAYS:
        assert sum(each.period.holds_on(day) for each in kept) <= 1


@pytest.mark.parametrize(
    ("mine", "theirs", "reason"),
    [
        (("works_at", "A"), ("works_at", "A"), "RELATIONSHIP_TWICE"),
        (("works_at", "A"), ("works_at", "B"), ""),
        (("works_at", "A"), ("contact_person_of", "A"), ""),
        (("subsidiary_of", "A"), ("subsidiary_of", "B"), "TWO_PARENTS"),
        (("dealer_of", "A"), ("subsidiary_of", "A"), ""),
    ],
)
def test_what_may_stand_beside_what(mine: tuple[str, str], theirs: tuple[str, str], reason: str) -> None:
    always = Period()
    assert collision(Relation(*mine, always), [Relation(*theirs, always)]) == reason
