"""The lines of a record follow from the versions that were seen of it, in whatever order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.crm.domain.timeline import Line, Run, Source, told, with_version
from services.crm.domain.timeline_sources import SOURCES
from services.kit.entities import all_entities

STATES = ["draft", "sent", "lost"]
SOURCE = Source(
    lambda values: "",
    {"sent": Line("sent"), "lost": Line("lost", at=("lost_on",), detail="reason")},
    {"delivered_at": Line("delivered", at=("delivered_at",))},
)


def version(number: int, state: str) -> Run:
    return Run(number, number, state, f"2026-01-{number:02}T00:00:00Z", f"user {number}")


def runs_of(versions: list[Run]) -> list[Run]:
    runs: list[Run] = []
    for each in versions:
        runs = with_version(runs, each)
    return runs


def lines(*states: str, **values: str) -> list[tuple[str, int, str]]:
    runs = runs_of([version(number, state) for number, state in enumerate(states, start=1)])
    return [(each.what, each.number, each.at) for each in told(SOURCE, runs, values)]


@given(st.data(), st.lists(st.sampled_from(STATES), min_size=1, max_size=12))
def test_any_order_with_repetitions_ends_in_the_same_runs(data: st.DataObject, states: list[str]) -> None:
    versions = [version(number, state) for number, state in enumerate(states, start=1)]
    seen = data.draw(st.lists(st.sampled_from(versions), min_size=1))
    shuffled = data.draw(st.permutations(seen + seen[:3]))
    assert runs_of(shuffled) == runs_of(sorted(set(seen), key=lambda run: run.first))


@given(st.lists(st.sampled_from(STATES), min_size=1, max_size=12))
def test_each_passage_into_a_state_is_told_once(states: list[str]) -> None:
    passages = [b for a, b in zip(["", *states], states, strict=False) if a != b and b != "draft"]
    assert [what for what, _, _ in lines(*states)] == passages


def test_an_edit_in_the_same_state_tells_nothing_new() -> None:
    assert lines("draft", "sent", "sent", "sent") == [("sent", 1, "2026-01-02T00:00:00Z")]


def test_a_second_time_is_another_line() -> None:
    assert [line[:2] for line in lines("sent", "lost", "sent", "lost")] == [
        ("sent", 1),
        ("lost", 1),
        ("sent", 2),
        ("lost", 2),
    ]


def test_a_date_that_somebody_gave_counts_more_than_the_time_of_writing() -> None:
    assert lines("lost", lost_on="2025-12-24") == [("lost", 1, "2025-12-24T00:00:00Z")]


def test_a_moment_that_is_set_is_a_line() -> None:
    found = lines("draft", "draft", delivered_at="2026-02-03T10:00:00Z")
    assert found == [("delivered", 1, "2026-02-03T10:00:00Z")]


def test_every_source_reads_fields_and_states_that_its_contract_has() -> None:
    for name, source in SOURCES.items():
        found = all_entities()[name]
        assert source.fields() | set(source.about) <= set(found.fields), name
        if source.above:
            assert found.fields[source.above.field].references == source.above.entity
            assert source.above.entity in SOURCES
        if source.party not in ("", "id"):
            assert found.fields[source.party].references == "crm.party"
        # Rooted means: whoever sees the party sees it. A place that does not end in a party must not say so.
        root = found
        while root.parent:
            root = all_entities()[root.parent]
        assert source.rooted == (root.name == "crm.party") or not (source.states or source.moments), name
        states = set(found.fields["state"].enum_values) if "state" in found.fields else set()
        assert {state.split()[-1] for state in source.states} <= states, name
